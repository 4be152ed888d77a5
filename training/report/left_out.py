"""Leave one origin out: what bundles that never met a hospital say of its films, beside what this one says."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.sources import DataError, Row
from training.evaluate import VIEWS
from training.metrics import Figure, accuracy, with_interval
from training.readers import Films, Guesses
from training.report.document import Cell, Section, Table
from training.run import read_split


@dataclass(frozen=True, eq=False)
class Read:
    """Films and what one ensemble took them for, by view."""

    films: Films
    guesses: Guesses


def left_out(runs: Sequence[Path], here: Read) -> Section:
    """One block an origin: each run was split with `--without-origin` and evaluated, and keeps `predictions.csv`.

    Raises DataError for a run that was not.
    """
    lines: list[tuple[Cell, ...]] = []
    for run in runs:
        there = predicted(run / "predictions.csv", here.films.findings)
        learnt_from = {row.origin for row in read_split(run).train}
        for origin in np.unique(there.films.origins):
            if origin in learnt_from:
                raise DataError(
                    f"{run} learnt from films of {origin}; wanted a run that never met the origin it is tested on. "
                    f"Split it with --without-origin {str(origin)!r}, fit and evaluate it."
                )
            lines += _origin(str(origin), there, here)
    heads = ["origin", "finding", "films"]
    heads += [f"never met it, {view}" for view in VIEWS]
    heads += ["films of it in this test", *(f"learnt from it, {view}" for view in VIEWS)]
    return Section(
        "Leave one origin out",
        (
            "Accuracy on all films of one origin of an ensemble that learnt from the others only, beside this bundle's "
            "on its test films of the same origin. What is lost between the two was knowledge of the source.",
            Table("leave-one-origin-out", tuple(heads), tuple(lines)),
        ),
    )


def predicted(path: Path, findings: tuple[str, ...]) -> Read:
    """The ensemble's answers as an evaluation wrote them. Raises DataError where there are none."""
    if not path.is_file():
        raise DataError(f"There is no {path}. Evaluate that run first: filmside-train evaluate BUNDLE --run RUN")
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    by_view = {view: [line for line in lines if line["view"] == view] for view in VIEWS}
    rows = [Row(Path(line["film"]), (line["finding"],), line["origin"], line["group"]) for line in by_view[VIEWS[0]]]
    return Read(
        Films.of(rows, findings),
        {view: np.array([_guess(line, findings) for line in those]) for view, those in by_view.items()},
    )


def _guess(line: dict[str, str], findings: tuple[str, ...]) -> int:
    scores = [line[f"ensemble:{finding}"] for finding in findings]
    return int(np.argmax([float(score) for score in scores])) if all(scores) else -1


def _origin(origin: str, there: Read, here: Read) -> list[tuple[Cell, ...]]:
    lines: list[tuple[Cell, ...]] = []
    of_it = there.films.origins == origin
    for place, finding in [*enumerate(there.films.findings), (-1, "all")]:
        cells: list[Cell] = [origin, finding]
        for read in (there, here):
            wanted = (read.films.origins == origin) & ((read.films.truth == place) | (place < 0))
            cells += [int(wanted.sum()), *(_accuracy(read, wanted, view) for view in VIEWS)]
        if (of_it & ((there.films.truth == place) | (place < 0))).any():
            lines.append(tuple(cells))
    return lines


def _accuracy(read: Read, wanted: NDArray[np.bool_], view: str) -> Figure:
    truth, guess = read.films.truth[wanted], read.guesses[view][wanted]
    count = len(read.films.findings)
    return with_interval(lambda rows: accuracy(truth[rows], guess[rows], count), read.films.groups[wanted])
