"""How well films are found in rendered photos, and what is refused of good photos and of spoilt ones.

    python benchmarks/find.py --data FILMS [--scenes 400] [--seed 40000000] [--spoilt 20] [--alone]

Films are those of the test split; seeds were not used while the finder was built. Corner error is the mean distance of
the four corners from the true ones, whichever comes first, as a share of the film's diagonal; a photo cropped inside
the film counts as 0 where that was seen, else as 1 (spoilt by being taken from too far, it shows the film's edges, and
counts by its corners). Prints Markdown tables by
what surrounds the film, for scenes as members are trained on and for hard ones (any turn, tilt to 30 degrees, clips,
stickers, rounded corners, a lens's barrel); one table of all scenes together, those spoilt at levels 1 and 2 included;
how often a film is reported in pictures without one; what became of each fault at each level, and how many of those at
levels 3 and 4 were refused for their own reason; one line for real film photos where the data have them, all of them
cropped inside the film. Everything is looked at with the shipped bundle's scout, faults and real photos past its gate
too; with `--alone`, as by a bundle that has neither.

Some edges cannot be seen by anyone: a film's black border before a black mask, a clear border before a box that the
photo shows as white. A film counts as seen where, in the scene without noise, brightness differs by SEEN_STEP across at
least half of each of its sides.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import judged
from no_films import KINDS

from device import demo
from device.film.passing import ungated, unscouted
from device.film.quads import quad_of
from device.film.sides import brightness_beside
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Corners, Grey, Reason, Refusal
from training.data.cache import read_film
from training.data.faults import AMOUNTS, LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import SURROUNDS, Scene, draw_scene
from training.data.sources import Row, load_table
from training.data.split import Split, split
from training.recipe import FINDINGS, GROUPS

SEEN_STEP = 2.0
"""Grey levels across a film's true edge, about what a sensor's noise amounts to in the dark."""

CLEAR_BORDER = 0.5
"""Level of a film's border from which it may pass for the box beside it."""

SEEN_ACROSS = 0.0025
"""How far from the edge on both sides that is looked at, as a share of the photo's longer side: less than a border."""

SIZES = ((1280, 960), (1600, 1200), (1200, 1600))


def corner_error(found: Corners, photo: FilmPhoto) -> float:
    """The mean corner error as a share of the film's diagonal, whichever corner is named first and which way about;
    for a cropped photo 0 when that was seen, else 1."""
    if is_cropped(photo):
        return 0.0 if found.whole_photo else 1.0
    points = quad_of(found)
    diagonal = np.linalg.norm(photo.corners[2] - photo.corners[0])
    turned = [np.roll(one, turn, axis=0) for one in (points, points[::-1]) for turn in range(4)]
    return float(min(np.linalg.norm(one - photo.corners, axis=1).mean() for one in turned) / diagonal)


def is_cropped(photo: FilmPhoto) -> bool:
    """Whether the film reaches out of its photo, as it was meant to."""
    height, width = photo.pixels.shape[:2]
    inside = ((photo.corners >= 0) & (photo.corners <= (width, height))).all()
    return photo.scene.surround == "cropped" and not inside


def is_seen(film: Grey, scene: Scene, corners: np.ndarray) -> bool:
    """Whether half of each side of the film can be seen in the scene without noise."""
    has_clear_border = scene.film_border > 0 and scene.border_level > CLEAR_BORDER
    if scene.surround != "dark" and not (has_clear_border and scene.surround != "cropped"):
        return True
    clean = cv2.cvtColor(photograph(film, replace(scene, noise=0.0)).pixels, cv2.COLOR_BGR2GRAY)
    quad, away = corners[None].astype(np.float32), SEEN_ACROSS * max(clean.shape)
    step = np.abs(brightness_beside(clean, quad, away) - brightness_beside(clean, quad, -away))
    return bool((step >= SEEN_STEP).mean(axis=2).min() >= 0.5)


RIGHT = {
    Fault.BLUR: {Reason.BLURRED, Reason.MOTION},  # a short shake and a blur are mended alike: hold still
    Fault.MOTION: {Reason.MOTION, Reason.BLURRED},
    Fault.GLARE: {Reason.GLARE, Reason.TOO_BRIGHT},
    Fault.TOO_BRIGHT: {Reason.TOO_BRIGHT},
    Fault.TOO_DARK: {Reason.TOO_DARK},
    Fault.UNEVEN: {Reason.UNEVEN},
    Fault.TOO_FAR: {Reason.TOO_SMALL},
    Fault.CUT_OFF: {Reason.CUT_OFF},
    Fault.MOIRE: {Reason.BANDS},
    Fault.HAND: {Reason.COVERED},
}
"""The reasons that tell a technician what is wrong, for each fault."""


