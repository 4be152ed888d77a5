"""What a film must pass to be read, for those who look without timing each step as `examine` does."""

from __future__ import annotations

from collections.abc import Callable

from device.film.quality import assess
from device.film.refusals import named, settled
from device.film.sight import Sight
from device.values import Film, Picture, Refusal

Gate = Callable[[Film, Sight | None], Film | Refusal]
"""A film, and what the scout saw of its photo -> the film put right, or why it cannot be read."""

Scout = Callable[[Picture], Sight | None]
"""A photo -> what is seen of it at a glance."""


def ungated(film: Film, sight: Sight | None = None) -> Film | Refusal:
    """The gate of a kiosk whose bundle has none: every film passes as it lies."""
    return film


def unscouted(picture: Picture) -> Sight | None:
    """The scout of a kiosk whose bundle has none."""
    return None


def passed(film: Film, picture: Picture, gate: Gate, sight: Sight | None) -> Film | Refusal:
    """The film put right, or why it is not read."""
    refusal = settled(assess(film, picture, sight), sight)
    if refusal is not None:
        return refusal
    upright = gate(film, sight)
    return named(upright, sight) if isinstance(upright, Refusal) else upright
