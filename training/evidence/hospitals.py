"""Films of hospitals that nothing was learnt from: found, freed of copies of films that are known, and read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from training.data.cache import read_film
from training.data.copies import copies, looks_at
from training.data.sources import DataError, Row, read_table
from training.evaluate import VIEWS, Judgement, judge_all
from training.findings import retold
from training.recipe import FINDINGS, GROUPS

LEAST_SIDE = 320
"""Short side, in pixels, of most films that were learnt from."""


ABOUT = "about.txt"
"""What is to be known of a folder of hospitals, such as what was chosen by them: a paragraph beside their folders."""


@dataclass(frozen=True)
class Hospital:
    """One hospital's films, of each of which one finding is known. `small` of them are enlarged before they are read;
    left out were `photos`, which a table calls a camera's, those of an `unsure` finding or one that the bundle does not
    tell, and `copies` of films that the bundle was made or measured with."""

    name: str
    rows: tuple[Row, ...]
    small: int = 0
    photos: int = 0
    unsure: int = 0
    copies: int = 0


def hospitals_in(folder: Path, findings: tuple[str, ...]) -> tuple[Hospital, ...]:
    """The hospitals of a folder: a folder each, with a folder for each finding in it or an index.csv. Camera's photos
    are left out, for a rendered photo of one would be a photo of a photo. Raises DataError where there is no hospital,
    or no film to read in one."""
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; wanted one that holds a folder of films for each hospital.")
    found = [
        _hospital(one, findings)
        for one in sorted(path for path in folder.iterdir() if path.is_dir())
        if not one.name.startswith((".", "__"))  # what systems and archives leave beside them
    ]
    if not found:
        raise DataError(f"{folder} holds no hospital; wanted a folder of films for each. Check the path.")
    return tuple(found)


def about(folder: Path) -> str:
    """What the folder says of what lies in it; nothing where it says nothing."""
    path = folder / ABOUT
    return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else ""


def _hospital(folder: Path, findings: tuple[str, ...]) -> Hospital:
    every = read_table(folder, FINDINGS, GROUPS)
    films = tuple(row for row in every if not row.photo)
    rows = tuple(row for row in retold(films, findings) if len(row.findings) == 1)
    photos, unsure = len(every) - len(films), len(films) - len(rows)
    if not rows:
        raise DataError(
            f"{folder} has no film to read: {photos} are photos by a camera, {unsure} of a finding that the bundle "
            f"does not tell; wanted films of {', '.join(findings)}, as HOSPITAL/FINDING/film.png or in "
            "HOSPITAL/index.csv. Name the folder that holds the hospitals' folders."
        )
    gone = [row.path for row in rows if not row.path.is_file()]
    if gone:
        raise DataError(f"There is no {gone[0]}, which {folder} names; {len(gone)} films are gone. Mend its index.csv.")
    return Hospital(folder.name, rows, photos=photos, unsure=unsure)


def strangers(hospitals: Sequence[Hospital], known: Sequence[Row]) -> tuple[Hospital, ...]:
    """The hospitals without the films that are copies, by curation's measure, of the `known`. Raises DataError for a
    file that is no picture, a hospital of which nothing is left, and one that known films are of."""
    origins = {row.origin.casefold() for row in known}
    for one in hospitals:
        met = {row.origin for row in one.rows if row.origin.casefold() in origins}
        if met:
            raise DataError(
                f"{one.name} has films of {min(met)}, an origin that the bundle was made or measured with; wanted "
                "hospitals that it has never met. Leave its folder out, or name its films' true origin."
            )
    looks = looks_at([row.path for row in (*known, *(row for one in hospitals for row in one.rows))])
    same = copies(looks, len(known))
    small = {Path(one.path) for one in looks if min(one.width, one.height) < LEAST_SIDE}
    return tuple(_freed(one, same, small) for one in hospitals)


def _freed(one: Hospital, same: set[Path], small: set[Path]) -> Hospital:
    rows = tuple(row for row in one.rows if row.path not in same)
    if not rows:
        raise DataError(
            f"Every film of {one.name} is a copy of one that the bundle was made or measured with; wanted a hospital "
            "that it has never met. Leave its folder out."
        )
    return replace(one, rows=rows, small=sum(row.path in small for row in rows), copies=len(one.rows) - len(rows))


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
    path = folder / f"{'+'.join(row.findings)}-{row.path.stem}.png"
    cv2.imwrite(str(path), cv2.resize(film, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC))
    return replace(row, path=path)
