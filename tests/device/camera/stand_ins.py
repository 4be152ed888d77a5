"""Stand-ins for the two camera libraries, as strict about the order of calls as the real ones, and a plug to pull.

`Plug` also says how the camera disobeys: settings ignored without a word, settings that arrive frames later, exposure
rounded to whole lines, no autofocus, no colour.
"""

from __future__ import annotations

import threading
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np


@dataclass
class Plug:
    """The cable of a stand-in camera: `plugged`, whether calls `hang`, and how many programs hold the device.

    `ignored` names settings that are accepted and not followed; `lag` is after how many frames settings take effect;
    `line` is the sensor's line in microseconds; `settling` frames pass until the automatic controls have come to rest.
    `scene` is what they then come to in the live view (None: never reported), OTHERWISE what they come to in a photo
    that is not locked. `values` are a UVC camera's controls; one that is not there is not supported.
    `jumps` says how blue, green and red change when one of its automatics is switched off.
    """

    plugged: bool = True
    hang: bool = False
    held: int = 0
    opened: int = 0
    size: tuple[int, int] | None = None
    counter: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    ignored: set[str | int] = field(default_factory=set)
    lag: int = 0
    line: int = 1
    settling: int = 3
    autofocus: bool = True
    colour: bool = True
    old_words: bool = False
    scene: dict[str, Any] = field(default_factory=lambda: dict(SCENE))
    values: dict[int, float] = field(default_factory=dict)
    jumps: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

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
        return np.full((height, width, 3), self.counter % 256, np.uint8)


SCENE = {"ExposureTime": 8000, "AnalogueGain": 1.5, "ColourGains": (2.0, 1.5), "LensPosition": 2.0}
OTHERWISE = {"ExposureTime": 30000, "AnalogueGain": 2.0, "ColourGains": (2.4, 1.2), "LensPosition": 3.0}

UVC = {
    cv2.CAP_PROP_AUTO_EXPOSURE: 3.0,
    cv2.CAP_PROP_EXPOSURE: 157.0,
    cv2.CAP_PROP_GAIN: 20.0,
    cv2.CAP_PROP_AUTO_WB: 1.0,
    cv2.CAP_PROP_WB_TEMPERATURE: 4600.0,
    cv2.CAP_PROP_AUTOFOCUS: 1.0,
    cv2.CAP_PROP_FOCUS: 40.0,
}
"""Every control that Filmside knows, as a UVC camera has them while all is automatic."""

UVC_OFF = {cv2.CAP_PROP_AUTO_EXPOSURE: 1.0, cv2.CAP_PROP_AUTO_WB: 0.0, cv2.CAP_PROP_AUTOFOCUS: 0.0}


class Capture:
    """What OpenCVCamera uses of cv2.VideoCapture: a missing device is a closed one, an unplugged one reads False."""

    def __init__(self, plug: Plug, width: int, height: int) -> None:
        self._plug, self._size = plug, plug.size or (width, height)
        self._open = plug.plugged and not plug.held
        if self._open:
            plug.hold()

    def isOpened(self) -> bool:  # noqa: N802
        return self._open

    def get(self, propId: int) -> float:  # noqa: N803
        return self._plug.values.get(propId, -1.0)

    def set(self, propId: int, value: float) -> bool:  # noqa: N803
        plug = self._plug
        plug.history.append({str(propId): value})
        if propId not in plug.values:
            return False
        if propId not in plug.ignored:
            plug.values[propId] = round(value / plug.line) * plug.line if propId == cv2.CAP_PROP_EXPOSURE else value
        return True

    def grab(self) -> bool:
        self._plug.answer()
        self._plug.counter += 1
        return self._open and self._plug.plugged

    def read(self) -> tuple[bool, np.ndarray[Any, Any] | None]:
        self._plug.answer()
        if not (self._open and self._plug.plugged):
            return False, None
        picture = self._plug.picture(*self._size)
        for key, change in self._plug.jumps.items():
            if self._plug.values.get(key) == UVC_OFF[key]:
                picture = picture + np.asarray(change, np.uint8)
        return True, picture

    def release(self) -> None:
        if self._open:
            self._plug.held -= 1
        self._open = False


class Sensor:
    """What happens to controls on their way to the sensor: lost, late or rounded, and never told."""

    def __init__(self, plug: Plug) -> None:
        self._plug = plug
        self._controls: dict[str, Any] = {}
        self._waiting: list[tuple[int, dict[str, Any]]] = []
        self.frame = 0
        self.still = False

    def set(self, controls: dict[str, Any]) -> None:
        self._plug.history.append(dict(controls))
        followed = {name: value for name, value in controls.items() if name not in self._plug.ignored}
        self._waiting.append((self.frame + self._plug.lag, followed))

    def metadata(self) -> dict[str, Any]:
        """The next frame's, as libcamera reports it."""
        plug = self._plug
        self.frame += 1
        for due, controls in [one for one in self._waiting if one[0] < self.frame]:
            self._controls |= controls
            self._waiting.remove((due, controls))
        at_rest = self.frame > plug.settling
        settled = dict(OTHERWISE if self.still else plug.scene)
        if not at_rest:  # still on its way: darker, greener, out of focus
            settled |= {"ExposureTime": 1000 * self.frame, "ColourGains": (1.0 + 0.1 * self.frame, 1.0)}
            settled |= {"LensPosition": 0.1 * self.frame}
        seen = {
            "ExposureTime": self._of("AeEnable", True, "ExposureTime", settled),
            "AnalogueGain": self._of("AeEnable", True, "AnalogueGain", settled),
            "SensorTimestamp": 33_000_000 * self.frame,
            "DigitalGain": 1.0,
        }
        if seen["ExposureTime"] is not None:
            seen["ExposureTime"] = seen["ExposureTime"] // plug.line * plug.line
        # libcamera says AeLocked up to 0.4 and AeState from 0.5, also when the automatic is off.
        seen |= {"AeLocked": at_rest} if plug.old_words else {"AeState": 2 if at_rest else 1}
        if plug.colour:
            seen["ColourGains"] = self._of("AwbEnable", True, "ColourGains", settled)
        if plug.autofocus:
            seen["LensPosition"] = self._of("AfMode", 2, "LensPosition", settled)
            seen["AfState"] = 0 if self._controls.get("AfMode") == 0 else 2 if at_rest else 1
        return {name: value for name, value in seen.items() if plug.scene.get(name, value) is not None}

    def _of(self, switch: str, on: object, name: str, settled: dict[str, Any]) -> Any:
        automatic = self._controls.get(switch, on) == on
        return settled[name] if automatic else self._controls.get(name, settled[name])


