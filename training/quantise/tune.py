"""A rounded network fitted to say what it said before it was rounded: quantisation-aware fine-tuning, without labels.

All is rounded as TFLite rounds it, in every step of the fit: weights to the grid of their channel, flows to 256 steps
of their range; gradients pass through rounding as if it were not there (Jacob et al., "Quantization and Training of
Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018). What is wanted of a film are the answers and
the maps of the network as it was fitted (Hinton et al., 2015): nothing new is learnt of any finding. Ranges are fitted
with the weights (Esser et al., "Learned Step Size Quantization", 2020); the scale of each channel stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from training.quantise.layers import after, before, is_convolution, is_depthwise
from training.quantise.rounding import LARGEST, Range

RATE = 0.05
"""How far a weight, a bias or the end of a range moves at most in one step of the fit, in its own int8 steps."""

MAPS_COUNT = 0.1
"""What the maps' squared error counts, a place, beside that of the logits, their means."""

KEPT_APART = 16
"""Draws that are not fitted on, by which the fit is judged."""


@dataclass(frozen=True)
class Tuning:
    """How many steps, and what they are made on: inputs as in use (films, side, side, channels), others for each number
    that they are drawn by."""

    draw: Callable[[int], NDArray[np.float32]]
    steps: int


def tune(network: keras.Model, ranges: dict[str, Range], wanted: keras.Model, how: Tuning) -> dict[str, Range]:
    """Fit a folded network that `compensate` has put on its int8 grid, in place; its ranges by layer, as they are now.

    `wanted` is the network as it was fitted, which stays as it is. `network` and its ranges stay as they were, too,
    where the fit comes no nearer to it on films that it was not made on: rounding costs so little then that fitting
    only stirs it up.
    """
    rounded = Rounded(network, ranges)

    def off(films: tf.Tensor) -> tf.Tensor:
        said, now = wanted(films, training=False), rounded(films)
        logits, maps = (tf.reduce_mean(tf.square(now[name] - said[name])) for name in ("logits", "maps"))
        return logits + MAPS_COUNT * maps

    rate = keras.optimizers.schedules.CosineDecay(
        0.0, how.steps, alpha=0.01, warmup_target=RATE, warmup_steps=how.steps // 20
    )
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(rounded.variables)

    @tf.function
    def step(films: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = off(films)
        # An activation's range keeps its lower end.
        gradients = tape.gradient(loss, rounded.variables, unconnected_gradients="zero")
        optimizer.apply_gradients(zip(gradients, rounded.variables, strict=True))

    measured = tf.function(off)

    def on_others() -> float:
        return float(np.mean([float(measured(how.draw(how.steps + number))) for number in range(KEPT_APART)]))

    before = on_others()
    for number in tqdm(range(how.steps), desc=f"tuning {wanted.name} at int8"):
        step(how.draw(number))
    return rounded.put_back() if on_others() < before else ranges


class Rounded:
    """A folded network with all that TFLite rounds rounded, and what may move of it as variables, in int8 steps."""

    def __init__(self, network: keras.Model, ranges: dict[str, Range]) -> None:
        self._network = network
        self._ranges = {name: _Ends(limits) for name, limits in ranges.items()}
        self._kernels = {
            layer.name: _Kernel(layer, self._ranges[_rounded_at(layer, ranges)].step)
            for layer in network.layers
            if is_convolution(layer)
        }
        self.variables = [one for kernel in self._kernels.values() for one in kernel.variables]
        self.variables += [one for ends in self._ranges.values() for one in ends.variables]

    def __call__(self, films: tf.Tensor) -> dict[str, tf.Tensor]:
        """What each layer gives, by its name."""
        flows: dict[str, tf.Tensor] = {}
        for layer in self._network.layers:
            inputs = [flows[parent.name] for parent in before(layer)]
            if isinstance(layer, keras.layers.InputLayer):
                flow = films
            elif layer.name in self._kernels:
                flow, _ = layer.stateless_call(self._kernels[layer.name].weights(), [], *inputs)
            else:
                flow = layer(inputs if len(inputs) > 1 else inputs[0], training=False)
            ends = self._ranges.get(layer.name)
            flows[layer.name] = ends.hold(flow) if ends else flow
        return flows

    def put_back(self) -> dict[str, Range]:
        """Give the network the weights as they are rounded now; the ranges by layer."""
        for layer in self._network.layers:
            if layer.name in self._kernels:
                layer.set_weights([np.asarray(weight) for weight in self._kernels[layer.name].weights()])
        return {name: ends.range() for name, ends in self._ranges.items()}


class _Kernel:
    """A convolution's weights in steps of their channel's scale, and how many steps of the flow its bias has moved."""

    def __init__(self, layer: keras.layers.Layer, step: float) -> None:
        layer.trainable = True  # what a recipe froze is rounded like the rest
        kernel, bias = layer.get_weights()
        reach = np.abs(kernel).max(axis=(0, 1, 3) if is_depthwise(layer) else (0, 1, 2), keepdims=True)
        self._scale = np.asarray(np.maximum(reach, 1e-9) / LARGEST, np.float32)
        steps = kernel / self._scale
        # TFLite takes a channel's scale from its largest weight, so that one stays.
        self._free = np.asarray(np.abs(steps) < LARGEST - 0.01, np.float32)
        self._bias, self._step = bias, step
        self._steps = tf.Variable(steps)
        self._moved = tf.Variable(np.zeros_like(bias))
        self.variables = [self._steps, self._moved]

    def weights(self) -> list[tf.Tensor]:
        """Kernel and bias."""
        whole = tf.clip_by_value(tf.round(self._steps), -LARGEST, LARGEST)
        passed = self._steps * self._free
        return [(passed + tf.stop_gradient(whole - passed)) * self._scale, self._bias + self._moved * self._step]


class _Ends:
    """A flow's range, whose ends may move; zero stays between them."""

    def __init__(self, limits: Range) -> None:
        self._limits = limits
        self.step = (limits.high - limits.low) / 255
        self._low, self._high = tf.Variable(0.0), tf.Variable(0.0)
        self.variables = [self._low, self._high]

    def _now(self) -> tuple[tf.Tensor, tf.Tensor]:
        # An activation's range begins at zero and goes on so: TFLite runs it as one with what is before it.
        low = tf.minimum(self._limits.low + self._low * self.step, 0.0) if self._limits.low < 0 else tf.constant(0.0)
        return low, tf.maximum(self._limits.high + self._high * self.step, self.step)

    def hold(self, flow: tf.Tensor) -> tf.Tensor:
        """The flow rounded to 256 steps of the range."""
        return tf.quantization.fake_quant_with_min_max_vars(flow, *self._now(), num_bits=8)

    def range(self) -> Range:
        """The range as it is now."""
        return Range(*(float(end) for end in self._now()))


def _rounded_at(layer: keras.layers.Layer, ranges: dict[str, Range]) -> str:
    """The layer at which what a convolution gives is rounded: itself, or the activation that runs as one with it."""
    while layer.name not in ranges:
        (layer,) = after(layer)
    return str(layer.name)
