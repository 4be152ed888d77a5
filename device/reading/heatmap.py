"""Pictures to look at: a heat map to lay over a film, a film and a thumbnail as JPEG.

A heat map has few cells (5 x 5 or so), so it is drawn smooth, with no edge that the cells do not support.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Grey, HeatMap

OVERLAY_SIDE = 256
"""Pixels. A smooth map of a few cells gains nothing from more, and a small board draws and packs it quickly."""

COLD = 0.15
"""Below this a heat map is left clear: the film shows as it is."""

WARM = (0.3, 0.76)
"""The part of the colour map that is used: its black end would darken a film and its white end would pass for bone."""

HOT = 0.75
"""From this on the colour covers as much as it ever does."""

COVER = 0.85
"""How much of the film the hottest place may cover, before the page's own slider."""


def overlay_png(heat_map: HeatMap, width: int, height: int, side: int = OVERLAY_SIDE) -> bytes:
    """The heat map as a PNG with alpha, in the shape of a film of width x height pixels.

    Colour (inferno, perceptually even) and alpha grow with the value; cold places are clear. Values are shown as
    they are, never stretched: a film that speaks weakly for a finding has a weak map. The picture is made smaller
    where the film's longer side has more pixels than `side`; whoever shows it stretches it over the film.
    """
    cells = np.asarray(heat_map.cells, dtype=np.float32).reshape(heat_map.rows, heat_map.columns)
    shrink = min(1.0, side / max(width, height))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    # Cubic overshoots between cells, so the values are clipped after it.
    smooth = np.clip(cv2.resize(cells, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    level = np.clip((smooth - COLD) / (HOT - COLD), 0, 1)
    alpha = COVER * level * level * (3 - 2 * level)
    warmth = np.interp(smooth, (0, 1), WARM)
    colour = cv2.applyColorMap(np.rint(255 * warmth).astype(np.uint8), cv2.COLORMAP_INFERNO)
    pixels = np.dstack([colour, np.rint(255 * alpha).astype(np.uint8)])
    return _encoded(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])


def film_with_heat_png(grey: Grey, heat_map: HeatMap) -> bytes:
    """The film with its heat map laid over it at full strength, as one PNG of the film's size."""
    height, width = grey.shape
    packed = np.frombuffer(overlay_png(heat_map, width, height), np.uint8)
    small = np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED), np.float32)
    overlay = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha = 0.6 * overlay[:, :, 3:] / 255
    blended = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) * (1 - alpha) + overlay[:, :, :3] * alpha
    return _encoded(".png", np.rint(blended).astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 3])


def film_jpeg(grey: Grey) -> bytes:
    """A grey picture as JPEG at its own size, good enough to read by eye."""
    return _encoded(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 92])


def thumbnail_jpeg(grey: Grey, side: int) -> bytes:
    """A grey picture as JPEG whose longer side is at most `side` pixels."""
    height, width = grey.shape
    shrink = min(1.0, side / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if shrink < 1 else grey
    return _encoded(".jpg", np.asarray(small, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 82])


def _encoded(kind: str, pixels: NDArray[np.uint8], options: list[int]) -> bytes:
    well, packed = cv2.imencode(kind, pixels, options)
    if not well:
        raise ValueError(
            f"A picture of shape {pixels.shape} cannot be packed as {kind}; wanted 1 to 65500 pixels a side. "
            "Make it smaller first."
        )
    return bytes(packed)
