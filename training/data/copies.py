"""Which films of a new place are copies, by curation's measure, of films that are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.data.duplicates import clusters, same_films
from training.data.looks import Look, look, ranks
from training.data.sources import DataError
from training.data.workers import fresh_workers


def looks_at(paths: Sequence[Path]) -> list[Look]:
    """A look at each picture, on all cores. Raises DataError for a file that is no picture."""
    with fresh_workers() as pool:
        looks = list(tqdm(pool.map(look, paths, chunksize=16), total=len(paths), desc="looking", unit="picture"))
    broken = [one.path for one in looks if not one.width]
    if broken:
        raise DataError(f"{broken[0]} is no readable picture; wanted one as JPEG or PNG. Remove it, or copy it again.")
    return looks


def copies(looks: Sequence[Look], known: int) -> set[Path]:
    """The pictures of the looks after the first `known` that are one film with one of those, if only through others."""
    hashes = np.array([one.phash for one in looks], np.int64)
    ranked = np.array([ranks(one.pixels()).ravel() for one in looks])
    together = clusters(len(looks), same_films(hashes, ranked))
    return {Path(looks[one].path) for members in together if members[0] < known for one in members if one >= known}
