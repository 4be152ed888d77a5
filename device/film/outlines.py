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

from device.film.merit import surround_level
from device.film.sides import Quads, areas
from device.values import Grey

NO_QUADS: Quads = np.empty((0, 4, 2), np.float32)

MOST_PIECES = 10
"""Straight pieces of one outline that are tried as sides."""

MOST_QUADS = 12
"""Quadrilaterals that one outline may give by its pieces."""

LEAST_SUPPORT = 0.45
"""Share of a quadrilateral's sides that the outline must run along."""


def large_outlines(small: Grey, least_share: float) -> list[NDArray[np.int32]]:
    """Outlines (n, 1, 2) of whatever is brighter or darker than a row of thresholds: as seen, as a share of the light
    around it, and by how unlike the photo's rim it is. Those whose box covers less than a share of the photo are left
    out, and those nearly like another: thresholds side by side often agree."""
    soft = np.asarray(cv2.medianBlur(small, 5), np.uint8)
    around = cv2.GaussianBlur(cv2.dilate(soft, np.ones((31, 31), np.uint8)), (0, 0), 12)
    relative = np.asarray(cv2.divide(soft, around, scale=255), np.uint8)
    unlike = np.asarray(cv2.absdiff(soft, np.full_like(soft, round(surround_level(soft)))), np.uint8)
    low, high = np.percentile(soft, (1, 99.5))
    levels = [(soft, level) for level in np.linspace(low + 4, high - 2, 18)]
    levels += [(relative, level) for level in np.linspace(130, 250, 12)]
    levels += [(unlike, level) for level in (2, 4, 8, 16, 32)]
    kept: dict[tuple[int, ...], NDArray[np.int32]] = {}
    for pixels, level in levels:
        for outline in _outlines(pixels, float(level)):
            left, top, width, height = cv2.boundingRect(outline)
            if width * height >= least_share * small.size:
                fill = round(50 * cv2.contourArea(outline) / (width * height))
                ends = [round(end / 3) for end in (left, top, left + width, top + height)]
                kept[fill, ends[0], ends[1], ends[2], ends[3]] = outline
    return list(kept.values())


def _outlines(pixels: Grey, level: float) -> list[NDArray[np.int32]]:
    bright = cv2.threshold(pixels, level, 255, cv2.THRESH_BINARY)[1]
    found: list[NDArray[np.int32]] = []
    for smooth in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):  # cuts thin bridges in the light, then in the dark
        mask = cv2.morphologyEx(bright, smooth, np.ones((5, 5), np.uint8))
        outlines = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
        found += [np.asarray(outline, np.int32) for outline in outlines]
    return found


def hull_quads(outline: NDArray[np.int32]) -> Quads:
    """The quadrilateral that an outline's hull is, (1, 4, 2), or none."""
    hull = cv2.convexHull(outline)
    if len(hull) < 4:
        return NO_QUADS
    polygon = np.asarray(cv2.approxPolyN(hull, 4, ensure_convex=True), np.float32).reshape(-1, 2)
    fits = len(polygon) == 4 and cv2.contourArea(polygon) <= 1.35 * cv2.contourArea(hull)
    return polygon[None] if fits else NO_QUADS


def piece_quads(outline: NDArray[np.int32], least_area: float) -> Quads:
    """The quadrilaterals (n, 4, 2) of at least `least_area` pixels that an outline's straight pieces may form."""
    points = np.asarray(cv2.approxPolyDP(outline, 1.8, True), np.float64).reshape(-1, 2)
    pieces = np.roll(points, -1, axis=0) - points
    lengths = np.hypot(pieces[:, 0], pieces[:, 1])
    long = np.argsort(-lengths)[: 3 * MOST_PIECES]
    long = long[lengths[long] > 0.05 * lengths.sum() / 4]
    if len(long) < 4:
        return NO_QUADS
    starts, along, lengths = points[long], pieces[long] / lengths[long, None], lengths[long]
    across = np.column_stack([along[:, 1], -along[:, 0]])
    offsets = (across * starts).sum(axis=1)
    ends = starts + along * lengths[:, None]
    some = min(MOST_PIECES, len(long))
    quads = _crossings(across[:some], offsets[:some], float(np.sqrt(least_area)))
    if not len(quads):
        return NO_QUADS
    support = np.where(areas(quads) > least_area, _support(quads, starts, ends, lengths), 0)
    best = np.argsort(-support)[:MOST_QUADS]
    best = best[support[best] > LEAST_SUPPORT]
    return np.asarray(quads[best], np.float32)


def _crossings(across: NDArray[np.float64], offsets: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
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
