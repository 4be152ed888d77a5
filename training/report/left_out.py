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


NORMAL = "NORMAL"


def left_out(runs: Sequence[Path], here: Read) -> Section:
    """Every run, which was split with `--without-origin` and evaluated, on the films that it never met the like of; and
    this bundle, which has learnt from such, on those of its own test.

    Raises DataError for a run that has no `predictions.csv`, or learnt from what it is tested on.
    """
    lines: list[tuple[Cell, ...]] = []
    for run in runs:
        there = predicted(run / "predictions.csv", here.films.findings)
        _check_unseen(run, there)
        for origin in np.unique(there.films.origins):
            for read, name in ((there, run.name), (here, "this bundle, learnt from it")):
                lines += _origin(str(origin), name, read, there)
    heads = ["origin", "finding", "read by", "films"]
    heads += [f"{what}, {view}" for what in ("right", "normal or not") for view in VIEWS]
    return Section(
        "Leave one origin out",
        (
            "Films of one origin, read by ensembles that learnt from others only, beside this bundle on its test films "
            "of the same origin. What is lost between the two was knowledge of the source. *Right* is the finding; "
            "*normal or not* asks only whether a film was taken for normal.",
            Table("leave-one-origin-out", tuple(heads), tuple(lines)),
        ),
    )


def _check_unseen(run: Path, there: Read) -> None:
    learnt_from = {(finding, row.origin) for row in read_split(run).train for finding in row.findings}
    for place, origin in sorted(set(zip(there.films.truth.tolist(), there.films.origins.tolist(), strict=True))):
        if (there.films.findings[place], origin) in learnt_from:
            raise DataError(
                f"{run} learnt from films of {origin}; wanted a run that never met the like of what it is tested on. "
                f"Split it with --without-origin {origin!r}, fit and evaluate it."
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


def _origin(origin: str, name: str, read: Read, there: Read) -> list[tuple[Cell, ...]]:
    """One reader's lines: each finding that the run tests of this origin, then all of them together."""
    tested = sorted(set(there.films.truth[there.films.origins == origin].tolist()))
    findings = read.films.findings
    lines: list[tuple[Cell, ...]] = []
    for places, finding in [*(([place], findings[place]) for place in tested), (tested, "all")]:
        wanted = (read.films.origins == origin) & np.isin(read.films.truth, places)
        figures = [_accuracy(read, wanted, view) for view in VIEWS] + [
            _normal_or_not(read, wanted, view) for view in VIEWS
        ]
        lines.append((origin, finding, name, int(wanted.sum()), *figures))
    return lines if len(tested) > 1 else lines[:1]


def _normal_or_not(read: Read, wanted: NDArray[np.bool_], view: str) -> Figure:
    """The share that is taken for normal where it is, and for something else where it is not; a refusal is neither."""
    normal = read.films.findings.index(NORMAL) if NORMAL in read.films.findings else -2
    truth, guess = read.films.truth[wanted] == normal, read.guesses[view][wanted]
    right = (guess >= 0) & ((guess == normal) == truth)
    return with_interval(lambda rows: float(right[rows].mean()), read.films.groups[wanted])


def _accuracy(read: Read, wanted: NDArray[np.bool_], view: str) -> Figure:
    truth, guess = read.films.truth[wanted], read.guesses[view][wanted]
    count = len(read.films.findings)
    return with_interval(lambda rows: accuracy(truth[rows], guess[rows], count), read.films.groups[wanted])
