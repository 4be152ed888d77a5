"""Outlines turned into quadrilaterals, also where a clip, a hand or the photo's edge breaks them.

The hull of a clean outline is its quadrilateral. Where something sticks out of the film or covers a corner the hull is
not; then the outline's longest straight pieces are taken for sides, and the quadrilaterals that they can form are
judged by how much of their sides the outline runs along.
"""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]

MOST_PIECES = 10
"""Straight pieces of one outline that are tried as sides."""

MOST_QUADS = 12
"""Quadrilaterals that one outline may give by its pieces."""

LEAST_SUPPORT = 0.45
"""Share of a quadrilateral's sides that the outline must run along."""


def outline_quads(outline: NDArray[np.int32], least_area: float) -> list[Quad]:
    """The quadrilaterals (4, 2) that an outline (n, 1, 2) may be, none smaller than `least_area` pixels."""
    _, _, width, height = cv2.boundingRect(outline)
    if width * height < least_area:
        return []
    hull = cv2.convexHull(outline)
    area = cv2.contourArea(hull)
    if area < least_area or len(hull) < 4:
        return []
    polygon = np.asarray(cv2.approxPolyN(hull, 4, ensure_convex=True), np.float32).reshape(-1, 2)
    if len(polygon) != 4 or cv2.contourArea(polygon) > 1.35 * area:
        return _from_pieces(outline, least_area)
    if cv2.contourArea(outline) > 0.97 * cv2.contourArea(polygon):
        return [polygon]
    return [polygon, *_from_pieces(outline, least_area)]


def _from_pieces(outline: NDArray[np.int32], least_area: float) -> list[Quad]:
    points = np.asarray(cv2.approxPolyDP(outline, 1.8, True), np.float64).reshape(-1, 2)
    pieces = np.roll(points, -1, axis=0) - points
    lengths = np.hypot(pieces[:, 0], pieces[:, 1])
    long = np.argsort(-lengths)[: 3 * MOST_PIECES]
    long = long[lengths[long] > 0.05 * lengths.sum() / 4]
    if len(long) < 4:
        return []
    starts, along, lengths = points[long], pieces[long] / lengths[long, None], lengths[long]
    across = np.column_stack([along[:, 1], -along[:, 0]])
    offsets = (across * starts).sum(axis=1)
    ends = starts + along * lengths[:, None]
    some = min(MOST_PIECES, len(long))
    quads = _crossings(across[:some], offsets[:some], lengths[:some], np.sqrt(least_area))
    if not len(quads):
        return []
    areas = np.abs(_areas(quads))
    support = _support(quads, starts, ends, lengths)
    best = np.argsort(-np.where(areas > least_area, support, 0))[:MOST_QUADS]
    return [np.asarray(quads[k], np.float32) for k in best if areas[k] > least_area and support[k] > LEAST_SUPPORT]


def _crossings(
    across: NDArray[np.float64], offsets: NDArray[np.float64], lengths: NDArray[np.float64], apart: float
) -> NDArray[np.float64]:
    """Quadrilaterals (n, 4, 2) of two pairs of lines: those of a pair nearly alongside and apart, the pairs across."""
    turn = np.abs(across @ across.T)
    pairs = []
    for i, j in combinations(range(len(across)), 2):
        sign = 1.0 if across[i] @ across[j] > 0 else -1.0
        if turn[i, j] > 0.8 and abs(offsets[i] - sign * offsets[j]) > 0.3 * apart:
            pairs.append((i, j))
    fours = [
        (a, b, c, d)
        for (a, c), (b, d) in combinations(pairs, 2)
        if len({a, b, c, d}) == 4 and max(turn[a, b], turn[b, c], turn[c, d], turn[d, a]) < 0.75
    ]
    if not fours:
        return np.empty((0, 4, 2))
    sides = np.array(fours)
    one, other = sides, np.roll(sides, -1, axis=1)
    n, m, c, d = across[one], across[other], offsets[one], offsets[other]
    determinant = n[..., 0] * m[..., 1] - n[..., 1] * m[..., 0]
    x = (c * m[..., 1] - d * n[..., 1]) / determinant
    y = (n[..., 0] * d - m[..., 0] * c) / determinant
    return np.stack([x, y], axis=2)


def _areas(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = quads[..., 0], quads[..., 1]
    return np.asarray((x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1) / 2)


def _support(
    quads: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The share of each quadrilateral's sides (n,) along which pieces of the outline run."""
    first, last = quads, np.roll(quads, -1, axis=1)
    sides = last - first
    size = np.maximum(np.hypot(sides[..., 0], sides[..., 1]), 1e-6)
    units = sides / size[..., None]

    def beside(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from_first = points[None, None] - first[:, :, None]
        away = from_first[..., 0] * units[:, :, None, 1] - from_first[..., 1] * units[:, :, None, 0]
        return np.abs(away), (from_first * units[:, :, None]).sum(axis=3)

    (away, place), (away_end, place_end) = beside(starts), beside(ends)
    low = np.maximum(np.minimum(place, place_end), 0)
    high = np.minimum(np.maximum(place, place_end), size[..., None])
    along = np.where((away < 3) & (away_end < 3), np.maximum(high - low, 0), 0)
    covered = np.minimum(along.sum(axis=2), size)
    return np.asarray(covered.sum(axis=1) / size.sum(axis=1))
