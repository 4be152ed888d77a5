"""What OpenCV can lock on a camera, and whether the camera keeps to it.

V4L2 tells what a control is set to, not how a picture was exposed: reading back is all the truth there is. Auto
exposure counts as V4L2 does: 1 is manual. A GStreamer pipeline answers for no control at all; a Jetson's camera is
locked in its pipeline, if anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from device.values import Locked

SLACK = 0.05
"""Share of what was asked by which a control may come back otherwise: cameras round to steps of their own."""

JUMP = (12.0, 0.15)
"""Grey levels, and share, by which a picture's mean may change when its settings are held."""


@dataclass(frozen=True)
class Control:
    """One thing to hold: its automatic, as (property, value that is off), if it has one, and its own value."""

    name: str
    automatic: tuple[int, float] | None
    value: int


CONTROLS = (
    Control("exposure", (cv2.CAP_PROP_AUTO_EXPOSURE, 1.0), cv2.CAP_PROP_EXPOSURE),
    Control("gain", None, cv2.CAP_PROP_GAIN),
    Control("white balance", (cv2.CAP_PROP_AUTO_WB, 0.0), cv2.CAP_PROP_WB_TEMPERATURE),
    Control("focus", (cv2.CAP_PROP_AUTOFOCUS, 0.0), cv2.CAP_PROP_FOCUS),
)


@dataclass(frozen=True)
class Setting:
    """One property of the camera: what it was before, what it was set to, and how far it may come back from that."""

    name: str
    key: int
    before: float
    wanted: float
    slack: float


def accepted(capture: cv2.VideoCapture) -> tuple[Control, ...]:
    """The controls that this camera has. To be asked once: OpenCV complains aloud about each that is missing."""
    return tuple(control for control in CONTROLS if _takes(capture, control))


def _takes(capture: cv2.VideoCapture, control: Control) -> bool:
    """Whether the camera takes back the very value that it gives; -1 and a refused set both mean that it has none."""
    key = control.automatic[0] if control.automatic else control.value
    now = capture.get(key)
    return bool(now >= 0 and capture.set(key, now))


def settled(capture: cv2.VideoCapture, controls: tuple[Control, ...]) -> tuple[Setting, ...]:
    """What is to be set to hold each control at what it settled on; read while all is still automatic."""
    settings = []
    for control in controls:
        if control.automatic is not None:
            key, off = control.automatic
            settings.append(Setting(control.name, key, capture.get(key), off, slack=0.0))
        value = capture.get(control.value)
        if value >= 0:
            settings.append(Setting(control.name, control.value, value, value, slack=max(1.0, SLACK * value)))
    return tuple(settings)


def lock(capture: cv2.VideoCapture, settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Set all this, and give what the camera accepted. A control that it refuses in part is not held at all."""
    refused = {setting.name for setting in settings if not capture.set(setting.key, setting.wanted)}
    return tuple(setting for setting in settings if setting.name not in refused)


def unlock(capture: cv2.VideoCapture, settings: tuple[Setting, ...]) -> None:
    """Set every automatic as it was, for the live view."""
    for setting in settings:
        if setting.before != setting.wanted:
            capture.set(setting.key, setting.before)


def disagreements(capture: cv2.VideoCapture, settings: tuple[Setting, ...]) -> tuple[str, ...]:
    """Which settings read back otherwise than they were accepted, in words; empty when the photo is true."""
    read = [(setting, capture.get(setting.key)) for setting in settings]
    return tuple(
        f"{setting.name} was set to {setting.wanted:g} and reads back as {came:g}"
        for setting, came in read
        if abs(came - setting.wanted) > setting.slack
    )


def not_to_be_held(before: cv2.typing.MatLike, after: cv2.typing.MatLike) -> frozenset[str]:
    """The controls that a camera only claims to have: holding them changed the picture (blue, green, red pixels).

    Many cameras go on telling an old value while they are automatic, and fall back to it when told to keep it.
    """
    old, new = (np.asarray(cv2.mean(pixels)[:3]) for pixels in (before, after))
    levels, share = JUMP
    limit = max(levels, share * float(old.mean()))
    brighter = float(np.median(new - old))  # of the three colours: one that runs off alone is white balance
    if abs(brighter) > limit:
        return frozenset({"exposure", "gain"})
    return frozenset({"white balance"}) if float(np.abs(new - old - brighter).max()) > limit else frozenset()


def words(settings: tuple[Setting, ...]) -> Locked:
    """What was held, and what this camera has no control for."""
    held = {setting.name for setting in settings}
    return Locked(
        tuple(control.name for control in CONTROLS if control.name in held),
        tuple(control.name for control in CONTROLS if control.name not in held),
    )
