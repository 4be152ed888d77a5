"""Many photos read one after another in the background, with a way to see how far it is and to stop it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from device.background import Background
from device.errors import Busy, Fault, FilmsideError
from device.study import Study
from device.values import Outcome, Photo

BUSY_S = 1.0
"""How long a batch steps back for a film on the light box: the patient who stands there comes first."""


class Progress(str, Enum):
    """How far one photo of a batch is."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Item:
    """One photo of a batch: its name, how far it is, the study that it became, its outcome where it was read, and what
    is said of it where it was not."""

    name: str
    progress: Progress
    study: str = ""
    outcome: Outcome | None = None
    say: str = ""


@dataclass(frozen=True)
class Wanted:
    """A photo to be read: what it is called, and where it is had; `fetch` may raise FilmsideError."""

    name: str
    fetch: Callable[[], Photo]


class Batch:
    """At most one run at a time. Methods may be called from any thread."""

    def __init__(self, read: Callable[[Photo, str], Study]) -> None:
        """`read` keeps a photo's study and may raise Busy, which is waited for, and Fault."""
        self._read = read
        self._turn = threading.Lock()
        self._items: list[Item] = []
        self._background = Background("batch")

    @property
    def items(self) -> tuple[Item, ...]:
        """The photos of the last run, in their order."""
        with self._turn:
            return tuple(self._items)

    @property
    def running(self) -> bool:
        """Whether photos are being read."""
        return self._background.running

    def start(self, wanted: Sequence[Wanted], by: str) -> bool:
        """Begin to read these; False while others are being read."""
        photos = tuple(wanted)

        def first() -> None:
            with self._turn:
                self._items = [Item(one.name, Progress.WAITING) for one in photos]

        return self._background.start(first, lambda: self._run(photos, by))

    def stop(self, *, wait_s: float = 0.0) -> None:
        """Read no more after the one that is being read; calling it twice is allowed."""
        self._background.stop(wait_s=wait_s)

    def _run(self, wanted: tuple[Wanted, ...], by: str) -> None:
        for place, one in enumerate(wanted):
            if self._background.stopping:
                self._set(place, progress=Progress.STOPPED)
                continue
            self._set(place, progress=Progress.READING)
            try:
                study = self._read_one(one, by)
            except Fault as error:
                # Broken is broken: the next photo would fail too.
                self._set(place, progress=Progress.FAILED, say=str(error))
                self._background.stop()
            except FilmsideError as error:
                self._set(place, progress=Progress.FAILED, say=str(error))
            except Exception:
                logging.getLogger(__name__).exception("A photo of a batch failed; report this as a bug")
                self._set(place, progress=Progress.FAILED, say="The kiosk made a mistake with this photo.")
            else:
                if study is None:
                    self._set(place, progress=Progress.STOPPED)
                elif study.refusal is not None:
                    self._set(place, progress=Progress.REFUSED, study=study.id, say=study.refusal.say)
                else:
                    outcome = study.reading.outcome if study.reading else None
                    self._set(place, progress=Progress.READ, study=study.id, outcome=outcome)

    def _read_one(self, one: Wanted, by: str) -> Study | None:
        photo = one.fetch()
        while not self._background.stopping:
            try:
                return self._read(photo, by)
            except Busy:
                time.sleep(BUSY_S)
        return None

    def _set(
        self, place: int, *, progress: Progress, study: str = "", outcome: Outcome | None = None, say: str = ""
    ) -> None:
        with self._turn:
            self._items[place] = Item(self._items[place].name, progress, study, outcome, say)
