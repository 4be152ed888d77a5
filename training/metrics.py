"""Figures from scores: accuracy, F1, calibration error, with bootstrap intervals over patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.reading.member import softmax


@dataclass(frozen=True)
class Figure:
    """A value with its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


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


def confusion(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> NDArray[np.int64]:
    """Counts (findings, findings + 1): rows what the films show, columns what was said, the last one "refused"."""
    table = np.zeros((findings, findings + 1), np.int64)
    np.add.at(table, (truth, np.where(guess < 0, findings, guess)), 1)
    return table


def calibration_error(truth: NDArray[np.intp], scores: NDArray[np.float64], bins: int = 15) -> float:
    """Expected calibration error of the top score over equal-width bins (Guo et al., 2017)."""
    top, right = scores.max(axis=1), scores.argmax(axis=1) == truth
    place = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [
        (place == one).mean() * abs(float(top[place == one].mean()) - float(right[place == one].mean()))
        for one in np.unique(place)
    ]
    return float(sum(gaps))


def with_interval(
    measure: Callable[[NDArray[np.intp]], float], groups: NDArray[np.str_], *, draws: int = 500, seed: int = 1
) -> Figure:
    """`measure(rows)` on all rows, with an interval from drawing whole groups (patients) with replacement."""
    everything = np.arange(len(groups))
    _, numbers = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(numbers == number) for number in range(int(numbers.max()) + 1)]
    rng = np.random.default_rng(seed)
    values = [
        measure(np.concatenate([members[one] for one in rng.integers(len(members), size=len(members))]))
        for _ in range(draws)
    ]
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return Figure(measure(everything), float(low), float(high))


def log_loss(logits: NDArray[np.float64], allowed: NDArray[np.float32]) -> float:
    """Mean negative log of the score that falls on what each film may show."""
    return float(-np.log(np.maximum((softmax(logits, 1.0) * allowed).sum(axis=1), 1e-9)).mean())


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, 1927); 0 to 1 where nothing was counted."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.96, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * np.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
