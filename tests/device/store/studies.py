"""Studies to keep: one with every field filled, one refusal."""

from __future__ import annotations

from datetime import datetime, timezone
from io import BytesIO

import numpy as np
from PIL import Image

from device.study import Study
from device.values import (
    Corners,
    Film,
    HeatMap,
    Lie,
    Outcome,
    OutcomeKind,
    Photo,
    Point,
    Reading,
    Reason,
    Refusal,
    Score,
    Timing,
    Vote,
)

NOON = datetime(2026, 11, 3, 12, 0, 0, 123456, tzinfo=timezone.utc)
CORNERS = Corners(Point(0.1, 0.2), Point(100.3, 1.0), Point(99.9, 201.7), Point(2.5, 200.0), lie=Lie(2, negative=True))
THIRD = 1 / 3


def a_reading(id: str) -> Study:
    scores = (Score("NORMAL", THIRD), Score("COVID-19", 1e-17), Score("PNEUMONIE À VIRUS", 2 / 3))
    reading = Reading(
        outcome=Outcome(OutcomeKind.GROUP, "PNEUMONIA", 2 / 3),
        scores=scores,
        votes=(Vote("one", scores), Vote("two", scores[::-1])),
        spread=0.1 + 0.2,
        heat_maps=(HeatMap("NORMAL", 2, 2, (0.0, THIRD, 0.5, 1.0)), HeatMap("COVID-19", 1, 1, (0.25,))),
        bundle="b" * 64,
    )
    return Study(
        id, NOON, "my photo.jpg", CORNERS, reading, None, (Timing("take", 12.5), Timing("total", THIRD)), "b" * 64
    )


def a_refusal(id: str) -> Study:
    refusal = Refusal(Reason.BLURRED, "Hold still")
    return Study(id, NOON, "my photo.jpg", None, None, refusal, (), "b" * 64)


def a_photo() -> Photo:
    buffer = BytesIO()
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(buffer, "JPEG")
    return Photo("my photo.jpg", buffer.getvalue())


def a_film() -> Film:
    return Film(np.arange(240, dtype=np.uint8).reshape(12, 20), CORNERS)
