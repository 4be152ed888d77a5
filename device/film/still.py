"""When a film has lain still and fit for long enough that its photo may be taken unasked: once for each film."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.quads import quad_of
from device.values import Coaching, Film

STILL_SECONDS = 1.0
"""So long a film must lie still and fit before its photo is taken."""

GONE_SECONDS = 1.0
"""So long no film must be seen before the next one counts as another: a hand passes over the box in less."""

STILL_SHARE = 0.01
"""Of the film's diagonal: a film whose corners all stay this near lies still. Found corners stray by a tenth of it."""

LEAST_LIKENESS = 0.8
"""Correlation of two straightened films, small and their fine detail only. Of 65 rendered films the same one under
another light and noise stayed above 0.87; two different ones laid in one place stayed below 0.72."""

_MARGIN = 0.1
"""Share of each side left out of the likeness: all films have edges and borders."""

_SIDE, _FINE = 32, 3.0


class Step(Enum):
    """What to do about the film that lies there."""

    WAIT = "wait for a film that is fit to read"
    HOLD = "it is fit: wait until it has lain still"
    TAKE = "take its photo now"
    TAKEN = "its photo was taken: wait for another film"


class Stillness:
    """Follows the coaching and says when to take a photo. After `taken` it waits until the film has left or changed.

    Only a film whose four edges are seen counts: where none is, nothing tells a film from a room. Not for several
    threads at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds and never goes back."""
        self._clock = clock
        self._last: Film | None = None
        self._lying: Film | None = None
        self._since = 0.0
        self._taken: Film | None = None
        self._gone: float | None = None

    def see(self, coaching: Coaching) -> Step:
        """What to do, now that the box looks like this."""
        now = self._clock()
        film = coaching.film
        seen = film is not None and not film.corners.whole_photo and not film.corners.cut_off
        self._note_gone(seen, now)
        if film is None or not seen or not coaching.ready:
            self._last = self._lying = None
            return Step.WAIT
        self._last = film
        if self._lying is None or not same_film(film, self._lying):
            self._lying, self._since = film, now
        if self._taken is not None and same_film(film, self._taken):
            return Step.TAKEN
        return Step.TAKE if now - self._since >= STILL_SECONDS else Step.HOLD

    def taken(self) -> None:
        """The film that was seen last had its photo taken, by whoever it was."""
        self._taken = self._last

    def look_away(self) -> None:
        """Frames are missing from here on: what lies there next has to lie still for its whole time again."""
        self._lying = self._gone = None

    def _note_gone(self, seen: bool, now: float) -> None:
        if seen:
            self._gone = None
        elif self._gone is None:
            self._gone = now
        elif now - self._gone >= GONE_SECONDS:
            self._taken = None


def same_film(one: Film, other: Film) -> bool:
    """Whether two films lie in the same place and show the same."""
    a, b = quad_of(one.corners), quad_of(other.corners)
    diagonal = float(np.linalg.norm(a[2] - a[0]))
    if float(np.linalg.norm(a - b, axis=1).max()) > STILL_SHARE * diagonal:
        return False
    return float((_marks(one) * _marks(other)).mean()) >= LEAST_LIKENESS


def _marks(film: Film) -> NDArray[np.float32]:
    """The film's middle, small, less its slow slopes, mean 0 and spread 1: the light behind it does not count."""
    height, width = film.pixels.shape
    top, left = round(_MARGIN * height), round(_MARGIN * width)
    middle = film.pixels[top : height - top, left : width - left]
    small = cv2.resize(middle, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = small - cv2.GaussianBlur(small, (0, 0), _FINE)
    return np.asarray((fine - fine.mean()) / max(float(fine.std()), 0.3), np.float32)
