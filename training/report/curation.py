"""What a curation leaves behind: the table to train on, a line for every picture, the counts, and sheets to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.data.curate import SAYS, Verdict, counts
from training.data.looks import decoded
from training.data.sources import LEFT_OUT, TABLE_COLUMNS, table_line
from training.lines import write_lines
from training.recipe import GROUPS
from training.report.document import Cell, Table
from training.report.sheets import Shown, write_sheet
from training.report.write import table_as_markdown

MOST_SHOWN = 40
"""Pictures on one contact sheet, evenly spread over all that were left out for that reason."""

_CELL = (200, 200)


def write_curation(verdicts: Sequence[Verdict], mismatches: Sequence[str], out: Path) -> str:
    """Write `index.csv` (the kept, as `filmside-train split` reads it), `left-out.csv`, `curation.md` and `sheets/`
    into `out`; gives the text of `curation.md`."""
    out.mkdir(parents=True, exist_ok=True)
    kept = [table_line(one.row, GROUPS) for one in verdicts if not one.reason]
    write_lines(out / "index.csv", [TABLE_COLUMNS, *kept])
    left = [one for one in verdicts if one.reason]
    told = [(one.row.path, one.reason, one.like, one.row.name, one.row.origin) for one in left]
    write_lines(out / LEFT_OUT, [("path", "reason", "like", "findings", "origin"), *told])
    by_reason: dict[str, list[Verdict]] = defaultdict(list)
    for one in left:
        by_reason[one.reason].append(one)
    for old in (out / "sheets").glob("*.jpg"):
        old.unlink()
    for reason, ones in by_reason.items():
        _write_sheet(ones, out / "sheets" / f"{reason}.jpg")
    text = _told(verdicts, mismatches)
    (out / "curation.md").write_text(text, encoding="utf-8")
    return text


def _told(verdicts: Sequence[Verdict], mismatches: Sequence[str]) -> str:
    found = counts(verdicts)
    origins = sorted(found)
    names = ["", *(reason for reason in SAYS if any(found[origin][reason] for origin in origins))]
    lines: list[tuple[Cell, ...]] = [
        (name or "**kept**", SAYS.get(name, "worth learning from"), *(found[origin][name] for origin in origins),
         sum(found[origin][name] for origin in origins))
        for name in names
    ]  # fmt: skip
    kept = sum(not one.reason for one in verdicts)
    parts = [f"# Curation\n\n{kept:,} of {len(verdicts):,} pictures are kept."]
    parts.append(table_as_markdown(Table("curation", ("", "rule", *origins, "all"), tuple(lines))))
    if len(names) > 1:
        parts.append(f"Look at `sheets/`: up to {MOST_SHOWN} pictures of each reason. All of them: `left-out.csv`.")
    if mismatches:
        listed = "\n".join(f"- {one}" for one in mismatches)
        parts.append(f"What differs from the collections' own descriptions:\n\n{listed}")
    return "\n\n".join(parts) + "\n"


def _write_sheet(left: Sequence[Verdict], path: Path) -> None:
    """The pictures themselves, each beside the copy that it is like, if it is like one."""
    places = np.linspace(0, len(left) - 1, min(MOST_SHOWN, len(left))).round().astype(int)
    shown = []
    for verdict in (left[place] for place in dict.fromkeys(places.tolist())):
        caption = f"{verdict.row.name}, {verdict.row.origin}: {verdict.row.path.name}"
        shown.append(Shown(verdict.row.path.name, _pixels(verdict.row.path), caption))
        if verdict.like:
            like = Path(verdict.like)
            shown.append(Shown(like.name, _pixels(like), f"is like {like.parent.name}/{like.name}"))
    write_sheet(shown, 8, path, cell=_CELL)


def _pixels(path: Path) -> np.ndarray:
    found = decoded(path.read_bytes())
    return np.full((64, 64, 3), 200, np.uint8) if found is None else found[1]
