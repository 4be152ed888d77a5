"""MobileNetV2 as a member: Keras' own network under the class-activation head."""

from __future__ import annotations

import keras

from training.models.backbone import backbone
from training.models.head import class_activation_head
from training.recipe import Recipe


def build(recipe: Recipe, findings: int, weights: str | None) -> keras.Model:
    """The member's Keras model. `weights` is a .npz path, "imagenet" or None."""
    network = features(recipe, weights)
    outputs = class_activation_head(network.output, findings, dropout=0.2)
    return keras.Model(network.inputs[0], outputs, name=recipe.name)


def features(recipe: Recipe, weights: str | None) -> keras.Model:
    """The network without a head, as wide as the recipe says."""
    return backbone(keras.applications.MobileNetV2, recipe, weights, alpha=recipe.alpha)
