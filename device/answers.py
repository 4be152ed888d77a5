"""What `filmside read` prints of an examination. The JSON line is a contract that other programs parse."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from device.examine import Examination
from device.values import Corners, Score


def json_line(photo: str, examination: Examination, bundle: str) -> str:
    """One JSON object on one line.

    `photo` as it was named; `outcome` a finding, a group, "UNCERTAIN" or null; `possible` the findings that cannot be
    ruled out; `scores` finding -> number; `votes` member -> finding -> number; `refusal` null, or `reason` (a
    `values.Reason`) and `say`; `corners` four [x, y] in photo pixels, TL TR BR BL of the upright film, or null; `lie`
    how the film lay before it was put right, or null: `quarter_turns` (head up, left, down, right), `negative`,
    `mirrored`; `bundle`; `milliseconds` stage -> number, with `total`.
    """
    reading, refusal = examination.reading, examination.refusal
    return json.dumps(
        {
            "photo": photo,
            "outcome": reading.outcome.name if reading else None,
            "possible": list(reading.possible) if reading else [],
            "scores": _by_finding(reading.scores) if reading else {},
            "votes": {vote.member: _by_finding(vote.scores) for vote in reading.votes} if reading else {},
            "refusal": {"reason": refusal.reason.value, "say": refusal.say} if refusal else None,
            "corners": _pairs(examination.corners),
            "lie": asdict(examination.corners.lie) if examination.corners else None,
            "bundle": bundle,
            "milliseconds": {timing.stage: round(timing.milliseconds, 3) for timing in examination.timings},
        },
        ensure_ascii=False,
    )


def csv_heading(findings: Sequence[str]) -> str:
    """The first line of the CSV form: fixed columns, then one for each finding's score."""
    return _csv_line(["photo", "outcome", "refusal", "say", "bundle", "milliseconds", *findings])


def csv_line(photo: str, examination: Examination, bundle: str, findings: Sequence[str]) -> str:
    """One line of the CSV form; scores are empty where the photo was refused."""
    reading, refusal = examination.reading, examination.refusal
    scores = _by_finding(reading.scores) if reading else {}
    return _csv_line(
        [
            photo,
            reading.outcome.name if reading else "",
            refusal.reason.value if refusal else "",
            refusal.say if refusal else "",
            bundle,
            f"{examination.timings[-1].milliseconds:.1f}",
            *(f"{scores[finding]:.5f}" if reading else "" for finding in findings),
        ]
    )


def plain_line(photo: str, examination: Examination) -> str:
    """One line for a person."""
    if examination.reading:
        outcome = examination.reading.outcome
        lay = examination.corners.lie.words() if examination.corners else ""
        return f"{photo}: {outcome.name} ({outcome.score:.2f})" + (f" {lay}" if lay else "")
    say = examination.refusal.say if examination.refusal else ""
    return f"{photo}: not read. {say}"


def _by_finding(scores: Sequence[Score]) -> dict[str, float]:
    return {score.finding: round(score.value, 6) for score in scores}


def _pairs(corners: Corners | None) -> list[list[float]] | None:
    if corners is None:
        return None
    return [[round(point.x, 2), round(point.y, 2)] for point in corners.points()]


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
