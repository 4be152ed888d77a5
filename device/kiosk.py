"""The story of one film: take, find, assess, read, keep, show.

`examine` walks from a photo to its reading; `Kiosk` adds the camera, the lock, the store and the light.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from device.camera import Camera
from device.errors import Busy, Fault
from device.examine import Examination, examine
from device.film.flat_field import FlatField
from device.light import Light
from device.reading.ensemble import Ensemble
from device.store.store import Store
from device.values import Frame, OutcomeKind, Photo, Status, Study, Timing


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
        flat_field: FlatField | None = None,
    ) -> None:
        self.camera = camera
        self.light = light
        self.ensemble = ensemble
        self.store = store
        self._clock = clock
        self._flat_field = flat_field
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
        return self._one_at_a_time(self.camera.take, self._flat_field)

    def read_photo(self, photo: Photo) -> Study:
        """Read a photo that came as a file. Raises as read_film does."""
        return self._one_at_a_time(lambda: photo, None)  # of another box: the flat field is not for it

    def _one_at_a_time(self, take: Callable[[], Photo], flat_field: FlatField | None) -> Study:
        if not self._reading.acquire(blocking=False):
            raise Busy("A film is being read already; wanted one at a time. Wait for its reading, then try again.")
        try:
            self._show(Status.READING)
            started = time.perf_counter()
            photo = take()
            taken = Timing("take", 1000 * (time.perf_counter() - started))
            study = self._keep(examine(photo, self.ensemble, flat_field), taken)
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
