"""A film's middle in another film's surroundings: what a member then sees, and what it may not learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.recipes import TINY
from training.data import augment
from training.data.cache import SIDE
from training.examples import Examples, finding_batches

SEEDS = range(40)


def level(value: int) -> np.ndarray:
    return np.full((SIDE, SIDE), value, np.uint8)


def textured(value: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-20, 21, (SIDE, SIDE))
    return (value + noise).astype(np.uint8)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lungs_stay_and_the_rim_is_the_others(seed: int) -> None:
    film, other = textured(60, 1), textured(180, 2)
    made = augment.surrounded(film, other, np.random.default_rng(seed))
    middle = np.s_[SIDE * 2 // 5 : SIDE * 3 // 5, SIDE * 2 // 5 : SIDE * 3 // 5]
    assert np.array_equal(made[middle], film[middle])
    corner = made[:4, :4].astype(int)
    own, mirrored = other[:4, :4].astype(int), other[:4, ::-1][:, :4].astype(int)
    # Of the other film, as it is or mirrored, at its own level or at the film's.
    alike = [np.corrcoef(corner.ravel(), one.ravel())[0, 1] for one in (own, mirrored)]
    assert max(alike) > 0.95
    assert abs(np.corrcoef(corner.ravel(), film[:4, :4].ravel())[0, 1]) < 0.9


def test_every_second_rim_has_the_films_own_level() -> None:
    levels = [
        augment.surrounded(textured(60, 1), textured(180, 2), np.random.default_rng(seed))[:4, :4].mean()
        for seed in SEEDS
    ]
    near = sum(abs(one - 60) < 10 for one in levels)
    assert near + sum(abs(one - 180) < 10 for one in levels) == len(levels)
    assert 10 <= near <= 30


def test_a_film_without_any_tone_is_no_error() -> None:
    for seed in SEEDS:
        made = augment.surrounded(level(0), level(255), np.random.default_rng(seed))
        assert made.shape == (SIDE, SIDE)
        assert made[SIDE // 2, SIDE // 2] == 0


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_recipes_share_of_films_is_put_in_other_surroundings(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    monkeypatch.setattr(augment, "strong", lambda square, rng: square)
    recipe = replace(TINY, surroundings=share, batch=64, side=SIDE, tone="plain", low=0.0, high=255.0)
    films = np.stack([textured(20 + 9 * number, number) for number in range(24)])
    examples = Examples(films[:, None], np.eye(24, dtype=np.float32), np.full(24, 1 / 24))
    inputs, allowed = finding_batches(recipe, examples)(5)
    truth = films[allowed.argmax(axis=1)]
    shown = np.rint(inputs[:, :, :, 0]).astype(int)
    middle = SIDE // 2
    assert np.array_equal(shown[:, middle, middle], truth[:, middle, middle])
    changed = np.mean([not np.array_equal(one[:2], film[:2]) for one, film in zip(shown, truth, strict=True)])
    assert changed == pytest.approx(share, abs=0.2)