_eyes: list[Ensemble] = []
"""This process's gate and scout; none with `--alone`."""


def open_eyes(alone: bool) -> None:
    """Load the shipped bundle in this process."""
    cv2.setNumThreads(1)
    if not alone:
        _eyes.append(Ensemble(load_bundle(demo.BUNDLE)))


def look(encoded: bytes, *, gated: bool = False) -> Corners | Refusal:
    """Corners, or the first refusal of the photo or its film."""
    eyes = _eyes[0] if _eyes else None
    gate = eyes.upright if eyes and gated else ungated
    film = judged(encoded, gate, eyes.look if eyes else unscouted)
    return film if isinstance(film, Refusal) else film.corners


@dataclass(frozen=True)
class Found:
    """What became of one scene: its corner error, none where it was refused; whether its film's edges can be seen."""

    surround: str
    error: float | None
    seen: bool


@dataclass(frozen=True)
class Job:
    """One scene to render and look at."""

    film: Path
    scene: Scene


def found_in(job: Job) -> Found:
    """Render one scene and look for its film."""
    film = read_film(job.film)
    photo = photograph(film, job.scene)
    found = look(photo.jpeg())
    error = None if isinstance(found, Refusal) else corner_error(found, photo)
    return Found(job.scene.surround, error, is_seen(film, job.scene, photo.corners))


def said_of(job: Job) -> str:
    """Render one scene; why it is refused past the gate, nothing where it is read."""
    return word(look(photograph(read_film(job.film), job.scene).jpeg(), gated=True))


def said_without_a_film(kind: str, seed: int) -> str:
    """The same of a picture without a film."""
    return word(look(bytes(cv2.imencode(".jpg", KINDS[kind](seed))[1])))


def word(found: Corners | Refusal) -> str:
    """Why nothing was read; empty where a film was found."""
    return found.reason.value if isinstance(found, Refusal) else ""


def drawn(films: Sequence[Row], scenes: int, seed: int, draw: Callable[..., Scene]) -> Iterator[Job]:
    """Scenes drawn by `draw`."""
    for number in range(scenes):
        width, height = SIZES[number % len(SIZES)]
        yield Job(films[number % len(films)].path, draw(seed + number, width=width, height=height))


def lightly_spoilt(films: Sequence[Row], scenes: int, seed: int) -> Iterator[Job]:
    """Scenes with each fault at levels 1 and 2, base and hard ones in turn."""
    for place, (fault, level) in enumerate(product(Fault, (1, 2))):
        for number in range(place * scenes, (place + 1) * scenes):
            width, height = SIZES[number % len(SIZES)]
            draw = draw_hard_scene if number % 2 else draw_scene
            scene = spoil(draw(seed + number, width=width, height=height), fault, level)
            yield Job(films[number % len(films)].path, scene)


def spoilt_by(films: Sequence[Row], scenes: int, seed: int, fault: Fault, level: int) -> Iterator[Job]:
    """Hard scenes that are not cropped inside the film, with one fault."""
    number, made = seed, 0
    while made < scenes:
        number += 1
        scene = draw_hard_scene(number, width=1600, height=1200)
        if scene.surround != "cropped":
            made += 1
            yield Job(films[number % len(films)].path, spoil(scene, fault, level))


def table(parts: dict[str, list[Found]], head: str) -> None:
    """Print one line of figures for each part."""
    print(f"| {head} | scenes | refused | median error | 95th percentile | 99th percentile | over 1% |")
    print("|---|---|---|---|---|---|---|")
    for name, part in parts.items():
        errors = np.array([one.error for one in part if one.error is not None])
        if len(errors):
            figures = " | ".join(f"{np.percentile(errors, share):.4f}" for share in (50, 95, 99))
            refused, over = len(part) - len(errors), float((errors > 0.01).mean())
            print(f"| {name} | {len(part)} | {refused} | {figures} | {over:.3f} |")


