"""CheXphoto's transforms: each grows with its level, is the same each time, and does what it is named after."""

from __future__ import annotations

import numpy as np
import pytest

from tests.films import chest
from training.data.chexphoto import AMOUNTS, LEVELS, Transform, transformed

FILM = chest(1, width=300, height=360)


def unlike(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference of two pictures in grey levels."""
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("transform", Transform)
@pytest.mark.parametrize("seed", range(3))
def test_a_transform_changes_the_film_more_at_each_level_and_keeps_its_size(transform: Transform, seed: int) -> None:
    made = [transformed(FILM, transform, level, seed) for level in LEVELS]
    away = [unlike(one, FILM) for one in made]
    assert away[0] > 0.1
    assert away == sorted(away)
    assert {one.shape for one in made} == {FILM.shape}
    assert list(AMOUNTS) == list(Transform)


@pytest.mark.parametrize("transform", Transform)
def test_a_film_and_level_give_the_same_each_time(transform: Transform) -> None:
    assert np.array_equal(transformed(FILM, transform, 3, 7), transformed(FILM, transform, 3, 7))


@pytest.mark.parametrize("transform", [Transform.TILT, Transform.GLARE_MATTE, Transform.MOIRE, Transform.ROTATION])
def test_another_film_is_met_in_another_way(transform: Transform) -> None:
    assert len({transformed(FILM, transform, 3, seed).tobytes() for seed in range(6)}) > 1


def test_a_translation_moves_the_film_by_its_share() -> None:
    white = np.full((400, 400), 255, np.uint8)
    moved = transformed(white, Transform.TRANSLATION, 4, 3) > 127
    columns, rows = moved.any(axis=0), moved.any(axis=1)
    shift = np.array([400 - columns.sum(), 400 - rows.sum()]) / 400
    assert np.hypot(*shift) == pytest.approx(AMOUNTS[Transform.TRANSLATION][3], abs=0.01)


def test_all_of_a_tilted_film_stays_in_the_picture() -> None:
    white = np.full((360, 300), 255, np.uint8)
    for seed in range(8):
        sizes = [(transformed(white, Transform.TILT, level, seed) > 127).mean() for level in LEVELS]
        assert sizes == sorted(sizes, reverse=True)
        # A sheet that is turned away by 40 degrees looks a little shorter than its cosine, and its far side narrower.
        assert 0.3 < sizes[3] < 0.85


def test_glare_only_ever_adds_light_and_matte_glare_is_the_wider() -> None:
    wide = {}
    for transform in (Transform.GLARE_MATTE, Transform.GLARE_GLOSSY):
        made = transformed(FILM, transform, 4, 2).astype(int) - FILM
        assert made.min() >= -1
        wide[transform] = float((made > 8).mean())
    assert wide[Transform.GLARE_MATTE] > 2 * wide[Transform.GLARE_GLOSSY] > 0.04


def test_moire_keeps_the_films_brightness() -> None:
    grey = np.full((360, 300), 120, np.uint8)
    made = transformed(grey, Transform.MOIRE, 4, 1)
    assert made.mean() == pytest.approx(120, abs=2)
    assert made.std() > 10
