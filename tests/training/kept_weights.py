"""What a fit left behind, for tests that compare fits to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.recipe import Recipe
from training.run import load_member


def kept_weights(recipe: Recipe, run: Path) -> list[np.ndarray]:
    """The best weights that the run keeps of a member, layer by layer."""
    return [np.asarray(weight) for weight in load_member(recipe, run, len(recipe.findings)).get_weights()]


def equal(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))
