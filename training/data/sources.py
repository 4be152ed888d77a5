"""Films on disk as one table: a folder per class, or a CSV table.

A table is a tuple of `Row`; `load_table` picks the layout by what it is given. Bad layouts are a DataError that says
what was found, what was wanted and what to do.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")


LEFT_OUT = "left-out.csv"
"""The table, beside the one of what is kept, of what a curation has left out."""

TABLE_COLUMNS = ("path", "finding6", "film_photo", "origin", "group", "licence", "repository", "part")
"""The columns of a table that a curation writes."""


OF_CHILDREN = ("kermany",)
"""Origins, in small letters, whose films are all children's (Kermany et al., 2018: one to five years)."""


NEARLY_ALL = 0.95
"""Share of a finding's films from which they are said to be children's: a handful of adults teaches little."""


STORED_MIRRORED = ("3981f3578c682ed7", "9e12c4de40a15152")
"""Films that their collection, NIH ChestX-ray14, keeps mirrored, by how the SHA-256 of their original begins, which is
their file's name here: their L and the heart's tip lie on the right of the patient as films are shown."""


class DataError(ValueError):
    """The films or their table cannot be used as they are."""


@dataclass(frozen=True)
class Row:
    """One film. `findings` holds what it may show: one name, or several where only their group is known.

    `origin` is the data set that it comes from, `group` the patient with near-duplicates (never split), `photo`
    whether it is a camera photo of a film, `part` the split that its own data set has it in ("train", "validation",
    "test"), if it has one.
    """

    path: Path
    findings: tuple[str, ...]
    origin: str
    group: str
    licence: str = ""
    repository: str = ""
    photo: bool = False
    part: str = ""

    @property
    def name(self) -> str:
        """The finding, or the findings joined by a slash."""
        return "/".join(self.findings)

    @property
    def stored_mirrored(self) -> bool:
        """Whether the file itself is known to be mirrored: no gate should learn from it how films lie."""
        return self.path.stem in STORED_MIRRORED


def learned_from_children(rows: tuple[Row, ...], findings: tuple[str, ...]) -> tuple[str, ...]:
    """The findings whose films are nearly all children's (NEARLY_ALL): what they say of an adult was hardly seen."""
    told = []
    for finding in findings:
        origins = [row.origin.casefold() for row in rows if finding in row.findings]
        if origins and sum(origin in OF_CHILDREN for origin in origins) >= NEARLY_ALL * len(origins):
            told.append(finding)
    return tuple(told)


def load_table(source: Path, findings: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> tuple[Row, ...]:
    """Every film under `source` (a folder per class, or a folder or file with an index.csv).

    Films whose finding is none of `findings` or `groups` are an error in a folder tree, and left out of a CSV table
    when their finding is empty.
    """
    rows = read_table(source, findings, groups)
    check_classes(source, rows, findings)
    return rows


def read_table(source: Path, findings: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> tuple[Row, ...]:
    """The same, but not every finding need have a film: one source of several."""
    if table := table_of(source):
        return _from_csv(table, findings, groups)
    if source.is_dir():
        return _from_folders(source, findings, groups)
    raise DataError(f"There is no {source}; wanted a folder of films or a CSV table. Check the path.")


def table_of(source: Path) -> Path | None:
    """The CSV table that `source` is, or holds; None for a folder of films without one, and for what is not there."""
    table = source / "index.csv" if source.is_dir() else source
    return table if table.is_file() else None


def was_curated(table: Path) -> bool:
    """Whether a curation wrote this table: what it keeps is free of copies."""
    return (table.parent / LEFT_OUT).is_file()


def _from_folders(source: Path, findings: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> tuple[Row, ...]:
    """`source/CLASS/…` or `source/train/CLASS/…`; a film's group is its own name, its origin the source's."""
    splits = [folder for folder in sorted(source.iterdir()) if folder.name in ("train", "val", "test")]
    rows = []
    for parent in splits or [source]:
        for folder in sorted(path for path in parent.iterdir() if path.is_dir()):
            allowed = _allowed(folder.name, findings, groups, folder)
            for path in sorted(folder.rglob("*")):
                if path.suffix.lower() in PICTURES:
                    part = parent.name if splits else ""
                    rows.append(Row(path, allowed, source.name, str(path.relative_to(source)), part=own_part(part)))
    return tuple(rows)


def _from_csv(table: Path, findings: tuple[str, ...], groups: dict[str, tuple[str, ...]]) -> tuple[Row, ...]:
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns = set(reader.fieldnames or ())
        missing = {"path", "finding6", "origin", "group"} - columns
        if missing:
            raise DataError(
                f"{table} lacks the columns {', '.join(sorted(missing))}; it has {', '.join(sorted(columns))}. "
                "Add them."
            )
        rows = []
        for line in reader:
            name = line["finding6"] or line.get("finding3", "")
            if not name:
                continue
            allowed = _allowed(name, findings, groups, table)
            rows.append(
                Row(
                    table.parent / line["path"],
                    allowed,
                    line["origin"],
                    line["group"],
                    line.get("licence", ""),
                    line.get("repository", ""),
                    line.get("film_photo") == "yes",
                    line.get("part", ""),
                )
            )
    return tuple(rows)


def _allowed(name: str, findings: tuple[str, ...], groups: dict[str, tuple[str, ...]], where: Path) -> tuple[str, ...]:
    for known in findings:
        if tidy(known) == tidy(name):
            return (known,)
    if tidy(name) in groups:
        return groups[tidy(name)]
    raise DataError(
        f"{where}: the class {name!r} is none that the recipe knows; wanted one of "
        f"{', '.join((*findings, *groups))}. Rename it or add it to the recipe."
    )


def known_as(row: Row, groups: dict[str, tuple[str, ...]]) -> str:
    """A film's finding, or the name of the group that is all that is known of it."""
    return {members: name for name, members in groups.items()}.get(row.findings, row.name)


def table_line(row: Row, groups: dict[str, tuple[str, ...]]) -> tuple[object, ...]:
    """A row as `load_table` reads it again from an index.csv, in the order of TABLE_COLUMNS."""
    finding, photo = known_as(row, groups), "yes" if row.photo else ""
    return row.path.resolve(), finding, photo, row.origin, row.group, row.licence, row.repository, row.part


def own_part(folder: str) -> str:
    """What a data set's own folder of films is called in `Row.part`."""
    return "validation" if folder == "val" else folder


def tidy(name: str) -> str:
    """A class's name as it is compared: any case, with blanks, underscores or hyphens."""
    return name.strip().upper().replace("_", "-").replace(" ", "-")


def check_classes(source: Path, rows: tuple[Row, ...], findings: tuple[str, ...]) -> None:
    """Raise DataError when no film is known to show one of `findings`."""
    counts = Counter(row.findings[0] for row in rows if len(row.findings) == 1)
    empty = [finding for finding in findings if not counts[finding]]
    if empty:
        raise DataError(
            f"{source} has no film of {', '.join(empty)}; wanted at least one of each finding. Add films or take the "
            "finding out of the recipe."
        )