def by_surround(found: Sequence[Found]) -> dict[str, list[Found]]:
    """The scenes by what is around the film, apart from those whose edges nobody can see."""
    parts = {surround: [one for one in found if one.surround == surround and one.seen] for surround in SURROUNDS}
    return parts | {"edges not to be seen": [one for one in found if not one.seen]}


def without_a_film(pool: ProcessPoolExecutor, pictures: int, seed: int) -> None:
    """Print how often a film is reported where there is none."""
    print("| picture of | pictures | film reported | refused as |")
    print("|---|---|---|---|")
    for name in KINDS:
        said = Counter(pool.map(partial(said_without_a_film, name), range(seed, seed + pictures), chunksize=8))
        print(f"| {name} | {pictures} | {said['']} | {reasons_of(said)} |")


def reasons_of(said: Counter[str]) -> str:
    """The reasons, the commonest first."""
    return ", ".join(f"{reason} {count}" for reason, count in said.most_common() if reason)


def spoilt(pool: ProcessPoolExecutor, films: Sequence[Row], scenes: int, seed: int) -> None:
    """Print what became of each fault at each level."""
    print("| fault | level | amount | read | refused as |")
    print("|---|---|---|---|---|")
    good = bad = own = 0
    for fault, level in product(Fault, LEVELS):
        said = Counter(pool.map(said_of, spoilt_by(films, scenes, seed, fault, level), chunksize=4))
        amount = f"{AMOUNTS[fault][level - 1]:g}"
        print(f"| {fault.value} | {level} | {amount} | {said['']} of {scenes} | {reasons_of(said)} |")
        refused = scenes - said[""]
        if level < 3:
            good += refused
        else:
            bad, own = bad + refused, own + sum(said[reason.value] for reason in RIGHT[fault])
    shown = 2 * len(Fault) * scenes
    print(f"\nLevels 1 and 2: {good} of {shown} refused. Levels 3 and 4: {bad} of {shown} refused,")
    print(f"{own} of them for their own reason ({own / shown:.3f} of all).")


def real(photos: Sequence[Row]) -> None:
    """Print what becomes of the real film photos."""
    said: Counter[str] = Counter()
    for row in photos:
        found = look(row.path.read_bytes(), gated=True)
        said[word(found) or ("whole photo" if isinstance(found, Corners) and found.whole_photo else "found")] += 1
    print(f"\nReal film photos ({len(photos)}): " + ", ".join(f"{name} {count}" for name, count in said.most_common()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/cxr"))
    parser.add_argument("--scenes", type=int, default=400)
    parser.add_argument("--seed", type=int, default=40_000_000)
    parser.add_argument("--spoilt", type=int, default=20, help="photos of each fault and level")
    parser.add_argument("--alone", action="store_true", help="without the bundle's scout and gate")
    chosen = parser.parse_args()
    open_eyes(chosen.alone)
    films = split(load_table(chosen.data, FINDINGS, GROUPS), 1)
    with ProcessPoolExecutor(
        os.cpu_count(), multiprocessing.get_context("spawn"), initializer=open_eyes, initargs=(chosen.alone,)
    ) as pool:
        measure(pool, films, chosen)
    real(films.photos)


def measure(pool: ProcessPoolExecutor, films: Split, chosen: argparse.Namespace) -> None:
    """Print all that is rendered."""

    def found(jobs: Iterator[Job]) -> list[Found]:
        return list(pool.map(found_in, jobs, chunksize=8))

    base = found(drawn(films.test, chosen.scenes, chosen.seed, draw_scene))
    hard = found(drawn(films.test, chosen.scenes, chosen.seed, draw_hard_scene))
    light = found(lightly_spoilt(films.test, chosen.spoilt, chosen.seed))
    print("Scenes as members are trained on:\n")
    table(by_surround(base), "around the film")
    print("\nHard scenes:\n")
    table(by_surround(hard), "around the film")
    print("\nAll scenes together:\n")
    every = [*base, *hard, *light]
    seen = [one for one in every if one.seen]
    parts = {"base": base, "hard": hard, "spoilt, levels 1 and 2": light, "all": every}
    table(parts | {"all whose edges can be seen": seen}, "scenes")
    print("\nPictures without a film:\n")
    without_a_film(pool, chosen.scenes, chosen.seed)
    print("\nSpoilt photos:\n")
    spoilt(pool, films.test, chosen.spoilt, chosen.seed)


if __name__ == "__main__":
    main()
