"""What can be wrong with a straightened film, each as one number in units of the film itself."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Grey

DIRECTIONS = 6
"""Sectors of 30 degrees that edges are sorted into."""


def edge_widths(pixels: Grey) -> NDArray[np.float64]:
    """How wide the film's sharpest edges are, in each direction they run across: (DIRECTIONS,), shares of its longer
    side; not-a-number where there are too few.

    Blurring a picture once more changes a sharp one much and a blurred one little: the ratio of gradients before and
    after a known blur gives the blur that was there (Zhuo and Sim, "Defocus map estimation from a single image",
    2011). Taken at the strongest edges, where noise counts least. A shake widens the edges that run across it alone.
    """
    longest = float(max(pixels.shape))
    height, width = pixels.shape
    # The middle of the film: what is to be read, and no edge of film, box or paper.
    middle = pixels[height // 6 : height - height // 6, width // 6 : width - width // 6]
    grey = middle.astype(np.float32)
    known = max(1.0, longest / 400)
    across, down = _gradient(np.asarray(cv2.GaussianBlur(grey, (0, 0), known), np.float32))
    twice_blurred = cv2.GaussianBlur(grey, (0, 0), known * 2)
    once, twice = cv2.magnitude(across, down), cv2.magnitude(*_gradient(np.asarray(twice_blurred, np.float32)))
    sector = np.floor(np.mod(np.arctan2(down, across), np.pi) / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
    # slope ~ 1 / sqrt(s^2 + blur^2) for an edge of width s: ratio^2 = (s^2 + 4 b^2) / (s^2 + b^2)
    squared = np.square(np.maximum(once / np.maximum(twice, 1e-3), 1.0001))
    widths = known * np.sqrt(np.maximum((4 - squared) / np.maximum(squared - 1, 1e-3), 0)) / longest
    found = np.full(DIRECTIONS, np.nan)
    for number in range(DIRECTIONS):
        here = sector == number
        if here.sum() > 200:
            strong = here & (once >= np.percentile(once[here], 97))
            found[number] = np.percentile(widths[strong], 25)
    return found


def _gradient(grey: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
