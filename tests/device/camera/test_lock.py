"""What counts as settled, and how far a photo may be from its lock: names and numbers as libcamera gives them."""

from __future__ import annotations

from typing import Any

import pytest

from device.camera.lock import Lock, automatic, is_settled
from device.errors import CameraFault

EVERY = ("AeEnable", "AwbEnable", "AfMode", "ExposureTime", "AnalogueGain", "ColourGains", "LensPosition")
FRAME: dict[str, Any] = {"ExposureTime": 10000, "AnalogueGain": 2.0, "ColourGains": (2.0, 1.5), "LensPosition": 3.0}
FRAME |= {"AeState": 2, "AfState": 2}
LOCK = Lock.of(FRAME, EVERY)


@pytest.mark.parametrize(
    ("change", "settled"),
    [
        ({}, True),
        ({"AeState": 1}, False),
        ({"AeState": 0}, False),
        ({"AeState": None, "AeLocked": True}, True),
        ({"AeState": None, "AeLocked": False}, False),
        ({"AeState": None}, True),  # a camera that has no word for it
        ({"AfState": 0}, False),  # idle: its first search has not begun
        ({"AfState": 1}, False),
        ({"AfState": 3}, True),  # a bare box gives a lens nothing to find
        ({"AfState": None, "LensPosition": None}, True),
        ({"ColourGains": (2.05, 1.5)}, False),
        ({"ColourGains": (2.01, 1.5)}, True),
        ({"ColourGains": None}, True),
    ],
)
def test_a_frame_is_settled_when_every_automatic_is(change: dict[str, Any], settled: bool) -> None:
    now = {name: value for name, value in (FRAME | change).items() if value is not None}
    assert is_settled(FRAME, now) is settled


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"ExposureTime": 10190}, ""),
        ({"ExposureTime": 9800}, ""),
        ({"ExposureTime": 10300}, "ExposureTime was locked to 10000 us and came as 10300 us"),
        ({"AnalogueGain": 2.08}, ""),
        ({"AnalogueGain": 2.2}, "AnalogueGain was locked to 2 and came as 2.2"),
        ({"ColourGains": (2.03, 1.48)}, ""),
        ({"ColourGains": (2.0, 1.6)}, "ColourGains was locked to (2, 1.5) and came as (2, 1.6)"),
        ({"LensPosition": 3.04}, ""),
        ({"LensPosition": 3.1}, "LensPosition was locked to 3 dioptres and came as 3.1 dioptres"),
        ({"ExposureTime": None}, "ExposureTime was locked to 10000 us and came as nothing"),
        ({"ColourGains": None}, "ColourGains was locked to (2, 1.5) and came as nothing"),
        ({"LensPosition": None}, "LensPosition was locked to 3 dioptres and came as nothing"),
    ],
)
def test_a_photo_is_true_within_the_sensors_steps(change: dict[str, Any], name: str) -> None:
    came = {key: value for key, value in (FRAME | change).items() if value is not None}
    assert LOCK.disagreements(came) == ((name,) if name else ())


def test_a_short_exposure_may_be_a_line_off() -> None:
    """A bright box and an open lens: a line is then more than a fiftieth of the exposure."""
    lock = Lock.of(FRAME | {"ExposureTime": 400}, EVERY)
    assert lock.disagreements(FRAME | {"ExposureTime": 370}) == ()
    assert lock.disagreements(FRAME | {"ExposureTime": 340}) != ()


def test_only_controls_that_the_camera_has_are_set() -> None:
    plain = Lock.of(FRAME, ("AeEnable", "ExposureTime", "AnalogueGain"))
    assert plain.controls() == {"AeEnable": False, "ExposureTime": 10000, "AnalogueGain": 2.0}
    assert plain.disagreements({"ExposureTime": 10000, "AnalogueGain": 2.0}) == ()
    assert automatic(EVERY) == {"AeEnable": True, "AwbEnable": True, "AfMode": 2}
    assert automatic(("AeEnable",)) == {"AeEnable": True}


def test_a_frame_without_an_exposure_cannot_be_locked_to() -> None:
    with pytest.raises(CameraFault, match="do not say their ExposureTime and AnalogueGain; wanted both"):
        Lock.of({"AeState": 2}, EVERY)
