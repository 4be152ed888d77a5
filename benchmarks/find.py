"""How well films are found in rendered photos, and what is refused of good photos and of spoilt ones.

    python benchmarks/find.py --data FILMS [--scenes 400] [--seed 40000000] [--spoilt 20]

Films are those of the test split; seeds were not used while the finder was built. Corner error is the mean distance of
the four corners from the true ones, whichever comes first, as a share of the film's diagonal. Prints Markdown tables by
what surrounds the film, for scenes as members are trained on and for hard ones (any turn, tilt to 30 degrees, clips,
stickers, rounded corners, a lens's barrel); what became of each fault at each level; and one line for real film photos
where the data have them (all of them cropped inside the film).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import judged

from device.values import Corners, Refusal
from training.data.cache import read_film
from training.data.faults import AMOUNTS, LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import SURROUNDS, Scene, draw_scene
from training.data.sources import Row, load_table
from training.data.split import split
from training.recipe import FINDINGS, GROUPS

SIZES = ((1280, 960), (1600, 1200), (1200, 1600))


def corner_error(found: Corners, photo: FilmPhoto) -> float:
    """The mean corner error as a share of the film's diagonal; for a cropped photo 0 when that was seen, else 1."""
    if photo.scene.surround == "cropped":
        return 0.0 if found.whole_photo else 1.0
    points = np.array([(point.x, point.y) for point in found.points()])
    diagonal = np.linalg.norm(photo.corners[2] - photo.corners[0])
    turned = [np.roll(points, turn, axis=0) for turn in range(4)]
    return float(min(np.linalg.norm(one - photo.corners, axis=1).mean() for one in turned) / diagonal)


def look(encoded: bytes) -> Corners | Refusal:
    """Corners, or the first refusal of the photo or its film."""
    film = judged(encoded)
    return film if isinstance(film, Refusal) else film.corners


def rendered(films: Sequence[Row], scenes: int, seed: int, draw: Callable[..., Scene]) -> None:
    """Print the table of scenes drawn by `draw`."""
    errors: dict[str, list[float]] = {surround: [] for surround in SURROUNDS}
    refused: Counter[str] = Counter()
    for number in range(scenes):
        width, height = SIZES[number % len(SIZES)]
        scene = draw(seed + number, width=width, height=height)
        photo = photograph(read_film(films[number % len(films)].path), scene)
        found = look(photo.jpeg())
        if isinstance(found, Refusal):
            refused[scene.surround] += 1
        else:
            errors[scene.surround].append(corner_error(found, photo))
    print("| around the film | scenes | refused | median error | 95th percentile | over 1% |")
    print("|---|---|---|---|---|---|")
    for surround, values in errors.items():
        if values:
            median, high = np.median(values), np.percentile(values, 95)
            over = float((np.array(values) > 0.01).mean())
            count = len(values) + refused[surround]
            print(f"| {surround} | {count} | {refused[surround]} | {median:.4f} | {high:.4f} | {over:.3f} |")


def spoilt(films: Sequence[Row], scenes: int, seed: int) -> None:
    """Print what became of each fault at each level, over scenes that are not cropped inside the film."""
    print("| fault | level | amount | read | refused as |")
    print("|---|---|---|---|---|")
    for fault in Fault:
        for level in LEVELS:
            said: Counter[str] = Counter()
            number = seed
            while sum(said.values()) < scenes:
                number += 1
                scene = draw_hard_scene(number, width=1600, height=1200)
                if scene.surround != "cropped":
                    film = read_film(films[number % len(films)].path)
                    found = look(photograph(film, spoil(scene, fault, level)).jpeg())
                    said[found.reason.value if isinstance(found, Refusal) else ""] += 1
            reasons = ", ".join(f"{reason} {count}" for reason, count in said.most_common() if reason)
            print(f"| {fault.value} | {level} | {AMOUNTS[fault][level - 1]:g} | {said['']} of {scenes} | {reasons} |")


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
    print("Scenes as members are trained on:\n")
    rendered(films.test, chosen.scenes, chosen.seed, draw_scene)
    print("\nHard scenes:\n")
    rendered(films.test, chosen.scenes, chosen.seed, draw_hard_scene)
    print("\nSpoilt photos:\n")
    spoilt(films.test, chosen.spoilt, chosen.seed)
    real(films.photos)


if __name__ == "__main__":
    main()
