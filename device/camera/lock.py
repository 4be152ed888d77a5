"""What is locked while the Pi camera takes a photo, and whether the photo's own metadata agrees.

Names and units are libcamera's, as picamera2 gives them. Settings are known to be ignored silently and to take effect
some frames late, so nothing here is believed before a photo's metadata says so.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from device.errors import CameraFault

EXPOSURE_SLACK = (50.0, 0.02)
"""Microseconds, and share of what was asked: a sensor exposes whole lines, and a line takes up to about 30 us."""

GAIN_SLACK = 0.05
"""Share of what was asked: an IMX219's gain comes in steps of up to 4 in 100 where it is highest."""

COLOUR_SLACK = 0.02
"""Share of what was asked: colour gains are numbers in the processor and come back almost as they were set."""

LENS_SLACK = 0.05
"""Dioptres: what picamera2's own test of the lens allows; at half a metre it is one centimetre."""

STEADY = 0.01
"""Share by which colour gains may still change from frame to frame; libcamera has no word for settled ones."""

AE_CONVERGED = 2
AF_FOCUSED, AF_FAILED = 2, 3
AF_MANUAL = 0
AF_CONTINUOUS = 2


@dataclass(frozen=True)
class Lock:
    """One camera's settled values: exposure in microseconds, analogue gain, (red, blue) gains, lens in dioptres.

    `colour_gains` is None for a camera without colour, `lens` for one without autofocus.
    """

    exposure: int
    gain: float
    colour_gains: tuple[float, float] | None
    lens: float | None

    @classmethod
    def of(cls, metadata: Mapping[str, Any], known: Container[str]) -> Lock:
        """The lock on what a settled frame reports. `known` are the controls that the camera has.

        Raises CameraFault when the frame does not say how it was exposed.
        """
        missing = [name for name in ("ExposureTime", "AnalogueGain") if not metadata.get(name)]
        if missing:
            raise CameraFault(
                f"The Pi camera's frames do not say their {' and '.join(missing)}; wanted both, to lock the photo to "
                'them. A USB camera is opened with camera = "opencv"; for a Pi camera bring libcamera up to date.'
            )
        gains = metadata.get("ColourGains") if "ColourGains" in known else None
        lens = metadata.get("LensPosition") if "LensPosition" in known else None
        return cls(
            exposure=int(metadata["ExposureTime"]),
            gain=float(metadata["AnalogueGain"]),
            colour_gains=None if gains is None else (float(gains[0]), float(gains[1])),
            lens=None if lens is None else float(lens),
        )

    def controls(self) -> dict[str, Any]:
        """The controls that hold all this: the automatic ones off, the values as settled."""
        held: dict[str, Any] = {"AeEnable": False, "ExposureTime": self.exposure, "AnalogueGain": self.gain}
        if self.colour_gains is not None:
            held |= {"AwbEnable": False, "ColourGains": self.colour_gains}
        if self.lens is not None:
            held |= {"AfMode": AF_MANUAL, "LensPosition": self.lens}
        return held

    def words(self) -> tuple[str, ...]:
        """What is held."""
        every = {"exposure": True, "gain": True, "white balance": self.colour_gains, "focus": self.lens is not None}
        return tuple(name for name, held in every.items() if held)

    def disagreements(self, metadata: Mapping[str, Any]) -> tuple[str, ...]:
        """Where a photo's metadata is not what was locked, in words; empty when the photo is true."""
        least, share = EXPOSURE_SLACK
        wanted: list[tuple[str, float, float, str]]
        wanted = [("ExposureTime", self.exposure, max(least, share * self.exposure), " us")]
        wanted += [("AnalogueGain", self.gain, GAIN_SLACK * self.gain, "")]
        if self.lens is not None:
            wanted += [("LensPosition", self.lens, LENS_SLACK, " dioptres")]
        wrong = [
            _said(name, value, metadata.get(name), unit)
            for name, value, slack, unit in wanted
            if not _near(metadata.get(name), value, slack)
        ]
        if self.colour_gains is not None:
            came = metadata.get("ColourGains")
            pairs = zip(came or (None, None), self.colour_gains, strict=True)
            if not all(_near(one, value, COLOUR_SLACK * value) for one, value in pairs):
                wrong.append(_said("ColourGains", self.colour_gains, came, ""))
        return tuple(wrong)


def is_settled(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the automatic controls have come to rest in the newer of two frames."""
    # AeLocked is what libcamera said before 0.5; some cameras say neither.
    exposed = now.get("AeState", AE_CONVERGED if now.get("AeLocked", True) else None) == AE_CONVERGED
    return (
        exposed
        # Idle is what a lens says before its first search, so it is no rest either.
        and now.get("AfState", AF_FOCUSED) in (AF_FOCUSED, AF_FAILED)
        and all(_near(new, old, STEADY * old) for old, new in zip(_gains(before), _gains(now), strict=False))
    )


def automatic(known: Container[str]) -> dict[str, Any]:
    """The controls of the live view. Said each time, because libcamera keeps a lock from one mode to the next."""
    every = {"AeEnable": True, "AwbEnable": True, "AfMode": AF_CONTINUOUS}
    return {name: value for name, value in every.items() if name in known}


def _gains(metadata: Mapping[str, Any]) -> tuple[float, ...]:
    return tuple(metadata.get("ColourGains") or ())


def _near(came: float | None, wanted: float, slack: float) -> bool:
    return came is not None and abs(came - wanted) <= slack


def _said(name: str, wanted: object, came: object, unit: str) -> str:
    return f"{name} was locked to {_number(wanted)}{unit} and came as {_number(came)}{unit if came is not None else ''}"


def _number(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(_number, value)) + ")"
    return "nothing" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
