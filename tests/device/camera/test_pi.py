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


def test_the_photos_exposure_is_locked(pi_module: Any, plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = open_pi(pi_module)
    assert camera.take().encoded
    still = pi_module.Picamera2.create_still_configuration
    monkeypatch.setattr(
        pi_module.Picamera2, "create_still_configuration", lambda self, main, controls: still(self, main, {})
    )
    with pytest.raises(CameraFault, match="exposed for 30000 us; wanted the locked 8000 us"):
        camera.take()
    assert plug.held == 0
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
