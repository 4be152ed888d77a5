"""Small copies of pictures, quickly."""

from __future__ import annotations

import cv2
import numpy as np

from device.values import Grey


def shrunk(pixels: Grey, width: int, height: int) -> Grey:
    """The whole picture in width x height pixels, no larger than it is, each the mean of those that it stands for.

    Halved as often as that goes: OpenCV's mean over two by two pixels is six times quicker than over any other number.
    An odd last row or column is left out of a half, which shifts nothing by more than one pixel of the picture.
    """
    while pixels.shape[1] >= 2 * width and pixels.shape[0] >= 2 * height:
        rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
        even = pixels[: 2 * rows, : 2 * columns]
        pixels = np.asarray(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    if pixels.shape == (height, width):
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def squashed(pixels: Grey, side: int) -> Grey:
    """The whole picture in a square of that many pixels, whatever its shape."""
    if min(pixels.shape) < side:
        return np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
    return shrunk(pixels, side, side)
