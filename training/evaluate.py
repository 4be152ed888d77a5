"""The packed bundle on films nobody trained on, through the device's own code: what is measured is what ships."""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from device.examine import examine
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Film, Photo, Reading, Refusal
from training.data.cache import read_film
from training.data.photograph import photograph
from training.data.scene import Scene, draw_scene
from training.data.sources import Row
from training.lines import write_lines

VIEWS = ("clean", "photo")
"""A film's own file, and a rendered photo of the film on a light box."""

SCENE_SEED = 7_000_000
"""Seeds of the photos that are only ever measured on: far from those of training and of building the finder."""

PHOTO_SIZE = (1600, 1200)


@dataclass(frozen=True, eq=False)
class Judgement:
    """What became of one film in one view. `film` is the upright film that the members saw."""

    row: Row
    view: str
    film: Film | None
    reading: Reading | None
    refusal: Refusal | None


def sampled(rows: tuple[Row, ...], count: int) -> tuple[Row, ...]:
    """At most `count` rows, evenly by finding and else by lot; all of them for 0. In the rows' own order."""
    if not count:
        return rows
    each: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: hashlib.sha256(row.path.name.encode()).hexdigest()):
        each[row.name].append(row)
    in_turn = [row for several in itertools.zip_longest(*each.values()) for row in several if row]
    chosen = {row.path for row in in_turn[:count]}
    return tuple(row for row in rows if row.path in chosen)


def seen(row: Row, view: str, number: int) -> Photo:
    """The film's own file, or a rendered photo of it, as bytes from a camera would come."""
    if view == "clean":
        return Photo(row.path.name, row.path.read_bytes())
    return Photo(f"{row.path.stem}-photo.jpg", photograph(read_film(row.path), scene_of(number)).jpeg())


def scene_of(number: int) -> Scene:
    """The scene in which a split's film of that number is photographed."""
    return draw_scene(SCENE_SEED + number, width=PHOTO_SIZE[0], height=PHOTO_SIZE[1])


_ensemble: Ensemble | None = None


def _start(folder: Path) -> None:
    global _ensemble
    cv2.setNumThreads(1)
    _ensemble = Ensemble(load_bundle(folder))


def _judge_one(work: tuple[Row, str, int]) -> Judgement:
    row, view, number = work
    if _ensemble is None:
        raise RuntimeError("The worker has no ensemble; it is loaded by _start.")
    examination = examine(seen(row, view, number), _ensemble)
    return Judgement(row, view, examination.film, examination.reading, examination.refusal)


def judge_all(folder: Path, rows: tuple[Row, ...], views: tuple[str, ...] = VIEWS) -> tuple[Judgement, ...]:
    """Every row in every view, by the bundle in `folder`, on all cores, with a progress bar."""
    work = [(row, view, number) for view in views for number, row in enumerate(rows)]
    # Forked, a worker would wait for ever for TensorFlow's threads, as in `training.data.cache`.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(None, fresh, initializer=_start, initargs=(folder,)) as pool:
        done = pool.map(_judge_one, work, chunksize=8)
        return tuple(tqdm(done, total=len(work), desc="evaluating", unit="film"))


def without_films(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The same without pixels, which are a gigabyte in every thousand photos."""
    return tuple(replace(one, film=None) for one in judgements)


def read_clean(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Those that were read from the film's own file, with the upright film still at hand."""
    return [one for one in judgements if one.view == "clean" and one.film and one.reading]


def write_predictions(judgements: tuple[Judgement, ...], findings: tuple[str, ...], path: Path) -> None:
    """One line a film and view: truth, outcome, refusal, the ensemble's scores and every member's."""
    members = next(one.reading for one in judgements if one.reading).votes
    heads = [f"{who}:{finding}" for who in ("ensemble", *(vote.member for vote in members)) for finding in findings]
    lines = [["film", "view", "finding", "origin", "group", "outcome", "refusal", *heads]]
    for one in judgements:
        scores: list[str] = []
        if one.reading:
            for several in (one.reading.scores, *(vote.scores for vote in one.reading.votes)):
                scores += [f"{score.value:.5f}" for score in several]
        outcome = one.reading.outcome.name if one.reading else ""
        refusal = one.refusal.reason.value if one.refusal else ""
        about = (one.row.path.name, one.view, one.row.name, one.row.origin, one.row.group)
        lines.append([*about, outcome, refusal, *scores])
    write_lines(path, lines)


def top(judgement: Judgement, member: str | None = None) -> int:
    """The place of the likeliest finding, of the ensemble or one member; -1 when the photo was refused."""
    if judgement.reading is None:
        return -1
    scores = judgement.reading.scores
    if member is not None:
        (scores,) = (vote.scores for vote in judgement.reading.votes if vote.member == member)
    return int(np.argmax([score.value for score in scores]))
