"""How well films are found in rendered photos, and what is refused of good photos and of spoilt ones.

    python benchmarks/find.py --data FILMS [--scenes 400] [--seed 40000000] [--spoilt 20]

Films are those of the test split; seeds were not used while the finder was built. Corner error is the mean distance of
the four corners from the true ones, whichever comes first, as a share of the film's diagonal. Prints Markdown tables by
what surrounds the film, for scenes as members are trained on and for hard ones (any turn, tilt to 30 degrees, clips,
stickers, rounded corners, a lens's barrel); one table of all scenes together, those spoilt at levels 1 and 2 included;
how often a film is reported in pictures without one; what became of each fault at each level, past the shipped bundle's
gate, and how many of those at levels 3 and 4 were refused for their own reason; and one line for real film photos where
the data have them (all of them cropped inside the film).

In the dark some edges cannot be seen by anyone: a film's black border before a black mask. A film counts as seen where,
in the scene without noise, brightness differs by SEEN_STEP across at least half of each of its sides.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import judged
from no_films import KINDS

from device import demo
from device.film.coach import ungated
from device.film.quads import quad_of
from device.film.sides import brightness_beside
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Corners, Film, Grey, Reason, Refusal
from training.data.cache import read_film
from training.data.faults import AMOUNTS, LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import SURROUNDS, Scene, draw_scene
from training.data.sources import Row, load_table
from training.data.split import split
from training.recipe import FINDINGS, GROUPS

SEEN_STEP = 2.0
"""Grey levels across a film's true edge, about what a sensor's noise amounts to in the dark."""

SEEN_ACROSS = 0.0025
"""How far from the edge on both sides that is looked at, as a share of the photo's longer side: less than a border."""

SIZES = ((1280, 960), (1600, 1200), (1200, 1600))


def corner_error(found: Corners, photo: FilmPhoto) -> float:
    """The mean corner error as a share of the film's diagonal; for a cropped photo 0 when that was seen, else 1."""
    if photo.scene.surround == "cropped":
        return 0.0 if found.whole_photo else 1.0
    points = quad_of(found)
    diagonal = np.linalg.norm(photo.corners[2] - photo.corners[0])
    turned = [np.roll(points, turn, axis=0) for turn in range(4)]
    return float(min(np.linalg.norm(one - photo.corners, axis=1).mean() for one in turned) / diagonal)


def is_seen(film: Grey, scene: Scene, corners: np.ndarray) -> bool:
    """Whether half of each side of the film can be seen in the scene without noise."""
    if scene.surround != "dark":
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


def look(encoded: bytes, gate: Callable[[Film], Film | Refusal] = ungated) -> Corners | Refusal:
    """Corners, or the first refusal of the photo or its film."""
    film = judged(encoded, gate)
    return film if isinstance(film, Refusal) else film.corners


@dataclass(frozen=True)
class Found:
    """What became of one scene: its corner error, none where it was refused; whether its film's edges can be seen."""

    surround: str
    error: float | None
    seen: bool


def found_in(film: Grey, scene: Scene) -> Found:
    """Render one scene and look for its film."""
    photo = photograph(film, scene)
    found = look(photo.jpeg())
    error = None if isinstance(found, Refusal) else corner_error(found, photo)
    return Found(scene.surround, error, is_seen(film, scene, photo.corners))


def rendered(films: Sequence[Row], scenes: int, seed: int, draw: Callable[..., Scene]) -> list[Found]:
    """What became of scenes drawn by `draw`."""
    found = []
    for number in range(scenes):
        width, height = SIZES[number % len(SIZES)]
        film = read_film(films[number % len(films)].path)
        found.append(found_in(film, draw(seed + number, width=width, height=height)))
    return found


def lightly_spoilt(films: Sequence[Row], scenes: int, seed: int) -> list[Found]:
    """What became of scenes with each fault at levels 1 and 2, base and hard ones in turn."""
    found = []
    for place, (fault, level) in enumerate(product(Fault, (1, 2))):
        for number in range(place * scenes, (place + 1) * scenes):
            width, height = SIZES[number % len(SIZES)]
            draw = draw_hard_scene if number % 2 else draw_scene
            scene = spoil(draw(seed + number, width=width, height=height), fault, level)
            found.append(found_in(read_film(films[number % len(films)].path), scene))
    return found


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
    """The scenes by what is around the film; those in the dark by whether the film's edges can be seen."""
    parts = {surround: [one for one in found if one.surround == surround and one.seen] for surround in SURROUNDS}
    return parts | {"dark, edges not to be seen": [one for one in found if not one.seen]}


