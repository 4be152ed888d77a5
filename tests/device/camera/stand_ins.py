"""Stand-ins for the two camera libraries, as strict about the order of calls as the real ones, and a plug to pull."""

from __future__ import annotations

import threading
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np


@dataclass
class Plug:
    """The cable of a stand-in camera: `plugged`, whether calls `hang`, and how many programs hold the device."""

    plugged: bool = True
    hang: bool = False
    held: int = 0
    opened: int = 0
    size: tuple[int, int] | None = None
    counter: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        if self.held:
            raise RuntimeError("Device or resource busy")
        self.held += 1
        self.opened += 1

    def answer(self) -> None:
        if self.hang:
            self.released.wait(20)

    def picture(self, width: int, height: int) -> np.ndarray[Any, Any]:
        """Another grey at each call, so that a stale picture shows."""
        self.counter += 1
        return np.full((height, width, 3), self.counter, np.uint8)


class Capture:
    """What OpenCVCamera uses of cv2.VideoCapture: a missing device is a closed one, an unplugged one reads False."""

    def __init__(self, plug: Plug, width: int, height: int) -> None:
        self._plug, self._size = plug, plug.size or (width, height)
        self._open = plug.plugged and not plug.held
        if self._open:
            plug.hold()

    def isOpened(self) -> bool:  # noqa: N802
        return self._open

    def grab(self) -> bool:
        self._plug.answer()
        self._plug.counter += 1
        return self._open and self._plug.plugged

    def read(self) -> tuple[bool, np.ndarray[Any, Any] | None]:
        self._plug.answer()
        if not (self._open and self._plug.plugged):
            return False, None
        return True, self._plug.picture(*self._size)

    def release(self) -> None:
        if self._open:
            self._plug.held -= 1
        self._open = False


def picamera2_class(plug: Plug) -> type:
    """A class with picamera2's documented interface, of the methods that Filmside uses."""

    class Picamera2:
        @staticmethod
        def global_camera_info() -> list[dict[str, object]]:
            return [{"Model": "imx477", "Num": 0}] if plug.plugged else []

        def __init__(self, camera_num: int = 0) -> None:
            if not plug.plugged:
                raise RuntimeError("Camera __init__ sequence did not complete.")
            plug.hold()
            self.options: dict[str, object] = {}
            self._config: dict[str, Any] | None = None
            self._started = self._closed = self._flushed = False

        def create_preview_configuration(self, main: dict[str, Any], controls: Any = None) -> dict[str, Any]:
            return {"use_case": "preview", "main": {"size": (640, 480), **main}, "controls": controls or {}}

        def create_still_configuration(self, main: dict[str, Any], controls: Any = None) -> dict[str, Any]:
            return {"use_case": "still", "main": {"size": (4056, 3040), **main}, "controls": controls or {}}

        def configure(self, config: dict[str, Any]) -> None:
            assert not self._started, "Camera must be stopped before configuring"
            self._config = config

        def start(self) -> None:
            if self._config is None:
                raise RuntimeError("Camera has not been configured")
            self._started = True

        def capture_metadata(self, wait: float | None = None) -> dict[str, Any]:
            self._answer(wait)
            return {"ExposureTime": 8000, "AnalogueGain": 1.5, "ColourGains": (2.0, 1.5), "AeLocked": True}

        def capture_file(self, file_output: Any, format: str, wait: float | None = None) -> dict[str, Any]:
            assert self._config is not None
            return self._write(self._config, file_output, format, wait)

        def switch_mode_and_capture_file(
            self, camera_config: dict[str, Any], file_output: Any, format: str, wait: float | None = None
        ) -> dict[str, Any]:
            return self._write(camera_config, file_output, format, wait)

        def cancel_all_and_flush(self) -> None:
            self._flushed = True

        def close(self) -> None:
            if plug.hang and not self._flushed:
                plug.released.wait(20)  # the real one waits for its jobs
            if not self._closed:
                plug.held -= 1
            self._closed = True

        def _answer(self, wait: float | None) -> None:
            if not self._started or self._closed:
                raise RuntimeError("Camera is not started")
            # libcamera says nothing when the ribbon comes off: the job simply never ends.
            if plug.hang or not plug.plugged:
                plug.released.wait(wait)
                raise FutureTimeout

        def _write(self, config: dict[str, Any], file: Any, format: str, wait: float | None) -> dict[str, Any]:
            assert format == "jpeg"
            self._answer(wait)
            size = plug.size if plug.size and config["use_case"] == "still" else config["main"]["size"]
            file.write(cv2.imencode(".jpg", plug.picture(*size))[1].tobytes())
            exposure = config["controls"].get("ExposureTime", 8000)
            return {"ExposureTime": exposure if config["controls"].get("AeEnable", True) is False else 30000}

    return Picamera2
