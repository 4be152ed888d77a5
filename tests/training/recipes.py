"""A recipe so small that fitting it takes seconds."""

from __future__ import annotations

from training.recipe import Recipe

TINY = Recipe(
    name="tiny", family="custom_cnn", side=32, channels=1, fit="stretch", tone="even", epochs=2, batch=8,
    learning_rate=0.005,
)  # fmt: skip
