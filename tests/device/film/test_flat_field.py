"""A photo evened out is nearer to the film's true tones, loses no density, and is left alone without a field for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from device.errors import SiteFault
from device.film.bare_box import measure
from device.film.flat_field import SHOULDER, FlatField, evened, flat_field
from device.film.flat_field_file import decode, encode
from device.film.rectify import rectify
from device.values import Corners, Film, Picture, Point
from tests.bare_boxes import Box
from tests.films import chest

MADE_AT = datetime(2026, 5, 4, 8, 0, tzinfo=timezone.utc)
UNEVEN = Box(fall_off=0.6, bands=0.06, noise=0.3)
FILM = (340, 180, 620, 720)
"""Left, top, width and height of the film on the box, in pixels."""


def field_of(box: Box) -> FlatField:
    bare = measure(box.picture(), box.colours())
    assert bare is not None
    return flat_field(bare, MADE_AT)


def film_on_the_box(seed: int = 0) -> NDArray[np.float32]:
    """How much light passes at each place: a film of densities 0.15 to 1.75, and nothing around it."""
    left, top, width, height = FILM
    passes = np.ones((1050, 1400), np.float32)
    film = chest(seed, width=width, height=height).astype(np.float32) / 255
    passes[top : top + height, left : left + width] = 10 ** -(0.15 + 1.6 * (1 - film))
    return passes


def straightened(picture: Picture) -> Film:
    left, top, width, height = FILM
    right, bottom = left + width, top + height
    return rectify(picture, Corners(Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))


def error(film: Film, true: Film) -> float:
    """How far tones are from the true ones, in grey levels, after both were brought to one brightness and contrast."""
    one, other = film.pixels.astype(np.float64), true.pixels.astype(np.float64)
    slope, start = np.polyfit(one.ravel(), other.ravel(), 1)
    return float(np.abs(slope * one + start - other).mean())


@pytest.mark.parametrize("seed", range(3))
def test_a_film_on_an_uneven_box_is_nearer_its_true_tones(seed: int) -> None:
    passes = film_on_the_box(seed)
    true = straightened(replace(UNEVEN, fall_off=0.0, bands=0.0, noise=0.0).picture(passes))
    before = straightened(replace(UNEVEN, seed=7).picture(passes))
    after = straightened(evened(replace(UNEVEN, seed=7).picture(passes), field_of(UNEVEN)))
    assert error(after, true) < 0.35 * error(before, true)
    assert error(after, true) < 1.5


def test_the_bare_box_is_even_after_it() -> None:
    flat = evened(UNEVEN.picture(), field_of(UNEVEN)).pixels[150:900, 200:1200].astype(np.float64)
    assert UNEVEN.picture().pixels[150:900, 200:1200].std() > 8
    assert flat.std() < 1.5  # the noise of the photo is 1


def test_no_density_is_clipped_and_what_was_white_stays_white() -> None:
    """A film so bright that the gains of the dark corners would lift it past white, on a box that is past it."""
    passes = film_on_the_box()
    bright = replace(UNEVEN, exposure=1.6, noise=0.0).picture(passes)
    after = evened(bright, field_of(UNEVEN)).pixels
    below = bright.pixels < SHOULDER
    assert after[below].max() <= SHOULDER
    assert (after[bright.pixels == 255] == 255).all()


def test_brighter_stays_brighter_at_every_place() -> None:
    field = field_of(UNEVEN)
    steps = np.arange(1050, dtype=np.float32)[:, None] % 256
    grey = np.broadcast_to(steps, (1050, 1400)).astype(np.uint8)
    after = evened(Picture(grey, 1, 1400, 1050), field).pixels.astype(int)
    # Rows 768 to 1023 hold 0 to 255 within a hand's breadth, where the gain hardly changes.
    assert np.diff(after[768:1024], axis=0).min() >= -2


def test_a_photo_without_a_field_for_it_is_left_as_it_is() -> None:
    picture = UNEVEN.picture()
    assert evened(picture, None) is picture
    assert evened(picture, replace(field_of(UNEVEN), width=4056, height=3040)) is picture


def test_a_reduced_picture_is_evened_by_the_photos_own_field() -> None:
    field = replace(field_of(UNEVEN), width=2800, height=2100)
    reduced = Picture(UNEVEN.picture().pixels, 2, 2800, 2100)
    after = evened(reduced, field)
    assert (after.shrink, after.width, after.height) == (2, 2800, 2100)
    assert after.pixels[150:900, 200:1200].std() < 1.5


# The file.


def test_a_field_comes_back_from_its_file_as_it_was() -> None:
    field = field_of(Box(spots=((300, 300, 4, 0.5),)))
    again = decode(encode(field))
    assert np.abs(again.gain - field.gain).max() < 1e-4
    assert (again.box, again.measures, again.made_at) == (field.box, field.measures, field.made_at)
    assert (again.width, again.height) == (1400, 1050)
    assert decode(encode(again)).gain.tolist() == again.gain.tolist()
    assert len(encode(field)) < 40_000


def _resealed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A file whose content was changed and whose hash fits it again."""
    import hashlib

    content = json.loads(encode(field_of(Box())))
    content.pop("sha256")
    change(content)
    content["sha256"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda whole: b"", "is damaged"),
        (lambda whole: whole[: len(whole) // 2], "is damaged"),
        (lambda whole: b"[1, 2]", "is damaged"),
        (lambda whole: b"\xff\xfe" + whole, "is damaged"),
        (lambda whole: whole.replace(b'"width": 1400', b'"width": 1401'), "has not the hash that was written with it"),
        (lambda whole: _resealed(lambda content: content.update(format=2)), "has the format 2; wanted 1"),
        (lambda whole: _resealed(lambda content: content.pop("box")), "cannot be understood"),
        (lambda whole: _resealed(lambda content: content.update(gain=[[1.0, -1.0]] * 4)), "cannot be understood"),
        (lambda whole: _resealed(lambda content: content["measures"].pop("level")), "cannot be understood"),
    ],
)
def test_a_damaged_file_is_a_fault_that_says_what_to_do(damage: Callable[[bytes], bytes], message: str) -> None:
    with pytest.raises(SiteFault, match=rf"The flat field .*{message}.*Run `filmside calibrate` again\."):
        decode(damage(encode(field_of(Box()))))
