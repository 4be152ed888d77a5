"""Leave one origin out: what readers that never met a hospital say of its films, beside what this bundle says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluate import VIEWS
from training.evidence.hospitals import about
from training.evidence.left_out import Read, pooled, readers_of
from training.metrics import Figure, with_interval
from training.report.document import Cell, Section, Table

NORMAL = "NORMAL"
HERE = "this bundle, learnt from it"
TOGETHER = "all"

Rightly = Callable[[Read, str, NDArray[np.bool_]], NDArray[np.float64]]
"""Which of the wanted films a reader took rightly in a view: ones and noughts."""


def left_out(paths: Sequence[Path], here: Read) -> Section:
    """Every reader of `paths` (see `readers_of`) on the films that it never met the like of, and this bundle, which has
    learnt from such, on those of its own test; then the readers of all tables together. What their folders say of the
    tables stands with them.

    Raises DataError as `readers_of` does.
    """
    tables = [readers_of(path, here.films.findings) for path in paths]
    views = list(dict.fromkeys([*VIEWS, *(view for table in tables for one in table.values() for view in one.guesses)]))
    lines: list[tuple[Cell, ...]] = []
    for table in tables:
        for origin in np.unique(next(iter(table.values())).films.origins):
            lines += _origin(str(origin), {**table, HERE: here}, views)
    if len(tables) > 1:
        lines += _together(pooled(tables), views)
    heads = ["origin", "finding", "read by", "films"]
    heads += [f"{what}, {view}" for what in ("right", "normal or not") for view in views]
    told = dict.fromkeys(words for path in paths if path.suffix == ".csv" and (words := about(path.parent)))
    return Section(
        "Leave one origin out",
        (
            "Films of one origin, read by readers that learnt from others only, beside this bundle on its test films "
            "of the same origin. What is lost between the two was knowledge of the source. Right: the finding. Normal "
            "or not: only whether a film was taken for normal. Intervals: 95%, bootstrap over patients.",
            *told,
            Table("leave-one-origin-out", tuple(heads), tuple(lines)),
        ),
    )


def _origin(origin: str, readers: dict[str, Read], views: Sequence[str]) -> list[tuple[Cell, ...]]:
    """Every reader's line for each finding of this origin that the first was tested by, then for all of them."""
    films = next(iter(readers.values())).films
    tested = sorted(set(films.truth[films.origins == origin].tolist()))
    parts = [([place], films.findings[place]) for place in tested]
    lines: list[tuple[Cell, ...]] = []
    for places, finding in [*parts, (tested, TOGETHER)] if len(parts) > 1 else parts:
        for name, read in readers.items():
            wanted = (read.films.origins == origin) & np.isin(read.films.truth, places)
            lines.append((origin, finding, name, int(wanted.sum()), *_figures(read, wanted, views)))
    return lines


def _together(readers: dict[str, Read], views: Sequence[str]) -> list[tuple[Cell, ...]]:
    """The films of all tables; then, film by film, how many points each reader is ahead of the first."""
    lines: list[tuple[Cell, ...]] = []
    for name, read in readers.items():
        every = np.ones(len(read.films.truth), bool)
        lines.append((TOGETHER, TOGETHER, name, len(every), *_figures(read, every, views)))
    for name, read in list(readers.items())[1:]:
        first = next(iter(readers))
        cells = (_ahead(rightly, read, readers[first], view) for rightly in (_named, _normal_or_not) for view in views)
        lines.append((TOGETHER, TOGETHER, f"{name}, points ahead of {first}", len(read.films.truth), *cells))
    return lines


def _figures(read: Read, wanted: NDArray[np.bool_], views: Sequence[str]) -> list[Cell]:
    """Both figures in each view, with intervals; nothing in a view that the reader did not see."""
    return [
        _mean(rightly(read, view, wanted), read.films.groups[wanted]) if view in read.guesses else ""
        for rightly in (_named, _normal_or_not)
        for view in views
    ]


def _ahead(rightly: Rightly, read: Read, than: Read, view: str) -> Cell:
    if view not in read.guesses or view not in than.guesses:
        return ""
    every = np.ones(len(read.films.truth), bool)
    points = 100 * (rightly(read, view, every) - rightly(than, view, every))
    return _mean(points, read.films.groups, ".1f")


def _mean(marks: NDArray[np.float64], groups: NDArray[np.str_], form: str = ".3f") -> Figure:
    figure = with_interval(lambda rows: float(marks[rows].mean()) if len(rows) else float("nan"), groups)
    return replace(figure, form=form)


def _named(read: Read, view: str, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(read.guesses[view][wanted] == read.films.truth[wanted], np.float64)


def _normal_or_not(read: Read, view: str, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Taken for normal where it is, and for something else where it is not; a refusal is neither."""
    normal = read.films.findings.index(NORMAL) if NORMAL in read.films.findings else -2
    truth, guess = read.films.truth[wanted] == normal, read.guesses[view][wanted]
    return np.asarray((guess >= 0) & ((guess == normal) == truth), np.float64)
