"""The gate: however a film lies, it is read upright, and its corners are named as on the upright film."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from device import demo
from device.film.prepare import prepare
from device.film.rectify import rectify
from device.reading import gate as gate_room
from device.reading.bundle import GATE_ANSWERS, GateSpec, MemberSpec, load_bundle
from device.reading.gate import Gate
from device.reading.member import RawVote
from device.values import Corners, Film, Grey, InputSpec, Picture, Point, Reason, Refusal
from tests.films import chest

INPUT = InputSpec(side=64, channels=1, fit="stretch", tone="plain", low=0.0, high=1.0)
UPRIGHT = chest(4, width=380, height=450)
TURNS = {
    "upright": lambda film: film,
    "turned-left": lambda film: cv2.rotate(film, cv2.ROTATE_90_COUNTERCLOCKWISE),
    "upside-down": lambda film: cv2.rotate(film, cv2.ROTATE_180),
    "turned-right": lambda film: cv2.rotate(film, cv2.ROTATE_90_CLOCKWISE),
}
"""How a film lies whose head points up, left, down and right."""


def lying(answer: str) -> Grey:
    """The upright film as this answer of the gate describes it."""
    turned = TURNS[answer.removeprefix("negative-")](UPRIGHT)
    return np.asarray(255 - turned if answer.startswith("negative-") else turned, np.uint8)


class Templates:
    """A gate's member that knows one film: it answers with the lie that looks most like what it is shown."""

    def __init__(self, spec: MemberSpec) -> None:
        self.spec = spec

    def answer(self, tensor: NDArray[np.float32]) -> RawVote:
        unlike = [float(np.abs(tensor - prepare(lying(answer), INPUT)).mean()) for answer in GATE_ANSWERS[:8]]
        logits = np.array([*(-40.0 * value for value in unlike), -20.0], np.float32)
        return RawVote(logits, logits[None, None])


class Says:
    """A gate's member that gives fixed scores."""

    scores: tuple[float, ...] = ()

    def __init__(self, spec: MemberSpec) -> None:
        self.spec = spec

    def answer(self, tensor: NDArray[np.float32]) -> RawVote:
        logits = np.log(np.array(self.scores, np.float32))
        return RawVote(logits, logits[None, None])


def a_gate(monkeypatch: pytest.MonkeyPatch, member: type, refuse_from: float = 0.7) -> Gate:
    monkeypatch.setattr(gate_room, "Member", member)
    spec = replace(load_bundle(demo.BUNDLE).members[0], input=INPUT, outputs=9, temperature=1.0)
    return Gate(GateSpec(spec, refuse_from))


def in_a_photo(pixels: Grey) -> tuple[Picture, Film]:
    """The film lying in a photo, each side parallel to the photo's, and the Film that is straightened out of it."""
    height, width = pixels.shape
    photo = np.full((700, 700), 240, np.uint8)
    photo[50 : 50 + height, 80 : 80 + width] = pixels
    corners = Corners(Point(80, 50), Point(80 + width, 50), Point(80 + width, 50 + height), Point(80, 50 + height))
    picture = Picture(photo, 1, 700, 700)
    return picture, rectify(picture, corners)


@pytest.mark.parametrize("answer", GATE_ANSWERS[:8])
def test_every_lie_is_put_right(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, film = in_a_photo(lying(answer))
    upright = a_gate(monkeypatch, Templates).upright(film)
    assert isinstance(upright, Film)
    assert np.array_equal(upright.pixels, UPRIGHT)
    # The corners tell the same story: straightened by them, the photo gives the upright film.
    again = rectify(picture, upright.corners).pixels
    assert np.array_equal(255 - again if answer.startswith("negative-") else again, UPRIGHT)


@pytest.mark.parametrize(
    ("answer", "named"),
    [("upright", "ABCD"), ("turned-left", "DABC"), ("upside-down", "CDAB"), ("turned-right", "BCDA")],
)
def test_corners_are_named_as_on_the_upright_film(answer: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, film = in_a_photo(lying(answer))
    # In the photo, clockwise from its upper left.
    lettered = dict(zip("ABCD", film.corners.points(), strict=True))
    upright = a_gate(monkeypatch, Templates).upright(film)
    assert isinstance(upright, Film)
    assert upright.corners.points() == tuple(lettered[letter] for letter in named)


def test_a_whole_photo_stays_a_whole_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    _, film = in_a_photo(lying("turned-left"))
    cropped = replace(film, corners=replace(film.corners, whole_photo=True))
    upright = a_gate(monkeypatch, Templates).upright(cropped)
    assert isinstance(upright, Film)
    assert upright.corners.whole_photo


def says(*, other: float, lie: int = 0) -> type:
    scores = [(1 - other) / 16] * 8 + [other]
    scores[lie] += (1 - other) / 2
    return type("Answer", (Says,), {"scores": tuple(scores)})


def test_what_is_no_chest_film_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = a_gate(monkeypatch, says(other=0.71)).upright(in_a_photo(UPRIGHT)[1])
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_A_CHEST_FILM
    assert "Lay a frontal chest film on the box" in refusal.say


def test_below_its_threshold_the_likeliest_lie_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    # "No chest film" is the likeliest single answer, yet too unsure to refuse a film.
    gate = a_gate(monkeypatch, says(other=0.69, lie=2))
    film = in_a_photo(lying("upside-down"))[1]
    assert max(range(9), key=gate.scores(film).__getitem__) == 8
    assert sum(gate.scores(film)) == pytest.approx(1)
    upright = gate.upright(film)
    assert isinstance(upright, Film)
    assert np.array_equal(upright.pixels, UPRIGHT)
