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
from device.reading.bundle import load_bundle
from device.reading.contract import GATE_ANSWERS, GLARE, LIES, GateSpec, MemberSpec
from device.reading.gate import Gate
from device.reading.inputs import Inputs
from device.reading.member import RawVote
from device.values import Corners, Film, Grey, InputSpec, Lie, Picture, Point, Reason, Refusal
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
    mirrored, negative = answer.startswith("mirrored-"), "negative-" in answer
    laid = np.ascontiguousarray(UPRIGHT[:, ::-1]) if mirrored else UPRIGHT
    turned = TURNS[answer.removeprefix("mirrored-").removeprefix("negative-")](laid)
    return np.asarray(255 - turned if negative else turned, np.uint8)


class Templates:
    """A gate's member that knows one film: it answers with the lie that looks most like what it is shown."""

    def __init__(self, spec: MemberSpec) -> None:
        self.spec = spec

    def answer(self, tensor: NDArray[np.float32]) -> RawVote:
        unlike = [float(np.abs(tensor - prepare(lying(answer), INPUT)).mean()) for answer in LIES]
        logits = np.array([*(-40.0 * value for value in unlike), *[-20.0] * REASONS], np.float32)
        return RawVote(logits, logits[None, None])


class Says:
    """A gate's member that gives fixed scores."""

    scores: tuple[float, ...] = ()

    def __init__(self, spec: MemberSpec) -> None:
        self.spec = spec

    def answer(self, tensor: NDArray[np.float32]) -> RawVote:
        logits = np.log(np.array(self.scores, np.float32))
        return RawVote(logits, logits[None, None])


REASONS = len(GATE_ANSWERS) - len(LIES)


def a_gate(monkeypatch: pytest.MonkeyPatch, member: type, refuse_from: float = 0.7, mirrored_from: float = 0.6) -> Gate:
    monkeypatch.setattr(gate_room, "Member", member)
    spec = replace(load_bundle(demo.BUNDLE).members[0], input=INPUT, outputs=len(GATE_ANSWERS), temperature=1.0)
    return Gate(GateSpec(spec, (refuse_from,) * REASONS, mirrored_from), Inputs())


def in_a_photo(pixels: Grey) -> tuple[Picture, Film]:
    """The film lying in a photo, each side parallel to the photo's, and the Film that is straightened out of it."""
    height, width = pixels.shape
    photo = np.full((700, 700), 240, np.uint8)
    photo[50 : 50 + height, 80 : 80 + width] = pixels
    corners = Corners(Point(80, 50), Point(80 + width, 50), Point(80 + width, 50 + height), Point(80, 50 + height))
    picture = Picture(photo, 1, 700, 700)
    return picture, rectify(picture, corners)


