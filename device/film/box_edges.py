"""How sharp the edges of a light box are in a photo: all that a bare box has to focus on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from device.film.sides import sampled
from device.values import Grey

REACH = 0.03
"""Share of the photo's longer side that is looked at on either side of an edge."""

CLEAR_STEP = 20.0
"""Grey levels from the dark to the bright side of an edge that is worth measuring."""

PROFILES = 60


def edge_width(grey: Grey, corners: NDArray[np.float32]) -> float | None:
    """How wide the sharpest of the four sides is, as a share of the photo's longer side.

    Width is from a tenth to nine tenths of the rise. `corners` (4, 2) are the box's in pixels, in order around
    it. None when no side lies well inside the photo.
    """
    longest = max(grey.shape)
    reach = REACH * longest
    widths = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        width = _side(grey, start, end, reach)
        if width is not None:
            widths.append(width / longest)
    return min(widths) if widths else None


def _side(grey: Grey, start: NDArray[np.float32], end: NDArray[np.float32], reach: float) -> float | None:
    """The median width of one side in pixels."""
    along = end - start
    length = float(np.hypot(*along))
    if length < 4 * reach:
        return None
    normal = np.array([along[1], -along[0]], np.float32) / length
    offsets = np.linspace(-reach, reach, 8 * round(reach) + 1, dtype=np.float32)
    places = start + np.linspace(0.15, 0.85, PROFILES, dtype=np.float32)[:, None] * along
    grid = (places[:, None] + offsets[None, :, None] * normal).astype(np.float32)
    height, width = grey.shape
    if grid.min() < 0 or grid[..., 0].max() > width - 1 or grid[..., 1].max() > height - 1:
        return None
    found = [width for width in map(_rise, sampled(grey, grid)) if width is not None]
    return float(np.median(found)) * float(offsets[1] - offsets[0]) if len(found) > PROFILES // 2 else None


def _rise(profile: NDArray[np.float32]) -> float | None:
    """Samples from a tenth to nine tenths of the way from a profile's dark end to its bright end."""
    end = max(2, len(profile) // 6)
    dark, bright = sorted((float(np.median(profile[:end])), float(np.median(profile[-end:]))))
    if bright - dark < CLEAR_STEP:
        return None
    share = (profile - dark) / (bright - dark)
    return float(((share > 0.1) & (share < 0.9)).sum())
