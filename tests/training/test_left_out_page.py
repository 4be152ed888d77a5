"""The page of left-out origins says what the kept answers say."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.training.pages import BENCHMARKS, benchmark

KEPT = BENCHMARKS / "left_out"

TABLES = (
    ("abc", "mobilenet_035-24-more"),
    ("abc", "mobilenet_035-24"),
    ("abc", "mobilenet_035-mobilenet_100-24-more"),
    ("abc", "mobilenet_035_192-mobilenet_100-24-more"),
    ("abcd", "mobilenet_035_192-mobilenet_100-24-more"),
)
"""The folds of each of the page's tables, and whose answers they are."""


@pytest.fixture
def left_out(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return benchmark("left_out", monkeypatch)


@pytest.mark.parametrize(("folds", "how"), TABLES)
def test_the_tables_are_what_was_kept(left_out: ModuleType, folds: str, how: str) -> None:
    page = (BENCHMARKS / "left_out.md").read_text(encoding="utf-8")
    told = left_out.each_once([left_out.read_fold({}, KEPT, KEPT / f"{fold}-{how}.csv") for fold in folds])
    assert [fold.name for fold in told] == list(folds)
    # Whichever folds there are, no film is told of twice.
    films = [line["film"] for fold in told for line in fold.films]
    assert len(films) == len(set(films)) > 1000
    # Whole, and nothing else: one table may begin as another does.
    assert "\n".join([*left_out.table(told), "", *left_out.real_table(told), "", ""]) in page


def test_every_kept_answer_is_in_a_table() -> None:
    told = {f"{fold}-{how}.csv" for folds, how in TABLES for fold in folds}
    assert {path.name for path in KEPT.glob("*.csv")} == told