@pytest.mark.parametrize("answer", LIES)
def test_every_lie_is_put_right(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, film = in_a_photo(lying(answer))
    upright = a_gate(monkeypatch, Templates).upright(film)
    assert isinstance(upright, Film)
    assert np.array_equal(upright.pixels, UPRIGHT)
    # The corners tell the same story: straightened by them, the photo gives the upright film.
    again = rectify(picture, upright.corners).pixels
    assert np.array_equal(255 - again if "negative-" in answer else again, UPRIGHT)
    assert bool(upright.corners.lie.words()) == (answer != "upright")


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


def says(**scores: float) -> type:
    """A member that gives these answers these scores, and the others what is left."""
    named = {name.replace("_", "-"): score for name, score in scores.items()}
    rest = (1 - sum(named.values())) / (len(GATE_ANSWERS) - len(named))
    return type("Answer", (Says,), {"scores": tuple(named.get(name, rest) for name in GATE_ANSWERS)})


@pytest.mark.parametrize(
    ("answer", "reason", "do"),
    [
        ("not_a_chest_film", Reason.NOT_A_CHEST_FILM, "Lay a frontal chest film on the box"),
        ("glare", Reason.GLARE, "Move the lamp"),
        ("hand", Reason.COVERED, "Take hands and other things off"),
        ("bands", Reason.BANDS, "Photograph the film itself"),
        ("blurred", Reason.BLURRED, "let it focus"),
        ("shaken", Reason.MOTION, "Rest the camera on something"),
    ],
)
def test_what_cannot_be_read_is_refused(answer: str, reason: Reason, do: str, monkeypatch: pytest.MonkeyPatch) -> None:
    film = in_a_photo(UPRIGHT)[1]
    refusal = a_gate(monkeypatch, says(**{answer: 0.71})).upright(film)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason
    assert do in refusal.say
    assert isinstance(a_gate(monkeypatch, says(**{answer: 0.69})).upright(film), Film)


def test_every_reason_has_a_threshold_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Blurred is likelier, but not likely enough; no chest film is doubted sooner.
    gate = a_gate(monkeypatch, says(blurred=0.4, not_a_chest_film=0.15))
    gate._spec = replace(gate._spec, refuse_from=(0.1, *(0.5,) * (REASONS - 1)))
    refusal = gate.upright(in_a_photo(UPRIGHT)[1])
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_A_CHEST_FILM


def test_below_its_threshold_the_likeliest_lie_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    # "No chest film" is the likeliest single answer, yet too unsure to refuse a film.
    gate = a_gate(monkeypatch, says(not_a_chest_film=0.6, upside_down=0.3))
    film = in_a_photo(lying("upside-down"))[1]
    assert sum(gate.scores(film)) == pytest.approx(1)
    upright = gate.upright(film)
    assert isinstance(upright, Film)
    assert np.array_equal(upright.pixels, UPRIGHT)


class HalfBlind(Says):
    """A gate's member to which a film and its mirror image are mirrored to these shares."""

    shares = (0.5, 0.5)
    looks = 0

    def answer(self, tensor: NDArray[np.float32]) -> RawVote:
        type(self).looks += 1
        as_it_is = np.abs(tensor - prepare(UPRIGHT, INPUT)).mean()
        in_mirror = np.abs(tensor[:, :, ::-1] - prepare(UPRIGHT, INPUT)).mean()
        share = self.shares[0 if as_it_is < in_mirror else 1]
        rest = 0.1 / (len(GATE_ANSWERS) - 2)
        said = {"upright": 0.9 * (1 - share), "mirrored-upright": 0.9 * share}
        logits = np.log(np.array([said.get(name, rest) for name in GATE_ANSWERS], np.float32))
        return RawVote(logits, logits[None, None])


@pytest.mark.parametrize(
    ("as_it_is", "in_mirror", "share", "looks"),
    [
        # Without doubt one look is enough, and from its limit on a film is called mirrored.
        (0.05, 0.5, 0.05, 1),
        # Sure of the film, unsure of its mirror image: more is to be mirrored than one look says, or less.
        (0.5, 0.1, 0.75, 3),
        (0.5, 0.5, 0.5, 3),
        (0.6, 0.9, 0.29, 3),
    ],
)
def test_in_doubt_the_gate_looks_at_the_mirror_image_too(
    as_it_is: float, in_mirror: float, share: float, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = type("Two", (HalfBlind,), {"shares": (as_it_is, in_mirror), "looks": 0})
    film = in_a_photo(UPRIGHT)[1]
    gate = a_gate(monkeypatch, member, mirrored_from=0.6)
    upright = gate.upright(film)
    assert member.looks == looks
    assert isinstance(upright, Film)
    assert gate.mirrored_share(film) == pytest.approx(share, abs=0.01)
    taken_for = share >= 0.6
    assert upright.corners.lie == Lie(mirrored=taken_for)
    assert np.array_equal(upright.pixels, UPRIGHT[:, ::-1] if taken_for else UPRIGHT)


@pytest.mark.parametrize(
    ("row", "column", "where"),
    [(0, 0, "on the upper left"), (4, 2, "in the lower half"), (2, 4, "on the right"), (2, 2, "in the middle")],
)
def test_glare_is_said_where_it_is(row: int, column: int, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Glaring(Says):
        def answer(self, tensor: NDArray[np.float32]) -> RawVote:
            maps = np.zeros((5, 5, len(GATE_ANSWERS)), np.float32)
            maps[..., 0] = 6
            maps[row, column, GLARE] = 200
            return RawVote(maps.mean(axis=(0, 1)), maps)

    refusal = a_gate(monkeypatch, Glaring).upright(in_a_photo(UPRIGHT)[1])
    assert isinstance(refusal, Refusal)
    assert refusal.say.startswith(f"Glare {where}. ")


def test_how_a_film_lay_is_said_in_one_sentence() -> None:
    assert Lie().words() == ""
    assert Lie(2).words() == "The film was upside down: it was put right before it was read."
    assert Lie(1, negative=True, mirrored=True).words() == (
        "The film was turned to the left and back to front and a negative: it was put right before it was read."
    )
