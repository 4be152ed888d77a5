"""Quadrilaterals that may be a film: sorted out, moved onto the steps in the picture, judged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from device.film.merit import film_merits, unseen_sides
from device.film.outlines import NO_QUADS
from device.film.sides import Quads, are_film_shaped, areas, clockwise, moved_onto_steps

LEAST_AREA = 0.06
"""A film covers at least this share of the photo; a smaller one is too far away to read."""

FAR_AREA = 0.0025
"""Share of the photo that a film far away still covers."""


def judged(
    soft: NDArray[np.float32], found: list[Quads], least_share: float = LEAST_AREA, *, wide: bool = False
) -> tuple[Quads, NDArray[np.float64], bool]:
    """The quadrilaterals that can be a sheet, without near-repeats, moved onto the steps near them; their merits; and
    whether the best is a film for sure."""
    quads = clockwise(np.concatenate(found)) if found else NO_QUADS
    quads = quads[are_film_shaped(quads) & (areas(quads) >= least_share * soft.size)]
    if not len(quads):
        return quads, np.empty(0), False
    alike = np.abs(quads[:, None] - quads[None]).max(axis=(2, 3)) < 2.5
    quads = quads[~np.triu(alike, 1).any(axis=0)]
    if wide:
        quads = np.concatenate([quads, moved_onto_steps(soft, quads, 5.0, unseen_sides(soft.shape, quads))])
    quads = moved_onto_steps(soft, quads, 2.5, unseen_sides(soft.shape, quads))
    merits, sure = film_merits(soft, quads, least_share)
    return quads, merits, bool(sure[np.argmax(merits)])
