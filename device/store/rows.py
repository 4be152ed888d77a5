"""A study as a row of the table `studies`, and back again without loss."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from device.study import AgeGroup, Judgement, Patient, Study, Verdict
from device.values import (
    Corners,
    HeatMap,
    Lie,
    Outcome,
    OutcomeKind,
    Point,
    Reading,
    Reason,
    Refusal,
    Score,
    Side,
    Timing,
    Vote,
)

COLUMNS = (
    "id, read_at, outcome, reason, bundle, photo_name, corners, reading, refusal, timings, "
    "reference, age, note, verdict, truth, judged_at, deleted_at, read_by"
)
"""What `to_row` gives and `from_row` takes, in this order."""


def to_row(study: Study) -> tuple[str | None, ...]:
    """The values of COLUMNS. Raises ValueError for a time without a zone or a number that is not finite."""
    return (
        study.id,
        time_text(study.read_at),
        None if study.reading is None else study.reading.outcome.name,
        None if study.refusal is None else study.refusal.reason.value,
        study.bundle,
        # A file's name may hold bytes that are no text; the study must be kept all the same.
        study.photo_name.encode("utf-8", "replace").decode("utf-8"),
        None if study.corners is None else _json(asdict(study.corners)),
        None if study.reading is None else _json(asdict(study.reading)),
        None if study.refusal is None else _json(asdict(study.refusal)),
        _json([asdict(timing) for timing in study.timings]),
        *patient_columns(study.patient),
        study.note,
        *judgement_columns(study.judgement),
        None if study.deleted_at is None else time_text(study.deleted_at),
        study.read_by,
    )


def patient_columns(patient: Patient) -> tuple[str, str | None]:
    """The values of reference and age."""
    return patient.reference, None if patient.age is None else patient.age.value


def judgement_columns(judgement: Judgement | None) -> tuple[str | None, str, str | None]:
    """The values of verdict, truth and judged_at."""
    if judgement is None:
        return None, "", None
    return judgement.verdict.value, judgement.finding, time_text(judgement.judged_at)


def from_row(row: tuple[Any, ...]) -> Study:
    """The study of one row. Raises ValueError, KeyError, TypeError or AttributeError when the row is damaged."""
    id_, read_at, _, _, bundle, photo_name, corners, reading, refusal, timings, *said = row
    reference, age, note, verdict, truth, judged_at, deleted_at, read_by = said
    return Study(
        id=id_,
        read_at=datetime.fromisoformat(read_at),
        photo_name=photo_name,
        corners=None if corners is None else _corners(json.loads(corners)),
        reading=None if reading is None else _reading(json.loads(reading)),
        refusal=None if refusal is None else _refusal(json.loads(refusal)),
        timings=tuple(Timing(**timing) for timing in json.loads(timings)),
        bundle=bundle,
        patient=Patient(reference, None if age is None else AgeGroup(age)),
        note=note,
        judgement=None if verdict is None else Judgement(Verdict(verdict), datetime.fromisoformat(judged_at), truth),
        deleted_at=None if deleted_at is None else datetime.fromisoformat(deleted_at),
        read_by=read_by,
    )


def time_text(time: datetime) -> str:
    """A time in UTC whose text order is its time order. Raises ValueError when it has no zone."""
    if time.tzinfo is None:
        raise ValueError(f"the time {time} has no zone; wanted one, such as UTC")
    return time.astimezone(timezone.utc).isoformat(timespec="microseconds")


def _json(value: object) -> str:
    # repr of a float is exact, so scores come back bit for bit; NaN is no JSON and no score.
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _corners(value: dict[str, Any]) -> Corners:
    whole_photo = value.pop("whole_photo")
    # Rows of before have neither of these.
    cut_off = tuple(Side(side) for side in value.pop("cut_off", ()))
    lie = Lie(**value.pop("lie", {}))
    points = {name: Point(**point) for name, point in value.items()}
    return Corners(**points, whole_photo=whole_photo, cut_off=cut_off, lie=lie)


def _refusal(value: dict[str, Any]) -> Refusal:
    return Refusal(Reason(value["reason"]), value["say"])


def _reading(value: dict[str, Any]) -> Reading:
    outcome = value["outcome"]
    return Reading(
        outcome=Outcome(OutcomeKind(outcome["kind"]), outcome["name"], outcome["score"]),
        scores=_scores(value["scores"]),
        votes=tuple(Vote(vote["member"], _scores(vote["scores"])) for vote in value["votes"]),
        spread=value["spread"],
        heat_maps=tuple(
            HeatMap(heat["finding"], heat["rows"], heat["columns"], tuple(heat["cells"])) for heat in value["heat_maps"]
        ),
        bundle=value["bundle"],
        # Readings of before have no such set.
        possible=tuple(value.get("possible", ())),
    )


def _scores(values: list[dict[str, Any]]) -> tuple[Score, ...]:
    return tuple(Score(**value) for value in values)
