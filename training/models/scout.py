"""The scout: MobileNetV2 looks at a whole photo, a decoder says of each place whether it is film, and what is wrong.

The deepest features are brought back to the finer ones step by step, so that the film's place is told to a fortieth of
the photo (Lin et al., "Feature Pyramid Networks for Object Detection", 2017, with light separable convolutions).
"""

from __future__ import annotations

import keras

from training.models import mobilenet
from training.recipe import Recipe

STEPS = (("block_13_expand_relu", 64), ("block_6_expand_relu", 48), ("block_3_expand_relu", 32))
"""The backbone's layers at a sixteenth, an eighth and a quarter of the input, and the decoder's channels there."""


def build(recipe: Recipe, outputs: int, weights: str | None) -> keras.Model:
    """The Keras model: `maps` (batch, side / 4, side / 4, outputs), the film's place first, and their means."""
    backbone = mobilenet.features(recipe, weights)
    features = _mixed(backbone.output, 96)
    for layer, channels in STEPS:
        finer = _mixed(backbone.get_layer(layer).output, channels)
        features = keras.layers.UpSampling2D(2, interpolation="bilinear")(_mixed(features, channels))
        features = keras.layers.Add()([features, finer])
        features = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(features)
        features = _mixed(features, channels)
    maps = keras.layers.Conv2D(outputs, 1, name="maps")(features)
    logits = keras.layers.GlobalAveragePooling2D(name="logits")(maps)
    scores = keras.layers.Softmax(name="scores")(logits)
    return keras.Model(backbone.inputs[0], {"maps": maps, "logits": logits, "scores": scores}, name=recipe.name)


def _mixed(features: keras.KerasTensor, channels: int) -> keras.KerasTensor:
    features = keras.layers.Conv2D(channels, 1, use_bias=False)(features)
    features = keras.layers.BatchNormalization(momentum=0.97)(features)
    return keras.layers.ReLU(6.0)(features)
