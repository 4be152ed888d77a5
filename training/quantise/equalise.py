"""Channels that share a range use all of it.

What flows between two layers is rounded with one step for all channels, so a channel that is small beside another
keeps few of the 256 steps. Between a convolution without an activation and the convolutions that read it, all is
linear: a channel may be made larger by the one and smaller again by the others, and nothing changes but the rounding
(after Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019; a stream that is
added to on its way counts as one).
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from training.quantise.layers import BLOCK, after, before, is_convolution, is_mixing


@dataclass(frozen=True, eq=False)
class Stream:
    """Channels that pass through additions only: the layers that make or sum them, and the convolutions that read."""

    layers: tuple[keras.layers.Layer, ...]
    readers: tuple[keras.layers.Layer, ...]


def equalise(network: keras.Model, films: NDArray[np.float32]) -> None:
    """Scale every stream of a folded network so that its channels reach equally far on `films`, in place."""
    for stream in streams(network):
        reach = _reach(network, stream, films)
        scale = reach.max() / np.maximum(reach, 1e-3 * reach.max())
        for layer in stream.layers:
            if is_convolution(layer):
                kernel, bias = layer.get_weights()
                layer.set_weights([kernel * scale, bias * scale])
        for layer in stream.readers:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel / scale[:, None], bias])


def streams(network: keras.Model) -> list[Stream]:
    """Every stream of a folded network that only convolutions read."""
    found, seen = [], set[str]()
    for layer in network.layers:
        if is_mixing(layer) and layer.name not in seen:
            group, readers, others = _linked(layer)
            seen |= set(group)
            if readers and not others:
                found.append(Stream(tuple(group.values()), tuple(readers.values())))
    return found


def _linked(
    start: keras.layers.Layer,
) -> tuple[dict[str, keras.layers.Layer], dict[str, keras.layers.Layer], list[keras.layers.Layer]]:
    """The layers whose sums `start` is part of, the convolutions that read them, and whatever else does."""
    group: dict[str, keras.layers.Layer] = {}
    readers: dict[str, keras.layers.Layer] = {}
    others = []
    todo = [start]
    while todo:
        layer = todo.pop()
        if layer.name in group:
            continue
        group[layer.name] = layer
        if isinstance(layer, keras.layers.Add):
            todo += before(layer)
        elif not is_mixing(layer):
            others.append(layer)
        for next_ in after(layer):
            if isinstance(next_, keras.layers.Add):
                todo.append(next_)
            elif is_mixing(next_):
                readers[next_.name] = next_
            else:
                others.append(next_)
    return group, readers, others


def _reach(network: keras.Model, stream: Stream, films: NDArray[np.float32]) -> NDArray[np.float64]:
    """The largest value of each channel anywhere in the stream."""
    watched = keras.Model(network.inputs[0], [layer.output for layer in stream.layers])
    reach = np.zeros(stream.layers[0].output.shape[-1])
    for start in range(0, len(films), BLOCK):
        made = watched(films[start : start + BLOCK], training=False)
        for one in made if isinstance(made, list | tuple) else [made]:
            reach = np.maximum(reach, np.abs(np.asarray(one)).max(axis=(0, 1, 2)))
    return reach
