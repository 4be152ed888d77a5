"""Files out of sections: Markdown with the tables, a page that stands alone, a CSV file a table."""

from __future__ import annotations

import base64
import csv
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from training.metrics import Figure
from training.report.document import Cell, Drawing, Gallery, Part, Section, Table, tables_of


def as_markdown(sections: Sequence[Section], level: int = 2) -> str:
    """The sections' words and tables. Drawings are left out, and sections that hold nothing else."""
    return "\n\n".join(block for section in sections for block in _blocks(section, level))


def table_as_markdown(table: Table) -> str:
    """One table."""
    rows = [table.heads, ["---"] * len(table.heads), *table.rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows)


def as_html(title: str, lead: str, sections: Sequence[Section], warning: str = "") -> str:
    """One page that asks nothing of anybody: style, drawings and pictures are inside it.

    `lead` and a `warning` stand above the table of contents.
    """
    pages = Environment(
        loader=PackageLoader("training.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.tests |= {
        "table": lambda part: isinstance(part, Table),
        "drawing": lambda part: isinstance(part, Drawing),
        "gallery": lambda part: isinstance(part, Gallery),
        "section": lambda part: isinstance(part, Section),
        "figure": lambda cell: isinstance(cell, Figure),
        "amount": _is_amount,
    }
    pages.filters |= {"base64": lambda content: base64.b64encode(content).decode(), "anchor": anchor}
    return pages.get_template("report.html").render(title=title, lead=lead, warning=warning, sections=sections)


def write_tables(sections: Sequence[Section], folder: Path) -> None:
    """Every table as `folder/<name>.csv`; a value with an interval takes three columns. What lay there goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for table in tables_of(sections):
        with (folder / f"{table.name}.csv").open("x", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table_as_lines(table))


def table_as_lines(table: Table) -> list[list[str]]:
    """The lines of a table's CSV file: low and high ends stand in columns of their own."""
    wide = [any(isinstance(row[place], Figure) for row in table.rows) for place in range(len(table.heads))]
    heads = [
        name
        for head, is_wide in zip(table.heads, wide, strict=True)
        for name in ([head, f"{head}, low", f"{head}, high"] if is_wide else [head])
    ]
    return [
        heads,
        *([text for cell, w in zip(row, wide, strict=True) for text in _texts(cell, w)] for row in table.rows),
    ]


def anchor(title: str) -> str:
    """A heading as the end of a link."""
    return "".join(letter if letter.isalnum() else "-" for letter in title.lower())


def _texts(cell: Cell, is_wide: bool) -> Sequence[str]:
    if isinstance(cell, Figure):
        return cell.numbers()
    return (str(cell), "", "") if is_wide else (str(cell),)


def _blocks(section: Section, level: int) -> list[str]:
    blocks: list[str] = []
    for part in section.parts:
        blocks += _block(part, level)
    return [f"{'#' * level} {section.title}", *blocks] if blocks else []


def _block(part: Part, level: int) -> list[str]:
    if isinstance(part, Section):
        return _blocks(part, level + 1)
    if isinstance(part, Table):
        return [table_as_markdown(part)]
    return [part] if isinstance(part, str) else []


def _is_amount(cell: Cell) -> bool:
    """Whether a cell stands to the right, as numbers do."""
    return not isinstance(cell, str) or cell[:1].isdigit() or cell[:1] in "+-"
