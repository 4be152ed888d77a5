"""Figures from scores: accuracy, F1, calibration error, with bootstrap intervals over patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.reading.member import softmax


@dataclass(frozen=True)
class Figure:
    """A value with its 95% bootstrap interval; `form` is how its numbers are written."""

    value: float
    low: float
    high: float
    form: str = ".3f"

    def numbers(self) -> tuple[str, str, str]:
        """Value, low and high as they are written; empty where there is none."""
        value, low, high = (
            "" if np.isnan(one) else format(one, self.form) for one in (self.value, self.low, self.high)
        )
        return value, low, high

    def __str__(self) -> str:
        value, low, high = self.numbers()
        return f"{value} ({low} to {high})" if value else ""


def accuracy(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> float:
    """The share of films read right; a guess of -1 (refused) is wrong."""
    return float((truth == guess).mean()) if len(truth) else float("nan")


def balanced_accuracy(truth: NDArray[np.intp], guess: NDArray[np.intp]) -> float:
    """The mean over findings of the share of their films read right: a guess scores alike whatever is common."""
    return float(np.mean([(guess[truth == finding] == finding).mean() for finding in np.unique(truth)]))


def f1_of_each(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> NDArray[np.float64]:
    """F1 of each finding (findings,); not-a-number where the finding does not occur."""
    scores = np.full(findings, np.nan)
    for finding in range(findings):
        hits = float(((truth == finding) & (guess == finding)).sum())
        all_of_it = float((truth == finding).sum() + (guess == finding).sum())
        if (truth == finding).any():
            scores[finding] = 2 * hits / all_of_it
    return scores


def macro_f1(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> float:
    """The mean F1 of the findings that occur."""
    return float(np.nanmean(f1_of_each(truth, guess, findings))) if len(truth) else float("nan")


def class_figures(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> NDArray[np.float64]:
    """Precision, recall and F1 (findings + 2, 3) of each finding, then their mean and their mean weighed by films.

    Means are over the findings that occur. Precision is 0 where one that occurs is never said, as scikit-learn has it;
    not-a-number stands for a finding that does not occur.
    """
    support = np.array([(truth == finding).sum() for finding in range(findings)])
    each = np.full((findings, 3), np.nan)
    for finding in np.flatnonzero(support):
        hits = float(((truth == finding) & (guess == finding)).sum())
        said = float((guess == finding).sum())
        each[finding] = hits / said if said else 0.0, hits / support[finding], 2 * hits / (said + support[finding])
    if not support.any():
        return np.full((findings + 2, 3), np.nan)
    occurs = support > 0
    mean = each[occurs].mean(axis=0)
    weighed = (each[occurs] * support[occurs, None]).sum(axis=0) / support.sum()
    return np.vstack([each, mean, weighed])


def auc(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The area under the ROC curve: the share of pairs in which the positive scores higher, ties counted half."""
    count = int(positive.sum())
    if not 0 < count < len(positive):
        return float("nan")
    values, place = np.unique(scores, return_inverse=True)
    hits = np.bincount(place, weights=positive, minlength=len(values))
    misses = np.bincount(place, weights=~positive, minlength=len(values))
    below = np.cumsum(misses) - misses
    return float((hits * (below + misses / 2)).sum() / (count * (len(positive) - count)))


