"""ResNet50 and ResNet152 as members: Keras' own networks under the class-activation head.

He et al., "Deep Residual Learning for Image Recognition", 2016. At 100 x 100 the maps are 4 x 4.
"""

from __future__ import annotations

import keras

from training.models.backbone import backbone
from training.models.head import class_activation_head
from training.recipe import Recipe

NETWORKS = {"resnet50": keras.applications.ResNet50, "resnet152": keras.applications.ResNet152}
"""A recipe's family -> the network."""


def build(recipe: Recipe, findings: int, weights: str | None) -> keras.Model:
    """The member's Keras model. `weights` is a .npz path, "imagenet" or None."""
    network = backbone(NETWORKS[recipe.family], recipe, weights)
    outputs = class_activation_head(network.output, findings, dropout=0.2)
    return keras.Model(network.inputs[0], outputs, name=recipe.name)
