"""Studies on their way to a USB stick. The kiosk may not write to a stick: it lays the files out, the system copies.

::

    <folder>/<job>/         the files of one job, as they will lie on the stick
    <folder>/wanted         which job for which stick, written last: the system waits for it
    <folder>/<job>.done     the system's answer

The system's side is `device.save_to_stick`, started by systemd/filmside-stick-save.path.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from device.background import Background
from device.errors import FilmsideError

WANTED = "wanted"
ANSWER = ".done"

MOST_STUDIES = 200
"""So many studies go to a stick at once: what the kiosk lays out for it takes room on its own disk meanwhile."""

ANSWERED_S = 15.0
"""How long the system may take to begin; where it does not, nobody there waits for the kiosk."""

COPIED_S = 1800.0
"""How long it may then take to copy."""


class Stage(str, Enum):
    """How far a job is."""

    LAYING_OUT = "laying-out"
    COPYING = "copying"
    SAVED = "saved"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Saving:
    """A job: so many of its parts are laid out; `say` is what went wrong, `place` its folder on the stick."""

    stick: str
    stage: Stage
    parts: int
    ready: int = 0
    say: str = ""
    place: str = ""


Part = Callable[[], Iterable[tuple[str, bytes]]]
"""Makes some files, names and contents, when its turn comes; may raise FilmsideError."""


class Outbox:
    """At most one job at a time. Methods may be called from any thread."""

    def __init__(self, folder: Path, *, answered_s: float = ANSWERED_S, copied_s: float = COPIED_S) -> None:
        self._folder = folder
        self._answered_s = answered_s
        self._copied_s = copied_s
        self._turn = threading.Lock()
        self._saving: Saving | None = None
        self._background = Background("outbox")

    @property
    def saving(self) -> Saving | None:
        """The last job; None where there was none since the start."""
        return self._saving

    @property
    def running(self) -> bool:
        """Whether a job is on its way."""
        return self._background.running

    def start(self, stick: str, parts: Sequence[Part]) -> bool:
        """Begin to save these files to a stick; False while others are being saved."""

        def first() -> None:
            with self._turn:
                self._saving = Saving(stick, Stage.LAYING_OUT, len(files))

        files = tuple(parts)
        return self._background.start(first, lambda: self._run(stick, files))

    def stop(self, *, wait_s: float = 0.0) -> None:
        """Save nothing more; what the system copies already, it copies. Calling it twice is allowed."""
        self._background.stop(wait_s=wait_s)

    def _run(self, stick: str, parts: tuple[Part, ...]) -> None:
        job = uuid.uuid4().hex
        try:
            self._sweep()
            if self._lay_out(job, parts):
                self._tell(stage=Stage.COPYING)
                self._ask(job, stick)
                self._take(self._answer(job))
            else:
                self._tell(stage=Stage.STOPPED)
        except (FilmsideError, OSError) as error:
            self._tell(stage=Stage.FAILED, say=str(error))
        except Exception:
            logging.getLogger(__name__).exception("Saving to a stick failed; report this as a bug")
            self._tell(stage=Stage.FAILED, say="The kiosk made a mistake while it saved.")
        finally:
            self._sweep()

    def _lay_out(self, job: str, parts: tuple[Part, ...]) -> bool:
        """Write the job's files; False when it was stopped meanwhile."""
        folder = self._folder / job
        folder.mkdir(parents=True)
        for place, part in enumerate(parts):
            if self._background.stopping:
                return False
            for name, content in part():
                (folder / name).write_bytes(content)
            self._tell(ready=place + 1)
        return True

    def _ask(self, job: str, stick: str) -> None:
        part = self._folder / f"{WANTED}.part"
        part.write_text(json.dumps({"job": job, "stick": stick}), encoding="utf-8")
        part.replace(self._folder / WANTED)

    def _answer(self, job: str) -> dict[str, str]:
        """What the system says in the end. Raises FilmsideError where it says nothing."""
        answer, wanted = self._folder / f"{job}{ANSWER}", self._folder / WANTED
        began = time.monotonic()
        while not answer.exists():
            waited = time.monotonic() - began
            if wanted.exists() and waited > self._answered_s:
                raise FilmsideError(
                    "The system does not copy to sticks here: nobody waits for the kiosk's files. Let your engineer "
                    "enable filmside-stick-save.path, or save the table and the reports by a browser."
                )
            if waited > self._copied_s:
                raise FilmsideError("The stick takes too long. Plug in another one, and try again.")
            time.sleep(0.1)
        told = json.loads(answer.read_text(encoding="utf-8"))
        return {name: str(value) for name, value in told.items()}

    def _take(self, told: dict[str, str]) -> None:
        if "place" in told:
            self._tell(stage=Stage.SAVED, place=told["place"])
        else:
            self._tell(stage=Stage.FAILED, say=told.get("error", ""))

    def _tell(self, **changed: object) -> None:
        with self._turn:
            if self._saving is not None:
                self._saving = replace(self._saving, **changed)  # type: ignore[arg-type]

    def _sweep(self) -> None:
        """Nothing of a patient stays behind, after a power cut neither."""
        if not self._folder.is_dir():
            return
        for entry in self._folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


def file_name(*parts: str) -> str:
    """A name that every file system takes, a stick's FAT too: letters, digits, dot, dash and underscore."""
    return "_".join(re.sub(r"[^A-Za-z0-9-]+", "-", part).strip("-")[:40] for part in parts if part)
