"""What a member learns from: films drawn by weight, clean or as photos, changed by lot, some mixed with a mate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.prepare import to_input
from device.values import Grey, InputSpec
from training.data import augment
from training.data.sources import Row
from training.fit import Batch, MakeBatch
from training.mates import Mates
from training.recipe import Recipe

MOST_REPEATS = 5.0
"""How often at most the average film's share a rare film is drawn."""

TOO_RARE = 10.0
"""A class whose films would have to be drawn more often than that to weigh as much as others is drawn as it is: 29
films cannot carry a class by repetition, and what of them is learnt by heart is told of other hospitals' normal films.
"""


@dataclass(frozen=True, eq=False)
class Examples:
    """Training squares (films, views, side, side) of which view 0 is clean, what each film may show (films, n), how
    often each is drawn, and whom it may be mixed with."""

    squares: NDArray[np.uint8]
    allowed: NDArray[np.float32]
    weights: NDArray[np.float64]
    mates: Mates | None = None


def allowed_findings(rows: tuple[Row, ...], findings: tuple[str, ...]) -> NDArray[np.float32]:
    """1 where a film may show the finding: one entry a row, several where only the group is known."""
    table = np.zeros((len(rows), len(findings)), np.float32)
    for place, row in enumerate(rows):
        for finding in row.findings:
            table[place, findings.index(finding)] = 1
    return table


def draw_weights(rows: tuple[Row, ...], *, balance: bool) -> NDArray[np.float64]:
    """How often each film is drawn: all alike, or classes alike and origins within a class nearly so.

    Within a class an origin counts by the square root of its films: a handful of films from a second hospital is
    worth much, but not half a class. A class TOO_RARE is not repeated.
    """
    if not balance:
        return np.full(len(rows), 1.0 / len(rows))
    pairs = Counter((row.name, row.origin) for row in rows)
    roots: Counter[str] = Counter()
    for (name, _), count in pairs.items():
        roots[name] += np.sqrt(count)
    raw = np.array([1 / (roots[row.name] * np.sqrt(pairs[row.name, row.origin])) for row in rows])
    # Films known by their group only teach what sets pneumonia apart from the rest: half a class is enough.
    raw *= np.array([0.5 if len(row.findings) > 1 else 1.0 for row in rows])
    films = Counter(row.name for row in rows)
    rare = np.array([len(rows) > TOO_RARE * len(films) * films[row.name] for row in rows])
    raw[rare] = raw[~rare].mean()
    raw /= raw.mean()
    return np.asarray(np.minimum(raw, MOST_REPEATS) / np.minimum(raw, MOST_REPEATS).sum(), np.float64)


def finding_batches(recipe: Recipe, train: Examples) -> MakeBatch:
    """Batches of augmented films: drawn by weight, clean or as one of their photos, through the device's last step.

    Where a recipe asks for consistency, the first half are clean films and the second photos of the same, each changed
    by lots of its own. Where it mixes films, what each may show is (films, 2, n): the film's findings times its part of
    the mixture, and its mate's; a film and its photo have one mate and one part.
    """
    paired = recipe.consistency > 0

    def make(number: int) -> Batch:
        rng = np.random.default_rng((recipe.seed, number))
        films = rng.choice(len(train.squares), size=recipe.batch // 2 if paired else recipe.batch, p=train.weights)
        mates, parts = _mated(films, recipe, train, rng)
        if paired:
            films, mates, parts = np.tile(films, 2), np.tile(mates, 2), np.tile(parts, 2)
        inputs = []
        for place, (film, mate, part) in enumerate(zip(films, mates, parts, strict=True)):
            as_photo = place >= len(films) // 2 if paired else None
            made = _picture(film, as_photo, recipe, train, rng)
            if part < 1:
                made = part * made + (1 - part) * _picture(mate, as_photo, recipe, train, rng)
            inputs.append(made)
        wanted = train.allowed[films]
        if train.mates:
            wanted = np.stack([wanted * parts[:, None], train.allowed[mates] * (1 - parts[:, None])], axis=1)
        return np.stack(inputs), wanted

    return make


def _mated(
    films: NDArray[np.intp], recipe: Recipe, train: Examples, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """A mate for each film, and the film's part of the mixture: 1 where it stays alone."""
    mates, parts = films.copy(), np.ones(len(films), np.float32)
    if train.mates:
        for place in np.flatnonzero(rng.random(len(films)) < recipe.mixed):
            mate = train.mates.of(int(films[place]), train.weights, rng)
            if mate is not None:
                mates[place], parts[place] = mate, rng.random()
    return mates, parts


def _picture(
    film: int, as_photo: bool | None, recipe: Recipe, train: Examples, rng: np.random.Generator
) -> NDArray[np.float32]:
    """A film's input, changed by lot: its file, or one of its photos; by lot too, where nothing is said."""
    views = train.squares.shape[1]
    if as_photo is None:
        as_photo = views > 1 and rng.random() < recipe.photos
    square = np.asarray(train.squares[film, int(rng.integers(1, views)) if as_photo else 0])
    if recipe.surroundings and rng.random() < recipe.surroundings:
        other = rng.choice(len(train.squares), p=train.weights)
        square = augment.surrounded(square, np.asarray(train.squares[other, rng.integers(views)]), rng)
    return train_input(square, recipe.input, recipe.augment, rng)


def train_input(square: Grey, spec: InputSpec, how: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """One augmented training input (side, side, channels): changed, then through the device's own last step."""
    changed = augment.strong(square, rng) if how == "strong" else augment.plain(square, rng)
    small = cv2.resize(changed, (spec.side, spec.side), interpolation=cv2.INTER_AREA)
    return to_input(np.asarray(small, np.uint8), spec)[0]
