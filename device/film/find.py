"""The film's four corners in a photo.

Coarse on a small copy: the film is the quadrilateral that agrees with what the scout saw and lies on the photo's edges;
or, without a scout, the one that is most like a film by its edges alone. Refined on the working picture: the steepest
step along many normals of each side, and a line through them that outliers cannot bend. Where no film edge is to be
seen, the photo is either cropped inside the film (then the whole photo is the film) or holds none.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.in_sight import best_in_sight
from device.film.merit import unseen_sides
from device.film.quads import corners_of
from device.film.refusals import REFUSALS
from device.film.shrink import shrunk
from device.film.sides import clockwise, moved_onto_steps
from device.film.sight import Sight
from device.film.unaided import best_unaided, is_far, is_inside_a_film
from device.values import Corners, Grey, Picture, Reason, Refusal, Side

COARSE_SIDE = 400
"""Longest side in pixels of the small copy."""

FAR_SIDE = 2 * COARSE_SIDE
"""Longest side in pixels of the copy in which a film far away is looked for."""

MOST_OUTSIDE = 0.03
"""How far a corner may lie outside the photo before the film is cut off, as a share of its diagonal: a little more
than the 0.015 that a careful technician leaves out."""

MOST_CUT_OFF = 0.65
"""A film that runs along the photo's edge and fills more of it than this is cropped on purpose, or just fits in."""


def find(picture: Picture, sight: Sight | None = None, *, quick: bool = False) -> Corners | Refusal:
    """The film's corners in photo pixels, or a Refusal when there is no film to see.

    With the scout's `sight` of the photo, the film is what agrees with it; without, what is most like a film by its
    edges alone. A `quick` look, for frames that come and go, does not look for a film whose edges are faint.
    """
    small, factor = _small(picture.pixels)
    if sight is not None:
        best: NDArray[np.float32] | Reason | None = best_in_sight(small, sight, quick=quick)
    else:
        best = best_unaided(small, quick=quick)
        if best is None:
            best = _nothing_found(picture, small, quick=quick)
    if isinstance(best, Reason):
        return REFUSALS[best]
    if best is None:
        return Corners.of_whole_photo(picture.width, picture.height)
    coarse = clockwise(best[None])  # however it was found: its first corner says how the film lies
    unseen = unseen_sides(small.shape, coarse)[0]
    large = unseen.any() and cv2.contourArea(coarse[0]) > MOST_CUT_OFF * small.size
    if large and sight is None:
        return Corners.of_whole_photo(picture.width, picture.height)
    quad = moved_onto_steps(picture.pixels, coarse * np.float32(factor), reach=1.5 * factor, unseen=unseen)[0]
    scale = np.array([picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0]], np.float32)
    cut = _outside(picture, quad)
    if not large or (sight is not None and sight.says(Reason.CUT_OFF)):
        cut |= unseen
    cut_off = tuple(side for side, is_cut in zip(Side, cut, strict=True) if is_cut)
    return replace(corners_of(quad * scale), cut_off=cut_off)


def _nothing_found(picture: Picture, small: Grey, *, quick: bool) -> Reason | None:
    """Why no outline of a film is to be seen; none where the photo is cropped inside one."""
    if is_inside_a_film(small):
        return None
    return Reason.TOO_SMALL if not quick and is_far(_small(picture.pixels, FAR_SIDE)[0]) else Reason.NO_FILM


def _outside(picture: Picture, quad: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Beyond which edges of the photo (4,), as Side names them, a corner of a film (4, 2) in working pixels lies."""
    least = MOST_OUTSIDE * float(np.linalg.norm(quad[2] - quad[0]))
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    height, width = picture.pixels.shape
    return np.array([top < -least, right > width + least, bottom > height + least, left < -least])


def _small(pixels: Grey, side: int = COARSE_SIDE) -> tuple[Grey, float]:
    """A copy whose longest side is that many pixels, and how many working pixels one of its pixels is."""
    factor = max(pixels.shape) / side
    if factor <= 1:
        return pixels, 1.0
    return shrunk(pixels, round(pixels.shape[1] / factor), round(pixels.shape[0] / factor)), factor
