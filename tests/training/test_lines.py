"""CSV files that are there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.lines import write_lines


def test_a_table_that_is_stopped_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "made" / "table.csv"
    write_lines(path, [("film", "shows"), ("a.png", "NORMAL, or so")])

    def stopped() -> Iterator[tuple[str, str]]:
        yield "film", "shows"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lines(path, stopped())
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [{"film": "a.png", "shows": "NORMAL, or so"}]
    assert [one.name for one in path.parent.iterdir()] == ["table.csv"]
