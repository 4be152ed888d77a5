"""The gate's lessons: no labels needed, only films turned by us, and pictures that are no chest films."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.prepare import fit_square, to_input
from device.reading.bundle import GATE_ANSWERS
from device.values import Grey
from training.data import augment
from training.data.cache import SIDE, read_film
from training.data.sources import DataError
from training.fit import Batch, Judged, MakeBatch
from training.recipe import Recipe

NOT_A_FILM = GATE_ANSWERS.index("not-a-chest-film")
SHARE_OF_OTHERS = 0.3
"""How many of a batch are no chest films."""


@dataclass(frozen=True, eq=False)
class Others:
    """Squares of pictures that are no frontal chest film, (pictures, SIDE, SIDE), with their kinds."""

    squares: NDArray[np.uint8]
    kinds: tuple[str, ...]


def other_paths(folder: Path, part: str) -> list[tuple[Path, str]]:
    """The pictures of `folder/index.csv`, with their kinds, that fall to "train", "validation" or "test" by their hash.

    Pictures of one patient (named in the note) fall together.
    """
    table = folder / "index.csv"
    if not table.is_file():
        raise DataError(f"There is no {table}; wanted pictures that are no chest films. Give --others their folder.")
    paths = []
    with table.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            patient = line["note"].split("patient")[-1].strip() if "patient" in line["note"] else line["path"]
            share = int(hashlib.sha256(patient.encode()).hexdigest()[:8], 16) / 0x100000000
            if part == ("train" if share < 0.7 else "validation" if share < 0.85 else "test"):
                paths.append((folder / line["path"], line["kind"]))
    return paths


def read_others(folder: Path, part: str) -> Others:
    """Those pictures as squares."""
    paths = other_paths(folder, part)
    made = [fit_square(read_film(path), "stretch", SIDE, trim=True) for path, _ in paths]
    return Others(np.stack(made), tuple(kind for _, kind in paths))


def turned(square: Grey, answer: int) -> Grey:
    """An upright film as the gate's answer number `answer` describes it."""
    pixels = np.rot90(square, answer % 4)
    return np.ascontiguousarray(255 - pixels if answer >= 4 else pixels)


def gate_batches(recipe: Recipe, films: NDArray[np.uint8], others: Others) -> MakeBatch:
    """Batches of films turned by lot (upright twice as often) and of other pictures, real and made up."""
    answers = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7])

    def make(number: int) -> Batch:
        rng = np.random.default_rng((recipe.seed, number, 5))
        inputs, allowed = [], np.zeros((recipe.batch, len(GATE_ANSWERS)), np.float32)
        for place in range(recipe.batch):
            if rng.random() < SHARE_OF_OTHERS:
                answer = NOT_A_FILM
                square = _bare(rng) if rng.random() < 0.1 else others.squares[rng.integers(len(others.squares))]
                square = turned(square, int(rng.integers(8)))
                square = augment.strong(square, rng)
            else:
                answer = int(rng.choice(answers))
                film = films[rng.integers(len(films)), rng.integers(films.shape[1])]
                square = turned(augment.strong(np.asarray(film), rng), answer)
            inputs.append(_input(square, recipe))
            allowed[place, answer] = 1
        return np.stack(inputs), allowed

    return make


def gate_judged(recipe: Recipe, films: NDArray[np.uint8], others: Others) -> Judged:
    """Every film upright and once turned, clean and as photos, and every other picture."""
    rng = np.random.default_rng(recipe.seed)
    inputs, answers = [], []
    for film in films:
        for view in film:
            for answer in (0, int(rng.integers(1, 8))):
                inputs.append(_input(turned(np.asarray(view), answer), recipe))
                answers.append(answer)
    for square in others.squares:
        inputs.append(_input(square, recipe))
        answers.append(NOT_A_FILM)
    return Judged(np.stack(inputs), np.eye(len(GATE_ANSWERS), dtype=np.float32)[answers])


def refuse_from(scores: NDArray[np.float64], answers: NDArray[np.intp], most_false: float = 0.004) -> float:
    """The lowest "not a chest film" score, at least 0.5, that refuses at most `most_false` of upright films."""
    upright = np.sort(scores[answers == 0, NOT_A_FILM])
    return float(np.clip(np.quantile(upright, 1 - most_false) + 0.02, 0.5, 0.98))


def _input(square: Grey, recipe: Recipe) -> NDArray[np.float32]:
    size = (recipe.side, recipe.side)
    return to_input(np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.uint8), recipe.input)[0]


def _bare(rng: np.random.Generator) -> Grey:
    """A bare light box, a wall, a blanket: soft light and noise, nothing else."""
    soft = cv2.resize(rng.random((4, 4), dtype=np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    grey = (
        rng.uniform(40, 220) + rng.uniform(5, 60) * (soft - 0.5) + rng.standard_normal((SIDE, SIDE)) * rng.uniform(1, 9)
    )
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
