"""What only the Pi camera does, over a stand-in that keeps picamera2's documented interface."""

from __future__ import annotations

from typing import Any

import pytest

from device.errors import CameraFault
from device.settings import Settings
from tests.device.camera.stand_ins import Plug


def open_pi(pi_module: Any, **more: Any) -> Any:
    return pi_module.PiCamera(0, **{"width": 1600, "height": 1200, "seconds": 0.5, **more})


def test_the_settings_name_the_camera_by_number(pi_module: Any) -> None:
    pi_module.PiCamera.from_settings(Settings(camera_width=640, camera_height=480)).close()
    with pytest.raises(CameraFault, match='camera_source is "photos"; wanted the number'):
        pi_module.PiCamera.from_settings(Settings(camera_source="photos"))


def test_a_number_beyond_the_cameras_says_how_many_there_are(pi_module: Any) -> None:
    with pytest.raises(CameraFault, match=r"1 Pi cameras found; wanted number 1, counted from 0"):
        pi_module.PiCamera(1, width=640, height=480)


def locked_in(plug: Plug) -> list[dict[str, Any]]:
    """What was set while a photo was taken, each time."""
    return [one for one in plug.history if one.get("AeEnable") is False]


def test_the_photo_is_locked_to_what_the_live_view_settled_on(pi_module: Any, plug: Plug) -> None:
    plug.settling = 12
    camera = open_pi(pi_module)
    assert camera.take().encoded
    (lock,) = locked_in(plug)
    assert lock == {
        "AeEnable": False, "ExposureTime": 8000, "AnalogueGain": 1.5,
        "AwbEnable": False, "ColourGains": (2.0, 1.5),
        "AfMode": 0, "LensPosition": 2.0,
    }  # fmt: skip
    assert camera.locked().held == ("exposure", "gain", "white balance", "focus")
    camera.close()


def test_the_live_view_is_automatic_again_after_the_photo(pi_module: Any, plug: Plug) -> None:
    camera = open_pi(pi_module)
    camera.take()
    assert plug.history[-1] == {"AeEnable": True, "AwbEnable": True, "AfMode": 2}
    plug.scene |= {"ExposureTime": 12000, "AnalogueGain": 1.0}
    camera.take()
    assert locked_in(plug)[-1]["ExposureTime"] == 12000
    camera.close()


def test_old_libcameras_word_for_a_settled_exposure_is_known(pi_module: Any, plug: Plug) -> None:
    plug.old_words, plug.autofocus, plug.settling = True, False, 9
    camera = open_pi(pi_module)
    camera.take()
    assert locked_in(plug)[0]["ExposureTime"] == 8000
    camera.close()


@pytest.mark.parametrize(
    ("ignored", "message"),
    [
        ("AeEnable", "ExposureTime was locked to 8000 us and came as 30000 us; AnalogueGain was locked to 1.5"),
        ("ExposureTime", "ExposureTime was locked to 8000 us and came as 30000 us"),
        ("AnalogueGain", "AnalogueGain was locked to 1.5 and came as 2"),
        ("AwbEnable", r"ColourGains was locked to \(2, 1.5\) and came as \(2.4, 1.2\)"),
        ("ColourGains", r"ColourGains was locked to \(2, 1.5\)"),
        ("AfMode", "LensPosition was locked to 2 dioptres and came as 3 dioptres"),
        ("LensPosition", "LensPosition was locked to 2 dioptres and came as 3 dioptres"),
    ],
)
def test_a_setting_that_is_ignored_silently_is_a_fault(pi_module: Any, plug: Plug, ignored: str, message: str) -> None:
    camera = open_pi(pi_module)
    plug.ignored = {ignored}
    with pytest.raises(CameraFault, match=f"in 6 photos {message}.*Wait until the light is steady and try again"):
        camera.take()
    assert len(locked_in(plug)) == 1 + pi_module.TAKES
    assert plug.held == 0
    plug.ignored = set()
    assert camera.take().encoded
    camera.close()


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_settings_that_come_some_frames_late_are_waited_for(pi_module: Any, plug: Plug, lag: int) -> None:
    camera = open_pi(pi_module)
    plug.lag = lag
    photo = camera.take()
    assert photo.encoded
    # One picture was encoded: those with other settings were thrown away unseen.
    assert plug.counter == 1
    camera.close()


def test_settings_that_never_come_in_time_are_a_fault(pi_module: Any, plug: Plug) -> None:
    camera = open_pi(pi_module)
    plug.lag = pi_module.TAKES + 1
    with pytest.raises(CameraFault, match="does not keep to its settings"):
        camera.take()
    assert plug.counter == 0
    camera.close()


@pytest.mark.parametrize("line", [7, 30])
def test_an_exposure_rounded_to_the_sensors_lines_is_true(pi_module: Any, plug: Plug, line: int) -> None:
    plug.scene["ExposureTime"] = 1999
    camera = open_pi(pi_module)
    plug.line = line
    assert camera.take().encoded
    camera.close()


def test_a_camera_without_autofocus_or_colour_is_locked_in_the_rest(pi_module: Any, plug: Plug) -> None:
    plug.autofocus = plug.colour = False
    camera = open_pi(pi_module)
    assert camera.take().encoded
    assert locked_in(plug) == [{"AeEnable": False, "ExposureTime": 8000, "AnalogueGain": 1.5}]
    assert (camera.locked().held, camera.locked().missing) == (("exposure", "gain"), ("white balance", "focus"))
    camera.close()


def test_frames_that_do_not_say_how_they_were_exposed_are_a_fault(pi_module: Any, plug: Plug) -> None:
    plug.scene["ExposureTime"] = None
    camera = open_pi(pi_module)
    with pytest.raises(CameraFault, match=r'do not say their ExposureTime; .*camera = "opencv"'):
        camera.take()
    camera.close()


def test_a_light_that_never_settles_is_locked_to_its_last_frame(pi_module: Any, plug: Plug) -> None:
    plug.settling = 10**9
    camera = open_pi(pi_module)
    assert camera.take().encoded
    assert len(locked_in(plug)) == 1
    camera.close()


def test_another_size_than_asked_for_is_a_fault(pi_module: Any, plug: Plug) -> None:
    camera = open_pi(pi_module)
    plug.size = (640, 480)
    with pytest.raises(CameraFault, match="gives 640 x 480 pixels; wanted 1600 x 1200"):
        camera.take()
    camera.close()


def test_a_camera_that_hangs_is_given_up_in_time_and_opened_anew(pi_module: Any, plug: Plug) -> None:
    camera = open_pi(pi_module)
    plug.hang = True
    with pytest.raises(CameraFault, match=r"has not answered for 0\.5 s while taking a photo"):
        camera.take()
    assert plug.held == 0
    plug.hang = False
    assert camera.take().encoded
    assert plug.opened == 2
    camera.close()


def test_another_program_that_has_the_camera_is_named_as_a_cause(pi_module: Any, plug: Plug) -> None:
    plug.held = 1
    with pytest.raises(CameraFault, match=r"busy.*no other program has it"):
        open_pi(pi_module)
