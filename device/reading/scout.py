"""The scout: looks at the whole photo before anything is measured in it. Where is the film, and what is wrong?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import to_input
from device.film.refusals import located
from device.film.shrink import squashed
from device.film.sight import Sight
from device.reading.contract import SIGHT_ANSWERS, ScoutSpec
from device.reading.member import Member, RawVote, softmax
from device.values import Picture, Reason

LIKELY = 0.5
"""Score from which an answer is taken for what is likeliest wrong."""

UNLIKELY = 0.02
"""Score below which a fault is hardly there, whatever was measured."""

_BEST_SEEN = {reason: SIGHT_ANSWERS.index(reason.value) for reason in (Reason.GLARE, Reason.COVERED, Reason.UNEVEN)}
"""Faults that the scout sees better than anyone, with their places in SIGHT_ANSWERS.

Blur and fine bands are lost on its few pixels: of 117 validation films under moire as of level 3 in the benchmark of
robustness, it saw next to none in 73.
"""

_TOO_SMALL = SIGHT_ANSWERS.index(Reason.TOO_SMALL.value)


class Scout:
    """One small member that looks at every photo before a film is looked for."""

    def __init__(self, spec: ScoutSpec) -> None:
        self._spec = spec
        self._member = Member(spec.member)

    def look(self, picture: Picture) -> Sight:
        """Where the film is, and what is likeliest wrong with the photo."""
        square = squashed(picture.pixels, self._spec.member.input.side)
        raw = self._member.answer(to_input(square, self._spec.member.input))
        film = np.asarray(1 / (1 + np.exp(-raw.maps[..., 0])), np.float32)
        scores = softmax(raw.logits[1:], self._spec.member.temperature)
        if not (film > LIKELY).any():
            scores[_TOO_SMALL] = 0.0  # nothing is far away where nothing is: dust
        worst = int(scores[1:].argmax()) + 1
        unlikely = frozenset(reason for reason, place in _BEST_SEEN.items() if scores[place] < UNLIKELY)
        if scores[worst] < LIKELY:
            return Sight(film, unlikely=unlikely)
        refusal = located(Reason(SIGHT_ANSWERS[worst]), _evidence(raw, film, worst))
        return Sight(film, refusal, bool(scores[worst] >= self._spec.refuse_from), unlikely)


def _evidence(raw: RawVote, film: NDArray[np.float32], answer: int) -> NDArray[np.float64]:
    """How much each place of the film's part of the photo (rows, columns) speaks for an answer."""
    strong = softmax(raw.maps[..., 1:], 1.0)[..., answer]
    seen = film > LIKELY
    if not seen.any():
        return strong
    # What all of the film says alike says nothing about where.
    strong = np.where(seen, strong - strong[seen].min(), 0)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return strong[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
