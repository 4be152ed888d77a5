"""Which films are copies of one another, by curation's measure: a new place's of films that are known, and any among
films that nobody has curated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.data.duplicates import clusters, joined_names, same_films
from training.data.looks import Look, look, ranks
from training.data.sources import DataError, Row
from training.data.workers import fresh_workers

MOST_TOLD = 5
"""Films in two splits that an error names, with their copies; the others are counted."""


def looks_at(paths: Sequence[Path]) -> list[Look]:
    """A look at each picture, on all cores; a few kilobytes each. Raises DataError for a file that is no picture, or
    that is not there."""
    if gone := [path for path in paths if not path.is_file()]:
        raise DataError(f"There is no {gone[0]}; wanted a film as JPEG or PNG. Copy it again, or take out its line.")
    with fresh_workers() as pool:
        looks = list(tqdm(pool.map(look, paths, chunksize=16), total=len(paths), desc="looking", unit="picture"))
    broken = [one.path for one in looks if not one.width]
    if broken:
        raise DataError(f"{broken[0]} is no readable picture; wanted one as JPEG or PNG. Remove it, or copy it again.")
    return looks


def copies(looks: Sequence[Look], known: int) -> set[Path]:
    """The pictures of the looks after the first `known` that are one film with one of those, if only through others."""
    together = clusters(len(looks), _same(looks))
    return {Path(looks[one].path) for members in together if members[0] < known for one in members if one >= known}


def with_copies_in_one_group(rows: tuple[Row, ...], source: Path, *, as_given: bool = False) -> tuple[Row, ...]:
    """The rows of `source`, those that are copies of one film in one group: then no split parts them.

    Raises DataError for a file that is no picture; and, where the films are to be split `as_given`, for copies that
    lie in two of their own splits.
    """
    looks = looks_at([row.path for row in rows])
    pairs = list(_same(looks))
    if as_given:
        _check_in_one_part([[rows[one] for one in members] for members in clusters(len(rows), pairs)], source)
    together = joined_names((rows[one].group, rows[other].group) for one, other in pairs)
    return tuple(replace(row, group=together.get(row.group, row.group)) for row in rows)


def _same(looks: Sequence[Look]) -> Iterator[tuple[int, int]]:
    """Pairs of looks at one film: at the same file, or at one that was saved again."""
    hashes = np.array([one.phash for one in looks], np.int64)
    ranked = np.array([ranks(one.pixels()).ravel() for one in looks])
    return same_films(hashes, ranked)


def _check_in_one_part(together: Sequence[Sequence[Row]], source: Path) -> None:
    """Raise DataError that names the copies of one film which lie in two of its data set's own splits."""
    found = []
    for members in together:
        films = [row for row in members if not row.photo]
        found += [f"{films[0].path} and {row.path}" for row in films if row.part != films[0].part][:1]
    if not found:
        return
    more = f"; and {len(found) - MOST_TOLD:,} more" if len(found) > MOST_TOLD else ""
    raise DataError(
        f"{len(found):,} {'film lies' if len(found) == 1 else 'films lie'} in two of the splits that {source} came "
        f"with, as the same file or saved again: {'; '.join(found[:MOST_TOLD])}{more}. Wanted every film in one. Leave "
        f"out the copies first: filmside-train curate {source} --out CURATED, then filmside-train split CURATED "
        "--as-given."
    )
