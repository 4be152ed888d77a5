"""The film's corners in photos whose true corners are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from device import demo
from device.film.find import find
from device.film.rectify import LONGEST_SIDE, rectify
from device.intake.decode import decode
from device.values import Corners, Grey, Photo, Picture, Point, Reason, Refusal, Side
from tests.films import chest, on_the_box

SIZE = (1200, 900)
DIAGONAL = float(np.hypot(*SIZE))


def picture_of(encoded: bytes) -> Picture:
    picture = decode(Photo("film.jpg", encoded))
    assert isinstance(picture, Picture)
    return picture


def found(picture: Picture) -> np.ndarray:
    corners = find(picture)
    assert isinstance(corners, Corners), corners
    assert not corners.whole_photo
    return np.array([(point.x, point.y) for point in corners.points()])


def plain(pixels: Grey) -> Picture:
    return Picture(pixels, 1, pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("surround", ["box", "glow"])
def test_corners_lie_within_a_hundredth_of_the_diagonal(surround: str) -> None:
    errors = {}
    for seed in range(20):
        photo = on_the_box(seed, surround=surround, size=SIZE)
        off = found(picture_of(photo.jpeg())) - photo.corners
        errors[seed] = float(np.linalg.norm(off, axis=1).max()) / DIAGONAL
    assert max(errors.values()) < 0.01, errors
    assert float(np.median(list(errors.values()))) < 0.002, errors


def test_a_photo_cropped_inside_a_film_is_the_film() -> None:
    for seed in range(6):
        picture = picture_of(on_the_box(seed, surround="cropped", size=SIZE).jpeg())
        assert find(picture) == Corners(Point(0, 0), Point(1200, 0), Point(1200, 900), Point(0, 900), whole_photo=True)


def bare_box(seed: int) -> Grey:
    """A lit box with no film on it, in a dim room."""
    rng = np.random.default_rng(seed)
    room = np.full((900, 1200), 40.0, np.float32)
    cv2.rectangle(room, (150, 90), (1050, 810), 235.0, -1)
    soft = cv2.GaussianBlur(room, (0, 0), 3) + rng.standard_normal(room.shape, dtype=np.float32) * 2
    return np.asarray(np.clip(soft, 0, 255), np.uint8)


@pytest.mark.parametrize("seed", range(3))
def test_a_bare_light_box_is_no_film(seed: int) -> None:
    refusal = find(plain(bare_box(seed)))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_FILM
    assert "Lay the film flat on the lit box" in refusal.say


def test_a_box_that_fills_the_photo_is_no_film() -> None:
    light = np.asarray(cv2.GaussianBlur(bare_box(9), (0, 0), 3)[200:700, 300:900])
    refusal = find(plain(light))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_FILM


def test_reduced_decoding_gives_corners_in_the_photos_own_pixels() -> None:
    photo = on_the_box(5, size=(3000, 2250), hardness=0.5)
    picture = picture_of(photo.jpeg())
    assert picture.shrink == 2
    assert picture.pixels.shape == (1125, 1500)
    assert (picture.width, picture.height) == (3000, 2250)
    assert np.linalg.norm(found(picture) - photo.corners, axis=1).max() < 0.01 * np.hypot(3000, 2250)


@pytest.mark.parametrize("name", sorted(path.name for path in demo.PHOTOS.glob("*.jpg")))
def test_every_demo_photo_holds_a_film(name: str) -> None:
    corners = found(picture_of((demo.PHOTOS / name).read_bytes()))
    assert cv2.contourArea(corners.astype(np.float32)) > 0.3 * 1600 * 1200


def test_the_straightened_film_is_the_film_that_was_photographed() -> None:
    for seed in range(4):
        photo = on_the_box(seed, size=SIZE, hardness=0.4, film_border=0.0)
        picture = picture_of(photo.jpeg())
        corners = find(picture)
        assert isinstance(corners, Corners)
        film = rectify(picture, corners).pixels
        assert max(film.shape) <= LONGEST_SIDE
        truth = cv2.resize(chest(seed), film.shape[::-1], interpolation=cv2.INTER_AREA)
        alike = np.corrcoef(cv2.blur(truth, (9, 9)).ravel(), cv2.blur(film, (9, 9)).ravel())[0, 1]
        mirrored = np.corrcoef(cv2.blur(truth, (9, 9))[:, ::-1].ravel(), cv2.blur(film, (9, 9)).ravel())[0, 1]
        assert alike > 0.9
        assert alike > mirrored


def test_rectify_keeps_the_shape_and_never_enlarges() -> None:
    grey = np.asarray(cv2.resize(chest(), (300, 400)), np.uint8)
    quad = Corners(Point(20, 30), Point(220, 30), Point(220, 330), Point(20, 330))
    film = rectify(plain(grey), quad)
    assert film.pixels.shape == (300, 200)
    assert film.corners is quad
    assert np.array_equal(film.pixels, grey[30:330, 20:220])


def test_rectify_of_a_whole_photo_is_that_photo_made_small() -> None:
    whole = Corners(Point(0, 0), Point(1520, 0), Point(1520, 1800), Point(0, 1800), whole_photo=True)
    film = rectify(Picture(chest(), 2, 1520, 1800), whole)
    assert film.pixels.shape == (LONGEST_SIDE, round(LONGEST_SIDE * 760 / 900))


@pytest.mark.parametrize("surround", ["box", "glow"])
@pytest.mark.parametrize("facts", [{"clips": 2}, {"rounding": 0.05}, {"stickers": 2}, {"roll": 135.0}])
def test_a_film_is_found_in_spite_of_what_lies_on_it(surround: str, facts: dict[str, float]) -> None:
    for seed in range(4):
        photo = on_the_box(seed, surround=surround, hardness=0.6, **facts)
        corners = found(picture_of(photo.jpeg()))
        error = min(np.linalg.norm(np.roll(corners, turn, axis=0) - photo.corners, axis=1).mean() for turn in range(4))
        assert error < 0.01 * np.linalg.norm(photo.corners[2] - photo.corners[0]), (seed, facts)


def test_a_film_in_the_dark_is_found_with_its_clear_border() -> None:
    for seed in range(4):
        photo = on_the_box(seed, surround="dark", hardness=0.5, film_border=0.03, border_level=0.9, room=0.02)
        error = np.linalg.norm(found(picture_of(photo.jpeg())) - photo.corners, axis=1).mean()
        assert error < 0.01 * np.linalg.norm(photo.corners[2] - photo.corners[0]), seed


@pytest.mark.parametrize("side", range(4))
def test_a_film_that_runs_out_of_the_photo_says_on_which_side(side: int) -> None:
    photo = on_the_box(
        2, surround="glow", hardness=0.3, roll=0.0, tilt_x=0.0, tilt_y=0.0, cut=0.2, cut_side=side, film_share=0.7
    )
    corners = find(picture_of(photo.jpeg()))
    assert isinstance(corners, Corners)
    assert corners.cut_off == (list(Side)[side],)


def test_a_film_far_away_is_said_to_be() -> None:
    photo = on_the_box(4, surround="glow", hardness=0.3, film_share=0.15)
    refusal = find(picture_of(photo.jpeg()))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.TOO_SMALL
    assert "closer" in refusal.say
