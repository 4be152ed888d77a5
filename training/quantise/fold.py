"""Batch norms folded into the convolutions before them: the network that TFLite rounds."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from training.quantise.layers import before, is_convolution, is_depthwise

OUTPUTS = ("maps", "logits", "scores")


def fold(model: keras.Model) -> keras.Model:
    """The same network without batch norms and dropout; every convolution has a bias.

    `model` is a member as `training.models` builds it, one flat graph. Raises ValueError for a batch norm that does not
    follow a convolution.
    """
    norms = {_under(layer).name: layer for layer in model.layers if _is_norm(layer)}
    flows: dict[str, Any] = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            flows[layer.name] = keras.Input(batch_shape=layer.batch_shape, name=layer.name)
            continue
        inputs = [flows[parent.name] for parent in before(layer)]
        if _is_norm(layer) or isinstance(layer, keras.layers.SpatialDropout2D):
            flows[layer.name] = inputs[0]
            continue
        config = layer.get_config()
        if is_convolution(layer):
            config["use_bias"] = True
        made = layer.__class__.from_config(config)
        flows[layer.name] = made(inputs if len(inputs) > 1 else inputs[0])
        if layer.weights:
            made.set_weights(_folded(layer, norms.get(layer.name)))
    (film,) = (flows[layer.name] for layer in model.layers if isinstance(layer, keras.layers.InputLayer))
    return keras.Model(film, {name: flows[name] for name in OUTPUTS}, name=model.name)


def _under(norm: keras.layers.Layer) -> keras.layers.Layer:
    """The convolution that a batch norm follows."""
    (layer,) = before(norm)
    if not is_convolution(layer):
        raise ValueError(
            f"The batch norm {norm.name} follows {layer.name}; wanted a convolution. Build the network so, or leave "
            "the norm out."
        )
    return layer


def _folded(layer: keras.layers.Layer, norm: keras.layers.Layer | None) -> list[np.ndarray]:
    """The kernel and bias of a convolution with its batch norm's slope and shift, if it has one, in them."""
    kernel, *bias = layer.get_weights()
    if norm is None:
        return [kernel, *(bias or [np.zeros(layer.output.shape[-1])])]
    gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in norm.get_weights())
    slope = gamma / np.sqrt(variance + norm.epsilon)
    shift = beta + (np.sum(bias, axis=0) - mean) * slope
    return [kernel * (slope.reshape(kernel.shape[2:]) if is_depthwise(layer) else slope), shift]


def _is_norm(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)
