"""The Raspberry Pi's own camera, by picamera2's documented interface.

picamera2 and libcamera come with Raspberry Pi OS (`apt install python3-picamera2`), not from the package index: a
virtual environment reaches them with `--system-site-packages`.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from io import BytesIO
from typing import Any

from picamera2 import Picamera2
from PIL import Image

from device.camera.jpeg import FRAME_WIDTH, PHOTO_QUALITY
from device.camera.limit import within
from device.errors import CameraFault
from device.settings import Settings
from device.values import Frame, Photo

WARM_UP = 20
"""Frames to wait at most after opening for exposure to settle."""

EXPOSURE_SLACK = 0.25
"""How far the photo's exposure may lie from the locked one; the sensor rounds to whole lines."""


class PiCamera:
    """One camera of a Raspberry Pi. It is opened again by itself after it stopped answering."""

    def __init__(self, number: int, *, width: int, height: int, seconds: float = 15.0) -> None:
        """`number` counts cameras from 0, `width` x `height` is the photo's size, `seconds` limits every call.

        Raises CameraFault when there is no such camera or it does not answer.
        """
        self._number = number
        self._size = (width, height)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._camera: Any = None
        self._closed = False
        with self._lock:
            self._camera = self._open_in_time()

    @classmethod
    def from_settings(cls, settings: Settings) -> PiCamera:
        """`camera_source` is the camera's number."""
        if not settings.camera_source.isdecimal():
            raise CameraFault(
                f'camera_source is "{settings.camera_source}"; wanted the number of a Pi camera, such as "0". Correct '
                "it in the settings."
            )
        return cls(int(settings.camera_source), width=settings.camera_width, height=settings.camera_height)

    def frame(self) -> Frame:
        """A fresh small picture as JPEG. Raises CameraFault."""
        with self._lock:
            return Frame(self._call(self._capture_frame, "giving a frame"), *self._size)

    def take(self) -> Photo:
        """A full-size photo as JPEG, exposure and white balance locked to what the live view shows.

        Raises CameraFault, also when the photo has another size or exposure than asked for.
        """
        with self._lock:
            return Photo("camera.jpg", self._call(self._capture_photo, "taking a photo"))

    def close(self) -> None:
        """Give the camera back. Calling it twice is allowed."""
        with self._lock:
            self._closed = True
            camera, self._camera = self._camera, None
            if camera is not None:
                with suppress(CameraFault):  # nothing is left to do when closing fails
                    self._limited(camera.close, "closing the camera")

    def _call(self, work: Any, doing: str) -> bytes:
        """Work on the open camera, opened anew if it is not; on a fault it is closed, to start afresh next time."""
        if self._closed:
            raise CameraFault("The camera is closed; wanted an open one. Start the kiosk again.")
        camera, self._camera = self._camera, None
        if camera is None:
            camera = self._open_in_time()
        try:
            encoded: bytes = self._limited(lambda: work(camera), doing)
        except CameraFault:
            with suppress(CameraFault):
                self._limited(lambda: _give_up(camera), "closing the camera")
            raise
        self._camera = camera
        return encoded

    def _open_in_time(self) -> Any:
        return self._limited(self._open, "opening the camera", late=lambda camera: camera.close())

    def _limited(self, call: Any, doing: str, *, late: Any = lambda result: None) -> Any:
        try:
            return within(self._seconds, call, doing, late=late)
        except CameraFault:
            raise
        except Exception as error:  # libcamera's errors come as RuntimeError, IndexError, ValueError and OSError
            raise CameraFault(
                f"The Pi camera failed while {doing}: {str(error) or type(error).__name__}. Check its cable, and "
                "that no other program has it, then try again."
            ) from error

    def _open(self) -> Any:
        found = Picamera2.global_camera_info()
        if self._number >= len(found):
            raise CameraFault(
                f"{len(found)} Pi cameras found; wanted number {self._number}, counted from 0. Check the ribbon cable "
                "and `rpicam-hello --list-cameras`, or correct `camera_source` in the settings."
            )
        camera = Picamera2(self._number)
        try:
            camera.options["quality"] = PHOTO_QUALITY
            width, height = self._size
            # An even number of lines: YUV formats halve the colour planes.
            size = (FRAME_WIDTH, round(height * FRAME_WIDTH / width / 2) * 2)
            camera.configure(camera.create_preview_configuration(main={"size": size, "format": "RGB888"}))
            camera.start()
            for _ in range(WARM_UP):
                if camera.capture_metadata(wait=self._seconds).get("AeLocked"):
                    break
        except BaseException:
            camera.close()
            raise
        return camera

    def _capture_frame(self, camera: Any) -> bytes:
        buffer = BytesIO()
        camera.capture_file(buffer, format="jpeg", wait=self._seconds)
        return buffer.getvalue()

    def _capture_photo(self, camera: Any) -> bytes:
        now = camera.capture_metadata(wait=self._seconds)
        locked = {name: now[name] for name in ("ExposureTime", "AnalogueGain", "ColourGains")}
        configuration = camera.create_still_configuration(
            main={"size": self._size}, controls={"AeEnable": False, "AwbEnable": False, **locked}
        )
        buffer = BytesIO()
        then = camera.switch_mode_and_capture_file(configuration, buffer, format="jpeg", wait=self._seconds)
        self._check(buffer, locked["ExposureTime"], then["ExposureTime"])
        return buffer.getvalue()

    def _check(self, photo: BytesIO, locked: int, exposure: int) -> None:
        with Image.open(photo) as image:
            found = image.size
        if found != self._size:
            raise CameraFault(
                f"The Pi camera gives {found[0]} x {found[1]} pixels; wanted {self._size[0]} x {self._size[1]}. Set "
                "camera_width and camera_height to a size that `rpicam-hello --list-cameras` names."
            )
        if abs(exposure - locked) > EXPOSURE_SLACK * locked:
            raise CameraFault(
                f"The photo was exposed for {exposure} us; wanted the locked {locked} us. Wait until the light box is "
                "steady, then try again."
            )


def _give_up(camera: Any) -> None:
    """Close a camera whose jobs may hang: they are cancelled first, or `close` would wait for them."""
    camera.cancel_all_and_flush()
    camera.close()
