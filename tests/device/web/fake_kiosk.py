"""A kiosk with the real one's face: made-up readings, studies in memory, pictures drawn here."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from device.errors import Busy, CameraFault, Fault
from device.reading.contract import ShortcutAudit, Statement
from device.retention import Retention
from device.store.store import Store
from device.study import UNSAID, Patient, Rules, Study
from device.values import (
    Coaching,
    Corners,
    Film,
    Frame,
    Grey,
    HeatMap,
    Outcome,
    OutcomeKind,
    Photo,
    Point,
    Reading,
    Reason,
    Refusal,
    Score,
    Status,
    Timing,
    Vote,
)
from device.web.words import study_status
from device.window import Window

FINDINGS = ("COVID-19", "EMPHYSEMA", "NORMAL", "PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL", "TUBERCULOSIS")
BUNDLE = "9f2c41d07ab85e36"
CORNERS = Corners(Point(330, 90), Point(950, 110), Point(930, 870), Point(310, 850))
STAGES = {"take": 212.4, "decode": 88.1, "find": 41.7, "read": 931.0, "total": 1103.2}
TIMINGS = tuple(Timing(stage, milliseconds) for stage, milliseconds in STAGES.items())
GLARE = Refusal(Reason.TOO_BRIGHT, "Part of the film is washed out. Switch off the lamp above the box, then try again.")


def a_reading(name: str = "TUBERCULOSIS", kind: OutcomeKind = OutcomeKind.FINDING, score: float = 0.87) -> Reading:
    """A reading with this outcome; what is left of the score is shared by the other findings."""
    members = ("mobilenet-v3", "resnet-18", "custom-cnn", "vit-tiny")
    top = name if name in FINDINGS else "PNEUMONIA-VIRAL"

    def share(value: float) -> tuple[Score, ...]:
        return tuple(Score(one, value if one == top else (1 - value) / (len(FINDINGS) - 1)) for one in FINDINGS)

    def heat(finding: str, strength: float) -> HeatMap:
        rows, columns = np.mgrid[0:5, 0:5]
        blob = strength * np.exp(-((rows - 1.2) ** 2 + (columns - 3.3) ** 2) / 1.6)
        return HeatMap(finding, 5, 5, tuple(float(cell) for cell in blob.ravel()))

    return Reading(
        outcome=Outcome(kind, name, score),
        scores=share(score),
        votes=tuple(Vote(member, share(score - 0.06 * place)) for place, member in enumerate(members)),
        spread=0.07,
        heat_maps=tuple(heat(finding, 0.95 if finding == top else 0.4) for finding in FINDINGS),
        bundle=BUNDLE,
    )


def a_film() -> Grey:
    """A picture that looks a little like a chest: dark ground, grey body, two dark lungs, a bright middle."""
    film = np.full((700, 560), 20, np.uint8)
    cv2.ellipse(film, (280, 400), (240, 330), 0, 0, 360, 150, -1)
    for side in (-1, 1):
        cv2.ellipse(film, (280 + 105 * side, 330), (75, 190), 6 * side, 0, 360, 60, -1)
    cv2.rectangle(film, (258, 60), (302, 640), 205, -1)
    return cv2.GaussianBlur(film, (0, 0), 14)


def a_photo(film: Grey, name: str = "box.jpg") -> Photo:
    """A photo of the film on a light box: 1280 x 960, the film at CORNERS."""
    photo = np.full((960, 1280), 60, np.uint8)
    cv2.rectangle(photo, (180, 40), (1100, 920), 238, -1)
    height, width = film.shape
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.array([[point.x, point.y] for point in CORNERS.points()], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    laid = cv2.warpPerspective(film, matrix, (1280, 960))
    on_film = cv2.warpPerspective(np.full_like(film, 255), matrix, (1280, 960)) > 0
    photo[on_film] = laid[on_film]
    return Photo(name, cv2.imencode(".jpg", photo)[1].tobytes())


class FaultyStore(Store):
    """The real store, with a fault that a test may set."""

    def __init__(self, folder: Path) -> None:
        self.fault: Fault | None = None
        super().__init__(folder, free_megabytes=0)

    def keep(self, study: Study, photo: Photo, film: Film | None) -> None:
        if self.fault:
            raise self.fault
        super().keep(study, photo, film)

    def _query(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        if self.fault:
            raise self.fault
        return super()._query(sql, *values)


@dataclass
class FakeBundle:
    id: str = BUNDLE
    findings: tuple[str, ...] = FINDINGS
    audit: ShortcutAudit | None = None
    children: tuple[str, ...] = ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL")
    statements: tuple[Statement, ...] = (
        *(Statement(finding, (finding,), 0.5) for finding in FINDINGS),
        Statement("PNEUMONIA", ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL"), 0.5),
        Statement("ABNORMAL", tuple(finding for finding in FINDINGS if finding != "NORMAL"), 0.5),
    )


class FakeEnsemble:
    def __init__(self) -> None:
        self.bundle = FakeBundle()


class FakeKiosk:
    """Answers what `answers` holds, in turn; then findings. `hold` keeps a reading waiting until it is set."""

    def __init__(self, folder: Path) -> None:
        self.status = Status.READY
        self.fault: str | None = None
        self.store = FaultyStore(folder)
        self.sticks = folder.parent / "sticks"
        self.ensemble = FakeEnsemble()
        self.answers: deque[Reading | Refusal | Exception] = deque()
        self.camera_fault: str | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.film = a_film()
        self.frames = 0
        self.photos_taken = 0
        self.advice: Coaching | None = None
        self._window = Window(self.frame)
        self._lock = threading.Lock()
        self._now = datetime(2026, 3, 14, 9, 0, tzinfo=timezone.utc)
        self.patient = UNSAID
        rules = Rules(keep_days=365, undo_days=30, make_room=False, free_megabytes=0)
        self.retention = Retention(self.store, rules, self.now)

    def frame(self) -> Frame:
        if self.camera_fault:
            raise CameraFault(self.camera_fault)
        self.frames += 1
        photo = cv2.imdecode(np.frombuffer(a_photo(self.film).encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
        return Frame(cv2.imencode(".jpg", cv2.resize(photo, (640, 480)))[1].tobytes(), *photo.shape[::-1])

    def live_frame(self) -> Frame:
        return self._window.frame()

    def coaching(self) -> Coaching | None:
        if self.status is Status.READING:
            return None
        return self.advice or self._window.coaching()

    def now(self) -> datetime:
        return self._now

    def expect(self, patient: Patient) -> None:
        self.patient = patient

    def read_film(self, by: str = "button") -> Study:
        self.photos_taken += 1
        study = self.read_photo(a_photo(self.film), by, self.patient)
        if study.reading is not None:
            self.patient = UNSAID
        return study

    def read_photo(self, photo: Photo, by: str = "", patient: Patient = UNSAID) -> Study:
        if not self._lock.acquire(blocking=False):
            raise Busy("A film is being read already; wanted one at a time.")
        try:
            self.status = Status.READING
            assert self.hold.wait(10)
            answer = self.answers.popleft() if self.answers else a_reading()
            if isinstance(answer, Exception):
                raise answer
            study = self.keep(answer, photo, patient, by)
        except Fault as error:
            self.status, self.fault = Status.FAULT, str(error)
            raise
        else:
            self.status, self.fault = study_status(study), None
            return study
        finally:
            self._lock.release()

    def keep(
        self, answer: Reading | Refusal, photo: Photo | None = None, patient: Patient = UNSAID, by: str = ""
    ) -> Study:
        """Keep a study as if it had been read."""
        self._now += timedelta(minutes=7)
        reading = answer if isinstance(answer, Reading) else None
        refusal = answer if isinstance(answer, Refusal) else None
        photo = photo or a_photo(self.film)
        study = Study(
            uuid.uuid4().hex,
            self._now,
            photo.name,
            CORNERS if reading else None,
            reading,
            refusal,
            TIMINGS,
            BUNDLE,
            patient,
            read_by=by,
        )
        self.store.keep(study, photo, Film(self.film, CORNERS) if reading else None)
        return study
