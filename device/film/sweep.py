"""Sides too faint for a line to be seen by its own: the straight line near each that most of it lies on a step.

In the dark beside a film its edge is a few grey levels, here brighter and there darker than the room. No place along it
tells it from noise, but a line along which nearly every place has some step is no chance.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.sides import join, sampled

REACH = 24
"""Pixels of the small copy that a side may lie from where the scout saw it, at either end."""

SPREAD = 7.0
"""How far it lies, typically: of two lines with as much of a step the nearer one is the side."""

SPREAD_WEIGHT = 0.03
"""What that counts for, beside the share of a side that lies on a step."""

LEAST_SLOPE = 0.15
"""Grey levels a pixel: what is less steep is nothing, however even all around it is."""

BORDER = range(3, 15)
"""How many pixels farther out a fainter line may be the film's edge: a film's dark border is as wide."""

LEAST_SHARE, LEAST_OF_BEST = 0.4, 0.6
"""Share of a border's edge that must lie on a step, and of the share that does along the line that it lies beyond."""

TILTS = (0, -1, 1, -2, 2)
"""Pixels by which one end of a border's edge may lie farther out, and the other farther in."""

_SAMPLES = np.linspace(0.04, 0.96, 48, dtype=np.float32)
_OFFSETS = np.arange(-REACH, REACH + 1, dtype=np.float32)


def swept(soft: NDArray[np.float32], quad: NDArray[np.float32], unseen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The quadrilateral (4, 2) with each side moved to the line near it that lies on a step most of its length; a side
    that is `unseen` (4,) stays."""
    ends = np.roll(quad, -1, axis=0)
    lines = np.stack([
        np.stack([start, end]) if hidden else _side(soft, start, end)
        for start, end, hidden in zip(quad, ends, unseen, strict=True)
    ])  # fmt: skip
    made = join(lines[None])[0]
    far = np.linalg.norm(made - quad, axis=1).max() > 3 * REACH
    return quad if far or not np.isfinite(made).all() else np.asarray(made, np.float32)


def _side(soft: NDArray[np.float32], start: NDArray[np.float32], end: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both ends (2, 2) of the line near a side."""
    along = end - start
    normal = np.array([along[1], -along[0]], np.float32) / max(float(np.hypot(*along)), 1e-3)
    places = start + _SAMPLES[:, None] * along
    slopes, inside = _slopes(soft, places, normal)
    # A step is one that is clearly steeper than most places near the side; how much steeper says nothing.
    typical = max(float(np.median(slopes)), LEAST_SLOPE)
    along_lines = _means_along(np.clip(slopes / typical - 1, 0, 1) * inside)
    offsets = _OFFSETS[1:-1]
    score = along_lines - SPREAD_WEIGHT * np.add.outer(offsets**2, offsets**2) / (2 * SPREAD**2)
    best = np.unravel_index(int(np.argmax(score)), score.shape)
    first, last = _at_its_border(along_lines, int(best[0]), int(best[1]))
    return np.stack([places[0] + offsets[first] * normal, places[-1] + offsets[last] * normal])


def _at_its_border(along_lines: NDArray[np.float32], first: int, last: int) -> tuple[int, int]:
    """The places of the outermost line beyond the best one that lies on a step too; of the best where there is none."""
    least = max(LEAST_SHARE, LEAST_OF_BEST * float(along_lines[first, last]))
    for out in reversed(BORDER):
        ends = [(first + out + tilt, last + out - tilt) for tilt in TILTS]
        ends = [(a, b) for a, b in ends if min(a, b) > 0 and max(a, b) < len(along_lines) - 1]
        tops = [
            (a, b)
            for a, b in ends
            if along_lines[a, b] >= max(least, along_lines[a - 1, b - 1], along_lines[a + 1, b + 1])
        ]
        if tops:
            return max(tops, key=lambda one: float(along_lines[one]))
    return first, last


def _slopes(
    soft: NDArray[np.float32], places: NDArray[np.float32], normal: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """How steep it is across the side beside each place, and whether that lies in the picture: (samples, offsets)."""
    grid = places[:, None] + _OFFSETS[:, None] * normal
    strip = cv2.blur(sampled(soft, grid), (1, 3))
    slopes = np.abs(strip[:, 2:] - strip[:, :-2]) / 2
    inside = np.asarray(((grid >= 1) & (grid <= (soft.shape[1] - 1, soft.shape[0] - 1))).all(axis=2), np.bool_)
    return np.asarray(slopes, np.float32), inside[:, 1:-1]


def _means_along(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """The mean of values (samples, offsets) along every straight line: (offsets at the first, at the last sample)."""
    samples, offsets = values.shape
    share = np.linspace(0, 1, samples, dtype=np.float32)
    ends = np.arange(offsets, dtype=np.float32)
    places = ends[:, None, None] * (1 - share) + ends[None, :, None] * share
    below = np.minimum(places.astype(np.int32), offsets - 2)
    above = places - below
    rows = np.arange(samples)
    return np.asarray((values[rows, below] * (1 - above) + values[rows, below + 1] * above).mean(axis=2), np.float32)
