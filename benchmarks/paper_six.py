"""The six-class paper's tables and figures, line by line, with ours beside them; see `papers.py`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import paper_rows as paper
from numpy.typing import NDArray
from paper_answers import FLOAT32, INT8, PER_TENSOR, ROUNDED, SIX_CLASSES, SPLITS, Said

from training.metrics import accuracy, auc, class_figures, f1_of_each, loss_of_scores, with_interval
from training.recipe import FINDINGS, load_recipe

WEIGHTED = ("precision", "recall", "F1")

UNCERTAIN = len(FINDINGS)
"""A guess's number where the top score is below the threshold."""


def guesses(said: Said, precision: str, split: str) -> NDArray[np.intp]:
    """The likeliest findings; on test UNCERTAIN where the top score is below the threshold."""
    scores = said.scores[precision]
    top = scores.argmax(axis=1)
    return np.where((scores.max(axis=1) < load_recipe(SIX_CLASSES).uncertain_below) & (split == "test"), UNCERTAIN, top)


def results(said: dict[str, Said], evaluated: Path) -> Iterator[str]:
    """Tables 1 and 2, and the metrics of Figures 4, 6, 8 and 10; with the shipped ensemble's lines of an evaluation's
    table of accuracies (CSV)."""
    with evaluated.open(newline="", encoding="utf-8") as file:
        shipped = [line for line in csv.DictReader(file) if (line["reader"], line["view"]) == ("ensemble", "clean")]
    heads = ("accuracy", "of it with UNCERTAIN", "loss", "AUC", *(f"weighted {one}" for one in WEIGHTED))
    yield "| split | version | whose | " + " | ".join(heads) + " |"
    yield "|---|---|---|" + "---|" * len(heads)
    for split in SPLITS:
        for precision in (FLOAT32, INT8):
            row = paper.SIX_CLASS[split, precision]
            figures = [f"{one:.2f}" for one in (row.auc, row.precision, row.recall, row.f1)]
            loss = "" if row.loss is None else f"{row.loss:.2f}"
            right = f"{100 * row.accuracy:.2f}"
            both = (right, "") if split == "validation" else ("", right)
            yield _line(split, precision, "paper", *both, loss, *figures)
            for made in (FLOAT32,) if precision == FLOAT32 else (INT8, ROUNDED, PER_TENSOR):
                yield _line(split, made, "here", *_figures(said[split], made, split))
            for line in shipped:
                if (line["split"], line["precision"]) == (split, precision):
                    yield _line(split, precision, "Filmside's ensemble", *_evaluated(line))


def _evaluated(line: dict[str, str]) -> Iterator[str]:
    value, low, high = (100 * float(line[f"accuracy{one}"]) for one in ("", ", low", ", high"))
    yield f"{value:.1f} ({low:.1f} to {high:.1f})"
    yield ""
    yield f"{float(line['log loss']):.2f}"
    yield from (f"{float(line[one]):.2f}" for one in ("mean AUC", *(f"weighted {one}" for one in WEIGHTED)))


def _figures(said: Said, precision: str, split: str) -> Iterator[str]:
    truth, scores = said.truth, said.scores[precision]
    likeliest = np.asarray(scores.argmax(axis=1))
    yield _accuracy(said, likeliest)
    yield _accuracy(said, guesses(said, precision, split)) if split == "test" else ""
    yield f"{loss_of_scores(truth, scores):.2f}"
    each = [auc(truth == place, scores[:, place]) for place in range(len(FINDINGS))]
    share = np.bincount(truth, minlength=len(FINDINGS)) / len(truth)
    yield f"{float(share @ np.array(each)):.2f}"
    # The paper's own means are not of its matrices with UNCERTAIN: these give a recall of 0.83, not its 0.87.
    yield from (f"{one:.2f}" for one in class_figures(truth, likeliest, len(FINDINGS))[-1])


def _accuracy(said: Said, guess: NDArray[np.intp]) -> str:
    found = with_interval(lambda rows: 100 * accuracy(said.truth[rows], guess[rows], len(FINDINGS)), said.groups)
    return f"{found.value:.1f} ({found.low:.1f} to {found.high:.1f})"


def files(folder: Path) -> Iterator[str]:
    """The rest of Table 1: what the network costs."""
    told = json.loads((folder / f"{SIX_CLASSES}.json").read_text(encoding="utf-8"))
    yield "| version | paper: inferencing time, peak RAM, flash | here: a film | peak RAM | file | time of a film |"
    yield "|---|---|---|---|---|---|"
    for precision in (FLOAT32, INT8):
        size, time = told[f"{precision}, bytes"], told[f"{precision}, of float32's time"]
        cost = ", ".join(paper.SIX_CLASS_FILES[precision])
        taken, memory = f"{told[f'{precision}, ms']:.2f} ms", f"{told[f'{precision}, peak MiB']:.1f} MiB"
        yield _line(precision, cost, taken, memory, f"{size / 1e6:.2f} MB", f"{time:.2f} of float32's")


def confusions(said: dict[str, Said]) -> Iterator[str]:
    """Figures 3, 5, 7 and 9: each cell the paper's per cent, then ours."""
    for number, split, precision in ((5, *_KEYS[0]), (3, *_KEYS[1]), (9, *_KEYS[2]), (7, *_KEYS[3])):
        films, guess = said[split].truth, guesses(said[split], precision, split)
        columns = (*FINDINGS, "UNCERTAIN")[: len(paper.SIX_CLASS_CONFUSION[split, precision][0])]
        yield f"\nFigure {number}: {split}, {precision}. Paper / here, in per cent of the films of each finding.\n"
        yield "| shows \\ said | films here | " + " | ".join(columns) + " | F1 |"
        yield "|---|---|" + "---|" * (len(columns) + 1)
        ours = f1_of_each(films, guess, len(FINDINGS))
        for place, finding in enumerate(FINDINGS):
            of_it = guess[films == place]
            shares = 100 * np.bincount(of_it, minlength=len(columns)) / len(of_it)
            theirs = paper.SIX_CLASS_CONFUSION[split, precision][place]
            cells = [f"{one:.1f} / {other:.1f}" for one, other in zip(theirs, shares, strict=True)]
            f1 = f"{paper.SIX_CLASS_F1[split, precision][place]:.2f} / {ours[place]:.2f}"
            yield _line(finding, str(len(of_it)), *cells, f1)


_KEYS = tuple((split, precision) for split in SPLITS for precision in (FLOAT32, INT8))


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
