"""One photo from bytes to reading: decode, find, straighten, assess, turn upright, read.

The part of the story that needs no kiosk: `Kiosk` walks it with a film from its camera, `filmside read` with files, and
training with the films that a bundle is measured on, so that what is measured is what ships.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from device.film.find import find
from device.film.flat_field import FlatField, evened
from device.film.quality import assess, assess_photo
from device.film.rectify import rectify
from device.film.refusals import named, settled
from device.intake.decode import decode
from device.reading.ensemble import Ensemble
from device.values import Corners, Film, Photo, Reading, Refusal, Timing


@dataclass(frozen=True, eq=False)
class Examination:
    """What became of one photo: corners and film as far as it got, then a reading or a refusal."""

    photo: Photo
    corners: Corners | None
    film: Film | None
    reading: Reading | None
    refusal: Refusal | None
    timings: tuple[Timing, ...]


class _Watch:
    """Notes how long each stage took, on a clock that only goes forward."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._timings: list[Timing] = []

    def note(self, stage: str) -> None:
        now = time.perf_counter()
        self._timings.append(Timing(stage, 1000 * (now - self._last)))
        self._last = now

    def timings(self) -> tuple[Timing, ...]:
        return (*self._timings, Timing("total", 1000 * (self._last - self._start)))


def examine(photo: Photo, ensemble: Ensemble, flat_field: FlatField | None = None) -> Examination:
    """Decode, find, straighten, assess and read one photo. What is wrong with the photo becomes a Refusal.

    `flat_field` evens out a photo of the size that it was made for, before anything is looked for; the photo itself
    stays as it came.
    """
    watch = _Watch()

    def done(
        corners: Corners | None = None,
        film: Film | None = None,
        reading: Reading | None = None,
        refusal: Refusal | None = None,
    ) -> Examination:
        return Examination(photo, corners, film, reading, refusal, watch.timings())

    picture = decode(photo)
    watch.note("decode")
    if isinstance(picture, Refusal):
        return done(refusal=picture)
    if flat_field is not None:
        picture = evened(picture, flat_field)
        watch.note("even")
    refusal = assess_photo(picture)
    if refusal is not None:
        watch.note("assess")
        return done(refusal=refusal)
    sight = ensemble.look(picture)
    watch.note("scout")
    corners = find(picture, sight)
    watch.note("find")
    if isinstance(corners, Refusal):
        return done(refusal=named(corners, sight))
    film = rectify(picture, corners)
    watch.note("rectify")
    refusal = settled(assess(film, picture, sight), sight)
    watch.note("assess")
    if refusal is not None:
        return done(corners, film, refusal=refusal)
    upright = ensemble.upright(film, sight)
    watch.note("gate")
    if isinstance(upright, Refusal):
        return done(corners, film, refusal=named(upright, sight))
    reading = ensemble.read(upright)
    watch.note("read")
    return done(upright.corners, upright, reading)
