"""What a live-view frame says: the same as the photo would, one thing to do at a time, and no more work than needed."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

import device.film.coach as coaching_module
from device.film.coach import READY, READY_WHOLE, Coach, coach
from device.film.find import find
from device.film.sight import Sight
from device.values import Coaching, Corners, Film, Grey, Picture, Reason, Refusal
from tests.films import chest, on_the_box

PHOTO = (1600, 1200)


def as_frame(pixels: Grey, photo: tuple[int, int] = PHOTO) -> Picture:
    """A frame of 640 x 480 as a picture of the photo that would be taken."""
    small = np.asarray(cv2.resize(pixels, (640, 480), interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(small, max(1, round(photo[0] / 640)), *photo)


def a_frame(seed: int = 3, **facts: float) -> Picture:
    photo = on_the_box(seed, size=PHOTO, hardness=0.4, **facts)
    return as_frame(np.asarray(cv2.cvtColor(photo.pixels, cv2.COLOR_BGR2GRAY), np.uint8))


def laid(width: int, height: int) -> Grey:
    """A light box of 640 x 480 with a film of so many pixels in its middle."""
    box = np.full((480, 640), 235, np.uint8)
    top, left = (480 - height) // 2, (640 - width) // 2
    box[top : top + height, left : left + width] = chest(width=width, height=height) * 0.8
    return box


def quad(coaching: Coaching) -> np.ndarray:
    assert coaching.film is not None
    return np.array([(point.x, point.y) for point in coaching.film.corners.points()])


def test_a_good_film_is_ready_and_its_corners_are_those_of_the_photo() -> None:
    photo = on_the_box(3, size=PHOTO, hardness=0.4)
    said = coach(as_frame(np.asarray(cv2.cvtColor(photo.pixels, cv2.COLOR_BGR2GRAY), np.uint8)))
    assert (said.ready, said.say) == (True, READY)
    assert (said.width, said.height) == PHOTO
    assert np.abs(quad(said) - photo.corners).max() < 8


def test_a_blurred_film_keeps_its_outline_and_is_not_ready() -> None:
    frame = a_frame()
    said = coach(replace(frame, pixels=np.asarray(cv2.GaussianBlur(frame.pixels, (0, 0), 5), np.uint8)))
    assert not said.ready
    assert said.film is not None
    assert said.say == "The picture is blurred. Hold still and let the camera focus."


def test_an_empty_box_asks_for_a_film() -> None:
    box = np.full((1200, 1600), 45, np.uint8)
    cv2.rectangle(box, (200, 100), (1400, 1100), 240, -1)
    said = coach(as_frame(box))
    assert (said.ready, said.film) == (False, None)
    assert "Lay the film flat on the lit box" in said.say


@pytest.mark.parametrize("see", [coach, lambda frame: Coach().see(frame)])
def test_a_dark_box_asks_for_light(see) -> None:  # type: ignore[no-untyped-def]
    said = see(as_frame(np.full((480, 640), 6, np.uint8)))
    assert (said.ready, said.film) == (False, None)
    assert "Switch the light box on" in said.say


def test_a_film_is_too_small_by_the_photos_pixels_not_by_the_frames() -> None:
    far = laid(125, 160)
    in_a_small_photo, in_a_large_one = coach(as_frame(far, (640, 480))), coach(as_frame(far, (4056, 3042)))
    assert (in_a_small_photo.ready, in_a_small_photo.say) == (False, "Move the camera closer to the film.")
    assert in_a_large_one.ready
    np.testing.assert_allclose(quad(in_a_large_one) * 640 / 4056, quad(in_a_small_photo), atol=0.05)


def test_a_film_without_edges_is_ready_and_says_so() -> None:
    said = coach(as_frame(chest(2, width=640, height=480)))
    assert said.film is not None
    assert said.film.corners.whole_photo
    assert (said.ready, said.say) == (True, READY_WHOLE)


class Searches:
    """Counts the searches for a film by the longest side of the picture that was searched."""

    def __init__(self) -> None:
        self.sides: list[int] = []

    def __call__(self, picture: Picture, sight: Sight | None = None, *, quick: bool = False) -> Corners | Refusal:
        self.sides.append(max(picture.pixels.shape))
        return find(picture, sight, quick=quick)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Searches:
    counting = Searches()
    monkeypatch.setattr(coaching_module, "find", counting)
    return counting


def noisy(frame: Picture, seed: int) -> Picture:
    noise = np.random.default_rng(seed).normal(0, 4, frame.pixels.shape)
    return replace(frame, pixels=np.clip(frame.pixels + noise, 0, 255).astype(np.uint8))


def test_a_film_at_rest_is_looked_for_roughly_then_exactly_then_no_more(searches: Searches) -> None:
    frame, eye = a_frame(), Coach()
    said = [eye.see(noisy(frame, seed)) for seed in range(6)]
    assert searches.sides == [160, 640]
    assert all(one.ready for one in said[1:])
    np.testing.assert_array_equal(quad(said[1]), quad(said[-1]))
    np.testing.assert_allclose(quad(said[1]), quad(coach(frame)), atol=5)


@pytest.mark.parametrize("step", [2, 40])
def test_a_film_that_moves_or_creeps_is_looked_for_again(searches: Searches, step: int) -> None:
    pixels, eye = a_frame().pixels, Coach()
    places = [
        quad(eye.see(Picture(np.ascontiguousarray(np.roll(pixels, step * move, axis=1)), 1, 640, 480))).mean(axis=0)[0]
        for move in range(4)
    ]
    assert len(searches.sides) > 3
    np.testing.assert_allclose(np.diff(places), step, atol=1.5)


def test_what_is_assessed_is_the_frame_at_hand_not_the_one_searched(searches: Searches) -> None:
    frame, eye = a_frame(), Coach()
    assert [eye.see(frame).ready for _ in range(3)][1:] == [True, True]
    # Out of focus, the same at a glance.
    soft = replace(frame, pixels=np.asarray(cv2.GaussianBlur(frame.pixels, (0, 0), 3.6), np.uint8))
    assert coach(soft).ready is eye.see(soft).ready is False


def test_another_photo_size_is_another_search() -> None:
    frame, eye = a_frame(), Coach()
    first = quad(eye.see(frame))
    np.testing.assert_allclose(quad(eye.see(replace(frame, width=3200, height=2400))), 2 * first, atol=0.1)


def test_light_that_comes_on_is_seen() -> None:
    eye, frame = Coach(), a_frame()
    dark = replace(frame, pixels=np.asarray(frame.pixels // 12, np.uint8))
    assert [eye.see(one).ready for one in (frame, dark, dark, frame)] == [True, False, False, True]


def test_the_gate_is_asked_once_the_film_rests_and_its_refusal_is_said() -> None:
    asked = []

    def gate(film: Film, sight: Sight | None) -> Film | Refusal:
        asked.append(film)
        return Refusal(Reason.GLARE, "Glare on the left. Move the lamp.")

    frame, eye = a_frame(), Coach(gate)
    moving = eye.see(frame)
    assert moving.ready
    assert not asked
    resting = eye.see(frame)
    assert (resting.ready, resting.say) == (False, "Glare on the left. Move the lamp.")
    assert resting.film is asked[0]
    assert Coach().see(frame).ready


def test_what_is_refused_already_is_not_shown_to_the_gate() -> None:
    frame = a_frame()
    blurred = replace(frame, pixels=np.asarray(cv2.GaussianBlur(frame.pixels, (0, 0), 5), np.uint8))

    def gate(film: Film, sight: Sight | None) -> Film | Refusal:
        raise AssertionError("a blurred film came to the gate")

    eye = Coach(gate)
    for _ in range(3):
        assert "blurred" in eye.see(blurred).say


def test_the_scout_looks_once_at_a_picture_and_its_sure_refusal_is_said() -> None:
    looks = []
    film = np.ones((40, 40), np.float32)

    def scout(picture: Picture) -> Sight:
        looks.append(picture)
        return Sight(film, Refusal(Reason.COVERED, "Something covers the film on the left."), sure=len(looks) == 1)

    frame, eye = a_frame(), Coach(scout=scout)
    assert [eye.see(frame).say for _ in range(3)] == ["Something covers the film on the left."] * 3
    assert len(looks) == 1
    dark = replace(frame, pixels=np.asarray(frame.pixels // 2, np.uint8))
    # Likely, but not sure: what is measured decides.
    assert eye.see(dark).say != "Something covers the film on the left."
    assert len(looks) == 2
