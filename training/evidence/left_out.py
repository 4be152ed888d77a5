"""What readers said of films of origins that they never met: of evaluated runs, or of tables of answers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.sources import DataError, Row
from training.evaluate import VIEWS
from training.readers import REFUSED, Films, Guesses
from training.run import read_split

_ABOUT_FILMS = ("film", "finding", "origin", "group", "film photo")


@dataclass(frozen=True, eq=False)
class Read:
    """Films and what one reader took them for, by view."""

    films: Films
    guesses: Guesses


def readers_of(path: Path, findings: tuple[str, ...]) -> dict[str, Read]:
    """Who read the films of origins that they never met, by name.

    `path` is a run that was split with `--without-origin` and evaluated, or a CSV table of answers: a line a film, with
    the columns film, finding, origin, group, film photo (photos by a camera are not counted), and `READER: VIEW`, what
    that reader took the film for in that view. Raises DataError for a run that has no `predictions.csv` or learnt from
    what it is tested on, and for a table without such columns or with words that are no finding.
    """
    if path.suffix == ".csv":
        return _of_table(path, findings)
    there = predicted(path / "predictions.csv", findings)
    _check_unseen(path, there)
    return {path.name: there}


def pooled(tables: Sequence[dict[str, Read]]) -> dict[str, Read]:
    """The readers that every table has, each with the films of all of them."""
    names = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: _joined([table[name] for table in tables]) for name in names}


def _joined(reads: Sequence[Read]) -> Read:
    films = [read.films for read in reads]
    return Read(
        Films(
            films[0].findings,
            np.concatenate([one.truth for one in films]),
            np.concatenate([one.origins for one in films]),
            np.concatenate([one.groups for one in films]),
        ),
        {view: np.concatenate([read.guesses[view] for read in reads]) for view in reads[0].guesses},
    )


def predicted(path: Path, findings: tuple[str, ...]) -> Read:
    """The ensemble's answers as an evaluation wrote them. Raises DataError where there are none."""
    if not path.is_file():
        raise DataError(f"There is no {path}. Evaluate that run first: filmside-train evaluate BUNDLE --run RUN")
    lines = _lines(path)
    by_view = {view: [line for line in lines if line["view"] == view] for view in VIEWS}
    return Read(
        _films(by_view[VIEWS[0]], findings),
        {view: np.array([_likeliest(line, findings) for line in those]) for view, those in by_view.items()},
    )


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _films(lines: Sequence[dict[str, str]], findings: tuple[str, ...]) -> Films:
    rows = [Row(Path(line["film"]), (line["finding"],), line["origin"], line["group"]) for line in lines]
    return Films.of(rows, findings)


def _likeliest(line: dict[str, str], findings: tuple[str, ...]) -> int:
    scores = [line[f"ensemble:{finding}"] for finding in findings]
    return int(np.argmax([float(score) for score in scores])) if all(scores) else -1


def _check_unseen(run: Path, there: Read) -> None:
    learnt_from = {(finding, row.origin) for row in read_split(run).train for finding in row.findings}
    for place, origin in sorted(set(zip(there.films.truth.tolist(), there.films.origins.tolist(), strict=True))):
        if (there.films.findings[place], origin) in learnt_from:
            raise DataError(
                f"{run} learnt from films of {origin}; wanted a run that never met the like of what it is tested on. "
                f"Split it with --without-origin {origin!r}, fit and evaluate it."
            )


def _of_table(path: Path, findings: tuple[str, ...]) -> dict[str, Read]:
    if not path.is_file():
        raise DataError(f"There is no {path}; wanted a table of answers, or an evaluated run's folder. Check the path.")
    lines = _lines(path)
    columns = [column for column in (lines[0] if lines else {}) if column not in _ABOUT_FILMS]
    views = _views(path, columns)
    if not all(name in lines[0] for name in _ABOUT_FILMS):
        raise DataError(
            f"{path} has the columns {', '.join(lines[0])}; wanted {', '.join(_ABOUT_FILMS)} too. Write it anew."
        )
    lines = [line for line in lines if not line["film photo"]]
    _check_words(path, lines, columns, findings)
    films = _films(lines, findings)
    return {
        reader: Read(films, {view: _guesses(lines, f"{reader}: {view}", findings) for view in seen})
        for reader, seen in views.items()
    }


def _views(path: Path, columns: Sequence[str]) -> dict[str, list[str]]:
    """The views in which each reader saw the films, in the table's order."""
    views: dict[str, list[str]] = {}
    for column in columns:
        reader, _, view = column.rpartition(": ")
        views.setdefault(reader, []).append(view)
    if not views or any(not set(VIEWS) <= set(seen) for seen in views.values()):
        told = ", ".join(columns) or "no answers"
        raise DataError(
            f"{path} has {told} beside what it says of films; wanted for each reader the columns "
            f"{' and '.join(f'READER: {view}' for view in VIEWS)}. Give a table of answers, or an evaluated run."
        )
    return views


def _check_words(
    path: Path, lines: Sequence[dict[str, str]], columns: Sequence[str], findings: tuple[str, ...]
) -> None:
    for line in lines:
        told = [line["finding"], *(line[column] for column in columns if line[column] != REFUSED)]
        if strange := [word for word in told if word not in findings]:
            raise DataError(
                f"{path} has {strange[0] or 'nothing'} for {line['film']}; wanted one of the bundle's findings, "
                f"{', '.join(findings)}. Leave the line out, or write the table anew."
            )


def _guesses(lines: Sequence[dict[str, str]], column: str, findings: tuple[str, ...]) -> NDArray[np.intp]:
    return np.array([findings.index(line[column]) if line[column] != REFUSED else -1 for line in lines], np.intp)
