"""A USB camera by its number, or any camera that a GStreamer pipeline reaches: a Jetson's CSI camera.

For a Jetson, `camera_source` is a pipeline that ends in an appsink which keeps only the newest frame, in one line::

    nvarguscamerasrc ! video/x-raw(memory:NVMM),width=4032,height=3040,framerate=21/1 ! nvvidconv !
    video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1

OpenCV from the package index is built without GStreamer; JetPack's own OpenCV has it.

A photo is taken with every control held that the camera has, and is only given when each reads back as it was set
(see `uvc`); what the camera has no control for is said by `locked` and is no fault.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import cv2

from device.camera import uvc
from device.camera.jpeg import PHOTO_QUALITY, encode_frame, encode_jpeg
from device.camera.limit import within
from device.errors import CameraFault
from device.settings import Settings
from device.values import Frame, Locked, Photo

WARM_UP = 5
"""Frames thrown away after opening: exposure and white balance settle meanwhile."""

STALE = 4
"""Frames that a driver may hold back: V4L2 queues four, so the next one read can be older than the film."""

TAKES = 3
"""Photos to take at most until every control reads back as it was set."""


class OpenCVCamera:
    """A camera that OpenCV reads. It is opened again by itself after it was unplugged."""

    def __init__(
        self, open_capture: Callable[[], cv2.VideoCapture], *, name: str, width: int, height: int, seconds: float = 15.0
    ) -> None:
        """`open_capture` makes and sets the device; `name` is what messages call it; `seconds` limits every call.

        Raises CameraFault when there is no such camera or it gives another size than `width` x `height`.
        """
        self._open_capture = open_capture
        self._name = name
        self._size = (width, height)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._capture: cv2.VideoCapture | None = None
        self._closed = False
        self._last_read = 0.0
        self._controls: tuple[uvc.Control, ...] | None = None
        self._locked = Locked()
        with self._lock:
            self._read(stale=0)

    @classmethod
    def from_settings(cls, settings: Settings) -> OpenCVCamera:
        """`camera_source` is a device number or a GStreamer pipeline."""
        source, width, height = settings.camera_source, settings.camera_width, settings.camera_height

        def by_number() -> cv2.VideoCapture:
            capture = cv2.VideoCapture(int(source), cv2.CAP_V4L2)
            # Uncompressed, USB 2 carries large photos at a frame every few seconds or not at all.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            return capture

        def by_pipeline() -> cv2.VideoCapture:
            if not cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
                raise CameraFault(
                    f'camera_source is "{source}", a GStreamer pipeline; this OpenCV has no GStreamer. Use the OpenCV '
                    "that comes with JetPack, or give the number of a USB camera."
                )
            return cv2.VideoCapture(source, cv2.CAP_GSTREAMER)

        open_capture = by_number if source.isdecimal() else by_pipeline
        return cls(open_capture, name=f'camera "{source}"', width=width, height=height)

    def frame(self) -> Frame:
        """A fresh small picture. Raises CameraFault."""
        with self._lock:
            # While the page is watched, frames are read faster than they can grow old.
            idle = time.monotonic() - self._last_read > 0.5
            return Frame(encode_frame(self._read(stale=STALE if idle else 0)), *self._size)

    def take(self) -> Photo:
        """A full-size photo of what lies there now, as JPEG.

        Raises CameraFault, also when a control that the camera accepted reads back otherwise.
        """
        with self._lock:
            pixels = self._read(stale=STALE, hold=True)
        return Photo("camera.jpg", encode_jpeg(pixels, PHOTO_QUALITY))

    def locked(self) -> Locked:
        """What was held fixed in the last photo, as far as the camera's controls tell."""
        return self._locked

    def close(self) -> None:
        """Give the camera back. Calling it twice is allowed."""
        with self._lock:
            self._closed = True
            self._release()

    def _read(self, *, stale: int, hold: bool = False) -> cv2.typing.MatLike:
        """The newest picture, after `stale` others were thrown away; opens the camera if it is not open.

        With `hold` its settings are held for it and read back.
        """
        if self._closed:
            raise CameraFault("The camera is closed; wanted an open one. Start the kiosk again.")
        capture = self._capture
        # Not ours until the call has come back: a capture that hangs in the driver must not be touched again.
        self._capture = None
        self._capture, pixels = within(
            self._seconds,
            lambda: self._picture(capture, stale, hold),
            f"reading {self._name}",
            late=lambda result: result[0].release(),
        )
        self._last_read = time.monotonic()
        return pixels

    def _picture(
        self, capture: cv2.VideoCapture | None, stale: int, hold: bool
    ) -> tuple[cv2.VideoCapture, cv2.typing.MatLike]:
        """An open capture and a picture of the right size from it; gives the capture back when that fails."""
        try:
            if capture is None:
                capture = self._open_capture()
                self._controls = None
                stale = WARM_UP
            if not capture.isOpened():
                raise CameraFault(
                    f"There is no {self._name}, or another program has it; wanted a camera that opens. Plug it in, "
                    "or correct `camera_source` in the settings."
                )
            pixels = self._held_picture(capture, stale) if hold else self._newest(capture, stale)
        except (CameraFault, cv2.error) as error:
            if capture is not None:
                capture.release()
            if isinstance(error, CameraFault):
                raise
            raise CameraFault(f"The {self._name} failed: {error}. Check its cable and try again.") from error
        return capture, pixels

    def _held_picture(self, capture: cv2.VideoCapture, stale: int) -> cv2.typing.MatLike:
        """A picture taken while every control stayed as it was set."""
        free = self._newest(capture, stale)  # also lets the automatic controls see what lies there now
        if self._controls is None:
            self._controls = uvc.accepted(capture)
        settings = uvc.settled(capture, self._controls)
        wrong: tuple[str, ...] = ()
        for _ in range(TAKES):
            held = uvc.lock(capture, settings)
            try:
                # What the driver still holds back was taken before the lock.
                pixels = self._newest(capture, STALE) if held else free
                wrong = uvc.disagreements(capture, held)
            finally:
                uvc.unlock(capture, settings)
            lost = uvc.not_to_be_held(free, pixels) & {setting.name for setting in held}
            if lost and not wrong:
                self._controls = tuple(control for control in self._controls if control.name not in lost)
                settings = tuple(setting for setting in settings if setting.name not in lost)
                free = self._newest(capture, WARM_UP)
            elif not wrong:
                self._locked = uvc.words(held)
                return pixels
        said = "; ".join(wrong) or "its pictures change whenever they are held"
        raise CameraFault(
            f"The {self._name} does not keep to its settings: {said}. Unplug it for a moment and try again; if it "
            "stays so, use another camera."
        )

    def _newest(self, capture: cv2.VideoCapture, stale: int) -> cv2.typing.MatLike:
        """A picture of the right size, after `stale` others were thrown away."""
        given = all(capture.grab() for _ in range(stale))
        done, pixels = capture.read() if given else (False, None)
        if not done or pixels is None:
            raise CameraFault(
                f"The {self._name} gave no picture; wanted one. Unplugged? Check its cable and try again."
            )
        found = (pixels.shape[1], pixels.shape[0])
        if found != self._size:
            raise CameraFault(
                f"The {self._name} gives {found[0]} x {found[1]} pixels; wanted {self._size[0]} x {self._size[1]}. "
                "Set camera_width and camera_height to a size that it can give."
            )
        return pixels

    def _release(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            with suppress(CameraFault):  # closing is all that is left to do; a hung driver cannot be closed
                within(self._seconds, capture.release, f"closing {self._name}")
