"""What can be wrong with a straightened film, each as one number in units of the film itself."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.order import quantiles
from device.film.quads import quad_in
from device.film.sides import brightness_beside
from device.values import Corners, Grey, Picture

DIRECTIONS = 6
"""Sectors of 30 degrees that edges are sorted into."""

BESIDE = 0.01
"""How far beside the film its box is looked at, as a share of the film's diagonal."""

LIT_STEP, LIT_SHARE = 5.0, 0.85
"""Grey levels by which a lit box is brighter than the film on it, and along how much of the film's sides at least."""

GAMMA = 2.2
"""Grey levels are light to the power of one over this, in most cameras."""

EDGE_SIDE = 400
"""Longest side in pixels of the copy that edges are measured in: what blurs a film past reading is several wide."""

KNOWN_BLUR = 1.0
"""Standard deviation in pixels of the first known blur; the second is twice as wide."""


def levels(pixels: Grey, *shares: float) -> tuple[float, ...]:
    """The grey levels that these shares of the pixels, 0 to 1, do not exceed."""
    # By a histogram: sorting a film takes several times longer than all else that is asked of it.
    upto = np.cumsum(cv2.calcHist([np.ascontiguousarray(pixels)], [0], None, [256], [0, 256]))
    return tuple(float(np.searchsorted(upto, share * upto[-1])) for share in shares)


def light_loss(picture: Picture, corners: Corners) -> float:
    """How much weaker the box's light is at one end of the film than at the other, in powers of ten.

    Measured on the box itself, close beside the film; 0 where no lit box is to be seen all around.
    """
    if corners.whole_photo or corners.cut_off:
        return 0.0
    quad = quad_in(picture, corners)
    away = max(2.0, BESIDE * float(np.linalg.norm(quad[2] - quad[0])))
    outside, inside = (brightness_beside(picture.pixels, quad[None], side * away).ravel() for side in (1, -1))
    if float(np.mean(outside - inside > LIT_STEP)) < LIT_SHARE:
        return 0.0
    light = GAMMA * np.log10(np.maximum(outside, 2) / 255)
    # A clip over the film's edge is as dark as a box without light: a few places must not decide.
    weak, strong = (quantiles(light, share) for share in (0.08, 0.92))
    return float(strong - weak)


def edge_widths(pixels: Grey) -> NDArray[np.float64]:
    """How wide the film's sharpest edges are, in each direction they run across: (DIRECTIONS,), shares of its longer
    side; not-a-number where there are too few.

    Blurring a picture once more changes a sharp one much and a blurred one little: the ratio of gradients before and
    after a known blur gives the blur that was there (Zhuo and Sim, "Defocus map estimation from a single image",
    2011). Taken at the strongest edges, where noise counts least. A shake widens the edges that run across it alone.
    """
    grey = _middle(pixels).astype(np.float32)
    across, down = _gradient(grey, KNOWN_BLUR)
    once, direction = cv2.cartToPolar(across, down)
    twice = cv2.magnitude(*_gradient(grey, 2 * KNOWN_BLUR))
    sector = (direction * np.float32(DIRECTIONS / np.pi)).astype(np.uint8) % DIRECTIONS
    found = np.full(DIRECTIONS, np.nan)
    for number in range(DIRECTIONS):
        here = np.flatnonzero(sector == number)
        if here.size > 50:
            slopes, place = once.ravel()[here], int(0.97 * here.size)
            strong = here[slopes >= np.partition(slopes, place)[place]]
            found[number] = quantiles(_widths(once.ravel()[strong], twice.ravel()[strong]), 0.25)
    return np.asarray(found / min(EDGE_SIDE, max(pixels.shape)), np.float64)


def _middle(pixels: Grey) -> Grey:
    """The middle of the film, small: what is to be read, and no edge of film, box or paper."""
    height, width = pixels.shape
    middle = pixels[height // 6 : height - height // 6, width // 6 : width - width // 6]
    factor = EDGE_SIDE / max(pixels.shape)
    if factor >= 1:
        return middle
    return np.asarray(cv2.resize(middle, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _widths(once: NDArray[np.float32], twice: NDArray[np.float32]) -> NDArray[np.float32]:
    """The widths in pixels of edges with these slopes after the first and after the second known blur."""
    # slope ~ 1 / sqrt(s^2 + blur^2) for an edge of width s: ratio^2 = (s^2 + 4 b^2) / (s^2 + b^2)
    squared = np.square(np.maximum(once / np.maximum(twice, 1e-3), 1.0001))
    return np.asarray(KNOWN_BLUR * np.sqrt(np.maximum((4 - squared) / np.maximum(squared - 1, 1e-3), 0)), np.float32)


def _gradient(grey: NDArray[np.float32], blur: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    soft = cv2.GaussianBlur(grey, (0, 0), blur)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
