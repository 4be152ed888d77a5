"""From corners to the Film: straightened, grey, its true shape."""

from __future__ import annotations

import cv2
import numpy as np

from device.film.quads import quad_in
from device.values import Corners, Film, Picture

LONGEST_SIDE = 800
"""Film pixels: four times what the members need, enough to look at on the page, little to keep."""


def rectify(picture: Picture, corners: Corners) -> Film:
    """Straighten the film that lies between the corners (photo pixels). Upright as it lay before the camera."""
    quad = quad_in(picture, corners)
    width = max(float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[2] - quad[3])))
    height = max(float(np.linalg.norm(quad[3] - quad[0])), float(np.linalg.norm(quad[2] - quad[1])))
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if corners.whole_photo:
        pixels = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA)
        return Film(np.asarray(pixels, np.uint8), corners)
    source, quad = _reduced(picture.pixels, quad, scale)
    # A corner lies on the outer edge of its pixel, warpPerspective counts from pixel centres: hence the halves.
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(quad - np.float32(0.5), target)
    pixels = cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Film(np.asarray(pixels, np.uint8), corners)


def _reduced(pixels: np.ndarray, quad: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture no more than twice as fine as the film will be, so that the warp's four-pixel mean aliases nothing."""
    if scale > 0.6:
        return pixels, quad
    small = cv2.resize(pixels, None, fx=scale * 1.2, fy=scale * 1.2, interpolation=cv2.INTER_AREA)
    factor = np.array([small.shape[1] / pixels.shape[1], small.shape[0] / pixels.shape[0]], np.float32)
    return small, quad * factor
