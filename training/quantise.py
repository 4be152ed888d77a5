"""Teaching a fitted member to say in int8 what it says in float32.

Rounding every weight and every picture between two layers to eight bits moves what a small network says; a film between
two findings then falls to the other side. So the network is built once more with its batch norms folded and that
rounding in it (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", 2018), and fitted for a few epochs to give the scores of the float32 network on training films
(distillation: Hinton et al., 2015). No label is looked at, so what it learns is the rounding and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

BITS = 8
LARGEST_WEIGHT = 127
"""TFLite rounds weights to -127 .. 127, a scale for each output channel."""


@dataclass(frozen=True)
class Range:
    """The smallest and largest value that flows out of a layer on the calibration films."""

    low: float
    high: float


def fold(model: keras.Model) -> keras.Model:
    """The same network without batch norms and dropout: their slopes and shifts go into the convolutions before them.

    `model` is a member as `training.models` builds it; every batch norm follows a convolution without a bias.
    """
    folded = keras.models.clone_model(model, clone_function=_folded_layer)
    norms = {_before(layer).name: layer for layer in model.layers if _is_norm(layer)}
    for layer in model.layers:
        if not layer.weights or _is_norm(layer):
            continue
        if layer.name not in norms:
            folded.get_layer(layer.name).set_weights(layer.get_weights())
            continue
        norm = norms[layer.name]
        gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in norm.get_weights())
        slope = gamma / np.sqrt(variance + norm.epsilon)
        kernel = np.asarray(layer.get_weights()[0], np.float64)
        wide = slope.reshape(kernel.shape[2:]) if _is_depthwise(layer) else slope
        folded.get_layer(layer.name).set_weights([kernel * wide, beta - mean * slope])
    return folded


def ranges(folded: keras.Model, calibration: NDArray[np.float32], batch: int = 32) -> dict[str, Range]:
    """What flows out of each layer after which TFLite rounds, over `calibration` (films, side, side, channels)."""
    rounded = [layer for layer in folded.layers if _rounds_after(layer)]
    watched = keras.Model(folded.inputs[0], [layer.output for layer in rounded])
    low, high = np.full(len(rounded), np.inf), np.full(len(rounded), -np.inf)
    for start in range(0, len(calibration), batch):
        seen = watched(calibration[start : start + batch], training=False)
        low = np.minimum(low, [float(tf.reduce_min(one)) for one in seen])
        high = np.maximum(high, [float(tf.reduce_max(one)) for one in seen])
    return {
        layer.name: Range(min(float(a), 0.0), max(float(b), 1e-3))
        for layer, a, b in zip(rounded, low, high, strict=True)
    }


def teach_rounding(
    model: keras.Model,
    calibration: NDArray[np.float32],
    batches: Iterable[NDArray[np.float32]],
    steps: int,
    learning_rate: float,
) -> keras.Model:
    """The folded network with weights that bear rounding: `steps` batches of films, `model` is the teacher."""
    folded = fold(model)
    student = _rounding(folded, ranges(folded, calibration))
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps, alpha=0.02)
    optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)
    optimizer.build(student.trainable_variables)

    @tf.function
    def step(inputs: tf.Tensor) -> tf.Tensor:
        wanted = tf.nn.softmax(model(inputs, training=False)["logits"])
        with tf.GradientTape() as tape:
            said = tf.nn.log_softmax(student(inputs, training=True)["logits"])
            loss = -tf.reduce_mean(tf.reduce_sum(wanted * said, axis=1))
        gradients = tape.gradient(loss, student.trainable_variables)
        optimizer.apply_gradients(zip(gradients, student.trainable_variables, strict=True))
        return loss

    for inputs in batches:
        step(tf.constant(inputs))
    for layer in folded.layers:
        if layer.weights:
            layer.set_weights([weight.numpy() for weight in student.get_layer(layer.name).trainable_variables])
    return folded


def _rounding(folded: keras.Model, limits: dict[str, Range]) -> keras.Model:
    """The folded network with TFLite's rounding of weights, and of what flows between layers, in it."""

    def layer_of(layer: keras.layers.Layer) -> keras.layers.Layer:
        config: dict[str, Any] = layer.get_config()
        limit = limits.get(layer.name)
        if _is_depthwise(layer):
            return RoundedDepthwiseConv2D(**config)
        if isinstance(layer, keras.layers.Conv2D):
            return RoundedConv2D(limit=limit, **config)
        if isinstance(layer, keras.layers.ReLU):
            return RoundedReLU(limit=limit, **config)
        if isinstance(layer, keras.layers.Add):
            return RoundedAdd(limit=limit, **config)
        if isinstance(layer, Passed):
            return Passed(limit=limit, name=layer.name)
        return layer.__class__.from_config(config)

    student = keras.models.clone_model(folded, clone_function=layer_of)
    for layer in folded.layers:
        if layer.weights:
            student.get_layer(layer.name).set_weights(layer.get_weights())
    return student


