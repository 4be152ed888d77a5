"""A small vision transformer, from nothing: patches of a film that look at each other, under the class-activation head.

Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021, with the blocks of Xiong et al., "On Layer Normalization in
the Transformer Architecture", 2020 (the norm before, not after). The patches stay where they lie and there is none that
stands for the whole film: the head makes a map over the grid of patches, (batch, side / patch, side / patch, findings).

The three-class paper gives input, patch and number of blocks, which are those of Keras' own example but for the patch;
widths and dropout are that example's. Heads are as wide as makes 64 in all.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from training.data.sources import DataError
from training.models.head import class_activation_head
from training.recipe import Recipe

WIDTH = 64
"""Channels of a patch on its way."""

HEADS = 4
HIDDEN = 128
"""Channels between a block's two dense layers."""

DROPOUT = 0.1


class Positions(keras.layers.Layer):  # type: ignore[misc]
    """Adds to every patch (batch, patches, channels) what was learnt of its place."""

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """One vector a place."""
        self.places = self.add_weight(
            name="places", shape=(1, *shape[1:]), initializer=keras.initializers.RandomNormal(0, 0.02)
        )

    def call(self, patches: tf.Tensor) -> tf.Tensor:
        """The sum, of the same shape."""
        return patches + self.places


class Norm(keras.layers.Layer):  # type: ignore[misc]
    """Every patch (batch, patches, channels) with mean 0 and spread 1 over its channels, scaled and shifted.

    Keras' own layer norm is the same in float32, but contains a negation, which TFLite cannot do at int8.
    """

    def build(self, shape: tuple[int | None, int, int]) -> None:
        """A scale and a shift for each channel."""
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.shift = self.add_weight(name="shift", shape=shape[-1:], initializer="zeros")

    def call(self, patches: tf.Tensor) -> tf.Tensor:
        """The normed patches, of the same shape."""
        mean = tf.reduce_mean(patches, axis=-1, keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(patches, mean), axis=-1, keepdims=True)
        return (patches - mean) * tf.math.rsqrt(variance + 1e-6) * self.scale + self.shift


def build(recipe: Recipe, findings: int, weights: str | None) -> keras.Model:
    """The member's Keras model; it has no pre-trained start, so `weights` must be None."""
    if weights is not None:
        raise DataError(f"{recipe.name}: a vit has no pre-trained weights; found {weights}. Leave `weights` empty.")
    if recipe.side % recipe.patch:
        raise DataError(
            f"{recipe.name} cuts a side of {recipe.side} into patches of {recipe.patch}; wanted a whole number. Change "
            "side or patch."
        )
    inputs = keras.Input((recipe.side, recipe.side, recipe.channels), name="film")
    grid = keras.layers.Conv2D(WIDTH, recipe.patch, strides=recipe.patch, name="patches")(inputs)
    rows, columns = grid.shape[1:3]
    patches = Positions(name="positions")(keras.layers.Reshape((rows * columns, WIDTH))(grid))
    for place in range(recipe.layers):
        patches = _block(patches, f"block{place}")
    patches = Norm(name="norm")(patches)
    features = keras.layers.Reshape((rows, columns, WIDTH))(patches)
    return keras.Model(inputs, class_activation_head(features, findings, dropout=0.2), name=recipe.name)


def _block(patches: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Every patch looks at all others, then thinks for itself; both are added to what it was."""
    normed = Norm(name=f"{name}_norm1")(patches)
    seen = keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=f"{name}_attention")(normed, normed)
    patches = keras.layers.Add(name=f"{name}_seen")([patches, seen])
    normed = Norm(name=f"{name}_norm2")(patches)
    hidden = keras.layers.Dense(HIDDEN, activation="gelu", name=f"{name}_hidden")(normed)
    # Dropout between layers, none within the attention: a fit that goes on after a kill keeps a layer's lots only.
    hidden = keras.layers.Dropout(DROPOUT, name=f"{name}_drop1")(hidden)
    thought = keras.layers.Dense(WIDTH, name=f"{name}_thought")(hidden)
    thought = keras.layers.Dropout(DROPOUT, name=f"{name}_drop2")(thought)
    return keras.layers.Add(name=f"{name}_sum")([patches, thought])
