"""Outlines turned into quadrilaterals: of films whose edges wander, by a blur or a shake, or show in parts only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.merit import surround_level
from device.film.sides import Quads
from device.values import Grey

NO_QUADS: Quads = np.empty((0, 4, 2), np.float32)


def large_outlines(small: Grey, least_share: float) -> list[NDArray[np.int32]]:
    """Outlines (n, 1, 2) of whatever is brighter or darker than a row of thresholds: as seen, as a share of the light
    around it, and by how unlike the photo's rim it is. Those whose box covers less than a share of the photo are left
    out, and those nearly like another: thresholds side by side often agree."""
    soft = np.asarray(cv2.medianBlur(small, 5), np.uint8)
    around = cv2.blur(cv2.dilate(soft, np.ones((31, 31), np.uint8)), (41, 41))
    relative = np.asarray(cv2.divide(soft, around, scale=255), np.uint8)
    unlike = np.asarray(cv2.absdiff(soft, np.full_like(soft, round(surround_level(soft)))), np.uint8)
    low, high = np.percentile(soft, (1, 99.5))
    levels = [(soft, level) for level in np.linspace(low + 4, high - 2, 9)]
    levels += [(relative, level) for level in np.linspace(140, 245, 6)]
    levels += [(unlike, level) for level in (3, 8, 20)]
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
