"""Networks of keras.applications as a member's backbone: without a head, started as the recipe says."""

from __future__ import annotations

from collections.abc import Callable

import keras

from training.data.sources import DataError
from training.models.weights import load_backbone
from training.recipe import Recipe

IMAGENET = "imagenet"


def backbone(make: Callable[..., keras.Model], recipe: Recipe, weights: str | None, **options: float) -> keras.Model:
    """A network whose first part is frozen as the recipe says; its output is (batch, rows, columns, channels).

    `make` is one of keras.applications; `weights` a .npz path, "imagenet" (Keras' own download) or None (from nothing).
    """
    inputs = keras.Input((recipe.side, recipe.side, recipe.channels), name="film")

    def made(start: str | None) -> keras.Model:
        return make(input_tensor=inputs, include_top=False, weights=start, **options)

    if weights == IMAGENET:
        network = _downloaded(made, recipe)
    else:
        network = made(None)
        if weights is not None:
            load_backbone(network, weights)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.99 and 0.999 would still hold a good part of ImageNet's statistics when a short fit ends.
            layer.momentum = 0.97
    for layer in network.layers[: round(recipe.freeze_share * len(network.layers))]:
        layer.trainable = False
    return network


def _downloaded(made: Callable[[str | None], keras.Model], recipe: Recipe) -> keras.Model:
    try:
        return made(IMAGENET)
    except Exception as error:  # Keras raises no narrower one when a download fails
        if "URL fetch failure" not in str(error):
            raise
        raise DataError(
            f"{recipe.name} starts from imagenet, which Keras could not download ({error}). Let it do so where there "
            "is a network and copy ~/.keras/models here; or set weights to a .npz file of the --weights folder, or to "
            '"" (from nothing).'
        ) from error
