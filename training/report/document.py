"""A report as values: sections of text, tables and drawings. Each table exists once; `write` makes files of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.metrics import Figure

Cell = str | int | float | Figure
"""What stands in a table: words, a count, a number as it is to be shown, or a value with its interval."""


@dataclass(frozen=True)
class Table:
    """Rows of cells under heads. `name` is its CSV file's, without the ending, and no other table's."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG to stand in a page; `about` says how to read it."""

    title: str
    svg: str
    about: str = ""


@dataclass(frozen=True)
class Plate:
    """A picture as JPEG bytes with what is said under it."""

    jpeg: bytes
    caption: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """Plates side by side, under a heading."""

    title: str
    plates: tuple[Plate, ...]


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it, in order; a `str` is a paragraph. A `folded` one opens at a click."""

    title: str
    parts: tuple[Part, ...]
    folded: bool = False


Part = str | Table | Drawing | Gallery | Section


def tables_of(sections: Sequence[Section]) -> Iterator[Table]:
    """Every table of the sections, in order."""
    for section in sections:
        for part in section.parts:
            if isinstance(part, Table):
                yield part
            elif isinstance(part, Section):
                yield from tables_of([part])
