"""The story of one film: take, find, assess, read, keep, show.

`examine` walks from a photo to its reading; `Kiosk` adds the camera, the lock, the store and the light.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from device.account import BUTTON
from device.camera import Camera
from device.errors import Busy, Fault
from device.examine import Examination, examine
from device.film.flat_field import FlatField
from device.light import Light
from device.reading.ensemble import Ensemble
from device.retention import Retention
from device.store.store import Store
from device.study import FOR_GOOD, UNSAID, Patient, Rules, Study
from device.values import Coaching, Frame, OutcomeKind, Photo, Status, Timing
from device.watch import Watch
from device.window import Window


@dataclass(frozen=True, eq=False)
class _Wanted:
    """For whom a photo is read, who wants it, and by which flat field it is evened out."""

    patient: Patient
    by: str
    flat_field: FlatField | None


class Kiosk:
    """One light box, one camera, one film at a time.

    All parts are given: the kiosk finds nothing by itself. Methods may be called from any thread. With
    `take_when_still` it takes the photo by itself when a film has lain still and fit for a second.
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
        take_when_still: bool = False,
        rules: Rules = FOR_GOOD,
    ) -> None:
        self.camera = camera
        self.light = light
        self.ensemble = ensemble
        self.store = store
        self.retention = Retention(store, rules, clock)
        self._clock = clock
        self._flat_field = flat_field
        self._reading = threading.Lock()
        self._status = Status.STARTING
        self._fault: str | None = None
        self._photos_taken = 0
        self._patient = UNSAID
        self._window = Window(
            self.frame,
            lambda film, sight: self.ensemble.upright(film, sight),
            lambda picture: self.ensemble.look(picture),
        )
        self._watch = Watch(self) if take_when_still else None

    @property
    def status(self) -> Status:
        """What the kiosk is doing now."""
        return self._status

    @property
    def fault(self) -> str | None:
        """What is broken and what to do, while the status is fault."""
        return self._fault

    @property
    def photos_taken(self) -> int:
        """How many photos the camera was asked for since the start, by whomever."""
        return self._photos_taken

    @property
    def patient(self) -> Patient:
        """For whom the next film on the light box is read: stays for a retake, and is forgotten with the reading."""
        return self._patient

    def expect(self, patient: Patient) -> None:
        """Say for whom the next film on the light box is read, whoever presses the button."""
        self._patient = patient

    def now(self) -> datetime:
        """The kiosk's time, with its zone."""
        return self._clock()

    def start(self) -> None:
        """Say that the kiosk is ready. The ensemble has proved itself when it was loaded."""
        self._show(Status.READY)
        if self._watch is not None:
            self._watch.start()

    def stop(self) -> None:
        """Take no more photos unasked. Calling it twice is allowed."""
        if self._watch is not None:
            self._watch.stop()

    def frame(self) -> Frame:
        """A fresh live-view frame. Raises CameraFault."""
        return self.camera.frame()

    def live_frame(self) -> Frame:
        """A frame that all who look at once share; while the camera is busy, the last one. Raises CameraFault."""
        return self._window.frame()

    def coaching(self) -> Coaching | None:
        """What the live view says to the technician now; None while a film is read. Raises CameraFault.

        Worked out when it is asked for, once for each frame.
        """
        if self._status in (Status.STARTING, Status.READING):
            return None
        coaching = self._window.coaching()
        return coaching if self._watch is None else self._watch.told(coaching)

    def read_film(self, by: str = BUTTON) -> Study:
        """Take a photo of the film on the light box and read it; `by` is who wants it.

        Raises Busy while another film is being read, and CameraFault, StoreFault when something is broken.
        """
        patient = self._patient
        study = self._one_at_a_time(self._take, _Wanted(patient, by, self._flat_field))
        if study.reading is not None and self._patient == patient:
            self._patient = UNSAID
        return study

    def read_photo(self, photo: Photo, by: str = "", patient: Patient = UNSAID) -> Study:
        """Read a photo that came as a file. Raises as read_film does."""
        # Of another box: the flat field is not for it.
        return self._one_at_a_time(lambda: photo, _Wanted(patient, by, None))

    def _take(self) -> Photo:
        self._photos_taken += 1
        return self.camera.take()

    def _one_at_a_time(self, take: Callable[[], Photo], wanted: _Wanted) -> Study:
        if not self._reading.acquire(blocking=False):
            raise Busy("A film is being read already; wanted one at a time. Wait for its reading, then try again.")
        try:
            self._show(Status.READING)
            started = time.perf_counter()
            photo = take()
            taken = Timing("take", 1000 * (time.perf_counter() - started))
            study = self._keep(examine(photo, self.ensemble, wanted.flat_field), taken, wanted)
            self._show(status_after(study))
        except BaseException as error:
            self._fault = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            with suppress(Fault):
                self._show(Status.FAULT)
            raise
        else:
            self._fault = None
            self.retention.run()
            return study
        finally:
            self._reading.release()

    def _keep(self, examination: Examination, taken: Timing, wanted: _Wanted) -> Study:
        study = Study(
            id=uuid.uuid4().hex,
            read_at=self._clock(),
            photo_name=examination.photo.name,
            corners=examination.corners,
            reading=examination.reading,
            refusal=examination.refusal,
            timings=(taken, *examination.timings),
            bundle=self.ensemble.bundle.id,
            patient=wanted.patient,
            read_by=wanted.by,
        )
        self.store.keep(study, examination.photo, examination.film)
        return study

    def _show(self, status: Status) -> None:
        self._status = status
        self.light.show(status)


def status_after(study: Study) -> Status:
    """What the light shows after a study: never which finding it was."""
    if study.reading is None:
        return Status.RETAKE
    outcome = study.reading.outcome
    if outcome.kind is OutcomeKind.UNCERTAIN:
        return Status.UNCERTAIN
    return Status.DONE_NORMAL if outcome.name == "NORMAL" else Status.DONE_FINDING
