"""What is refused before it is read, and what each refusal says to do."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from device import demo
from device.examine import Examination, examine
from device.film.measures import edge_widths, light_loss
from device.film.quality import LEAST_FILM_SIDE, assess, assess_photo
from device.film.rectify import rectify
from device.intake.decode import decode
from device.reading.ensemble import Ensemble
from device.values import Corners, Film, Grey, Photo, Picture, Point, Reason, Refusal, Side
from tests.films import as_photo, chest, on_the_box


def widest(film: Film) -> float:
    return float(np.nanmax(edge_widths(film.pixels)))


def a_film(pixels: Grey) -> Film:
    height, width = pixels.shape
    return Film(pixels, Corners(Point(0, 0), Point(width, 0), Point(width, height), Point(0, height)))


def plain(pixels: Grey) -> Picture:
    return Picture(pixels, 1, pixels.shape[1], pixels.shape[0])


def judged(pixels: Grey) -> Refusal | None:
    return assess(a_film(pixels), plain(pixels))


def refused(pixels: Grey) -> Refusal:
    refusal = judged(pixels)
    assert refusal is not None
    return refusal


def test_a_good_film_is_fit_to_read() -> None:
    assert judged(chest()) is None
    assert assess_photo(plain(chest())) is None


def dim(pixels: Grey) -> Grey:
    return np.asarray(pixels // 9, np.uint8)


def washed_out(pixels: Grey) -> Grey:
    return np.asarray(np.where(pixels > 60, 255, 200), np.uint8)


def flat(pixels: Grey) -> Grey:
    return np.asarray(120 + pixels // 40, np.uint8)


def blurred(pixels: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 12), np.uint8)


def shaken(pixels: Grey) -> Grey:
    kernel = np.zeros((41, 41), np.float32)
    kernel[20] = 1 / 41
    return np.asarray(cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize(
    ("spoil", "reason", "to_do"),
    [
        (dim, Reason.TOO_DARK, "Turn the light box up"),
        (washed_out, Reason.TOO_BRIGHT, "Turn the light box down"),
        (flat, Reason.NO_FILM, "Lay a chest film on the lit box"),
        (blurred, Reason.BLURRED, "Hold the camera still"),
        (shaken, Reason.MOTION, "Rest the camera on something"),
    ],
)
def test_a_spoilt_film_says_what_to_do(spoil, reason: Reason, to_do: str) -> None:  # type: ignore[no-untyped-def]
    refusal = refused(spoil(chest()))
    assert refusal.reason is reason
    assert to_do in refusal.say


@pytest.mark.parametrize(("loss", "reason"), [(0.0, None), (0.25, None), (1.2, Reason.UNEVEN)])
@pytest.mark.parametrize("angle", [0.0, 115.0])
def test_a_box_whose_light_is_weak_at_one_end_is_refused(loss: float, reason: Reason | None, angle: float) -> None:
    photo = on_the_box(5, hardness=0.3, film_share=0.9, ramp=loss, ramp_angle=angle, clips=2)
    picture = decode(Photo("uneven.jpg", photo.jpeg()))
    assert isinstance(picture, Picture)
    top_left, top_right, bottom_right, bottom_left = (Point(float(x), float(y)) for x, y in photo.corners)
    corners = Corners(top_left, top_right, bottom_right, bottom_left)
    refusal = assess(rectify(picture, corners), picture)
    assert (refusal.reason if refusal else None) is reason
    # Where the whole photo is film there is no box to measure.
    assert light_loss(picture, Corners.of_whole_photo(picture.width, picture.height)) == 0


def test_a_film_that_runs_out_of_the_photo_is_refused_with_the_side() -> None:
    film = a_film(chest())
    cut = Film(film.pixels, replace(film.corners, cut_off=(Side.TOP, Side.LEFT)))
    refusal = assess(cut, plain(film.pixels))
    assert refusal is not None
    assert refusal.reason is Reason.CUT_OFF
    assert "top and left" in refusal.say


def test_a_film_that_is_small_in_the_photo_is_too_far_away() -> None:
    small = np.asarray(cv2.resize(chest(), (LEAST_FILM_SIDE - 1, 190), interpolation=cv2.INTER_AREA), np.uint8)
    assert refused(small).reason is Reason.TOO_SMALL
    enough = np.asarray(cv2.resize(chest(), (LEAST_FILM_SIDE, 190), interpolation=cv2.INTER_AREA), np.uint8)
    assert judged(enough) is None


def test_the_edge_width_grows_with_the_blur() -> None:
    widths = [widest(a_film(np.asarray(cv2.GaussianBlur(chest(), (0, 0), s), np.uint8))) for s in (0.5, 2, 4, 8)]
    assert widths == sorted(widths)
    # Half the size, the same blur as a share of it: the same width.
    half = np.asarray(cv2.resize(cv2.GaussianBlur(chest(), (0, 0), 8), None, fx=0.5, fy=0.5), np.uint8)
    assert widest(a_film(half)) == pytest.approx(widths[-1], rel=0.2)


@pytest.mark.parametrize(
    ("level", "reason", "to_do"),
    [(0, Reason.TOO_DARK, "Switch the light box on"), (255, Reason.TOO_BRIGHT, "turn the box's light down")],
)
def test_an_even_photo_is_refused_by_its_light(level: int, reason: Reason, to_do: str, ensemble: Ensemble) -> None:
    for name in ("even.jpg", "even.png"):
        examination = examine(as_photo(np.full((600, 800), level, np.uint8), name), ensemble)
        assert examination.refusal is not None
        assert examination.refusal.reason is reason
        assert to_do in examination.refusal.say
        assert examination.reading is None
        assert examination.corners is None


def of_demo(name: str, ensemble: Ensemble) -> Examination:
    return examine(Photo(name, (demo.PHOTOS / name).read_bytes()), ensemble)


def test_the_blurred_demo_photo_is_refused_and_the_others_are_read(ensemble: Ensemble) -> None:
    for path in sorted(demo.PHOTOS.glob("*.jpg")):
        examination = of_demo(path.name, ensemble)
        if "blurred" in path.name:
            assert examination.refusal is not None
            assert examination.refusal.reason is Reason.BLURRED
            assert examination.film is not None
        else:
            assert examination.refusal is None, (path.name, examination.refusal)
            assert examination.reading is not None


def test_the_film_of_a_reading_knows_where_it_lay(ensemble: Ensemble) -> None:
    examination = of_demo("02-normal.jpg", ensemble)
    assert examination.film is not None
    assert examination.corners == examination.film.corners
    assert examination.corners != replace(examination.film.corners, whole_photo=True)
    assert [timing.stage for timing in examination.timings] == [
        "decode", "scout", "find", "rectify", "assess", "gate", "read", "total",
    ]  # fmt: skip
