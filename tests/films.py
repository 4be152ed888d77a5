"""Made-up chest films, photos of them, and files of every kind: no real film lies in these tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Grey, Photo
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import draw_scene
from training.data.sources import Row
from training.recipe import FINDINGS


def chest(seed: int = 0, *, width: int = 760, height: int = 900) -> Grey:
    """A picture that looks a little like a frontal chest film: body, lungs, spine, heart, ribs, grain."""
    rng = np.random.default_rng(seed)
    film = np.full((900, 760), 12, np.uint8)
    cv2.ellipse(film, (380, 560), (350, 500), 0, 0, 360, 150, -1)
    cv2.rectangle(film, (300, 0), (460, 160), 140, -1)
    for side in (-1, 1):
        middle = (380 + side * (145 + int(rng.integers(-8, 8))), 450 + int(rng.integers(-15, 15)))
        cv2.ellipse(film, middle, (105, 270), -6 * side, 0, 360, 62, -1)
    cv2.ellipse(film, (430, 600), (130, 120), 30, 0, 360, 190, -1)
    grey = cv2.GaussianBlur(film, (0, 0), 7).astype(np.float32)
    bones = np.zeros((900, 760), np.float32)
    for rib in range(9):
        for side in (-1, 1):
            middle = (380 + side * 150, 240 + 62 * rib)
            cv2.ellipse(bones, middle, (165, 70), 12 * side, 180, 360, 38.0, 11, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.line(bones, (395, 150), (380 + side * 290, 95), 60.0, 16, cv2.LINE_AA)
    for bone in range(14):
        cv2.rectangle(bones, (352, 40 + 62 * bone), (408, 86 + 62 * bone), 55.0, -1)
    grey += cv2.GaussianBlur(bones, (0, 0), 1.0) * (grey > 30)
    grey += rng.standard_normal(grey.shape, dtype=np.float32) * 4
    made = np.clip(grey, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(made, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def unlike(seed: int, *, width: int = 760, height: int = 900) -> Grey:
    """A made-up film with coarse blotches of its own: curation takes it for no copy of another one."""
    blotches = np.random.default_rng(seed).standard_normal((12, 10), dtype=np.float32)
    film = chest(seed, width=width, height=height) + 40 * cv2.resize(blotches, (width, height))
    return np.clip(film, 0, 255).astype(np.uint8)


def class_folders(folder: Path, each: int) -> Path:
    """Made-up films, a folder per class; each class has a grain of its own."""
    for place, finding in enumerate(FINDINGS):
        (folder / finding).mkdir(parents=True)
        for number in range(each):
            rng = np.random.default_rng((place, number))
            grain = cv2.resize(rng.standard_normal((20 + 20 * place, 20), dtype=np.float32), (380, 450))
            film = np.clip(chest(10 * place + number, width=380, height=450) + 12 * grain, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / finding / f"{number}.jpg"), film)
    return folder


def on_the_box(
    seed: int, *, surround: str = "box", size: tuple[int, int] = (1200, 900), hardness: float = 1.0, **facts: float
) -> FilmPhoto:
    """A rendered photo of a made-up film, with its true corners; `facts` replace what the scene drew by lot."""
    scene = draw_scene(seed, width=size[0], height=size[1], surround=surround, hardness=hardness)
    return photograph(chest(seed), replace(scene, **facts))  # type: ignore[arg-type]


def as_photo(pixels: NDArray[np.uint8], name: str = "film.jpg") -> Photo:
    """Pixels as the file that its name ends in says."""
    done, encoded = cv2.imencode(name[name.rindex(".") :], pixels)
    assert done
    return Photo(name, bytes(encoded))


def a_film_photo(seed: int = 3) -> Photo:
    """A good photo of a made-up film in a box: a few defects, none that keeps it from being read."""
    return Photo(f"{seed}.jpg", on_the_box(seed, hardness=0.4).jpeg())


def film_rows(folder: Path, count: int) -> tuple[Row, ...]:
    """Made-up films as files in a folder, a patient each."""
    rows = []
    for number in range(count):
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), chest(number))
        rows.append(Row(path, ("NORMAL",), "", f"p{number}"))
    return tuple(rows)
