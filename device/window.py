"""The live view that all who look at the light box share: one frame at a time, and what it says to the technician."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from device.errors import CameraFault
from device.film.coach import Coach
from device.film.passing import Gate, Scout, ungated, unscouted
from device.intake.decode import decode
from device.values import Coaching, Frame, Photo, Picture, Refusal

FRESH_SECONDS = 0.08
"""A frame this young is shown to the next one too, so that several browsers cost the camera no more than one."""

FIRST_SECONDS = 2.0
"""How long the second one waits for the very first frame, while a camera warms up."""


class Window:
    """Frames and their coaching, for any number of threads: only one ever waits for the camera, only one coaches.

    While the camera is busy with a photo, the others get the last frame at once, so that no thread of the server
    is held up and *Read film* is always heard. Nothing is done for nobody: a frame is coached when it is asked for.
    """

    def __init__(
        self,
        look: Callable[[], Frame],
        gate: Gate = ungated,
        scout: Scout = unscouted,
    ) -> None:
        """`look` asks the camera for a frame and may raise CameraFault; `gate` is what a film must pass to be read, and
        `scout` what sees a whole picture."""
        self._ask = look
        self._looking = threading.Lock()
        self._last: Frame | CameraFault | None = None
        self._looks = 0
        self._at = 0.0
        self._coaching = threading.Lock()
        self._coach = Coach(gate, scout)
        self._coached: Coaching | None = None
        self._coached_look = 0

    def frame(self) -> Frame:
        """A frame, fresh where the camera is free. Raises CameraFault."""
        # Only before the camera has answered at all is there nothing to show meanwhile.
        if self._looking.acquire(timeout=FIRST_SECONDS if self._last is None else 0):
            try:
                if self._last is None or time.monotonic() - self._at >= FRESH_SECONDS:
                    self._look()
            finally:
                self._looking.release()
        last = self._last
        if isinstance(last, Frame):
            return last
        raise CameraFault(
            "The camera has given no picture yet; wanted a live picture. Wait a few seconds."
            if last is None
            else str(last)
        )

    def coaching(self) -> Coaching:
        """The coaching of what `frame` gives; each look is coached once, whoever asks. Raises CameraFault."""
        frame, look = self.frame(), self._looks
        if self._coaching.acquire(timeout=FIRST_SECONDS if self._coached is None else 0):
            try:
                # Told apart by the look, not by the frame: one that comes again shows that the picture rests.
                if self._coached is None or self._coached_look != look:
                    self._coached, self._coached_look = _coached(self._coach, frame), look
            finally:
                self._coaching.release()
        if self._coached is None:
            raise CameraFault("The live view is not judged yet; wanted its coaching. Wait a few seconds.")
        return self._coached

    def _look(self) -> None:
        """Ask the camera. After a fault no older frame stands for a film that may lie there now."""
        try:
            self._last = self._ask()
        except CameraFault as fault:
            self._last = fault
        self._looks += 1
        self._at = time.monotonic()


def as_picture(frame: Frame) -> Picture | Refusal:
    """A frame's grey pixels as a picture of the photo that would be taken: the photo's width and height."""
    picture = decode(Photo("frame.jpg", frame.encoded))
    if isinstance(picture, Refusal):
        return picture
    shrink = max(1, round(frame.width / picture.pixels.shape[1]))
    return replace(picture, shrink=shrink, width=frame.width, height=frame.height)


def _coached(coach: Coach, frame: Frame) -> Coaching:
    picture = as_picture(frame)
    if isinstance(picture, Refusal):
        return Coaching(None, picture.say, False, frame.width, frame.height)
    return coach.see(picture)
