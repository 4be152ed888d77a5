"""MobileNetV2 as a member: Keras' own network under the class-activation head."""

from __future__ import annotations

import keras

from training.models.head import class_activation_head
from training.models.weights import load_backbone
from training.recipe import Recipe


def build(recipe: Recipe, findings: int, weights: str | None) -> keras.Model:
    """The member's Keras model. `weights` is a .npz path, "imagenet" or None."""
    inputs = keras.Input((recipe.side, recipe.side, recipe.channels), name="film")
    backbone = keras.applications.MobileNetV2(
        input_tensor=inputs, alpha=recipe.alpha, include_top=False, weights=None if weights != "imagenet" else weights
    )
    if weights is not None and weights != "imagenet":
        load_backbone(backbone, weights)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.999 would still hold a good part of ImageNet's statistics when a short fit ends.
            layer.momentum = 0.97
    for layer in backbone.layers[: round(recipe.freeze_share * len(backbone.layers))]:
        layer.trainable = False
    return keras.Model(inputs, class_activation_head(backbone.output, findings, dropout=0.2), name=recipe.name)
