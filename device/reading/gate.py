"""The gate: is this an upright frontal chest film, how is it turned, or is it none at all?"""

from __future__ import annotations

import numpy as np

from device.film.prepare import prepare
from device.reading.bundle import GATE_ANSWERS, GateSpec
from device.reading.member import Member, softmax
from device.values import Corners, Film, Reason, Refusal

_NOT_A_FILM = GATE_ANSWERS.index("not-a-chest-film")


class Gate:
    """One small member that looks at every film before the others do."""

    def __init__(self, spec: GateSpec) -> None:
        self._spec = spec
        self._member = Member(spec.member)

    def scores(self, film: Film) -> tuple[float, ...]:
        """The score of each of GATE_ANSWERS; they add up to 1."""
        raw = self._member.answer(prepare(film.pixels, self._spec.member.input))
        return tuple(float(score) for score in softmax(raw.logits, self._spec.member.temperature))

    def upright(self, film: Film) -> Film | Refusal:
        """The film turned upright, bones bright; or a Refusal when it is no frontal chest film."""
        scores = self.scores(film)
        if scores[_NOT_A_FILM] >= self._spec.refuse_from:
            return Refusal(
                Reason.NOT_A_CHEST_FILM,
                "This does not look like a chest film from the front. Lay a frontal chest film on the box.",
            )
        answer = int(np.argmax(scores[:_NOT_A_FILM]))
        return _put_right(film, quarter_turns=answer % 4, negative=answer >= 4)


def _put_right(film: Film, *, quarter_turns: int, negative: bool) -> Film:
    """Undo the turn that the gate saw: "turned-left" lies with its head to the left, so it is turned clockwise."""
    if not quarter_turns and not negative:
        return film
    pixels = np.rot90(film.pixels, -quarter_turns)
    if negative:
        pixels = 255 - pixels
    points = film.corners.points()
    # The upright film's top left corner is the one that the turn had carried `quarter_turns` places back.
    top_left, top_right, bottom_right, bottom_left = (points[(place - quarter_turns) % 4] for place in range(4))
    corners = Corners(top_left, top_right, bottom_right, bottom_left, film.corners.whole_photo, film.corners.cut_off)
    return Film(np.ascontiguousarray(pixels), corners)
