"""What was said of films that show each finding, outcomes and refusals included: as counts, and drawn as shares."""

from __future__ import annotations

from collections import Counter

import numpy as np
from matplotlib.figure import Figure

from device.values import UNCERTAIN
from training.evaluate import VIEWS
from training.readers import REFUSED, Answers, Reader
from training.report.document import Cell, Drawing, Table
from training.report.svg import INK, drawing


def outcome_matrices(
    answers: Answers, reader: Reader, groups: tuple[str, ...]
) -> tuple[tuple[Drawing, ...], tuple[Table, ...]]:
    """One reader's outcomes on clean films and on photos: the drawings, and their counts as tables."""
    tables = tuple(_counts(answers, reader, view, groups) for view in VIEWS)
    return tuple(_drawn(answers, reader, view, table) for view, table in zip(VIEWS, tables, strict=True)), tables


def _counts(answers: Answers, reader: Reader, view: str, groups: tuple[str, ...]) -> Table:
    films = answers.films
    columns = (*films.findings, *groups, UNCERTAIN, REFUSED)
    lines: list[tuple[Cell, ...]] = []
    for place, finding in enumerate(films.findings):
        said = Counter(word for word, truth in zip(reader.said[view], films.truth, strict=True) if truth == place)
        lines.append((finding, *(said[column] for column in columns)))
    name = f"outcomes-{answers.split}-{view}-{reader.precision}"
    return Table(name, ("shows \\ said", *columns), tuple(lines))


def _drawn(answers: Answers, reader: Reader, view: str, table: Table) -> Drawing:
    counts = np.array([row[1:] for row in table.rows], float)
    films = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(films, 1)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=1.5)
        for (row, column), share in np.ndenumerate(shares):
            if counts[row, column]:
                colour = "white" if share > 0.55 else INK
                axes.text(column + 0.5, row + 0.5, _percent(share), ha="center", va="center", color=colour)
        axes.axvline(len(table.rows), color=INK, linewidth=1)
        heads = table.heads[1:]
        axes.set_xticks(np.arange(len(heads)) + 0.5, heads, rotation=35, ha="left", rotation_mode="anchor")
        names = [f"{row[0]} ({int(count)})" for row, count in zip(table.rows, films[:, 0], strict=True)]
        axes.set_yticks(np.arange(len(names)) + 0.5, names)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)

    return drawing(
        f"Said of {answers.split} films, {'as photos' if view == 'photo' else view}, {reader.precision}",
        "Rows: what the films show, and how many. Columns: what was said of them; left of the line the single "
        "findings, right of it the wider outcomes and refusals. Each row adds up to 100%.",
        (9.4, 3.9),
        draw,
    )


def _percent(share: float) -> str:
    return "<1%" if share < 0.005 else f"{100 * share:.0f}%"
