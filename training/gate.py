"""The gate's lessons: no labels needed, only films turned and spoilt by us, and pictures that are no chest films."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.measures import GAMMA
from device.film.prepare import fit_square, to_input
from device.reading.bundle import load_bundle
from device.reading.contract import BANDS, BLURRED, GATE_ANSWERS, GLARE, HAND, LIES, NOT_A_FILM, SHAKEN
from device.reading.gate import Gate, numbered_lie
from device.reading.inputs import Inputs
from device.values import Corners, Film, Grey
from training.calibrate import MOST_FALSE, lowest_limit
from training.data import augment
from training.data.cache import SIDE
from training.data.faults import Fault
from training.data.others import Others
from training.data.photograph import streak
from training.data.spoilt import SPOILING
from training.fit import Batch, Judged, MakeBatch
from training.recipe import Recipe

SHARE_OF_OTHERS = 0.25
"""How many of a batch are no chest films."""

SHARE_OF_SPOILT = 0.2
"""How many of a batch are films with something over them, half of them slightly: these are to be taken as they lie."""

SHARE_OF_POOR = 0.2
"""How many of a batch are blurred or shaken films, a third of them slightly."""

MOST_FALSELY_MIRRORED = 0.01
"""The share of validation's upright films that may be called mirrored."""

NEVER_MIRRORED = 1.0
"""The limit of a gate of which nothing was measured: no film is that surely mirrored."""

LEAST_DOUBT = 0.2
"""Score of no chest film below which a film is not doubted.

A gate is sure of the kinds of picture that it knows, and of films; a kind that it never met lies between. A gate that
had not met seven kinds refused 95 per cent of their 178 pictures from 0.5 on and 99 from 0.2 on, and then 4 of
validation's 5,535 films instead of none. Lower still, real photos of films, which it has not met either, pay for it.
"""

POOR_EVERY = 2
"""Every so many films are judged blurred or shaken too."""

SLIGHT_BLUR, BAD_BLUR = 0.005, (0.011, 0.035)
"""Blur's standard deviation as a share of the film's width: up to which, and from which to which, a film is taken as
it lies or past reading. Lines of a lung are 0.3 to 1 per cent of a film."""

SLIGHT_SHAKE, BAD_SHAKE = 0.015, (0.035, 0.12)
"""The same for the length of a shake."""

_SPOILT_ANSWERS = {Fault.GLARE: GLARE, Fault.HAND: HAND, Fault.MOIRE: BANDS}


@dataclass(frozen=True, eq=False)
class Lessons:
    """What the gate learns from, or is judged by: squares of films (films, views, side, side), of spoilt ones (films,
    faults, slight and bad, side, side), and of other pictures, all of one size."""

    films: NDArray[np.uint8]
    spoilt: NDArray[np.uint8]
    others: Others


def turned(square: Grey, answer: int) -> Grey:
    """An upright film as the gate's answer number `answer`, one of LIES, describes it."""
    lie = numbered_lie(answer)
    pixels = np.rot90(square[:, ::-1] if lie.mirrored else square, lie.quarter_turns)
    return np.ascontiguousarray(255 - pixels if lie.negative else pixels)


def gate_batches(recipe: Recipe, lessons: Lessons) -> MakeBatch:
    """Batches of films turned by lot (upright oftener), of spoilt ones, and of other pictures, real and made up."""

    def make(number: int) -> Batch:
        rng = np.random.default_rng((recipe.seed, number, 5))
        inputs, allowed = [], np.zeros((recipe.batch, len(GATE_ANSWERS)), np.float32)
        for place in range(recipe.batch):
            square, answer = _lesson(lessons, rng)
            inputs.append(_input(augment.strong(square, rng, mirror=False), recipe))
            allowed[place, answer] = 1
        return np.stack(inputs), allowed

    return make


def _lesson(lessons: Lessons, rng: np.random.Generator) -> tuple[Grey, int]:
    what = rng.random()
    if what < SHARE_OF_OTHERS:
        others = lessons.others.squares
        square = _bare(rng, others.shape[-1]) if rng.random() < 0.1 else others[rng.integers(len(others))]
        return turned(square, int(rng.integers(len(LIES)))), NOT_A_FILM
    lie = 0 if rng.random() < 0.15 else int(rng.integers(len(LIES)))
    if what < SHARE_OF_OTHERS + SHARE_OF_SPOILT:
        film, fault, bad = (int(rng.integers(size)) for size in lessons.spoilt.shape[:3])
        # A reflection in a negative is as white as in any film: spoilt ones are turned and mirrored only.
        lie = lie if not bad else lie // 8 * 8 + lie % 4
        square = turned(lessons.spoilt[film, fault, bad], lie)
        return square, _SPOILT_ANSWERS[SPOILING[fault]] if bad else lie
    views = lessons.films[rng.integers(len(lessons.films))]
    square = turned(views[rng.integers(len(views))], lie)
    if what < SHARE_OF_OTHERS + SHARE_OF_SPOILT + SHARE_OF_POOR:
        return poor(square, lie, rng)
    return square, lie


