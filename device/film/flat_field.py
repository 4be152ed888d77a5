"""The flat field of a site: how unevenly its box is lit and its lens darkens, and photos evened out by it.

Gains are made of grey levels and used on grey levels. Under a power-law tone curve that is exact at every density; a
camera's own curve is near enough to one. Stray light, which adds, is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.bare_box import BareBox, Measures, laid_over
from device.values import Picture, Point

LEAST_GAIN, MOST_GAIN = 0.4, 2.5
"""No box that is worth reading on is more uneven than this; beyond it noise would be read for tissue."""

SHOULDER = 240.0
"""Grey levels: what is brighter counts as the camera's white and stays there, so that a washed-out film still shows."""


@dataclass(frozen=True, eq=False)
class FlatField:
    """What evens out photos of `width` x `height` pixels, and what the site was like when it was made.

    `gain` (rows, columns) lies over the whole photo: a grey level times it is what the box's middling place would have
    given; its median on the box is 1. `box` are the box's corners in photo pixels (TL TR BR BL). `made_at` knows its
    time zone.
    """

    width: int
    height: int
    made_at: datetime
    box: tuple[Point, Point, Point, Point]
    gain: NDArray[np.float32]
    measures: Measures

    def fits(self, picture: Picture) -> bool:
        """Whether it was made for photos of this size."""
        return (self.width, self.height) == (picture.width, picture.height)


def flat_field(bare: BareBox, made_at: datetime) -> FlatField:
    """The flat field of a measured bare box."""
    gain = np.clip(bare.measures.level / np.maximum(bare.surface, 1.0), LEAST_GAIN, MOST_GAIN).astype(np.float32)
    return FlatField(bare.width, bare.height, made_at, bare.box, gain, bare.measures)


def evened(picture: Picture, field: FlatField | None) -> Picture:
    """The picture as an even box would have given it; the very same picture without a field for its size.

    No density is clipped: where the gain would lift something that was below the camera's white up to it, the whole
    picture is made that much darker. What was at white stays at white.
    """
    if field is None or not field.fits(picture):
        return picture
    grey = picture.pixels
    gain = laid_over(field.gain, *grey.shape)
    product = cv2.multiply(grey, gain, dtype=cv2.CV_32F)
    below = np.asarray(cv2.threshold(grey, SHOULDER - 1, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
    brightest = cv2.minMaxLoc(product, below)[1]
    scale = min(1.0, SHOULDER / max(brightest, 1.0))
    pixels = np.asarray(cv2.convertScaleAbs(product, alpha=scale), np.uint8)
    bright = below == 0
    if bright.any():
        # From the shoulder on up to white, so that a place that grows brighter never turns darker.
        foot = SHOULDER * np.minimum(gain[bright] * scale, 1.0)
        above = (grey[bright] - SHOULDER) / (255.0 - SHOULDER)
        pixels[bright] = np.rint(foot + above * (255.0 - foot)).astype(np.uint8)
    return Picture(pixels, picture.shrink, picture.width, picture.height)
