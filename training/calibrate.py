"""What is chosen on the validation split: temperatures, weights of the vote, thresholds of the groups."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from training.metrics import log_loss

Scores = NDArray[np.float64]

MOST_FALSE = 0.003
"""The share of validation's fit films that a gate or a scout may refuse, for each reason or by itself."""


def best_temperature(logits: NDArray[np.float64], allowed: NDArray[np.float32]) -> float:
    """The temperature with the lowest log loss, 1.0 when none is lower (Guo et al., 2017)."""
    grid = np.round(np.geomspace(0.4, 4.0, 60), 3)
    losses = [log_loss(logits / temperature, allowed) for temperature in grid]
    best = int(np.argmin(losses))
    return float(grid[best]) if losses[best] < log_loss(logits, allowed) else 1.0


def best_weights(members: list[Scores], allowed: NDArray[np.float32], step: float = 0.05) -> tuple[float, ...]:
    """The vote's weights with the lowest log loss: every combination in steps, each member at least one step."""
    parts = round(1 / step)
    best, best_loss = (1.0 / len(members),) * len(members), np.inf
    for cuts in itertools.combinations(range(1, parts), len(members) - 1):
        shares = np.diff((0, *cuts, parts)) * step
        together = sum(share * scores for share, scores in zip(shares, members, strict=True))
        loss = float(-np.log(np.maximum((np.asarray(together) * allowed).sum(axis=1), 1e-9)).mean())
        if loss < best_loss:
            best, best_loss = tuple(round(float(share), 4) for share in shares), loss
    return best


def group_threshold(
    scores: Scores, allowed: NDArray[np.float32], members: list[int], undecided: NDArray[np.bool_], promise: float
) -> float:
    """The lowest score from which "it is one of this group" is right on at least `promise` of validation films.

    Judged on the films that no narrower statement decided (`undecided`). 1.0 (never) where none is low enough.
    """
    together = scores[undecided][:, members].sum(axis=1)
    right = allowed[undecided][:, members].sum(axis=1) > 0
    for threshold in np.round(np.arange(0.5, 1.0, 0.01), 2):
        said = together >= threshold
        if said.sum() >= 10 and right[said].mean() >= promise:
            return float(threshold)
    return 1.0


def lowest_limit(false: Scores, most: float, least: float = 0.5) -> float:
    """The lowest score, `least` to 0.98, that at most a share of those reach which should not; a little above it."""
    return float(np.clip(np.quantile(false, 1 - most) + 0.02, least, 0.98))
