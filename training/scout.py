"""How the scout learns: batches of photos turned every way, its loss, and how it is judged and its limits chosen."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from device.film.prepare import to_input
from device.reading.contract import SIGHT_ANSWERS
from device.values import Grey
from training.calibrate import MOST_FALSE, lowest_limit
from training.data.sights import CELLS, FIT, Sights
from training.fit import Batch, Judge, Loss, MakeBatch
from training.recipe import Recipe

PLACE_WEIGHT = 4.0
"""What the film's place counts for beside what is wrong."""


def sight_batches(recipe: Recipe, lessons: Sights) -> MakeBatch:
    """Batches of photos drawn by lot, each turned and mirrored by lot too: what is wrong stays so.

    What is wanted of each is its cells (CELLS x CELLS) of film, 0..1, and after them the answer's number.
    """

    def make(number: int) -> Batch:
        rng = np.random.default_rng((recipe.seed, number, 14))
        drawn = rng.integers(len(lessons.photos), size=recipe.batch)
        inputs, wanted = [], np.empty((recipe.batch, CELLS * CELLS + 1), np.float32)
        for place, which in enumerate(drawn):
            turn, mirrored = int(rng.integers(4)), bool(rng.random() < 0.5)
            photo = _jittered(_lain(lessons.photos[which], turn, mirrored), rng)
            inputs.append(to_input(photo, recipe.input)[0])
            wanted[place, :-1] = _lain(lessons.film[which], turn, mirrored).ravel() / np.float32(255)
            wanted[place, -1] = lessons.answers[which]
        return np.stack(inputs), wanted

    return make


def _lain(pixels: Grey, turn: int, mirrored: bool) -> Grey:
    return np.ascontiguousarray(np.rot90(pixels[:, ::-1] if mirrored else pixels, turn))


def _jittered(photo: Grey, rng: np.random.Generator) -> Grey:
    """A little noise and another contrast: other cameras than the one that is rendered."""
    grey = photo.astype(np.float32) + rng.standard_normal(photo.shape, dtype=np.float32) * rng.uniform(0, 2.5)
    # White stays white: what is washed out must not look otherwise.
    grey = 255 * np.power(np.clip(grey / 255, 0, 1), np.float32(rng.uniform(0.88, 1.14)))
    return np.asarray(np.rint(grey), np.uint8)


def sight_loss(recipe: Recipe) -> Loss:
    """Cross-entropy of every cell and of the answer."""

    def loss(outputs: dict[str, tf.Tensor], wanted: tf.Tensor) -> tf.Tensor:
        cells = tf.reshape(outputs["maps"][..., 0], (-1, CELLS * CELLS))
        place = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted[:, :-1], cells))
        logs = tf.nn.log_softmax(outputs["logits"][:, 1:])
        truth = tf.one_hot(tf.cast(wanted[:, -1], tf.int32), len(SIGHT_ANSWERS))
        smooth = truth * (1 - recipe.label_smoothing) + recipe.label_smoothing / len(SIGHT_ANSWERS)
        return PLACE_WEIGHT * place - tf.reduce_mean(tf.reduce_sum(smooth * logs, axis=1))

    return loss


def sight_judge(recipe: Recipe, lessons: Sights) -> Judge:
    """Judge a model by how much of the films it sees (the mean overlap), and by how often its answers are right."""

    def judge(model: keras.Model) -> float:
        film, logits = seen(recipe, model, lessons)
        answers = logits.argmax(axis=1)
        right = [np.mean(answers[lessons.answers == one] == one) for one in np.unique(lessons.answers)]
        return float((overlaps(film > 0, lessons.film).mean() + np.mean(right)) / 2)

    return judge


def overlaps(film: NDArray[np.bool_], truth: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of each photo with a film (n,): the cells that are film and were seen so, of those that are either."""
    is_film = truth > 127
    both, either = (film & is_film).sum(axis=(1, 2)), (film | is_film).sum(axis=(1, 2))
    some = is_film.any(axis=(1, 2))
    return np.asarray(both[some] / either[some], np.float64)


def seen(recipe: Recipe, model: keras.Model, lessons: Sights) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """A model's map of the film (n, CELLS, CELLS), above 0 where it sees film, and its answers' logits (n,
    SIGHT_ANSWERS)."""
    cells, logits = [], []
    for start in range(0, len(lessons.photos), 64):
        outputs = model(inputs_of(recipe, lessons.photos[start : start + 64]), training=False)
        cells.append(np.asarray(outputs["maps"])[..., 0])
        logits.append(np.asarray(outputs["logits"], np.float64)[:, 1:])
    return np.concatenate(cells), np.concatenate(logits)


def inputs_of(recipe: Recipe, photos: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Photos (n, SIDE, SIDE) as the scout's inputs."""
    return np.concatenate([to_input(photo, recipe.input) for photo in photos])


def refuse_from(scores: NDArray[np.float64], answers: NDArray[np.intp]) -> float:
    """The lowest score of a fault, at least 0.5, that at most MOST_FALSE of the fit photos reach.

    `scores` (photos, SIGHT_ANSWERS) of photos whose true `answers` (photos,) these are.
    """
    return lowest_limit(scores[answers == FIT, FIT + 1 :].max(axis=1), MOST_FALSE)