def roc(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ROC curve: false and true positive rates from (0, 0) to (1, 1), one point for each different score."""
    values, place = np.unique(scores, return_inverse=True)
    hits = np.bincount(place, weights=positive, minlength=len(values))[::-1].cumsum()
    misses = np.bincount(place, weights=~positive, minlength=len(values))[::-1].cumsum()
    return np.r_[0.0, misses / misses[-1]], np.r_[0.0, hits / hits[-1]]


def confusion(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> NDArray[np.int64]:
    """Counts (findings, findings + 1): rows what the films show, columns what was said, the last one "refused"."""
    table = np.zeros((findings, findings + 1), np.int64)
    np.add.at(table, (truth, np.where(guess < 0, findings, guess)), 1)
    return table


@dataclass(frozen=True)
class Bin:
    """Films whose top score lies in one part of 0..1: how many, their mean score, the share read right."""

    films: int
    score: float
    right: float


def reliability(truth: NDArray[np.intp], scores: NDArray[np.float64], bins: int = 15) -> tuple[Bin, ...]:
    """The films by their top score, in equal-width bins; not-a-number in an empty one."""
    top, right = scores.max(axis=1), scores.argmax(axis=1) == truth
    place = np.minimum((top * bins).astype(int), bins - 1)
    films = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        score, share = (np.bincount(place, weights=one, minlength=bins) / films for one in (top, right))
    return tuple(Bin(int(n), float(s), float(r)) for n, s, r in zip(films, score, share, strict=True))


def calibration_error(truth: NDArray[np.intp], scores: NDArray[np.float64], bins: int = 15) -> float:
    """Expected calibration error of the top score over equal-width bins (Guo et al., 2017)."""
    found = [one for one in reliability(truth, scores, bins) if one.films]
    if not found:
        return float("nan")
    return sum(one.films * abs(one.score - one.right) for one in found) / len(truth)


def error_of_exact(scores: NDArray[np.float64], films: NDArray[np.intp], *, draws: int = 300, seed: int = 1) -> Figure:
    """The calibration error that chance alone leaves on so many films: its mean and 95% range where what each film
    shows is drawn by the scores (answers, findings) themselves. Answers on one of the `films` (answers,) share its
    lot. Not-a-number where there is no answer."""
    if not len(scores):
        return Figure(np.nan, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    reached = scores.cumsum(axis=1)[:, :-1]
    errors = np.empty(draws)
    for draw in range(draws):
        lots = rng.random(int(films.max()) + 1)[films]
        errors[draw] = calibration_error((lots[:, None] > reached).sum(axis=1), scores)
    low, high = np.percentile(errors, (2.5, 97.5))
    return Figure(float(errors.mean()), float(low), float(high))


def with_interval(
    measure: Callable[[NDArray[np.intp]], float], groups: NDArray[np.str_], *, draws: int = 500, seed: int = 1
) -> Figure:
    """`measure(rows)` on all rows, with an interval from drawing whole groups (patients) with replacement."""
    (figure,) = with_intervals(lambda rows: np.array([measure(rows)]), groups, draws=draws, seed=seed)
    return figure


def with_intervals(
    measure: Callable[[NDArray[np.intp]], NDArray[np.float64]],
    groups: NDArray[np.str_],
    *,
    draws: int = 500,
    seed: int = 1,
) -> tuple[Figure, ...]:
    """The same for a measure of several values (n,), all on the same draws; no interval where a value is never had."""
    everything = np.arange(len(groups))
    if not len(groups):
        return tuple(Figure(float(value), np.nan, np.nan) for value in measure(everything))
    _, numbers = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(numbers == number) for number in range(int(numbers.max()) + 1)]
    rng = np.random.default_rng(seed)
    values = np.array(
        [
            measure(np.concatenate([members[one] for one in rng.integers(len(members), size=len(members))]))
            for _ in range(draws)
        ]
    )
    figures = []
    for value, drawn in zip(measure(everything), values.T, strict=True):
        had = drawn[~np.isnan(drawn)]
        low, high = np.percentile(had, (2.5, 97.5)) if len(had) else (np.nan, np.nan)
        figures.append(Figure(float(value), float(low), float(high)))
    return tuple(figures)


def log_loss(
    logits: NDArray[np.float64], allowed: NDArray[np.float32], weights: NDArray[np.float64] | None = None
) -> float:
    """Mean negative log of the score that falls on what each film may show; each film counts 1, or its weight."""
    losses = -np.log(np.maximum((softmax(logits, 1.0) * allowed).sum(axis=1), 1e-9))
    return float(np.average(losses, weights=weights))


def loss_of_scores(truth: NDArray[np.intp], scores: NDArray[np.float64]) -> float:
    """Mean negative log of the score of what each film shows."""
    if not len(truth):
        return float("nan")
    return float(-np.log(np.maximum(scores[np.arange(len(truth)), truth], 1e-9)).mean())


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, 1927); 0 to 1 where nothing was counted."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.96, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * np.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
