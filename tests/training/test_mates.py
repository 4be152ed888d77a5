"""Whom a film is mixed with, and what a mixture asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.recipes import TINY
from training.data import augment
from training.data.cache import SIDE
from training.data.sources import Row
from training.examples import Examples, finding_batches
from training.mates import FROM_ELSEWHERE, Mates

KINDS = (
    ("NORMAL", "here"),
    ("NORMAL", "there"),
    ("COVID-19", "here"),
    ("TUBERCULOSIS", "here"),
    ("EMPHYSEMA", "far"),
)
ROWS = tuple(
    Row(Path(f"{place}-{number}.png"), (finding,), origin, f"{place}-{number}")
    for place, (finding, origin) in enumerate(KINDS)
    for number in range(6)
)
EVEN = np.full(len(ROWS), 1 / len(ROWS))


def mates_of(film: int, draws: int = 400) -> Counter[tuple[str, str] | None]:
    rng = np.random.default_rng(1)
    drawn = (Mates.among(ROWS).of(film, EVEN, rng) for _ in range(draws))
    return Counter(None if mate is None else (ROWS[mate].name, ROWS[mate].origin) for mate in drawn)


def test_a_mate_shares_the_finding_or_the_origin_and_never_both() -> None:
    assert set(mates_of(0)) == {("NORMAL", "there"), ("COVID-19", "here"), ("TUBERCULOSIS", "here")}
    assert mates_of(0)["NORMAL", "there"] / 400 == pytest.approx(FROM_ELSEWHERE, abs=0.08)


def test_where_there_is_one_kind_of_mate_only_it_is_taken() -> None:
    assert set(mates_of(6)) == {("NORMAL", "here")}
    assert set(mates_of(18)) == {("NORMAL", "here"), ("COVID-19", "here")}
    assert set(mates_of(24)) == {None}


def test_mates_are_drawn_by_weight() -> None:
    odds = EVEN.copy()
    odds[18:24] *= 3
    mates = Mates.among(ROWS)
    rng = np.random.default_rng(2)
    found = Counter(ROWS[mate].name for _ in range(900) if (mate := mates.of(0, odds, rng)) is not None)
    assert found["TUBERCULOSIS"] / found["COVID-19"] == pytest.approx(3, rel=0.3)


@pytest.mark.parametrize("consistency", [0.0, 1.0])
def test_a_mixture_is_two_films_by_their_parts_and_asks_for_both(
    monkeypatch: pytest.MonkeyPatch, consistency: float
) -> None:
    monkeypatch.setattr(augment, "strong", lambda square, rng: square)
    recipe = replace(
        TINY, mixed=0.5, consistency=consistency, batch=64, side=SIDE, tone="plain", low=0.0, high=255.0, photos=0.5
    )
    # Film n is 4 n bright, and so is its photo.
    levels = 4 * np.arange(len(ROWS))
    made = np.broadcast_to(levels[:, None, None, None], (len(ROWS), 2, SIDE, SIDE)).astype(np.uint8)
    examples = Examples(made, np.eye(len(ROWS), dtype=np.float32), EVEN, Mates.among(ROWS))
    inputs, wanted = finding_batches(recipe, examples)(7)
    assert wanted.shape == (64, 2, len(ROWS))
    assert wanted.sum(axis=(1, 2)) == pytest.approx(np.ones(64), abs=1e-6)
    assert inputs[:, 0, 0, 0] == pytest.approx((wanted.sum(axis=1) * levels).sum(axis=1), abs=0.01)
    alone = (wanted.max(axis=(1, 2)) == 1).mean()
    # A fifth of these films have no mate.
    assert alone == pytest.approx(0.6, abs=0.17)
    if consistency:
        assert np.array_equal(wanted[:32], wanted[32:])
