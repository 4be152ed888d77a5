"""Split films by group: a patient, with all near-duplicates, falls into one split only."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.sources import DataError, Row

SHARES = (("train", 0.70), ("validation", 0.15), ("test", 0.15))


@dataclass(frozen=True)
class Split:
    """The rows of each split. `photos` are real film photos: for testing only, never trained on."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]
    photos: tuple[Row, ...]


def split(rows: tuple[Row, ...], seed: int) -> Split:
    """70/15/15 within each class and origin, by the hash of seed and group: stable when films are added.

    Every film of a group that holds a real film photo goes to the test split.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    parts: dict[str, list[Row]] = {"train": [], "validation": [], "test": [], "photos": []}
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for group, members in groups.items():
        if any(row.photo for row in members):
            for row in members:
                parts["photos" if row.photo else "test"].append(row)
        else:
            first = min(members, key=lambda row: str(row.path))
            strata[first.name, first.origin].append(group)
    for stratum in strata.values():
        stratum.sort(key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).hexdigest())
        for place, group in enumerate(stratum):
            parts[_part((place + 0.5) / len(stratum))].extend(groups[group])
    made = Split(*(tuple(sorted(parts[name], key=lambda row: str(row.path))) for name in parts))
    check_no_overlap(made)
    return made


def split_as_given(rows: tuple[Row, ...], seed: int) -> Split:
    """The split that the films' own data sets have, so that a figure stands beside a paper's.

    Where they have no validation films, one training group in seven becomes one. Patients of whom there is a real film
    photo are not trained on. Raises DataError for films that have no split of their own, and where a patient or a film
    with its near-duplicate lies in two.
    """
    photos = tuple(row for row in rows if row.photo)
    films = [row for row in rows if not row.photo]
    check_given(rows)
    photographed = {row.group for row in photos}
    train, validation = (
        tuple(row for row in films if row.part == part and row.group not in photographed)
        for part in ("train", "validation")
    )
    if not validation:
        train, validation = _one_in(7, train, seed)
    made = Split(train, validation, tuple(row for row in films if row.part == "test"), photos)
    check_no_overlap(made)
    return made


def check_given(rows: Sequence[Row]) -> None:
    """Raise DataError where films, other than a camera's photos, have no split of their own."""
    films = [row for row in rows if not row.photo]
    without = [row for row in films if row.part not in ("train", "validation", "test")]
    if without:
        raise DataError(
            f"{len(without):,} films have no split of their own ({without[0].path} is one); wanted all in train, val "
            "or test. Split them by group: leave --as-given out."
        )


def leave_out(rows: tuple[Row, ...], left: tuple[str, ...], seed: int) -> Split:
    """The films that are left out to test on; one group in seven of the others is validation, the rest to train on.

    Each of `left` is an origin, whose films are all left out, or FINDING@ORIGIN, of which only those of one finding
    are: where a hospital has all films of one finding, what it has of another can still be new. Films whose group
    reaches into what is left out are in none: they are its patients. Raises DataError for a name that no film has.
    """
    films = tuple(row for row in rows if not row.photo)
    wanted = []
    for name in left:
        found = films_of(name, films)
        if not found:
            known = ", ".join(sorted({f"{row.name}@{row.origin}" for row in films}))
            raise DataError(
                f"No film is of the origin {name!r}; wanted an origin, or one's films of a finding, out of {known}."
            )
        wanted += found
    chosen = {row.path for row in wanted}
    test = tuple(row for row in films if row.path in chosen)
    kept_apart = {row.group for row in rows if row.path in chosen or row.photo}
    train, validation = _one_in(7, tuple(row for row in films if row.group not in kept_apart), seed)
    made = Split(train, validation, test, tuple(row for row in rows if row.photo))
    check_no_overlap(made)
    return made


def films_of(name: str, rows: Sequence[Row]) -> list[Row]:
    """The films of an origin, or of one finding of it: FINDING@ORIGIN."""
    finding, at, origin = name.rpartition("@")
    return [row for row in rows if row.origin == origin and (not at or finding in row.findings)]


def _one_in(count: int, rows: tuple[Row, ...], seed: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows without one group in `count`, and those, within each class and origin."""
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: str(row.path)):
        strata[row.name, row.origin].append(row.group)
    chosen: set[str] = set()
    for groups in strata.values():
        ordered = sorted(set(groups), key=lambda group: hashlib.sha256(f"{seed}:{group}".encode()).hexdigest())
        chosen.update(ordered[count // 2 :: count])
    left = tuple(row for row in rows if row.group not in chosen)
    return left, tuple(row for row in rows if row.group in chosen)


def check_no_overlap(made: Split) -> None:
    """Raise DataError when a group lies in two of train, validation and test."""
    seen: dict[str, str] = {}
    for name in ("train", "validation", "test"):
        for row in getattr(made, name):
            if seen.setdefault(row.group, name) != name:
                raise DataError(
                    f"The group {row.group} ({row.path.name}) is in {seen[row.group]} and in {name}; wanted it in one "
                    "split. Split by group."
                )


def _part(share: float) -> str:
    upto = 0.0
    for name, part in SHARES:
        upto += part
        if share < upto:
            return name
    return SHARES[-1][0]
