"""What it would give and cost to have NORMAL right more often than nine times of ten (`filmside-train prove --right`).

The limits are chosen on the validation photos that an evaluation left in the run; what comes of them is told of test
photos and of the photos of other hospitals whose scores are kept in `unseen`. Everything else that is said stays.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.prove import PROMISE, statements
from training.recipe import FINDINGS, GROUPS

HERE = Path(__file__).parent
PROMISES = (PROMISE, 0.94, 0.95)
NORMAL = "NORMAL"
ELSEWHERE = {
    "three hospitals": ("Actualmed.csv", "Figure1.csv", "unnamed.csv"),
    "BIMCV, all COVID-19": ("covid/BIMCV.csv",),
    "NIH, mostly what it does not know": ("not_known/NIH ChestX-ray14.csv",),
    "our test films of PNEUMONIA, kind not known": ("own/our test films, kind not known.csv",),
}
"""Tables of `unseen`, by what they are told of together."""


@dataclass(frozen=True, eq=False)
class Photos:
    """What photos show, what the shipped bundle said of each, and its score for NORMAL (photos,)."""

    shown: tuple[str, ...]
    said: tuple[str, ...]
    score: NDArray[np.float64]


def photos(lines: Sequence[dict[str, str]], whose: str) -> Photos:
    """The photos among the lines of a table of scores; `whose` stands before the findings' names."""
    these = [line for line in lines if line["view"] == "photo"]
    score = np.array([float(line[f"{whose}{NORMAL}"] or "nan") for line in these])
    return Photos(
        tuple(line["finding"] for line in these), tuple(line["outcome"] or "refused" for line in these), score
    )


def limit(validation: Sequence[dict[str, str]], promise: float) -> float | None:
    """The score from which NORMAL keeps a promise on validation's photos, as `prove` chooses it."""
    files = {line["film"]: _scores(line) for line in validation if line["view"] == "clean"}
    read = [line for line in validation if line["view"] == "photo" and line["outcome"]]
    scores, on_files = np.array([_scores(line) for line in read]), np.array([files[line["film"]] for line in read])
    truth = np.array([FINDINGS.index(line["finding"]) for line in read])
    said = {one["name"]: one["said_from"] for one in statements(scores, on_files, truth, FINDINGS, {NORMAL: promise})}
    found: float | None = said[NORMAL]
    return found


def _scores(line: dict[str, str]) -> list[float]:
    return [float(line[f"ensemble:{finding}"] or "nan") for finding in FINDINGS]


def told(of: Photos, least: float) -> tuple[str, str, str]:
    """Normal films called NORMAL, others called so, and how many of all outcomes are right, with that limit; the last
    is not told where of some only a group is known, or something else."""
    kept = [word != NORMAL or score >= least for word, score in zip(of.said, of.score, strict=True)]
    given = [
        (shown, word)
        for shown, word, keep in zip(of.shown, of.said, kept, strict=True)
        if keep and word not in ("UNCERTAIN", "refused")
    ]
    so = [shown for shown, word in given if word == NORMAL]
    right = [shown in (word, *GROUPS.get(word, ())) for shown, word in given]
    normal, sure = so.count(NORMAL), set(of.shown) <= set(FINDINGS)
    normals = of.shown.count(NORMAL)
    others = len(of.shown) - normals
    return (
        f"{normal} of {normals}" if normals else "",
        f"{len(so) - normal} of {others} ({(len(so) - normal) / others:.0%})",
        f"{np.mean(right):.1%} of {len(given)}" if sure and given else "",
    )


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def page(run: Path, unseen: Path) -> Iterator[str]:
    """The table, a line for each promise and place."""
    validation = _lines(run / "validation_predictions.csv")
    places = {"test": photos(_lines(run / "predictions.csv"), "ensemble:")}
    for name, tables in ELSEWHERE.items():
        places[name] = photos([line for table in tables for line in _lines(unseen / table)], "Filmside: ")
    yield "| NORMAL right | said from | photos of | normal ones called NORMAL | others called NORMAL | outcomes right |"
    yield "|---|---|---|---|---|---|"
    for promise in PROMISES:
        least = limit(validation, promise)
        for name, of in places.items():
            cells = " | ".join(told(of, 2.0 if least is None else least))
            yield f"| {promise:.0%} | {'never' if least is None else f'{least:.2f}'} | {name} | {cells} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run that `filmside-train evaluate` read by")
    chosen = parser.parse_args()
    print("\n".join(page(chosen.run, HERE / "unseen")))


if __name__ == "__main__":
    main()
