"""Films of hospitals that nothing was learnt from: found, freed of copies of films that are known, and read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from training.data.cache import read_film
from training.data.duplicates import same_films
from training.data.looks import Look, look, ranks
from training.data.sources import DataError, Row, read_table
from training.data.workers import fresh_workers
from training.evaluate import VIEWS, Judgement, judge_all
from training.findings import retold
from training.recipe import FINDINGS, GROUPS

LEAST_SIDE = 320
"""Short side, in pixels, of most films that were learnt from."""


@dataclass(frozen=True)
class Hospital:
    """One hospital's films, of each of which one finding is known, and how many were left out as copies of films that
    the bundle was made or measured with."""

    name: str
    rows: tuple[Row, ...]
    copies: int = 0


def hospitals_in(folder: Path, findings: tuple[str, ...]) -> tuple[Hospital, ...]:
    """The hospitals of a folder: a folder each, with a folder for each finding in it or an index.csv. What a table
    calls a camera's photo is left out: a rendered photo of it would be a photo of a photo. Raises DataError where
    there is no hospital, or one has no film that shows one of `findings`."""
    found = []
    for one in sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ():
        told = retold(read_table(one, FINDINGS, GROUPS), findings)
        rows = tuple(row for row in told if len(row.findings) == 1 and not row.photo)
        if not rows:
            raise DataError(
                f"{one} has no film that shows one of {', '.join(findings)}; wanted {folder}/HOSPITAL/FINDING/film.png "
                "or an index.csv for each hospital. Name the folder that holds the hospitals' folders."
            )
        found.append(Hospital(one.name, rows))
    if not found:
        raise DataError(f"{folder} holds no hospital; wanted a folder of films for each. Check the path.")
    return tuple(found)


def without_copies(hospitals: Sequence[Hospital], known: Sequence[Row]) -> tuple[Hospital, ...]:
    """The hospitals without the films that are copies, by curation's measure, of one of the `known`. Raises DataError
    for a file that is no picture, and for a hospital of which nothing is left."""
    paths = [row.path for row in known]
    paths += [row.path for one in hospitals for row in one.rows]
    with fresh_workers() as pool:
        looks = list(tqdm(pool.map(look, paths, chunksize=16), total=len(paths), desc="looking", unit="picture"))
    broken = [one.path for one in looks[len(known) :] if not one.width]
    if broken:
        raise DataError(f"{broken[0]} is no readable picture; wanted JPEG or PNG. Remove it, or copy it again.")
    copies = {paths[other] for other in _copies(looks, len(known))}
    freed = []
    for one in hospitals:
        rows = tuple(row for row in one.rows if row.path not in copies)
        if not rows:
            raise DataError(
                f"Every film of {one.name} is a copy of one that the bundle was made or measured with; wanted a "
                "hospital that it has never met. Leave its folder out."
            )
        freed.append(Hospital(one.name, rows, len(one.rows) - len(rows)))
    return tuple(freed)


def _copies(looks: Sequence[Look], known: int) -> set[int]:
    """The places of the looks after the first `known` that look like one of those."""
    readable = [place for place, one in enumerate(looks) if one.width]
    hashes = np.array([looks[place].phash for place in readable], np.int64)
    ranked = np.array([ranks(looks[place].pixels()).ravel() for place in readable])
    pairs = ((readable[one], readable[other]) for one, other in same_films(hashes, ranked))
    return {other for one, other in pairs if one < known <= other}


def judge_hospital(bundle: Path, rows: Sequence[Row], views: tuple[str, ...] = VIEWS) -> tuple[Judgement, ...]:
    """What the bundle says of each film in each view. A picture whose short side is below LEAST_SIDE is enlarged to
    that first: collections are passed on as small copies, of which the kiosk would say that they are too small."""
    with tempfile.TemporaryDirectory() as folder:
        # A folder for each: two films of one name must not take each other's place.
        return judge_all(bundle, tuple(enlarged(row, Path(folder, str(at))) for at, row in enumerate(rows)), views)


def enlarged(row: Row, folder: Path) -> Row:
    """The film itself, or an enlarged copy of it in `folder` where it is small."""
    film = read_film(row.path)
    size = LEAST_SIDE / min(film.shape)
    if size <= 1:
        return row
    folder.mkdir()
    path = folder / f"{row.name}-{row.path.stem}.png"
    cv2.imwrite(str(path), cv2.resize(film, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC))
    return replace(row, path=path)
