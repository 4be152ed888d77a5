"""Backbone weights from a plain .npz file, loaded strictly by name."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from training.data.sources import DataError


def load_backbone(model: keras.Model, path: str) -> None:
    """Set every variable of the backbone from `<layer>/<variable>` arrays.

    Raises DataError that lists every name that is missing, left over or of another shape.
    """
    if not Path(path).is_file():
        raise DataError(
            f'There are no weights {path}. Give --weights the folder that holds them, or set weights to "imagenet" in '
            "the recipe where Keras may download."
        )
    arrays = dict(np.load(path))
    # Keras 3 calls a depthwise layer's variable `kernel`; older files say `depthwise_kernel`.
    arrays = {name.replace("/depthwise_kernel", "/kernel"): array for name, array in arrays.items()}
    wanted = {f"{layer.name}/{variable.name}": variable for layer in model.layers for variable in layer.weights}
    wrong = [f"{name} is missing" for name in sorted(set(wanted) - set(arrays))]
    wrong += [f"{name} is left over" for name in sorted(set(arrays) - set(wanted))]
    wrong += [
        f"{name} is {arrays[name].shape}, wanted {tuple(variable.shape)}"
        for name, variable in wanted.items()
        if name in arrays and arrays[name].shape != tuple(variable.shape)
    ]
    if wrong:
        raise DataError(f"The weights {path} do not fit {model.name}: " + "; ".join(wrong) + ". Use the right file.")
    for name, variable in wanted.items():
        variable.assign(arrays[name].astype(np.float32))
