"""Heat maps to look at: a few films of each finding, drawn by lot and not by how well they were read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np

from device.reading.heatmap import film_jpeg, film_with_heat_png
from device.values import Film, Reading
from training.data.sources import Row
from training.demo_photos import CREDIT, FREE
from training.evaluate import VIEWS, Judgement
from training.report.document import Gallery, Part, Plate, Section

A_FINDING = 2
SEED = "1"
HEIGHT = 300
"""Pixels of a picture in the gallery."""


def heat_maps(judgements: Sequence[Judgement], findings: Sequence[str], *, every_licence: bool) -> Section:
    """Each film beside itself under its heat map; only films that may be passed on, unless asked for any."""
    parts: list[Part] = [
        f"{A_FINDING} films of each finding, drawn by lot from the clean test films that were read. Left the film, "
        "right the same under the heat map of its likeliest finding: where it speaks for that.",
        "Any film is shown: keep this page to yourself, not all of these may be passed on."
        if every_licence
        else "Only films whose licence lets them be passed on with credit.",
    ]
    lacking = []
    for finding in findings:
        drawn = _drawn(judgements, finding, every_licence=every_licence)
        if drawn:
            parts.append(Gallery(finding, tuple(_plate(*one) for one in drawn)))
        else:
            lacking.append(finding)
    if lacking:
        parts.append(f"No such film was read of {', '.join(lacking)}.")
    return Section("Heat maps", tuple(parts))


def _drawn(judgements: Sequence[Judgement], finding: str, *, every_licence: bool) -> list[tuple[Row, Film, Reading]]:
    able = [
        (one.row, one.film, one.reading)
        for one in judgements
        if one.view == VIEWS[0] and one.row.name == finding and one.film and one.reading
        and (every_licence or one.row.licence in FREE)
    ]  # fmt: skip
    return sorted(able, key=lambda one: hashlib.sha256(f"{SEED}:{one[0].path.name}".encode()).hexdigest())[:A_FINDING]


def _plate(row: Row, film: Film, reading: Reading) -> Plate:
    best = max(reading.scores, key=lambda score: score.value)
    (heat_map,) = (one for one in reading.heat_maps if one.finding == best.finding)
    grey = cv2.cvtColor(film.pixels, cv2.COLOR_GRAY2BGR)
    warm = cv2.imdecode(np.frombuffer(film_with_heat_png(film.pixels, heat_map), np.uint8), cv2.IMREAD_COLOR)
    size = (max(1, round(film.pixels.shape[1] * HEIGHT / film.pixels.shape[0])), HEIGHT)
    both = np.hstack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (grey, np.asarray(warm))])
    caption = (
        f"shows {row.name}",
        f"said: {reading.outcome.name} {reading.outcome.score:.2f}",
        f"heat map of {best.finding} {best.value:.2f}",
        f"{CREDIT.get(row.origin, row.origin)}; {FREE.get(row.licence, row.licence) or 'licence not stated'}",
    )
    return Plate(film_jpeg(np.asarray(both, np.uint8)), caption)