def poor(square: Grey, lie: int, rng: np.random.Generator) -> tuple[Grey, int]:
    """The square blurred or shaken by lot: slightly, then it is still of this lie, or past reading."""
    answer, bad = int(rng.choice([BLURRED, SHAKEN])), bool(rng.random() < 2 / 3)
    light = np.power(square.astype(np.float32) / 255, GAMMA)  # a lens mixes light, not the tones it becomes
    if answer == BLURRED:
        sigma = len(square) * float(rng.uniform(*(BAD_BLUR if bad else (0.001, SLIGHT_BLUR))))
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32)
    else:
        length = len(square) * float(rng.uniform(*(BAD_SHAKE if bad else (0, SLIGHT_SHAKE))))
        light = np.asarray(cv2.filter2D(light, -1, streak(length, rng.uniform(0, np.pi))), np.float32)
    light = light * np.float32(10 ** rng.uniform(-0.6, 0.1))  # dark as such is no fault of these
    noise = rng.standard_normal(light.shape, dtype=np.float32) * np.float32(rng.uniform(0, 0.012))
    tones = np.power(np.clip(light + noise * np.sqrt(light + 0.02), 0, 1), 1 / GAMMA)
    return np.asarray(np.rint(255 * tones), np.uint8), answer if bad else lie


def gate_judged(recipe: Recipe, lessons: Lessons) -> Judged:
    """Every film upright and once turned or mirrored, clean and as photos; every spoilt one; every other picture."""
    rng = np.random.default_rng(recipe.seed)
    inputs, answers = [], []
    for film in lessons.films:
        for view in film:
            for answer in (0, int(rng.integers(1, len(LIES)))):
                inputs.append(_input(turned(np.asarray(view), answer), recipe))
                answers.append(answer)
    for film in lessons.spoilt:
        for fault, (slight, bad) in zip(SPOILING, film, strict=True):
            inputs += [_input(np.asarray(slight), recipe), _input(np.asarray(bad), recipe)]
            answers += [0, _SPOILT_ANSWERS[fault]]
    for film in lessons.films[::POOR_EVERY]:
        square, answer = poor(np.asarray(film[0]), 0, rng)
        inputs.append(_input(square, recipe))
        answers.append(answer)
    for square in lessons.others.squares:
        inputs.append(_input(square, recipe))
        answers.append(NOT_A_FILM)
    return Judged(np.stack(inputs), np.eye(len(GATE_ANSWERS), dtype=np.float32)[answers])


def refuse_from(scores: NDArray[np.float64], answers: NDArray[np.intp], answer: int) -> float:
    """The lowest score of `answer`, at least 0.5, that refuses at most MOST_FALSE of films that are to be read.

    For no chest film at least LEAST_DOUBT. `scores` are (pictures, answers), `answers` (pictures,) the true ones.
    """
    least = LEAST_DOUBT if answer == NOT_A_FILM else 0.5
    return lowest_limit(scores[answers < len(LIES), answer], MOST_FALSE, least)


def mirrored_from(folder: Path, films: Iterable[Film]) -> float:
    """The lowest share, at least 0.5, from which the gate of the bundle in `folder` calls a film mirrored: at most
    MOST_FALSELY_MIRRORED of `films`, upright ones, each in all the ways in which a film can lie that is not mirrored.
    NEVER_MIRRORED for a bundle without a gate, or without films."""
    spec = load_bundle(folder).gate
    if not spec:
        return NEVER_MIRRORED
    gate, shares = Gate(spec, Inputs()), []
    for film in films:
        square = fit_square(film.pixels, "stretch", SIDE, trim=True)
        for answer in range(len(LIES) // 2):
            lying = Film(turned(square, answer), Corners.of_whole_photo(SIDE, SIDE))
            shares.append(gate.mirrored_share(lying))
    return round(lowest_limit(np.array(shares), MOST_FALSELY_MIRRORED), 4) if shares else NEVER_MIRRORED


def _input(square: Grey, recipe: Recipe) -> NDArray[np.float32]:
    size = (recipe.side, recipe.side)
    return to_input(np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.uint8), recipe.input)[0]


def _bare(rng: np.random.Generator, side: int) -> Grey:
    """A bare light box, a wall, a blanket: soft light and noise, nothing else."""
    soft = cv2.resize(rng.random((4, 4), dtype=np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    grey = (
        rng.uniform(40, 220) + rng.uniform(5, 60) * (soft - 0.5) + rng.standard_normal((side, side)) * rng.uniform(1, 9)
    )
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
