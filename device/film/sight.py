"""What the scout makes of a photo: where it sees film, outlined, and how well a quadrilateral agrees with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.outlines import NO_QUADS, hull_quads
from device.film.sides import Quads
from device.values import Reason, Refusal

FINE = 4
"""Parts that a cell is cut into along each side, where a quadrilateral is compared with what is seen."""

SHARES = (0.35, 0.5, 0.65)
"""How likely film must be inside an outline: where an edge is faint, the outlines differ, and their sides with them."""

Map = NDArray[np.float32]
"""How likely each place is film, (rows, columns), 0..1."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What the scout makes of a whole photo at a glance.

    `film` (rows, columns) is how likely each place is film, 0..1, evenly spread over the photo. `fault` is what is
    likeliest wrong with the photo, None where nothing is; `sure` says that this alone is enough to refuse it.
    `unlikely` is what is hardly wrong.
    """

    film: Map
    fault: Refusal | None = None
    sure: bool = False
    unlikely: frozenset[Reason] = frozenset()

    def says(self, reason: Reason) -> bool:
        """Whether this is what is likeliest wrong."""
        return self.fault is not None and self.fault.reason is reason


def seen_quads(film: Map, shape: tuple[int, ...]) -> Quads:
    """The quadrilaterals (n, 4, 2), in a picture of that shape, around the largest place that is likely film."""
    rows, columns = 8 * film.shape[0], 8 * film.shape[1]
    fine = cv2.resize(film, (columns, rows), interpolation=cv2.INTER_LINEAR)
    # Film that runs out of the photo ends at its edge, not half a cell before.
    scale = np.array([shape[1] / columns, shape[0] / rows], np.float32)
    found = []
    for share in SHARES:
        mask = np.asarray(fine > share, np.uint8)
        outlines = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        if outlines:
            largest = np.asarray(max(outlines, key=cv2.contourArea), np.int32)
            found.append((_whole_pixels(largest, hull_quads(largest))) * scale)
    return np.concatenate(found).astype(np.float32) if found else NO_QUADS


def _whole_pixels(outline: NDArray[np.int32], quads: Quads) -> Quads:
    """The quadrilateral around the outline's pixels as a whole: OpenCV's runs through their centres."""
    middle = outline.reshape(-1, 2).mean(axis=0)
    out = np.sign(quads - middle) * 0.5
    return np.asarray(quads + 0.5 + out, np.float32)


def agreement(film: Map, quads: Quads, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """How far quadrilaterals (n, 4, 2) in a picture of that shape agree with what is seen (n,): what both hold of what
    either holds, 0..1. What lies outside the photo does not count."""
    rows, columns = film.shape
    total = float(film.sum())
    scale = np.array([FINE * columns / shape[1], FINE * rows / shape[0]], np.float32)
    found = np.zeros(len(quads))
    for place, quad in enumerate(quads * scale - np.float32(0.5)):
        mask = np.zeros((FINE * rows, FINE * columns), np.uint8)
        cv2.fillConvexPoly(mask, np.round(quad * 16).astype(np.int32), 255, cv2.LINE_8, 4)
        cells = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        both = float(np.minimum(cells, film).sum())
        found[place] = both / max(float(cells.sum()) + total - both, 1e-6)
    return found