class Request:
    """A completed request: its picture and its own metadata, to be given back once."""

    def __init__(self, camera: Any, metadata: dict[str, Any], size: tuple[int, int]) -> None:
        self._camera, self._metadata, self._size, self._held = camera, metadata, size, True

    def get_metadata(self) -> dict[str, Any]:
        assert self._held, "the request was released"
        return dict(self._metadata)

    def save(self, name: str, file_output: Any, format: str | None = None) -> None:
        assert self._held, "the request was released"
        assert (name, format) == ("main", "jpeg")
        file_output.write(cv2.imencode(".jpg", self._camera.plug.picture(*self._size))[1].tobytes())

    def release(self) -> None:
        if not self._held:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._held = False
        self._camera.requests_out -= 1
        self._camera.deliver_controls()


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
            self.plug = plug
            self.options: dict[str, object] = {}
            self.requests_out = 0
            self._config: dict[str, Any] | None = None
            self._controls: dict[str, Any] = {}
            self._sensor = Sensor(plug)
            self._started = self._closed = self._flushed = False

        @property
        def camera_controls(self) -> dict[str, tuple[Any, Any, Any]]:
            """Every control that the camera has, as (least, most, default)."""
            known = {
                "AeEnable": (False, True, True),
                "ExposureTime": (1, 66666, 20000),
                "AnalogueGain": (1.0, 16.0, 1.0),
            }
            if plug.colour:
                known |= {"AwbEnable": (False, True, True), "ColourGains": (0.0, 32.0, 1.0)}
            if plug.autofocus:
                known |= {"AfMode": (0, 2, 0), "LensPosition": (0.0, 32.0, 1.0)}
            return known

        def create_preview_configuration(self, main: dict[str, Any], controls: Any = None) -> dict[str, Any]:
            return {"use_case": "preview", "main": {"size": (640, 480), **main}, "controls": controls or {}}

        def create_still_configuration(self, main: dict[str, Any], controls: Any = None) -> dict[str, Any]:
            return {"use_case": "still", "main": {"size": (4056, 3040), **main}, "controls": controls or {}}

        def configure(self, camera_config: dict[str, Any]) -> None:
            assert not self._started, "Camera must be stopped before configuring"
            self._configure(camera_config)

        def start(self) -> None:
            if self._config is None:
                raise RuntimeError("Camera has not been configured")
            self.deliver_controls()
            self._started = True

        def switch_mode(self, camera_config: dict[str, Any], wait: float | None = None) -> dict[str, Any]:
            self._answer(wait)
            self._configure(camera_config)
            self.deliver_controls()
            return camera_config

        def set_controls(self, controls: dict[str, Any]) -> None:
            """Delivered with the next request that is given back, as the real one does."""
            for name in controls:
                if name not in self.camera_controls:
                    raise RuntimeError(f"Control {name} is not advertised by libcamera")
            self._controls |= controls

        def deliver_controls(self) -> None:
            if self._controls:
                self._sensor.set(self._controls)
            self._controls = {}

        def capture_metadata(self, wait: float | None = None) -> dict[str, Any]:
            self._answer(wait)
            return self._sensor.metadata()

        def capture_file(self, file_output: Any, format: str, wait: float | None = None) -> dict[str, Any]:
            request = self.capture_request(wait)
            request.save("main", file_output, format=format)
            metadata = request.get_metadata()
            request.release()
            return metadata

        def capture_request(self, wait: float | None = None) -> Request:
            self._answer(wait)
            assert self._config is not None
            if self.requests_out:  # a still configuration has one buffer, and it is out
                raise FutureTimeout
            self.requests_out += 1
            still = self._config["use_case"] == "still"
            size = plug.size if plug.size and still else self._config["main"]["size"]
            return Request(self, self._sensor.metadata(), size)

        def cancel_all_and_flush(self) -> None:
            self._flushed = True

        def close(self) -> None:
            if plug.hang and not self._flushed:
                plug.released.wait(20)  # the real one waits for its jobs
            if not self._closed:
                plug.held -= 1
            self._closed = True

        def _configure(self, config: dict[str, Any]) -> None:
            self._config = config
            self._sensor.still = config["use_case"] == "still"
            self._controls = {}
            self.set_controls(config["controls"])

        def _answer(self, wait: float | None) -> None:
            if not self._started or self._closed:
                raise RuntimeError("Camera is not started")
            # libcamera says nothing when the ribbon comes off: the job simply never ends.
            if plug.hang or not plug.plugged:
                plug.released.wait(wait)
                raise FutureTimeout

    return Picamera2
