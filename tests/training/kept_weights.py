"""What a fit left behind, and a fit that is killed, for tests that compare fits to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training import run as steps
from training.fit import MakeBatch
from training.recipe import Recipe
from training.run import load_member


def kept_weights(recipe: Recipe, run: Path) -> list[np.ndarray]:
    """The best weights that the run keeps of a member, layer by layer."""
    return [np.asarray(weight) for weight in load_member(recipe, run, len(recipe.findings)).get_weights()]


def equal(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def killed_at_batch(number: int, monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """From now on fits are killed as they ask for that batch, counted over all of them; returns whose each one was."""
    asked: list[Recipe] = []
    batches = steps.finding_batches

    def watched(recipe: Recipe, make: MakeBatch) -> MakeBatch:
        def batch(place: int):  # type: ignore[no-untyped-def]
            asked.append(recipe)
            if len(asked) == number:
                raise KeyboardInterrupt
            return make(place)

        return batch

    monkeypatch.setattr(steps, "finding_batches", lambda recipe, films: watched(recipe, batches(recipe, films)))
    return asked
