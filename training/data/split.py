"""Split films by group: a patient, with all near-duplicates, falls into one split only."""

from __future__ import annotations

import hashlib
from collections import defaultdict
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
