"""Films to learn from only, beside those that are split: of other hospitals, had as small pictures alone, say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.data.copies import copies, looks_at
from training.data.curate import gather
from training.data.sources import DataError, Row
from training.data.split import Split, check_no_overlap, films_of
from training.recipe import FINDINGS, GROUPS


@dataclass(frozen=True)
class Beside:
    """What was added: `films` to train on; left out were a camera's `photos`, and `copies` of films that were split."""

    films: int
    photos: int
    copies: int


def with_more(made: Split, folders: Sequence[Path], without: Sequence[str] = ()) -> tuple[Split, Beside]:
    """The split with the films of `folders` (known collections, folders per class, tables) among those to train on.

    None of them is for validation or test, so what is measured stays what it was. A camera's photos, never trained on,
    and copies of the split's own films are left out. Raises DataError for films of an origin, or of a finding of one,
    that the split is `without`; for a patient that is in validation or test; and where nothing is left.
    """
    rows, _ = gather(folders, FINDINGS, GROUPS)
    _check_not_left_out(rows, without)
    films = tuple(row for row in rows if not row.photo)
    known = [row.path for part in (made.train, made.validation, made.test, made.photos) for row in part]
    same = copies(looks_at([*known, *(row.path for row in films)]), len(known))
    origins = {row.origin for part in (made.train, made.validation, made.test) for row in part}
    # Another origin's patients are others, though both may number them from one.
    fresh = tuple(
        row if row.origin in origins else replace(row, group=f"{row.origin}:{row.group}")
        for row in films
        if row.path not in same
    )
    if not fresh:
        raise DataError(
            f"{', '.join(map(str, folders))} add no film to learn from: of {len(rows)}, {len(rows) - len(films)} are "
            f"photos by a camera and {len(films)} copies of films that are known. Leave them out."
        )
    added = replace(made, train=(*made.train, *fresh))
    check_no_overlap(added)
    return added, Beside(len(fresh), len(rows) - len(films), len(films) - len(fresh))


def _check_not_left_out(rows: Sequence[Row], without: Sequence[str]) -> None:
    for name in without:
        if met := films_of(name, rows):
            raise DataError(
                f"{met[0].path} is of {name}, which is left out to test on; wanted films of other origins to learn "
                "from. Leave its folder out."
            )
