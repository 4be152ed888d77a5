"""The shortcut audit: what is left of a bundle's accuracy when the lungs are gone.

In public collections a finding is nearly its source, and a network may read the source: its letters, its borders, its
tones. Maguolo and Nanni ("A critic evaluation of methods for COVID-19 automatic detection from X-ray images", 2021)
blacked out the middle of each film and found readings hardly worse. So every bundle is asked the same here, before it
is packed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.reading.ensemble import Ensemble
from device.values import Film, Grey
from training.metrics import Figure, balanced_accuracy, with_interval

MIDDLE = 0.75
"""Side of the blacked-out middle as a share of the film's: Maguolo and Nanni's 270 of 360 pixels, with the lungs."""

BORDER = 1 / 16
"""Width of the border that is left as a share of the film's side: letters, marks and the film's edge, no lung."""

LEAST_POINTS = 10.0
"""Points of balanced accuracy that a bundle must lose with the lungs: with less it may as well read the source."""


def whole(pixels: Grey) -> Grey:
    """The film as it is."""
    return pixels


def without_lungs(pixels: Grey) -> Grey:
    """The film with its middle black."""
    changed = pixels.copy()
    height, width = pixels.shape
    rim = (1 - MIDDLE) / 2
    changed[round(rim * height) : round((1 - rim) * height), round(rim * width) : round((1 - rim) * width)] = 0
    return changed


def border_only(pixels: Grey) -> Grey:
    """The film's border; all within is black."""
    changed = pixels.copy()
    height, width = pixels.shape
    rows, columns = max(1, round(BORDER * height)), max(1, round(BORDER * width))
    changed[rows:-rows, columns:-columns] = 0
    return changed


ALTERED: dict[str, Callable[[Grey], Grey]] = {
    "whole": whole,
    "lungs blacked out": without_lungs,
    "only a border": border_only,
}
"""What is done to each film, by name."""


@dataclass(frozen=True)
class Audit:
    """Balanced accuracy on whole films, on films without lungs and on borders alone; `chance` is that of a guess."""

    whole: Figure
    without_lungs: Figure
    border_only: Figure
    chance: float
    films: int

    @property
    def lost(self) -> float:
        """Points of balanced accuracy that go with the lungs."""
        return 100 * (self.whole.value - self.without_lungs.value)

    @property
    def passed(self) -> bool:
        """Whether the bundle needs the lungs for what it says."""
        return self.lost >= LEAST_POINTS


def audit(
    likeliest: Callable[[Film], int], films: Sequence[Film], truth: NDArray[np.intp], groups: NDArray[np.str_]
) -> Audit:
    """Read upright films (n) whole and altered. `likeliest` gives the place of a film's likeliest finding, `truth` (n)
    is each film's finding, `groups` (n) its patient."""
    guesses = {
        name: np.array(
            [
                likeliest(replace(film, pixels=alter(film.pixels)))
                for film in tqdm(films, desc=f"audit: {name}", unit="film")
            ]
        )
        for name, alter in ALTERED.items()
    }

    def figure(name: str) -> Figure:
        guess = guesses[name]
        return with_interval(lambda rows: balanced_accuracy(truth[rows], guess[rows]), groups)

    return Audit(
        figure("whole"),
        figure("lungs blacked out"),
        figure("only a border"),
        chance=1 / len(np.unique(truth)),
        films=len(films),
    )


def by_ensemble(ensemble: Ensemble) -> Callable[[Film], int]:
    """The place of the finding that an ensemble gives its highest score."""
    return lambda film: int(np.argmax([score.value for score in ensemble.read(film).scores]))
