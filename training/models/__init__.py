"""The networks that members can be: one file a family."""

from __future__ import annotations

from pathlib import Path

import keras

from training.data.sources import DataError
from training.models import custom_cnn, mobilenet, scout
from training.recipe import Recipe


def build_model(recipe: Recipe, findings: int, weights_folder: Path | None) -> keras.Model:
    """The Keras model that a recipe names, with three outputs: maps, logits, scores."""
    weights = recipe.weights or None
    if weights not in (None, "imagenet"):
        if weights_folder is None:
            raise DataError(f"{recipe.name} starts from {weights}. Give the folder that holds it with --weights.")
        weights = str(weights_folder / weights)
    if recipe.family == "mobilenet_v2":
        return mobilenet.build(recipe, findings, weights)
    if recipe.family == "custom_cnn":
        return custom_cnn.build(recipe, findings, weights)
    if recipe.family == "scout":
        return scout.build(recipe, findings, weights)
    raise DataError(
        f"{recipe.name} has the family {recipe.family!r}; wanted mobilenet_v2, custom_cnn or scout. Correct it."
    )
