"""Layer by layer through a folded network: round, and take back what rounding did so far."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.quantise.layers import (
    BLOCK,
    after,
    before,
    is_convolution,
    is_depthwise,
    is_mixing,
    is_rounded_after,
    run,
)
from training.quantise.rounding import Range, best_range, round_flow, round_kernel

CELLS = 200_000
"""Places of the films' maps that a layer's inputs are measured at."""


@dataclass(frozen=True, eq=False)
class Flow:
    """What leaves a layer for all films (films, rows, columns, channels): as float32 has it, and as int8 has it."""

    exact: NDArray[np.float32]
    rounded: NDArray[np.float32]


def compensate(network: keras.Model, films: NDArray[np.float32]) -> dict[str, Range]:
    """Put every kernel of a folded network on its int8 grid, and correct every bias, in place; layer name -> its range.

    A kernel is rounded for the inputs that the rounded layers before it give it. Its bias then moves by what the mean
    of each channel is off, rounding of weights and of flow together (Nagel et al. 2019, section 4.2, measured on films
    instead of derived).
    """
    (film,) = (layer for layer in network.layers if isinstance(layer, keras.layers.InputLayer))
    flows = {film.name: Flow(films, films)}
    ranges = {film.name: Range.of(films)}
    waiting = {layer.name: len(after(layer)) for layer in network.layers}
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        parents = [parent.name for parent in before(layer)]
        exact = run(layer, [flows[name].exact for name in parents])
        rounded = _pass_rounded(layer, [flows[name].rounded for name in parents], exact)
        if is_rounded_after(layer):
            ranges[layer.name] = best_range(rounded, exact) if _is_stream(layer) else Range.of(rounded)
            rounded = round_flow(rounded, ranges[layer.name])
        flows[layer.name] = Flow(exact, rounded)
        for name in parents:
            waiting[name] -= 1
            if not waiting[name]:
                del flows[name]
    return ranges


def _pass_rounded(
    layer: keras.layers.Layer, inputs: list[NDArray[np.float32]], exact: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What the layer gives after rounding; a convolution is rounded on the way."""
    if not is_convolution(layer):
        return run(layer, inputs)
    _round_layer(layer, inputs[0])
    made = run(layer, inputs)
    off = exact.mean(axis=(0, 1, 2), dtype=np.float64) - made.mean(axis=(0, 1, 2), dtype=np.float64)
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, bias + off])
    return made + off.astype(np.float32)


def _round_layer(layer: keras.layers.Layer, inputs: NDArray[np.float32]) -> None:
    kernel, bias = layer.get_weights()
    if is_depthwise(layer):
        grouped = kernel.reshape(-1, kernel.shape[2]).T[:, :, None]
        rounded = round_kernel(grouped, _covariances(layer, inputs))[:, :, 0].T
    else:
        rounded = round_kernel(kernel.reshape(1, -1, kernel.shape[3]), _covariances(layer, inputs))[0]
    layer.set_weights([rounded.reshape(kernel.shape), bias])


def _covariances(layer: keras.layers.Layer, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """How the inputs of the layer's kernel go along with each other: (groups, inputs, inputs), see `round_kernel`."""
    rng = np.random.default_rng(0)
    products: NDArray[np.float64] | float = 0.0
    sums: NDArray[np.float64] | float = 0.0
    count = 0
    for start in range(0, len(inputs), BLOCK):
        cells = _cells(layer, inputs[start : start + BLOCK])
        some = min(len(cells), max(1, CELLS * BLOCK // len(inputs)))
        cells = cells[rng.choice(len(cells), some, replace=False)]
        grouped = cells.transpose(2, 1, 0) if is_depthwise(layer) else cells.reshape(1, some, -1).transpose(0, 2, 1)
        grouped = np.ascontiguousarray(grouped)
        products = products + (grouped @ grouped.transpose(0, 2, 1)).astype(np.float64)
        sums = sums + grouped.sum(axis=2, dtype=np.float64)
        count += some
    mean = np.asarray(sums) / count
    return np.asarray(products) / count - mean[:, :, None] * mean[:, None, :]


def _cells(layer: keras.layers.Layer, block: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the kernel lies on, place by place: (places, kernel rows x columns, channels)."""
    rows, columns = layer.kernel_size
    channels = block.shape[-1]
    if (rows, columns) == (1, 1) and layer.strides == (1, 1):
        return block.reshape(-1, 1, channels)
    cells = tf.image.extract_patches(
        block, [1, rows, columns, 1], [1, *layer.strides, 1], [1, 1, 1, 1], layer.padding.upper()
    )
    return np.asarray(cells).reshape(-1, rows * columns, channels)


def _is_stream(layer: keras.layers.Layer) -> bool:
    """Whether what leaves the layer is without bounds and on its way.

    Only there may a range be drawn in: an activation has bounds already, and what reaches far in the maps is the
    finding itself.
    """
    return (is_mixing(layer) and layer.name != "maps") or isinstance(layer, keras.layers.Add)
