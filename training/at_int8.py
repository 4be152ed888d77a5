"""A fitted member's int8 file, by its recipe and from its run's films."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from training.convert import to_int8
from training.quantise.tune import Tuning
from training.recipe import Recipe
from training.run import CALIBRATION_FILMS, calibration_draws

AT_ONCE = 32
"""Films in a step of tuning."""


def at_int8(recipe: Recipe, model: keras.Model, run: Path) -> bytes:
    """The int8 file of `model`, fitted by `recipe` in `run`: rounded and, where the recipe has steps for it, tuned."""
    drawn = calibration_draws(recipe, run)

    def draw(number: int) -> np.ndarray:
        # Number 0 are the films that ranges are measured on.
        films = drawn(1 + number, AT_ONCE)
        return np.ascontiguousarray(films[:, :, ::-1]) if recipe.mirrored and number % 2 else films

    return to_int8(model, drawn(0, CALIBRATION_FILMS), Tuning(draw, recipe.int8_steps) if recipe.int8_steps else None)
