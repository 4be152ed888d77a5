"""Straightened photos of films that glare, a hand or a screen's bands lie over: slightly, and past reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import fit_square
from training.data.cache import PHOTO_SIZES, CacheSpec, hash_of, kept, read_film, straightened
from training.data.faults import Fault, draw_hard_scene, spoil
from training.data.photograph import photograph
from training.data.scene import SURROUNDS
from training.data.sources import Row

SPOILING = (Fault.GLARE, Fault.HAND, Fault.MOIRE)
"""The faults that hide a part of the film without being seen in its edges or its tones."""

SLIGHT, BAD = (1.0, 2.0), (2.8, 4.0)
"""Levels at which a film can still be read, and at which it cannot; what lies between is taught to no one."""

SURROUND_SHARES = (0.3, 0.25, 0.1, 0.35)
"""How many of the photos have each of SURROUNDS: most real ones are cropped inside the film."""


def spoilt_squares(rows: tuple[Row, ...], spec: CacheSpec, folder: Path) -> NDArray[np.uint8]:
    """Squares of every row, (rows, faults, 2, side, side): each of SPOILING slight and bad. Made once, kept."""
    return kept(_spoilt_of, rows, spec, folder / f"spoilt-{spec.fit}-{spec.seed}-{hash_of(rows)}{spec.large}.npy")


def _spoilt_of(row: Row, spec: CacheSpec) -> NDArray[np.uint8]:
    film = read_film(row.path)
    made = np.empty((len(SPOILING), 2, spec.side, spec.side), np.uint8)
    for place, fault in enumerate(SPOILING):
        for bad, levels in enumerate((SLIGHT, BAD)):
            rng = np.random.default_rng((spec.seed, 10, place, bad))
            width, height = PHOTO_SIZES[rng.integers(len(PHOTO_SIZES))]
            surround = str(rng.choice(SURROUNDS, p=SURROUND_SHARES))
            scene = draw_hard_scene(int(rng.integers(2**31)), width=width, height=height, surround=surround)
            photo = photograph(film, spoil(scene, fault, float(rng.uniform(*levels))))
            made[place, bad] = fit_square(straightened(photo, rng), spec.fit, spec.side, trim=spec.trim)
    return made
