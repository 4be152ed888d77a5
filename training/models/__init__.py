"""The networks that members can be: one file a family."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from training.data.sources import DataError
from training.models import custom_cnn, mobilenet, resnet, scout, vit
from training.recipe import Recipe

FAMILIES: dict[str, Callable[[Recipe, int, str | None], keras.Model]] = {
    "mobilenet_v2": mobilenet.build,
    **dict.fromkeys(resnet.NETWORKS, resnet.build),
    "custom_cnn": custom_cnn.build,
    "vit": vit.build,
    "scout": scout.build,
}
"""A recipe's family -> what builds it."""


def build_model(recipe: Recipe, findings: int, weights_folder: Path | None) -> keras.Model:
    """The Keras model that a recipe names, with three outputs: maps, logits, scores."""
    weights = recipe.weights or None
    if weights not in (None, "imagenet"):
        if weights_folder is None:
            raise DataError(f"{recipe.name} starts from {weights}. Give the folder that holds it with --weights.")
        weights = str(weights_folder / weights)
    if recipe.family not in FAMILIES:
        raise DataError(
            f"{recipe.name} has the family {recipe.family!r}; wanted one of {', '.join(FAMILIES)}. Correct it."
        )
    return FAMILIES[recipe.family](recipe, findings, weights)
