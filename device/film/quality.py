"""Whether a photo and its film are fit to read, or why not, with the one thing to do next.

Thresholds are in units of the straightened film: grey levels, and shares of its longer side. Among 100 films of the
validation split and 95 real film photos the widest edges were 0.0054; photos rendered with twice that blur are refused.
"""

from __future__ import annotations

import cv2
import numpy as np

from device.values import Film, Picture, Reason, Refusal

DARK_LEVEL = 28.0
"""A film whose brightest twentieth is darker than this holds no picture worth stretching."""

BRIGHT_SHARE = 0.5
"""A film of which more than this share is at the camera's white has lost the lungs."""

LEAST_CONTRAST = 14.0
"""Grey levels between the 5th and 95th percentile: less than this is a bare box or a lens cap."""

LEAST_FILM_SIDE = 140
"""Photo pixels on the film's shorter side: little less than the largest member's input of 160."""

MOST_ASPECT = 3.0
"""Longer side by shorter side: chest films are up to 1.25, and a tilted one looks up to about 2."""

BLUR_WIDTH = 0.0085
"""Widest edge spread that is read, as a share of the film's longer side: above it ribs run together."""


def assess_photo(picture: Picture) -> Refusal | None:
    """What is wrong with the photo as a whole, before a film is looked for."""
    if float(np.percentile(picture.pixels[::4, ::4], 99.5)) < DARK_LEVEL:
        return Refusal(
            Reason.TOO_DARK, "The photo is too dark. Switch the light box on and take the lens cap off, then try again."
        )
    if float(np.percentile(picture.pixels[::4, ::4], 2)) > 245:
        return Refusal(
            Reason.TOO_BRIGHT, "The photo is all white. Lay a film on the box, or turn the box's light down."
        )
    return None


def assess(film: Film, picture: Picture) -> Refusal | None:
    """What is wrong with the straightened film. `picture` tells how large the film is in the photo."""
    if _side_in_photo(film) < LEAST_FILM_SIDE:
        return Refusal(
            Reason.TOO_SMALL,
            f"The film is only {_side_in_photo(film):.0f} pixels wide in the photo; wanted {LEAST_FILM_SIDE}. Move the "
            "camera closer.",
        )
    if max(film.pixels.shape) > MOST_ASPECT * min(film.pixels.shape):
        return Refusal(
            Reason.NO_FILM, "This is a strip, not a film. Photograph the whole film on the lit box, all four edges in."
        )
    low, high = np.percentile(film.pixels, (5, 95))
    if high < DARK_LEVEL:
        return Refusal(Reason.TOO_DARK, "The film is too dark. Turn the light box up, or the room's light down.")
    if float((film.pixels >= 252).mean()) > BRIGHT_SHARE:
        return Refusal(Reason.TOO_BRIGHT, "The film is washed out. Turn the light box down, or cover its bare edges.")
    if high - low < LEAST_CONTRAST:
        return Refusal(Reason.NO_FILM, "There is no picture on this film, or no film. Lay a chest film on the lit box.")
    if edge_width(film) > BLUR_WIDTH:
        return Refusal(Reason.BLURRED, "The photo is blurred. Hold the camera still and let it focus, then try again.")
    return None


def _side_in_photo(film: Film) -> float:
    quad = [(point.x, point.y) for point in film.corners.points()]
    sides = [np.hypot(quad[i][0] - quad[i - 1][0], quad[i][1] - quad[i - 1][1]) for i in range(4)]
    return float(np.min(sides))


def edge_width(film: Film) -> float:
    """How wide the film's sharpest edges are, as a share of its longer side.

    Blurring a picture once more changes a sharp one much and a blurred one little: the ratio of gradients before and
    after a known blur gives the blur that was there (Zhuo and Sim, "Defocus map estimation from a single image",
    2011). Taken at the strongest edges, where noise counts least.
    """
    longest = float(max(film.pixels.shape))
    height, width = film.pixels.shape
    # The middle of the film: what is to be read, and no edge of film, box or paper.
    middle = film.pixels[height // 6 : height - height // 6, width // 6 : width - width // 6]
    grey = middle.astype(np.float32)
    known = max(1.0, longest / 400)
    once = cv2.GaussianBlur(grey, (0, 0), known)
    twice = cv2.GaussianBlur(grey, (0, 0), known * 2)
    slope_once, slope_twice = _slope(once), _slope(twice)
    strong = slope_once >= np.percentile(slope_once, 97)
    ratio = np.maximum(slope_once[strong] / np.maximum(slope_twice[strong], 1e-3), 1.0001)
    # slope ~ 1 / sqrt(s^2 + blur^2) for an edge of width s: ratio^2 = (s^2 + 4 b^2) / (s^2 + b^2)
    squared = ratio**2
    widths = known * np.sqrt(np.maximum((4 - squared) / np.maximum(squared - 1, 1e-3), 0))
    return float(np.percentile(widths, 25)) / longest


def _slope(grey: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)))
