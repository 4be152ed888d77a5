"""The Raspberry Pi's own camera, by picamera2's documented interface.

A photo is taken with exposure, gain, white balance and focus locked to what the live view settled on, and is only
given when the metadata of that very photo says so (see `lock`).

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
from device.camera.lock import Lock, automatic, is_settled
from device.errors import CameraFault
from device.settings import Settings
from device.values import Frame, Locked, Photo

SETTLE_FRAMES = 60
"""Frames to wait at most for the automatic controls to come to rest: two seconds. A light that flickers never lets
them; the photo is then locked to the last frame, and judged like any other."""

TAKES = 6
"""Photos to take at most until one has the locked settings: exposure and gain reach the sensor two or three frames
late, and a lens takes a little longer."""


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
        self._locked = Locked()
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
        """A full-size photo as JPEG; exposure, gain, white balance and focus are what the live view settled on.

        Raises CameraFault, also when the photo has another size, or no photo the locked settings.
        """
        with self._lock:
            return Photo("camera.jpg", self._call(self._capture_photo, "taking a photo"))

    def locked(self) -> Locked:
        """What was held fixed in the last photo, by its own metadata."""
        return self._locked

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
            camera.configure(self._live(camera))
            camera.start()
            self._settle(camera)
        except BaseException:
            camera.close()
            raise
        return camera

    def _live(self, camera: Any) -> Any:
        """The configuration of the live view, everything automatic."""
        width, height = self._size
        # An even number of lines: YUV formats halve the colour planes.
        size = (FRAME_WIDTH, round(height * FRAME_WIDTH / width / 2) * 2)
        return camera.create_preview_configuration(
            main={"size": size, "format": "RGB888"}, controls=automatic(camera.camera_controls)
        )

    def _settle(self, camera: Any) -> dict[str, Any]:
        """The metadata of the first live frame in which the automatic controls have come to rest."""
        now: dict[str, Any] = camera.capture_metadata(wait=self._seconds)
        for _ in range(SETTLE_FRAMES):
            before, now = now, camera.capture_metadata(wait=self._seconds)
            if is_settled(before, now):
                break
        return now

    def _capture_frame(self, camera: Any) -> bytes:
        buffer = BytesIO()
        camera.capture_file(buffer, format="jpeg", wait=self._seconds)
        return buffer.getvalue()

    def _capture_photo(self, camera: Any) -> bytes:
        lock = Lock.of(self._settle(camera), camera.camera_controls)
        # Controls given with the mode are set before its first frame is exposed.
        still = camera.create_still_configuration(main={"size": self._size}, controls=lock.controls())
        camera.switch_mode(still, wait=self._seconds)
        photo = self._true_photo(camera, lock)
        camera.switch_mode(self._live(camera), wait=self._seconds)
        held = lock.words()
        self._locked = Locked(held, tuple(name for name in ("white balance", "focus") if name not in held))
        return photo

    def _true_photo(self, camera: Any, lock: Lock) -> bytes:
        """The first photo whose own metadata says that it was taken as locked."""
        wrong: tuple[str, ...] = ()
        for _ in range(TAKES):
            request = camera.capture_request(wait=self._seconds)
            try:
                wrong = lock.disagreements(request.get_metadata())
                if not wrong:
                    buffer = BytesIO()
                    request.save("main", buffer, format="jpeg")
                    break
                # Before the release: the request goes back to the camera with what is to be set.
                camera.set_controls(lock.controls())
            finally:
                request.release()
        else:
            raise CameraFault(
                f"The Pi camera does not keep to its settings: in {TAKES} photos {'; '.join(wrong)}. Wait until the "
                "light is steady and try again; if it stays so, bring libcamera and picamera2 up to date (`apt "
                "full-upgrade`) and start the kiosk again."
            )
        self._check_size(buffer)
        return buffer.getvalue()

    def _check_size(self, photo: BytesIO) -> None:
        with Image.open(photo) as image:
            found = image.size
        if found != self._size:
            raise CameraFault(
                f"The Pi camera gives {found[0]} x {found[1]} pixels; wanted {self._size[0]} x {self._size[1]}. Set "
                "camera_width and camera_height to a size that `rpicam-hello --list-cameras` names."
            )


def _give_up(camera: Any) -> None:
    """Close a camera whose jobs may hang: they are cancelled first, or `close` would wait for them."""
    camera.cancel_all_and_flush()
    camera.close()
