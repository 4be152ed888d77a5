"""A network that tells TFLite which range each flow has, instead of leaving it to find one."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from training.quantise.layers import before
from training.quantise.rounding import Range


class Held(keras.layers.Layer):  # type: ignore[misc]
    """Values rounded within a range: TFLite takes it as the range of the layer before, and drops the layer."""

    def __init__(self, limits: Range, **config: Any) -> None:
        super().__init__(**config)
        self._limits = limits

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Round to 256 steps."""
        return tf.quantization.fake_quant_with_min_max_args(inputs, self._limits.low, self._limits.high, num_bits=8)


def hold(network: keras.Model, ranges: dict[str, Range]) -> keras.Model:
    """`network`, its layers shared, for one film at a time, with every flow in `ranges` (layer name -> range) held.

    The outputs are those that ship: maps and scores.
    """
    flows: dict[str, Any] = {}
    film = None
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            flow = film = keras.Input(batch_shape=(1, *layer.batch_shape[1:]), name=layer.name)
        else:
            inputs = [flows[parent.name] for parent in before(layer)]
            flow = layer(inputs if len(inputs) > 1 else inputs[0])
        if layer.name in ranges:
            flow = Held(ranges[layer.name], name=f"{layer.name}_held")(flow)
        flows[layer.name] = flow
    return keras.Model(film, {"maps": flows["maps"], "scores": flows["scores"]}, name=network.name)
