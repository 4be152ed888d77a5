"""A handful of judged films, for what is written about them: no bundle has read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from device.reading.contract import Bundle
from device.reading.outcome import decide
from device.values import Corners, Film, HeatMap, Reading, Reason, Refusal, Score, Vote
from tests.films import chest
from training.data.sources import Row
from training.evaluate import VIEWS, Judgement

ORIGIN = "St <b>Mary's</b> & sons"
FREE = "CC BY 4.0"
EACH = 3


def judged(bundle: Bundle, seed: int = 1) -> tuple[Judgement, ...]:
    """Three films of each finding in both views, mostly read right; the first photo is refused."""
    rng = np.random.default_rng(seed)
    made: list[Judgement] = []
    for view in VIEWS:
        for place, finding in enumerate(bundle.findings):
            for number in range(EACH):
                name = f"{place}-{number}.png"
                origin = ORIGIN if number else "Another hospital"
                row = Row(Path(name), (finding,), origin, f"patient {name}", FREE if number else "not stated")
                if view == "photo" and place == number == 0:
                    made.append(Judgement(row, view, None, None, Refusal(Reason.GLARE, "Move the lamp.")))
                    continue
                pixels = chest(place, width=95, height=110)
                film = Film(pixels, Corners.of_whole_photo(95, 110))
                made.append(Judgement(row, view, film, _reading(bundle, place, rng), None))
    return tuple(made)


def _reading(bundle: Bundle, place: int, rng: np.random.Generator) -> Reading:
    votes = []
    for member in bundle.members:
        raw = rng.random(len(bundle.findings)) + 2.5 * rng.random() * np.eye(len(bundle.findings))[place]
        votes.append(Vote(member.name, _named(bundle, raw / raw.sum())))
    weighed = np.array([[score.value for score in vote.scores] for vote in votes])
    scores = _named(bundle, np.array([member.weight for member in bundle.members]) @ weighed)
    maps = tuple(HeatMap(finding, 2, 2, (0.1, 0.9, 0.4, 0.2)) for finding in bundle.findings)
    outcome = decide(scores, bundle.statements)
    return Reading(outcome, scores, tuple(votes), 0.1, maps, bundle.id)


def _named(bundle: Bundle, values: np.ndarray) -> tuple[Score, ...]:
    return tuple(Score(finding, float(value)) for finding, value in zip(bundle.findings, values, strict=True))
