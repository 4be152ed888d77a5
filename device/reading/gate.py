"""The gate: how does a frontal chest film lie, does something lie over it, or is it none at all?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from device.film.refusals import located
from device.film.sight import Sight
from device.reading.contract import BANDS, BLURRED, GLARE, HAND, LIES, NOT_A_FILM, SHAKEN, GateSpec
from device.reading.inputs import Inputs
from device.reading.member import Member, RawVote, softmax
from device.values import Film, Lie, Reason, Refusal

_REASONS = {
    NOT_A_FILM: Reason.NOT_A_CHEST_FILM,
    GLARE: Reason.GLARE,
    HAND: Reason.COVERED,
    BANDS: Reason.BANDS,
    BLURRED: Reason.BLURRED,
    SHAKEN: Reason.MOTION,
}
"""What each answer that refuses is called."""

_HALF = len(LIES) // 2

DOUBT_FROM = 0.1
"""Mirrored share from which the gate looks twice more: at one in thirty of the films that lie the right way round, and
at nearly every one that does not."""


class Gate:
    """One small member that looks at every film before the others do."""

    def __init__(self, spec: GateSpec, inputs: Inputs) -> None:
        self._spec = spec
        self._inputs = inputs
        self._member = Member(spec.member)

    def scores(self, film: Film) -> tuple[float, ...]:
        """The score of each of GATE_ANSWERS; they add up to 1."""
        return tuple(float(score) for score in self._scores(self._answer(film)))

    def upright(self, film: Film, sight: Sight | None = None) -> Film | Refusal:
        """The film put right: upright, the right way round, bones bright; or why it cannot be read.

        Where the scout's `sight` says that something is hardly wrong, the gate alone does not refuse for it.
        """
        raw = self._answer(film)
        scores = self._scores(raw)
        wrong = [
            place
            for place, reason in _REASONS.items()
            if scores[place] >= self._spec.refuse_from[place - len(LIES)]
            and (sight is None or reason not in sight.unlikely)
        ]
        if wrong:
            worst = max(wrong, key=lambda place: float(scores[place]))
            return located(_REASONS[worst], softmax(raw.maps, 1.0)[..., worst])
        lie = turn_of(scores)
        mirrored = self._mirrored_share(film, lie, scores) >= self._spec.mirrored_from
        return put_right(film, replace(lie, mirrored=mirrored))

    def mirrored_share(self, film: Film) -> float:
        """How sure the gate is that the film is mirrored, 0..1; `upright` holds it against the gate's limit."""
        scores = self._scores(self._answer(film))
        return self._mirrored_share(film, turn_of(scores), scores)

    def _mirrored_share(self, film: Film, lie: Lie, scores: NDArray[np.float64]) -> float:
        """From one look; in doubt from two others, at the film turned upright and at the mirror image of that.

        It knows upright films best, and what it takes for a mirrored one it should take for a right one in the mirror.
        """
        share = float(mirrored_shares(scores))
        if share < DOUBT_FROM:
            return share
        tensor = self._inputs.of(put_right(film, lie), self._spec.member.input)
        looks = (tensor, np.ascontiguousarray(tensor[:, :, ::-1]))
        return of_both_looks(*(float(mirrored_shares(self._scores(self._member.answer(look)))) for look in looks))

    def _answer(self, film: Film) -> RawVote:
        return self._member.answer(self._inputs.of(film, self._spec.member.input))

    def _scores(self, raw: RawVote) -> NDArray[np.float64]:
        return softmax(raw.logits, self._spec.member.temperature)


def mirrored_shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """For films' scores (..., GATE_ANSWERS), how much of the likeliest turn and polarity is mirrored: 0..1, (...)."""
    right_way, mirrored = scores[..., :_HALF], scores[..., _HALF : len(LIES)]
    best = (right_way + mirrored).argmax(axis=-1)[..., None]
    share = np.take_along_axis(mirrored, best, -1) / np.take_along_axis(right_way + mirrored, best, -1)
    return np.asarray(share[..., 0], np.float64)


def of_both_looks(share: float, in_mirror: float) -> float:
    """The mirrored share of a film from that of a look at it and that of a look at its mirror image: the mean of what
    the two say of the film, as log odds."""

    def odds(one: float) -> float:
        return float(np.log(max(one, 1e-6) / max(1 - one, 1e-6)))

    return float(1 / (1 + np.exp((odds(in_mirror) - odds(share)) / 2)))


def turn_of(scores: NDArray[np.float64]) -> Lie:
    """How the film is turned, and whether it is a negative, by scores (GATE_ANSWERS,); mirrored or not."""
    return numbered_lie(int((scores[:_HALF] + scores[_HALF : len(LIES)]).argmax()))


def numbered_lie(answer: int) -> Lie:
    """What answer number `answer`, one of LIES, says of a film."""
    return Lie(answer % 4, negative=answer % _HALF >= 4, mirrored=answer >= _HALF)


def put_right(film: Film, lie: Lie) -> Film:
    """Undo how a film lies: turned back, then unmirrored."""
    if lie == Lie():
        return film
    pixels = np.rot90(film.pixels, -lie.quarter_turns)
    # The upright film's top left corner is the one that the turn had carried `quarter_turns` places back.
    points = film.corners.points()
    top_left, top_right, bottom_right, bottom_left = (points[(place - lie.quarter_turns) % 4] for place in range(4))
    if lie.mirrored:
        pixels = pixels[:, ::-1]
        top_left, top_right, bottom_right, bottom_left = top_right, top_left, bottom_left, bottom_right
    if lie.negative:
        pixels = 255 - pixels
    corners = replace(
        film.corners,
        top_left=top_left,
        top_right=top_right,
        bottom_right=bottom_right,
        bottom_left=bottom_left,
        lie=lie,
    )
    return Film(np.ascontiguousarray(pixels), corners)
