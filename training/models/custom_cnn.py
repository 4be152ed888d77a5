"""The three-class paper's custom CNN: a small plain stack of convolutions, from nothing.

The paper gives its input (100 x 100), batch and rate, not its layers; these are ours.
"""

from __future__ import annotations

import keras

from training.data.sources import DataError
from training.models.head import class_activation_head
from training.recipe import Recipe

WIDTHS = (24, 48, 96, 160, 224)


def build(recipe: Recipe, findings: int, weights: str | None) -> keras.Model:
    """The member's Keras model; it has no pre-trained start, so `weights` must be None."""
    if weights is not None:
        raise DataError(
            f"{recipe.name}: a custom_cnn has no pre-trained weights; found {weights}. Leave `weights` empty."
        )
    inputs = keras.Input((recipe.side, recipe.side, recipe.channels), name="film")
    features = inputs
    for place, width in enumerate(WIDTHS):
        features = keras.layers.Conv2D(
            width, 3, strides=2 if place == 0 else 1, padding="same", use_bias=False, name=f"conv{place}"
        )(features)
        features = keras.layers.BatchNormalization(name=f"norm{place}", momentum=0.95)(features)
        features = keras.layers.ReLU(6.0, name=f"relu{place}")(features)
        if 0 < place < 4:
            features = keras.layers.MaxPooling2D(name=f"pool{place}")(features)
    return keras.Model(inputs, class_activation_head(features, findings, dropout=0.2), name=recipe.name)
