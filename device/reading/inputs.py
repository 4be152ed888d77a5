"""Films as the networks of a bundle want them, each made once for all that look at the film."""

from __future__ import annotations

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import Part, fit_square, seen_box, to_input
from device.values import Film, InputSpec


@dataclass(eq=False)
class _Made:
    """What was made of one film so far: what is seen of it for a fit, trimmed or not, and inputs."""

    boxes: dict[tuple[str, bool], tuple[int, int, int, int]] = field(default_factory=dict)
    inputs: dict[InputSpec, NDArray[np.float32]] = field(default_factory=dict)


class Inputs:
    """Keeps what it made for as long as the film is about. May be asked from any thread."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Film, _Made] = WeakKeyDictionary()

    def of(self, film: Film, spec: InputSpec) -> NDArray[np.float32]:
        """What `device.film.prepare` makes of the film's pixels, shape (1, side, side, channels)."""
        made = self._made.setdefault(film, _Made())
        if spec not in made.inputs:
            top, bottom, left, right = self._box(film, spec)
            seen = film.pixels[top:bottom, left:right]
            made.inputs[spec] = to_input(fit_square(seen, "stretch", spec.side, trim=False), spec)
        return made.inputs[spec]

    def part(self, film: Film, spec: InputSpec) -> Part:
        """The part of the film that such an input shows: its borders may be trimmed, its middle may be all there is."""
        top, bottom, left, right = self._box(film, spec)
        height, width = film.pixels.shape
        return Part(left / width, top / height, right / width, bottom / height)

    def _box(self, film: Film, spec: InputSpec) -> tuple[int, int, int, int]:
        boxes = self._made.setdefault(film, _Made()).boxes
        key = spec.fit, spec.tone == "even"
        if key not in boxes:
            boxes[key] = seen_box(film.pixels, spec.fit, trim=key[1])
        return boxes[key]
