"""A film's clear border: where a film was found, whether its edge lies a little farther out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.candidates import judged
from device.film.merit import BESIDE, CLEAR_FILM_LEVEL, ON_A_BOX, unseen_sides
from device.film.sides import Quads, areas, brightness_beside, moved_onto_steps, moved_out
from device.values import Grey

BORDER_REACH = 4.0
"""Pixels of the small copy that a film's edge may lie outside the quadrilateral found: a clear border is as narrow."""

BROADEST = 0.028
"""How broad a film's clear border is at most, as a share of its diagonal; a light box mostly reaches farther."""

_AROUND = np.arange(4.0, 17.0, 2.5, dtype=np.float32)
"""Pixels of the small copy farther out at which the edge of a border in the dark is looked for."""


def at_its_border(small: Grey, quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """The quadrilateral (4, 2) moved out onto the edge of the film's clear border, where it has one."""
    moved = moved_onto_steps(small, quad[None], BORDER_REACH, unseen_sides(small.shape, quad[None]))
    return np.asarray(moved[0], np.float32)


def around_it(soft: NDArray[np.float32], quad: NDArray[np.float32]) -> tuple[Quads, NDArray[np.float64]]:
    """Quadrilaterals a border's breadth around one (4, 2), and their merits."""
    quads, merits, _ = judged(soft, [moved_out(quad[None], float(distance)) for distance in _AROUND])
    return quads, merits


def with_its_border(
    soft: NDArray[np.float32], quad: NDArray[np.float32], merit: float, others: Quads, merits: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The quadrilateral (4, 2), or the one of the others around it that is alone in the dark.

    A dark picture in a bright frame in the dark is a film on a lit box, or a part of a film, its clear border perhaps,
    on a masked box. Clear film lets less than three quarters of the light through, so the frame of a part of a film is
    no white; and a box reaches farther than a border is broad.
    """
    if merit < ON_A_BOX or not may_be_a_border(soft, quad) or not len(others):
        return quad
    size = float(np.linalg.norm(quad[2] - quad[0]))
    middles = (quad + np.roll(quad, -1, axis=0)) / 2
    around = (merits > 0) & (merits < ON_A_BOX) & (areas(others) > areas(quad[None])[0])
    for place in np.flatnonzero(around):
        gaps = [cv2.pointPolygonTest(others[place], point.tolist(), True) for point in middles]
        around[place] = min(gaps) > -2 and float(np.median(gaps)) < BROADEST * size
    return np.asarray(others[np.argmax(np.where(around, merits, 0))] if around.any() else quad, np.float32)


def may_be_a_border(soft: NDArray[np.float32], quad: NDArray[np.float32]) -> bool:
    """Whether what lies around a quadrilateral (4, 2) is no brighter than clear film."""
    return float(np.median(brightness_beside(soft, quad[None], BESIDE))) <= CLEAR_FILM_LEVEL