def without_a_film(pictures: int, seed: int) -> None:
    """Print how often a film is reported where there is none."""
    print("| picture of | pictures | film reported | refused as |")
    print("|---|---|---|---|")
    for name, draw in KINDS.items():
        said: Counter[str] = Counter()
        for number in range(pictures):
            encoded = bytes(cv2.imencode(".jpg", draw(seed + number))[1])
            found = look(encoded)
            said[found.reason.value if isinstance(found, Refusal) else ""] += 1
        reasons = ", ".join(f"{reason} {count}" for reason, count in said.most_common() if reason)
        print(f"| {name} | {pictures} | {said['']} | {reasons} |")


def spoilt(films: Sequence[Row], scenes: int, seed: int) -> None:
    """Print what became of each fault at each level, over scenes that are not cropped inside the film."""
    print("| fault | level | amount | read | refused as |")
    print("|---|---|---|---|---|")
    ensemble = Ensemble(load_bundle(demo.BUNDLE))
    right: Counter[str] = Counter()
    for fault in Fault:
        for level in LEVELS:
            said: Counter[str] = Counter()
            number = seed
            while sum(said.values()) < scenes:
                number += 1
                scene = draw_hard_scene(number, width=1600, height=1200)
                if scene.surround != "cropped":
                    film = read_film(films[number % len(films)].path)
                    found = look(photograph(film, spoil(scene, fault, level)).jpeg(), ensemble.upright)
                    said[found.reason.value if isinstance(found, Refusal) else ""] += 1
                    if isinstance(found, Refusal):
                        right["good" if level < 3 else "any"] += 1
                        right["own"] += level > 2 and found.reason in RIGHT[fault]
            reasons = ", ".join(f"{reason} {count}" for reason, count in said.most_common() if reason)
            print(f"| {fault.value} | {level} | {AMOUNTS[fault][level - 1]:g} | {said['']} of {scenes} | {reasons} |")
    ensemble.close()
    shown = 2 * len(Fault) * scenes
    print(f"\nLevels 1 and 2: {right['good']} of {shown} refused. Levels 3 and 4: {right['any']} of {shown} refused,")
    print(f"{right['own']} of them for their own reason ({right['own'] / shown:.3f} of all).")


def real(photos: Sequence[Row]) -> None:
    """Print what becomes of the real film photos."""
    said: Counter[str] = Counter()
    for row in photos:
        found = look(row.path.read_bytes())
        said[found.reason.value if isinstance(found, Refusal) else "whole photo" if found.whole_photo else "found"] += 1
    print(f"\nReal film photos ({len(photos)}): " + ", ".join(f"{name} {count}" for name, count in said.most_common()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/cxr"))
    parser.add_argument("--scenes", type=int, default=400)
    parser.add_argument("--seed", type=int, default=40_000_000)
    parser.add_argument("--spoilt", type=int, default=20, help="photos of each fault and level")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    films = split(load_table(chosen.data, FINDINGS, GROUPS), 1)
    base = rendered(films.test, chosen.scenes, chosen.seed, draw_scene)
    hard = rendered(films.test, chosen.scenes, chosen.seed, draw_hard_scene)
    light = lightly_spoilt(films.test, chosen.spoilt, chosen.seed)
    print("Scenes as members are trained on:\n")
    table(by_surround(base), "around the film")
    print("\nHard scenes:\n")
    table(by_surround(hard), "around the film")
    print("\nAll scenes together:\n")
    every = [*base, *hard, *light]
    seen = [one for one in every if one.seen]
    table(
        {
            "base": base,
            "hard": hard,
            "spoilt, levels 1 and 2": light,
            "all": every,
            "all whose edges can be seen": seen,
        },
        "scenes",
    )
    print("\nPictures without a film:\n")
    without_a_film(chosen.scenes, chosen.seed)
    print("\nSpoilt photos:\n")
    spoilt(films.test, chosen.spoilt, chosen.seed)
    real(films.photos)


if __name__ == "__main__":
    main()
