"""Pictures that are no frontal chest film, which teach the gate what to refuse."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.prepare import fit_square
from device.values import Grey
from training.data.cache import SIDE, read_film
from training.data.sources import DataError


@dataclass(frozen=True, eq=False)
class Others:
    """Squares of pictures that are no frontal chest film, (pictures, SIDE, SIDE), with their kinds."""

    squares: NDArray[np.uint8]
    kinds: tuple[str, ...]


def other_paths(folder: Path, part: str) -> list[tuple[Path, str]]:
    """The pictures of `folder/index.csv`, with their kinds, that fall to "train", "validation" or "test" by their hash.

    Pictures of one patient (named in the note) fall together.
    """
    table = folder / "index.csv"
    if not table.is_file():
        raise DataError(f"There is no {table}; wanted pictures that are no chest films. Give --others their folder.")
    paths = []
    with table.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            patient = line["note"].split("patient")[-1].strip() if "patient" in line["note"] else line["path"]
            share = int(hashlib.sha256(patient.encode()).hexdigest()[:8], 16) / 0x100000000
            if part == ("train" if share < 0.7 else "validation" if share < 0.85 else "test"):
                paths.append((folder / line["path"], line["kind"]))
    return paths


def read_others(folder: Path, part: str, *, but: frozenset[str] = frozenset()) -> Others:
    """Those pictures as squares, less those of some kinds."""
    paths = [(path, kind) for path, kind in other_paths(folder, part) if kind not in but]
    made = [fit_square(read_film(path), "stretch", SIDE, trim=True) for path, _ in paths]
    return Others(np.stack(made), tuple(kind for _, kind in paths))


def part_of(square: Grey, rng: np.random.Generator) -> Grey:
    """A part of an upright film's square (SIDE, SIDE), drawn large: one side of a chest, a small piece of it, or the
    two sides laid the wrong way about, the spine outside."""
    what = rng.random()
    if what < 0.25:
        middle = int(rng.uniform(0.45, 0.55) * SIDE)
        made = np.hstack([square[:, middle:], square[:, :middle]])
    elif what < 0.65:
        wide, high = (round(float(rng.uniform(low, high)) * SIDE) for low, high in ((0.4, 0.52), (0.75, 1.0)))
        top = int(rng.integers(SIDE - high + 1))
        left = 0 if rng.random() < 0.5 else SIDE - wide
        made = square[top : top + high, left : left + wide]
    else:
        size = round(float(rng.uniform(0.32, 0.48)) * SIDE)
        top, left = (int(place) for place in rng.integers(SIDE - size + 1, size=2))
        made = square[top : top + size, left : left + size]
    return np.asarray(cv2.resize(made, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)


def bare(rng: np.random.Generator) -> Grey:
    """A bare light box, a wall, a blanket: soft light and noise, nothing else."""
    soft = cv2.resize(rng.random((4, 4), dtype=np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    grey = (
        rng.uniform(40, 220) + rng.uniform(5, 60) * (soft - 0.5) + rng.standard_normal((SIDE, SIDE)) * rng.uniform(1, 9)
    )
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
