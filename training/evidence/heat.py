"""Do heat maps show what the readings were made from? Three questions, each with a number.

- Grad-CAM (Selvaraju et al., 2017) asks a Keras model for the gradient of a finding's logit. With the head that every
  member has, its map is the class-activation map up to scale, so the shipped file's maps must go along with it.
- Deletion (Petsiuk et al., "RISE", 2018) takes the hottest places out first: the score must fall sooner than when
  places are taken out by lot.
- Where a lung mask is at hand: the share of the heat that lies in the lungs, beside the lungs' share of the film.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from device.reading.ensemble import Ensemble
from device.values import Film, Grey, HeatMap

DELETED = np.linspace(0, 0.5, 6)
"""Shares of the film's cells that are taken out, one after another: half a film is no film any more."""


@dataclass(frozen=True)
class Deletion:
    """Mean score of the likeliest finding over DELETED: hottest places first, and places by lot."""

    hottest_first: float
    by_lot: float


@dataclass(frozen=True)
class Inside:
    """Share of a heat map that lies in the lungs, and the share of the film that the lungs are."""

    heat: float
    lungs: float


def grad_cam(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grad-CAM before its ReLU, (films, rows, columns, findings), for inputs (films, side, side, channels)."""
    head = model.get_layer("maps")
    both = keras.Model(model.inputs, {"features": head.input, "logits": model.get_layer("logits").output})
    with tf.GradientTape(persistent=True) as tape:
        made = both(tf.convert_to_tensor(inputs), training=False)
        logits = tf.unstack(made["logits"], axis=1)
    features = made["features"]
    weights = [tf.reduce_mean(tape.gradient(logit, features), axis=(1, 2)) for logit in logits]
    return np.asarray(tf.einsum("fhwc,kfc->fhwk", features, tf.stack(weights)), np.float32)


def correlations(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pearson's correlation over the places of maps (films, rows, columns, findings): (films, findings)."""
    first, second = (maps - maps.mean(axis=(1, 2), keepdims=True) for maps in (one, other))
    size = np.sqrt((first**2).sum(axis=(1, 2)) * (second**2).sum(axis=(1, 2)))
    return np.asarray((first * second).sum(axis=(1, 2)) / np.maximum(size, 1e-12), np.float64)


def deletion(ensemble: Ensemble, film: Film, rng: np.random.Generator) -> Deletion:
    """Take places out of a film (as grey as its middle tone), by heat and by lot, and read what is left."""
    reading = ensemble.read(film)
    top = int(np.argmax([score.value for score in reading.scores]))
    heat = np.array(reading.heat_maps[top].cells)
    shape = reading.heat_maps[top].rows, reading.heat_maps[top].columns

    def mean_score(order: NDArray[np.intp]) -> float:
        scores = []
        for share in DELETED:
            gone = np.zeros(len(order), np.uint8)
            gone[order[: round(share * len(order))]] = 1
            pixels = _without(film.pixels, gone.reshape(shape))
            scores.append(ensemble.read(replace(film, pixels=pixels)).scores[top].value)
        return float(np.mean(scores))

    # Cells of equal heat, most of them cold, come in no order of their own.
    by_lot = rng.permutation(len(heat))
    return Deletion(mean_score(by_lot[np.argsort(-heat[by_lot], kind="stable")]), mean_score(by_lot))


def _without(pixels: Grey, gone: NDArray[np.uint8]) -> Grey:
    height, width = pixels.shape
    where = cv2.resize(gone, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return np.where(where, np.uint8(np.median(pixels)), pixels)


def inside(heat: HeatMap, lungs: NDArray[np.bool_]) -> Inside:
    """How much of a heat map lies in a lung mask (rows, columns) of the same upright film."""
    cells = np.asarray(heat.cells, np.float32).reshape(heat.rows, heat.columns)
    height, width = lungs.shape
    drawn = np.clip(cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR), 0, None)
    return Inside(float(drawn[lungs].sum() / max(float(drawn.sum()), 1e-9)), float(lungs.mean()))
