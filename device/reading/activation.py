"""The heat maps of a reading, from the members' class-activation maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import Part
from device.values import HeatMap

FINER = 2
"""Cells of a heat map to a cell of the finest member's, each way, where a member saw a part of the film only: its cells
then lie between the heat map's."""


def heat_maps(
    findings: Sequence[str],
    maps: Sequence[NDArray[np.float32]],
    weights: NDArray[np.float64],
    parts: Sequence[Part],
) -> tuple[HeatMap, ...]:
    """One heat map a finding, over the whole film, from every member's maps (rows, columns, findings) over its part.

    What counts for a finding at a place is how far its map lies above the mean of all findings' maps there: only that
    moves its score. What the whole film says alike is left out, so that a map shows where a film speaks most. Members
    are brought to the finest grid among them and weighed as their votes are; where none looked a map is cold. The
    hottest place of all is 1, so maps of one reading can be compared.
    """
    finer = 1 if all(part == Part() for part in parts) else FINER
    rows, columns = (finer * max(one.shape[axis] for one in maps) for axis in (0, 1))
    evidence = np.zeros((rows, columns, len(findings)))
    seen = np.zeros((rows, columns), bool)
    for one, weight, part in zip(maps, weights, parts, strict=True):
        down, across = _between(part.top, part.bottom, rows), _between(part.left, part.right, columns)
        inside = np.outer((down >= 0) & (down <= 1), (across >= 0) & (across <= 1))
        drawn = _resampled(one - one.mean(axis=2, keepdims=True), down, across)
        evidence += weight * np.where(inside[:, :, None], drawn, 0)
        seen |= inside
    positive = np.maximum(evidence, 0)
    positive = np.where(seen[:, :, None], positive - positive[seen].min(axis=0), 0)
    positive /= max(float(positive.max()), 1e-6)
    return tuple(
        HeatMap(finding, rows, columns, tuple(round(float(value), 4) for value in positive[:, :, place].ravel()))
        for place, finding in enumerate(findings)
    )


def _between(start: float, end: float, cells: int) -> NDArray[np.float64]:
    """Where the centres of a film's cells lie in a part of it: 0 its start, 1 its end."""
    return np.asarray(((np.arange(cells) + 0.5) / cells - start) / (end - start), np.float64)


def _resampled(
    maps: NDArray[np.float32], down: NDArray[np.float64], across: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Maps at other places, by linear interpolation between cell centres."""
    return np.swapaxes(_along(np.swapaxes(_along(maps, down), 0, 1), across), 0, 1)


def _along(maps: NDArray[np.floating], places: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.clip(places * maps.shape[0] - 0.5, 0, maps.shape[0] - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, maps.shape[0] - 1)
    share = (places - below)[:, None, None]
    return np.asarray(maps[below] * (1 - share) + maps[above] * share, np.float64)
