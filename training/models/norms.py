"""Batch norms that a converter had folded, given statistics again.

A backbone taken out of a deployed TFLite file has its batch norms folded into the convolutions: what is left is an
identity with a bias, whose mean and variance are made up. Training through those gives not-a-number; kept frozen, a
network fits slowly. One pass over training films says what each norm really sees; its scale and shift are then changed
so that it gives what it gave before.
"""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray


def restate_norms(model: keras.Model, inputs: NDArray[np.float32], batch: int = 32) -> None:
    """Set every batch norm's moving mean and variance to those of its own input over `inputs` (films, side, side,
    channels), and its gamma and beta so that the model's outputs stay as they are."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    watched = keras.Model(model.inputs[0], [layer.input for layer in norms])
    sums: list[NDArray[np.float64]] = [np.zeros((2, layer.input.shape[-1])) for layer in norms]
    for start in range(0, len(inputs), batch):
        for place, seen in enumerate(watched(inputs[start : start + batch], training=False)):
            pixels = np.asarray(seen, np.float64).reshape(-1, seen.shape[-1])
            sums[place] = sums[place] + np.stack([pixels.mean(axis=0), (pixels**2).mean(axis=0)]) * len(seen)
    for layer, (mean, square) in zip(norms, [one / len(inputs) for one in sums], strict=True):
        gamma, beta, old_mean, old_variance = (np.asarray(weight, np.float64) for weight in layer.get_weights())
        variance = np.maximum(square - mean**2, 0.0)
        slope = gamma / np.sqrt(old_variance + layer.epsilon)
        layer.set_weights([slope * np.sqrt(variance + layer.epsilon), beta + slope * (mean - old_mean), mean, variance])