def round_flow(values: tf.Tensor, limit: Range | None) -> tf.Tensor:
    """Values as int8 holds them; the gradient passes where they are inside the range."""
    if limit is None:
        return values
    return tf.quantization.fake_quant_with_min_max_args(values, min=limit.low, max=limit.high, num_bits=BITS)


def round_weights(kernel: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
    """A kernel as int8 holds it, one scale for each channel (`axes` are the others); the gradient passes straight."""
    scale = tf.maximum(tf.reduce_max(tf.abs(kernel), axis=axes, keepdims=True), 1e-9) / LARGEST_WEIGHT
    return kernel + tf.stop_gradient(tf.round(kernel / scale) * scale - kernel)


class RoundedConv2D(keras.layers.Conv2D):
    """A convolution whose weights, and where nothing follows it whose output, are rounded."""

    def __init__(self, *, limit: Range | None = None, **config: Any) -> None:
        super().__init__(**config)
        self._limit = limit

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Convolve with the rounded kernel."""
        return super().convolution_op(inputs, round_weights(kernel, (0, 1, 2)))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Convolve, then round."""
        return round_flow(super().call(inputs), self._limit)


class RoundedDepthwiseConv2D(keras.layers.DepthwiseConv2D):
    """A depthwise convolution whose weights are rounded."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Convolve with the rounded kernel."""
        kernel = round_weights(tf.convert_to_tensor(self.kernel), (0, 1))
        made = keras.ops.depthwise_conv(inputs, kernel, self.strides, self.padding)
        return made + self.bias


class RoundedReLU(keras.layers.ReLU):
    """An activation whose output is rounded."""

    def __init__(self, *, limit: Range | None, **config: Any) -> None:
        super().__init__(**config)
        self._limit = limit

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Cut, then round."""
        return round_flow(super().call(inputs), self._limit)


class RoundedAdd(keras.layers.Add):
    """A sum that is rounded."""

    def __init__(self, *, limit: Range | None, **config: Any) -> None:
        super().__init__(**config)
        self._limit = limit

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Add, then round."""
        return round_flow(super().call(inputs), self._limit)


class Passed(keras.layers.Layer):
    """Where a batch norm or a dropout was. After a convolution without an activation its output is rounded here."""

    def __init__(self, *, limit: Range | None = None, **config: Any) -> None:
        super().__init__(**config)
        self._limit = limit

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: None = None) -> tf.Tensor:
        """Pass on, rounded where there is a range."""
        return round_flow(inputs, self._limit)


def _folded_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    config = layer.get_config()
    if _is_norm(layer) or isinstance(layer, keras.layers.SpatialDropout2D):
        return Passed(name=layer.name)
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        config["use_bias"] = True
    return layer.__class__.from_config(config)


def _is_norm(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _is_depthwise(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.DepthwiseConv2D)


def _before(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer that feeds this one."""
    return layer._inbound_nodes[0].parent_nodes[0].operation


def _after(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    return [node.operation for node in layer._outbound_nodes]


def _rounds_after(layer: keras.layers.Layer) -> bool:
    """Whether TFLite rounds this layer's output: the end of what it runs as one operation."""
    if isinstance(layer, keras.layers.ReLU | keras.layers.Add):
        return True
    if isinstance(layer, Passed):
        was_norm = isinstance(_before(layer), keras.layers.Conv2D | keras.layers.DepthwiseConv2D)
        return was_norm and not any(isinstance(after, keras.layers.ReLU) for after in _after(layer))
    return isinstance(layer, keras.layers.Conv2D) and layer.name == "maps"
