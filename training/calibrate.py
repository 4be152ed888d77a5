"""What is chosen on the validation split: temperatures, weights of the vote, from which score on something is said."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from device.reading.member import softmax
from training.metrics import calibration_error, log_loss

Scores = NDArray[np.float64]

LEAST_SAID = 0.5
"""Nothing is said with less: at least as likely as all else together."""

SAME = 0.95
"""The share of photos of which something is said that the film's own file must bear out: else a second photo of the
same film would say something else too often."""

NO_PROOF = 2
"""So many photos that the film's own file does not bear out prove nothing, however few were asked about: two of thirty
would silence a finding with few films."""

LEAST_FILMS = 20
"""A statement made of fewer calibration films promises nothing, and a finding with fewer chooses no weights."""

VOTE_TEMPERATURES = np.round(0.5 * 4 ** (np.arange(-6, 15) / 14), 3)
"""At which of these, 0.28 to 2, a vote has the lowest loss is asked of every choice of weights."""

MOST_FALSE = 0.003
"""The share of validation's fit films that a gate or a scout may refuse, for each reason or by itself."""


def best_temperature(logits: NDArray[np.float64], allowed: NDArray[np.float32]) -> float:
    """The temperature with the lowest log loss (Guo et al., 2017); 1.0 when none is lower, or when the calibration
    error of the films whose finding is known does not fall with it."""
    grid = np.round(np.geomspace(0.4, 4.0, 60), 3)
    losses = [log_loss(logits / temperature, allowed) for temperature in grid]
    best = float(grid[int(np.argmin(losses))])
    single = allowed.sum(axis=1) == 1
    if min(losses) >= log_loss(logits, allowed) or not single.any():
        return 1.0
    truth = allowed[single].argmax(axis=1)
    at_best, as_is = (calibration_error(truth, softmax(logits[single], one)) for one in (best, 1.0))
    return best if at_best < as_is else 1.0


def best_weights(
    members: list[Scores], allowed: NDArray[np.float32], views: int = 1, step: float = 0.05
) -> tuple[float, ...]:
    """The vote's weights: of every combination in steps, each member at least one step, that with the lowest log loss.

    Each finding counts as much as another, as it does to members that learn, but for those of fewer than LEAST_FILMS
    films, each in so many `views`: the lot would choose by them. A vote's loss is told at the temperature that suits it
    best, as a bundle has one for its vote: members that disagree make it less sure than it may be.
    """
    share = _evenly(allowed, views)
    parts = round(1 / step)
    best, best_loss = (1.0 / len(members),) * len(members), np.inf
    for cuts in itertools.combinations(range(1, parts), len(members) - 1):
        weights = np.diff((0, *cuts, parts)) * step
        vote = np.asarray(sum(weight * scores for weight, scores in zip(weights, members, strict=True)))
        logits = np.log(np.maximum(vote, 1e-9))
        loss = min(log_loss(logits / temperature, allowed, share) for temperature in VOTE_TEMPERATURES)
        if loss < best_loss:
            best, best_loss = tuple(round(float(weight), 4) for weight in weights), loss
    return best


def _evenly(allowed: NDArray[np.float32], views: int) -> NDArray[np.float64]:
    """How much each row counts: rows that allow the same together as much as any others."""
    _, kinds, counts = np.unique(allowed, axis=0, return_inverse=True, return_counts=True)
    enough = counts >= LEAST_FILMS * views
    return np.asarray(np.where(enough if enough.any() else True, 1 / counts, 0.0)[kinds.ravel()])


def said_from(
    together: Scores, right: NDArray[np.bool_], promise: float, on_file: Scores | None = None
) -> float | None:
    """The lowest score from which a statement keeps its promise on the photos (n) it is asked about; None if none does.

    `together` is the statement's score of each photo, `right` whether it holds, `on_file` its score of the film's own
    file: 0 where something else is said of that, not-a-number where it is not known. What is said of a photo is to be
    said of the file too, for SAME of the photos or all but NO_PROOF. One error more than was counted may not break the
    promise, so that few films do not make one: to be wrong is worse than to be silent.
    """
    for limit in np.round(np.arange(LEAST_SAID, 1.0, 0.01), 2):
        said = together >= limit
        wrong = int((~right[said]).sum())
        if said.sum() < LEAST_FILMS or wrong + 1 > (1 - promise) * (said.sum() + 1):
            continue
        if on_file is None:
            return float(limit)
        known = int((~np.isnan(on_file[said])).sum())
        if (on_file[said] < limit).sum() <= max(NO_PROOF, (1 - SAME) * known):
            return float(limit)
    return None


def possible_from(scores: Scores, truth: NDArray[np.intp], promise: float) -> tuple[float | None, ...]:
    """For each finding the score that a share of `promise` of its own films reach, as conformal prediction counts it
    for each class by itself (Vovk, "Conditional validity of inductive conformal predictors", 2012).

    None where a finding has too few films to promise anything.
    """
    limits: list[float | None] = []
    for finding in range(scores.shape[1]):
        own = np.sort(scores[truth == finding, finding])
        place = int(np.floor((1 - promise) * (len(own) + 1))) - 1
        limits.append(float(own[place]) if place >= 0 else None)
    return tuple(limits)


def lowest_limit(false: Scores, most: float, least: float = 0.5) -> float:
    """The lowest score, `least` to 0.98, that at most a share of those reach which should not; a little above it."""
    return float(np.clip(np.quantile(false, 1 - most) + 0.02, least, 0.98))
