"""MobileNetV2 as a member: Keras' own network under the class-activation head."""

from __future__ import annotations

import keras

from training.models.head import class_activation_head
from training.models.weights import load_backbone
from training.recipe import Recipe


def build(recipe: Recipe, findings: int, weights: str | None) -> keras.Model:
    """The member's Keras model. `weights` is a .npz path, "imagenet" or None."""
    network = backbone(recipe, weights)
    outputs = class_activation_head(network.output, findings, dropout=0.2)
    return keras.Model(network.inputs[0], outputs, name=recipe.name)


def backbone(recipe: Recipe, weights: str | None) -> keras.Model:
    """The network without a head, its first part frozen as the recipe says."""
    inputs = keras.Input((recipe.side, recipe.side, recipe.channels), name="film")
    network = keras.applications.MobileNetV2(
        input_tensor=inputs, alpha=recipe.alpha, include_top=False, weights=None if weights != "imagenet" else weights
    )
    if weights is not None and weights != "imagenet":
        load_backbone(network, weights)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.999 would still hold a good part of ImageNet's statistics when a short fit ends.
            layer.momentum = 0.97
    for layer in network.layers[: round(recipe.freeze_share * len(network.layers))]:
        layer.trainable = False
    return network
