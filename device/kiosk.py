"""The story of one film: take, find, assess, read, keep, show.

`examine` is the part that needs no kiosk (`filmside read` uses it alone); `Kiosk` adds the camera, the lock, the
store and the light.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from device.camera import Camera
from device.errors import Busy, Fault
from device.film.find import find
from device.film.quality import assess, assess_photo
from device.film.rectify import rectify
from device.intake.decode import decode
from device.light import Light
from device.reading.ensemble import Ensemble
from device.store.store import Store
from device.values import (
    Corners,
    Film,
    Frame,
    OutcomeKind,
    Photo,
    Reading,
    Refusal,
    Status,
    Study,
    Timing,
)


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


def examine(photo: Photo, ensemble: Ensemble) -> Examination:
    """Decode, find, straighten, assess and read one photo. What is wrong with the photo becomes a Refusal."""
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
    refusal = assess_photo(picture)
    if refusal is not None:
        watch.note("assess")
        return done(refusal=refusal)
    corners = find(picture)
    watch.note("find")
    if isinstance(corners, Refusal):
        return done(refusal=corners)
    film = rectify(picture, corners)
    watch.note("rectify")
    refusal = assess(film, picture)
    watch.note("assess")
    if refusal is not None:
        return done(corners, film, refusal=refusal)
    upright = ensemble.upright(film)
    watch.note("gate")
    if isinstance(upright, Refusal):
        return done(corners, film, refusal=upright)
    reading = ensemble.read(upright)
    watch.note("read")
    return done(upright.corners, upright, reading)


class Kiosk:
    """One light box, one camera, one film at a time.

    All parts are given: the kiosk finds nothing by itself. Methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        camera: Camera,
        light: Light,
        ensemble: Ensemble,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self.camera = camera
        self.light = light
        self.ensemble = ensemble
        self.store = store
        self._clock = clock
        self._reading = threading.Lock()
        self._status = Status.STARTING
        self._fault: str | None = None

    @property
    def status(self) -> Status:
        """What the kiosk is doing now."""
        return self._status

    @property
    def fault(self) -> str | None:
        """What is broken and what to do, while the status is fault."""
        return self._fault

    def start(self) -> None:
        """Say that the kiosk is ready. The ensemble has proved itself when it was loaded."""
        self._show(Status.READY)

    def frame(self) -> Frame:
        """A fresh live-view frame. Raises CameraFault."""
        return self.camera.frame()

    def read_film(self) -> Study:
        """Take a photo of the film on the light box and read it.

        Raises Busy while another film is being read, and CameraFault, StoreFault when something is broken.
        """
        return self._one_at_a_time(self.camera.take)

    def read_photo(self, photo: Photo) -> Study:
        """Read a photo that came as a file. Raises as read_film does."""
        return self._one_at_a_time(lambda: photo)

    def _one_at_a_time(self, take: Callable[[], Photo]) -> Study:
        if not self._reading.acquire(blocking=False):
            raise Busy("A film is being read already; wanted one at a time. Wait for its reading, then try again.")
        try:
            self._show(Status.READING)
            started = time.perf_counter()
            photo = take()
            taken = Timing("take", 1000 * (time.perf_counter() - started))
            study = self._keep(examine(photo, self.ensemble), taken)
            self._show(status_after(study))
        except BaseException as error:
            self._fault = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            with suppress(Fault):
                self._show(Status.FAULT)
            raise
        else:
            self._fault = None
            return study
        finally:
            self._reading.release()

    def _keep(self, examination: Examination, taken: Timing) -> Study:
        study = Study(
            id=uuid.uuid4().hex,
            read_at=self._clock(),
            photo_name=examination.photo.name,
            corners=examination.corners,
            reading=examination.reading,
            refusal=examination.refusal,
            timings=(taken, *examination.timings),
            bundle=self.ensemble.bundle.id,
        )
        self.store.keep(study, examination.photo, examination.film)
        return study

    def _show(self, status: Status) -> None:
        self._status = status
        self.light.show(status)

    def close(self) -> None:
        """Give back the camera, the light, the members and the store."""
        for part in (self.camera, self.light, self.ensemble, self.store):
            part.close()


def status_after(study: Study) -> Status:
    """What the light shows after a study: never which finding it was."""
    if study.reading is None:
        return Status.RETAKE
    outcome = study.reading.outcome
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return Status.UNCERTAIN
    return Status.DONE_NORMAL if outcome.name == "NORMAL" else Status.DONE_FINDING
