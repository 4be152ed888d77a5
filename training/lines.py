"""CSV files that are there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path


def write_lines(path: Path, lines: Iterable[Iterable[object]]) -> None:
    """Write a CSV file beside its place and move it there whole, its folder with it if there is none: who is killed or
    finds the disk full in the middle leaves what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)
