"""A member's input out of a film: one function, its parts, and what it makes of tones and borders."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from device.film.prepare import FITS, TONES, fit_square, prepare, to_input, trim_borders
from device.values import Grey, InputSpec
from tests.films import chest

SPECS = [
    InputSpec(side, channels, fit, tone, low, high)
    for (fit, tone), (side, channels, low, high) in itertools.product(
        itertools.product(FITS, TONES), ((160, 3, -1.0, 1.0), (100, 1, 0.0, 1.0), (96, 3, 0.0, 255.0))
    )
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_input_is_what_the_manifest_asks_for(spec: InputSpec) -> None:
    tensor = prepare(chest(1), spec)
    assert tensor.shape == (1, spec.side, spec.side, spec.channels)
    assert tensor.dtype == np.float32
    assert tensor.min() >= spec.low
    assert tensor.max() <= spec.high
    assert np.ptp(tensor) > 0.5 * (spec.high - spec.low)
    for channel in range(spec.channels):
        assert np.array_equal(tensor[..., channel], tensor[..., 0])


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_square_then_tones_is_the_whole_function(spec: InputSpec) -> None:
    film = chest(2)
    square = fit_square(film, spec.fit, spec.side, trim=spec.tone == "even")
    assert square.shape == (spec.side, spec.side)
    assert square.dtype == np.uint8
    assert np.array_equal(to_input(square, spec), prepare(film, spec))


def test_the_ends_of_the_range_are_black_and_white() -> None:
    square = np.tile(np.array([[0, 255]], np.uint8), (50, 25))
    tensor = to_input(square, InputSpec(50, 1, "stretch", "plain", -1.0, 1.0))
    assert tensor[0, 0, 0, 0] == -1
    assert tensor[0, 0, 1, 0] == 1
    middle = to_input(np.full((50, 50), 51, np.uint8), InputSpec(50, 3, "stretch", "plain", 0.0, 5.0))
    assert middle == pytest.approx(1.0)


def test_stretch_squashes_and_shortest_takes_the_middle() -> None:
    film = np.zeros((300, 100), np.uint8)
    film[100:200] = 200
    stretched = fit_square(film, "stretch", 30, trim=False)
    assert (stretched[:9] == 0).all()
    assert (stretched[11:19] == 200).all()
    assert (stretched[21:] == 0).all()
    assert (fit_square(film, "shortest", 30, trim=False) == 200).all()
    assert (fit_square(np.ascontiguousarray(film.T), "shortest", 30, trim=False) == 200).all()


def test_a_film_smaller_than_the_input_is_enlarged_smoothly() -> None:
    small = np.asarray(cv2.resize(chest(), (60, 70), interpolation=cv2.INTER_AREA), np.uint8)
    square = fit_square(small, "stretch", 160, trim=False)
    assert square.shape == (160, 160)
    assert np.abs(np.diff(square.astype(int), axis=1)).max() <= np.abs(np.diff(small.astype(int), axis=1)).max()


def framed(film: Grey, level: int, sides: tuple[int, int, int, int]) -> Grey:
    return np.asarray(cv2.copyMakeBorder(film, *sides, cv2.BORDER_CONSTANT, value=level), np.uint8)


TEXTURE = np.random.default_rng(5).integers(40, 220, (640, 640), dtype=np.uint8)
"""A film that has something to show up to its very edges."""


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("sides", [(40, 40, 40, 40), (60, 0, 0, 0), (0, 60, 0, 0), (0, 0, 60, 0), (0, 0, 0, 60)])
def test_bare_borders_of_any_level_are_trimmed(level: int, sides: tuple[int, int, int, int]) -> None:
    trimmed = trim_borders(framed(TEXTURE, level, sides))
    spare = 2 * 760 / 128  # a 128th of the film on either side is as fine as it is judged
    assert abs(trimmed.shape[0] - 640) < spare
    assert abs(trimmed.shape[1] - 640) < spare


def test_nothing_is_trimmed_of_a_film_that_fills_its_sheet() -> None:
    assert trim_borders(TEXTURE).shape == TEXTURE.shape


def test_never_more_than_a_share_of_each_side_is_trimmed() -> None:
    for film in (np.full((500, 400), 128, np.uint8), framed(TEXTURE, 0, (500, 500, 500, 500))):
        trimmed = trim_borders(film)
        for kept, whole in zip(trimmed.shape, film.shape, strict=True):
            assert kept >= 0.75 * whole
            assert kept < whole


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.tone == "even"], ids=str)
def test_even_tones_hide_a_boxs_brightness(spec: InputSpec) -> None:
    film = chest(3)
    dim = np.asarray((film.astype(float) * 0.55 + 25).round(), np.uint8)
    unlike = np.abs(prepare(dim, spec) - prepare(film, spec)).mean() / (spec.high - spec.low)
    plain = InputSpec(spec.side, spec.channels, spec.fit, "plain", spec.low, spec.high)
    left_alone = np.abs(prepare(dim, plain) - prepare(film, plain)).mean() / (spec.high - spec.low)
    assert unlike < 0.03
    assert left_alone > 2 * unlike


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_film_makes_an_input_without_noise(level: int) -> None:
    tensor = prepare(np.full((300, 300), level, np.uint8), SPECS[0])
    assert np.isfinite(tensor).all()
    assert np.ptp(tensor) < 0.1


def test_the_film_is_left_as_it_was() -> None:
    film = chest(6)
    before = film.copy()
    for spec in SPECS:
        prepare(film, spec)
    assert np.array_equal(film, before)
