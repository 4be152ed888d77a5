"""Studies as files for others: a table of many."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from device.study import Study

HEADER = (
    "study", "read_at", "reference", "age", "outcome", "score", "spread", "possible", "refusal", "verdict", "finding",
    "judged_at", "note", "photo", "bundle",
)  # fmt: skip
"""The columns of the table; every finding's score follows, as `score_<finding>`."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell's text for a formula."""


def csv_table(studies: Iterable[Study], findings: tuple[str, ...]) -> Iterator[str]:
    """The lines of a CSV table, its header first, with the score of each of these findings; UTC times, ISO 8601."""
    yield _line([*HEADER, *(f"score_{finding}" for finding in findings)])
    for study in studies:
        yield _line(_cells(study, findings))


def csv_file(studies: Iterable[Study], findings: tuple[str, ...]) -> bytes:
    """The same as a file: with a byte order mark, or a spreadsheet takes UTF-8 for its own country's letters."""
    return ("\ufeff" + "".join(csv_table(studies, findings))).encode()


def _cells(study: Study, findings: tuple[str, ...]) -> list[str]:
    reading, judgement = study.reading, study.judgement
    scores = {score.finding: score.value for score in reading.scores} if reading else {}
    return [
        study.id,
        study.read_at.isoformat(),
        study.patient.reference,
        study.patient.age.value if study.patient.age else "",
        reading.outcome.name if reading else "",
        f"{reading.outcome.score:.4f}" if reading else "",
        f"{reading.spread:.4f}" if reading else "",
        " ".join(reading.possible) if reading else "",
        study.refusal.reason.value if study.refusal else "",
        judgement.verdict.value if judgement else "",
        judgement.finding if judgement else "",
        judgement.judged_at.isoformat() if judgement else "",
        study.note,
        study.photo_name,
        study.bundle,
        *(f"{scores[finding]:.4f}" if finding in scores else "" for finding in findings),
    ]


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.getvalue()
