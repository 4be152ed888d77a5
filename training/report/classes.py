"""The tables of both papers: accuracy and loss, precision, recall and F1 of each finding, areas under ROC curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluate import VIEWS
from training.metrics import Figure, accuracy, auc, class_figures, loss_of_scores, with_interval, with_intervals
from training.readers import Answers, Films, Reader
from training.report.document import Cell, Table

MEANS = ("mean of findings", "weighted by films")
DRAWS = 300


def accuracy_and_loss(splits: Sequence[Answers]) -> Table:
    """Every reader on validation and test: accuracy, log loss, weighted averages, mean AUC."""
    lines: list[tuple[Cell, ...]] = []
    for answers in splits:
        for reader in answers.readers:
            for view in VIEWS:
                lines.append((answers.split, view, reader.name, reader.precision, *_line(answers.films, reader, view)))
    heads = ("split", "view", "reader", "precision", "accuracy", "log loss",
             "weighted precision", "weighted recall", "weighted F1", "mean AUC")  # fmt: skip
    return Table("accuracy-and-loss", heads, tuple(lines))


def _line(films: Films, reader: Reader, view: str) -> tuple[Cell, ...]:
    guess, count = reader.guesses[view], len(films.findings)
    right = with_interval(lambda rows: accuracy(films.truth[rows], guess[rows], count), films.groups, draws=DRAWS)
    truth, scores, groups = read_only(films, reader.scores[view])
    loss = with_interval(lambda rows: loss_of_scores(truth[rows], scores[rows]), groups, draws=DRAWS)
    weighted = with_intervals(
        lambda rows: class_figures(films.truth[rows], guess[rows], count)[-1], films.groups, draws=DRAWS
    )
    mean = with_interval(lambda rows: _mean_area(truth[rows], scores[rows]), groups, draws=DRAWS)
    return right, loss, *weighted, mean


def _mean_area(truth: NDArray[np.intp], scores: NDArray[np.float64]) -> float:
    """The mean area of the findings that occur; not-a-number where one has none, the only one there is."""
    areas = [auc(truth == place, scores[:, place]) for place in np.unique(truth)]
    return float(np.mean(areas)) if areas else float("nan")


def by_class(answers: Answers, reader: Reader) -> Table:
    """Precision, recall and F1 of each finding, with their mean and their mean weighed by films."""
    films = answers.films
    count = len(films.findings)
    cells: list[list[Cell]] = [[films.named(place), int((films.truth == place).sum())] for place in range(count)]
    cells += [[name, len(films.truth)] for name in MEANS]
    for view in VIEWS:
        for row, figures in zip(cells, figures_of_each(films, reader.guesses[view]), strict=True):
            row += figures
    heads = ("finding", "films", *(f"{view}: {what}" for view in VIEWS for what in ("precision", "recall", "F1")))
    name = f"classes-{answers.split}-{reader.name}-{reader.precision}".replace(",", "").replace(" ", "-")
    return Table(name, heads, tuple(tuple(row) for row in cells))


def figures_of_each(films: Films, guess: NDArray[np.intp]) -> list[tuple[Figure, ...]]:
    """Precision, recall and F1 of each finding, then their mean and their mean weighed by films."""
    count = len(films.findings)
    figures = with_intervals(
        lambda rows: class_figures(films.truth[rows], guess[rows], count).ravel(), films.groups, draws=DRAWS
    )
    return [figures[place : place + 3] for place in range(0, len(figures), 3)]


def areas(answers: Answers, view: str) -> Table:
    """The area under each finding's one-vs-rest ROC curve, of every reader, with their mean."""
    films = answers.films
    lines: list[tuple[Cell, ...]] = [(one.name, one.precision, *areas_of(films, one, view)) for one in answers.readers]
    heads = ("reader", "precision", *(films.named(place) for place in range(len(films.findings))), *MEANS)
    return Table(f"auc-{answers.split}-{view}", heads, tuple(lines))


def areas_of(films: Films, reader: Reader, view: str) -> tuple[Figure, ...]:
    """The areas of one reader over the films that were read: each finding's, their mean, and weighed by films."""
    truth, scores, groups = read_only(films, reader.scores[view])

    def measure(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        each = np.array([auc(truth[rows] == place, scores[rows, place]) for place in range(len(films.findings))])
        films_of = np.bincount(truth[rows], minlength=len(each))
        has = ~np.isnan(each)
        if not has.any():
            return np.full(len(each) + 2, np.nan)
        return np.r_[each, each[has].mean(), np.average(each[has], weights=films_of[has])]

    return with_intervals(measure, groups, draws=DRAWS)


def read_only(
    films: Films, scores: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.str_]]:
    """Truth, scores and patients of the films that were read: a refused film has no score."""
    read = ~np.isnan(scores[:, 0])
    return films.truth[read], scores[read], films.groups[read]
