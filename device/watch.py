"""Taking the photo unasked: a thread that watches the light box, for a kiosk whose settings say so."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from device.errors import Busy, CameraFault, FilmsideError
from device.film.still import Step, Stillness
from device.study import Study
from device.values import Coaching, Film

EVERY_SECONDS = 0.1
"""From one look to the next: ten a second."""

FAULT_SECONDS = 2.0
"""How long to leave a camera alone that gave no frame."""

_SAY = {
    Step.HOLD: "Keep the film still. The photo is taken by itself.",
    Step.TAKE: "Keep the film still. The photo is taken by itself.",
    Step.TAKEN: "The photo is taken. Lay the next film on the box.",
}


class Watched(Protocol):
    """What a kiosk offers to its watch."""

    @property
    def photos_taken(self) -> int: ...

    def coaching(self) -> Coaching | None: ...

    def read_film(self) -> Study: ...


class Watch:
    """Looks at the light box and takes the photo of each film that lies still and fit, once."""

    def __init__(self, kiosk: Watched, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self._kiosk = kiosk
        self._stillness = Stillness(clock)
        self._step = Step.WAIT
        self._photos = 0
        self._film: Film | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 25.0) -> None:
        """Watch no more, and wait at most so long for a reading under way. Calling it twice is allowed."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=seconds)

    def told(self, coaching: Coaching) -> Coaching:
        """The coaching in the words of a kiosk that takes the photo by itself."""
        say = _SAY.get(self._step) if coaching.ready else None
        return coaching if say is None else replace(coaching, say=say)

    def _run(self) -> None:
        wait = EVERY_SECONDS
        while not self._stop.wait(wait):
            wait = EVERY_SECONDS
            try:
                self.look()
            except CameraFault:
                # The page says it where the picture would be; the camera is asked again, not hammered.
                self._look_away()
                wait = FAULT_SECONDS
            except FilmsideError as error:
                # On the light and the page already: there is nobody here to tell.
                logging.getLogger(__name__).info("The watch: %s", error)
            except Exception:
                logging.getLogger(__name__).exception("The watch failed; report this as a bug")
                wait = FAULT_SECONDS

    def look(self) -> None:
        """Look once, and take the photo when the film has lain still. Raises what `Kiosk.read_film` does."""
        coaching = self._kiosk.coaching()
        if self._photos != self._kiosk.photos_taken:
            # A photo was taken, by us or by *Read film*: of the film seen before. This frame may be of either time.
            self._photos = self._kiosk.photos_taken
            self._stillness.taken()
            coaching = None
        if coaching is None:
            self._look_away()
            return
        # A camera that hangs gives its last frame again and again, which proves no stillness.
        if coaching.film is not None and coaching.film is self._film:
            return
        self._film = coaching.film
        self._step = self._stillness.see(coaching)
        if self._step is Step.TAKE:
            self._take()

    def _take(self) -> None:
        try:
            self._kiosk.read_film()
        except Busy:
            # Someone was quicker: whether with this film or with a file, the next look tells.
            return
        except Exception:
            # What is broken is tried again with the next film, not ten times a second.
            self._stillness.taken()
            raise
        self._stillness.taken()

    def _look_away(self) -> None:
        self._stillness.look_away()
        self._step = Step.WAIT
