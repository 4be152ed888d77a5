"""From a Keras member to TFLite: float32 and full int8, batch fixed at 1, two named outputs, and the parity check."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from device.reading.member import both_ways, quantised, real
from training.quantise import ready_for_int8
from training.quantise.layers import is_known
from training.quantise.tune import Tuning


@dataclass(frozen=True)
class Parity:
    """The largest difference between a float32 TFLite file and its Keras model, over the scores and over the maps."""

    scores: float
    maps: float


def to_float32(model: keras.Model) -> bytes:
    """A float32 TFLite file."""
    with _converter(_one_film(model)) as converter:
        return bytes(converter.convert())


def to_int8(model: keras.Model, films: NDArray[np.float32], tuning: Tuning | None = None) -> bytes:
    """A full int8 TFLite file, inputs and outputs included, that answers as `model` does: see `training.quantise`.

    A network with layers that are not known there, a ViT, is left to TFLite's own rounding.
    `films` (films, side, side, channels) are inputs as in use: clean films and photos of every finding;
    with `tuning` the rounded network is fitted to them, too.
    """
    if not is_known(model):
        return to_int8_by_rounding(model, films)
    with _converter(ready_for_int8(model, films, tuning)) as converter:
        return _int8(converter)


def to_int8_by_rounding(model: keras.Model, films: NDArray[np.float32], *, per_tensor: bool = False) -> bytes:
    """A full int8 TFLite file by TFLite's own post-training rounding alone, to be compared with.

    Weights have a scale per channel; `per_tensor` is the older way, one scale a layer.
    """

    def representative() -> Iterable[list[NDArray[np.float32]]]:
        for one in films:
            yield [one[None]]

    with _converter(_one_film(model)) as converter:
        converter.representative_dataset = representative
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter._experimental_disable_per_channel = per_tensor
        return _int8(converter)


def _one_film(model: keras.Model) -> keras.Model:
    """The member with a fixed batch of 1 and the two outputs that ship, named for the signature."""
    inputs = keras.Input(batch_shape=(1, *model.inputs[0].shape[1:]), name="film")
    outputs = model(inputs, training=False)
    return keras.Model(inputs, {"maps": outputs["maps"], "scores": outputs["scores"]})


def _int8(converter: tf.lite.TFLiteConverter) -> bytes:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return bytes(converter.convert())


@contextmanager
def _converter(model: keras.Model) -> Iterator[tf.lite.TFLiteConverter]:
    with tempfile.TemporaryDirectory() as folder:
        # Left to itself Keras forgets that the batch is fixed, and an Edge TPU's compiler takes fixed shapes only.
        film = tf.TensorSpec((1, *model.inputs[0].shape[1:]), tf.float32, name="film")
        model.export(folder, format="tf_saved_model", verbose=False, input_signature=[film])
        yield tf.lite.TFLiteConverter.from_saved_model(folder)


class LiteModel:
    """A TFLite file run as the device runs it, for many inputs."""

    def __init__(self, content: bytes) -> None:
        self._interpreter = Interpreter(model_content=content, num_threads=2)
        self._interpreter.allocate_tensors()
        runner = self._interpreter.get_signature_runner("serving_default")
        (self._input,) = runner.get_input_details().values()
        self.outputs = runner.get_output_details()

    def run(self, one: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The named outputs for one input (side, side, channels), as real numbers without the batch axis."""
        self._interpreter.set_tensor(self._input["index"], quantised(one[None], self._input))
        self._interpreter.invoke()
        return {
            name: real(self._interpreter.get_tensor(output["index"]), output)[0]
            for name, output in self.outputs.items()
        }

    def logits(self, inputs: NDArray[np.float32], *, mirrored: bool = False) -> NDArray[np.float32]:
        """The means of the maps (films, findings), as `device.reading.member` takes them."""

        def maps(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
            return self.run(tensor[0])["maps"]

        made = [both_ways(maps, one[None]) if mirrored else maps(one[None]) for one in inputs]
        return np.stack([one.mean(axis=(0, 1)) for one in made])


def parity(model: keras.Model, content: bytes, inputs: NDArray[np.float32]) -> Parity:
    """Compare a float32 file with its Keras model on the same inputs (films, side, side, channels)."""
    lite = LiteModel(content)
    scores, maps = 0.0, 0.0
    for one in inputs:
        keras_says = model(one[None], training=False)
        lite_says = lite.run(one)
        scores = max(scores, float(np.abs(lite_says["scores"] - keras_says["scores"].numpy()[0]).max()))
        maps = max(maps, float(np.abs(lite_says["maps"] - keras_says["maps"].numpy()[0]).max()))
    return Parity(scores, maps)
