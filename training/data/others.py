"""Pictures that are no frontal chest film, which teach the gate what to refuse."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import fit_square
from training.data.cache import SIDE, read_film
from training.data.sources import DataError


@dataclass(frozen=True, eq=False)
class Others:
    """Squares of pictures that are no frontal chest film, (pictures, side, side), with their kinds."""

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


def read_others(folder: Path, part: str, *, side: int = SIDE, but: frozenset[str] = frozenset()) -> Others:
    """Those pictures as squares of `side` pixels, less those of some kinds."""
    paths = [(path, kind) for path, kind in other_paths(folder, part) if kind not in but]
    made = [fit_square(read_film(path), "stretch", side, trim=True) for path, _ in paths]
    return Others(np.stack(made), tuple(kind for _, kind in paths))
