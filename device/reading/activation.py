"""The heat maps of a reading, from the members' class-activation maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from device.values import HeatMap


def heat_maps(
    findings: Sequence[str], maps: Sequence[NDArray[np.float32]], weights: NDArray[np.float64]
) -> tuple[HeatMap, ...]:
    """One heat map a finding from every member's maps (rows, columns, findings).

    What counts for a finding at a place is how far its map lies above the mean of all findings' maps there: only that
    moves its score. What the whole film says alike is left out, so that a map shows where a film speaks most. Members
    are brought to the finest grid among them and weighed as their votes are. The hottest place of all is 1, so
    maps of one reading can be compared.
    """
    rows = max(one.shape[0] for one in maps)
    columns = max(one.shape[1] for one in maps)
    evidence = sum(
        weight * _resampled(one - one.mean(axis=2, keepdims=True), rows, columns)
        for one, weight in zip(maps, weights, strict=True)
    )
    positive = np.maximum(np.asarray(evidence), 0)
    positive = positive - positive.min(axis=(0, 1), keepdims=True)
    positive /= max(float(positive.max()), 1e-6)
    return tuple(
        HeatMap(finding, rows, columns, tuple(round(float(value), 4) for value in positive[:, :, place].ravel()))
        for place, finding in enumerate(findings)
    )


def _resampled(maps: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float64]:
    """Maps on a finer grid over the same film, by linear interpolation between cell centres."""
    tall = _along(maps, rows)
    return np.swapaxes(_along(np.swapaxes(tall, 0, 1), columns), 0, 1)


def _along(maps: NDArray[np.floating], cells: int) -> NDArray[np.float64]:
    places = np.clip((np.arange(cells) + 0.5) * maps.shape[0] / cells - 0.5, 0, maps.shape[0] - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, maps.shape[0] - 1)
    share = (places - below)[:, None, None]
    return np.asarray(maps[below] * (1 - share) + maps[above] * share, np.float64)
