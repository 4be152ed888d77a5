"""Films as the networks of a bundle want them, each made once for all that look at the film."""

from __future__ import annotations

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import fit_square, to_input, trim_borders
from device.values import Film, Grey, InputSpec


@dataclass(eq=False)
class _Made:
    """What was made of one film so far."""

    trimmed: Grey | None = None
    inputs: dict[InputSpec, NDArray[np.float32]] = field(default_factory=dict)


class Inputs:
    """Keeps what it made for as long as the film is about. May be asked from any thread."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Film, _Made] = WeakKeyDictionary()

    def of(self, film: Film, spec: InputSpec) -> NDArray[np.float32]:
        """What `device.film.prepare` makes of the film's pixels, shape (1, side, side, channels)."""
        made = self._made.setdefault(film, _Made())
        if spec not in made.inputs:
            pixels = film.pixels
            if spec.tone == "even":
                pixels = made.trimmed = trim_borders(pixels) if made.trimmed is None else made.trimmed
            made.inputs[spec] = to_input(fit_square(pixels, spec.fit, spec.side, trim=False), spec)
        return made.inputs[spec]
