"""What quantising asks of a network's layers: their neighbours, their kind, and what they make of many films."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Films that go through a layer at once."""


KINDS = (
    keras.layers.InputLayer, keras.layers.ZeroPadding2D, keras.layers.Conv2D, keras.layers.DepthwiseConv2D,
    keras.layers.BatchNormalization, keras.layers.ReLU, keras.layers.Activation, keras.layers.Add,
    keras.layers.MaxPooling2D, keras.layers.SpatialDropout2D, keras.layers.GlobalAveragePooling2D, keras.layers.Softmax,
)  # fmt: skip
"""The layers of which it is known here what TFLite makes of them."""


def is_known(model: keras.Model) -> bool:
    """Whether all layers of a network are: those of convolutional ones are, those of a transformer are not."""
    return all(isinstance(layer, KINDS) for layer in model.layers)


def before(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers that feed this one."""
    return [node.operation for node in layer._inbound_nodes[0].parent_nodes]


def after(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layers that this one feeds."""
    return [node.operation for node in layer._outbound_nodes]


def is_depthwise(layer: keras.layers.Layer) -> bool:
    """Whether the layer convolves every channel for itself."""
    return isinstance(layer, keras.layers.DepthwiseConv2D)


def is_convolution(layer: keras.layers.Layer) -> bool:
    """Whether the layer convolves at all."""
    return isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)


def is_mixing(layer: keras.layers.Layer) -> bool:
    """Whether the layer is a convolution that mixes channels."""
    return is_convolution(layer) and not is_depthwise(layer)


def is_relu(layer: keras.layers.Layer) -> bool:
    """Whether the layer is an activation that TFLite runs as one with what is before it: Keras has two kinds."""
    return isinstance(layer, keras.layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu


def is_rounded_after(layer: keras.layers.Layer) -> bool:
    """Whether TFLite rounds what leaves this layer to a range of its own: it ends what runs as one operation."""
    if is_convolution(layer) or isinstance(layer, keras.layers.Add):
        return not any(is_relu(next_) for next_ in after(layer))
    return is_relu(layer) or isinstance(layer, keras.layers.GlobalAveragePooling2D)


def run(layer: keras.layers.Layer, inputs: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """What the layer makes of all films, block by block."""
    made = []
    for start in range(0, len(inputs[0]), BLOCK):
        block = [one[start : start + BLOCK] for one in inputs]
        made.append(np.asarray(layer(block if len(block) > 1 else block[0], training=False)))
    return np.concatenate(made)
