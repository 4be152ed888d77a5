"""A film's corners as an array, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from device.values import Corners, Picture, Point


def quad_of(corners: Corners) -> NDArray[np.float64]:
    """The corners (4, 2) as x, y in photo pixels, TL TR BR BL."""
    return np.array([(point.x, point.y) for point in corners.points()])


def quad_in(picture: Picture, corners: Corners) -> NDArray[np.float32]:
    """The corners (4, 2) in the pixels of a picture that is smaller than its photo."""
    shrink = np.array([picture.pixels.shape[1] / picture.width, picture.pixels.shape[0] / picture.height], np.float32)
    return quad_of(corners).astype(np.float32) * shrink


def corners_of(quad: NDArray[np.floating]) -> Corners:
    """Corners out of an array (4, 2) in photo pixels, TL TR BR BL."""
    top_left, top_right, bottom_right, bottom_left = (Point(float(x), float(y)) for x, y in quad)
    return Corners(top_left, top_right, bottom_right, bottom_left)
