"""A network's weights as a running mean over the steps of a fit: it knows what they have in common.

Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; Izmailov et al., "Averaging weights
leads to wider optima and better generalization", 2018; of unseen origins Cha et al., "SWAD", 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf


class RunningMean(tf.Module):  # type: ignore[misc]
    """The exponential mean of a model's weights, the statistics of its batch norms among them.

    Of what it was it keeps `kept` (0..1) at each step; it begins as the weights are. A checkpoint takes it along.
    """

    def __init__(self, model: keras.Model, kept: float) -> None:
        super().__init__()
        self.kept = kept
        self.weights = [weight.value for weight in model.weights if weight.dtype.startswith("float")]
        self.values = [tf.Variable(weight, trainable=False) for weight in self.weights]

    def follow(self) -> None:
        """Take the weights of one step in."""
        for value, weight in zip(self.values, self.weights, strict=True):
            value.assign(self.kept * value + (1 - self.kept) * weight)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model with the mean's weights; its own are back in their places afterwards."""
        own = [weight.numpy() for weight in self.weights]
        for value, weight in zip(self.values, self.weights, strict=True):
            weight.assign(value)
        try:
            yield
        finally:
            for weight, before in zip(self.weights, own, strict=True):
                weight.assign(before)
