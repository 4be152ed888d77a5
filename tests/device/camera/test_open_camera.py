"""The camera that the settings name, or a fault with what to do: never another camera."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from device.camera import open_camera
from device.camera.folder import FolderCamera
from device.errors import CameraFault
from device.settings import Settings
from tests.device.camera.test_contract import folder_rig


def test_the_folder_camera_is_opened_by_name(tmp_path: Path) -> None:
    folder_rig(tmp_path)
    camera = open_camera(Settings(camera="folder", camera_source=str(tmp_path / "photos")))
    assert isinstance(camera, FolderCamera)
    camera.close()


def test_a_missing_picamera2_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    monkeypatch.delitem(sys.modules, "device.camera.pi", raising=False)
    with pytest.raises(CameraFault, match=r"picamera2 cannot be loaded: .*apt install python3-picamera2.*system-site"):
        open_camera(Settings(camera="pi"))


def test_a_usb_camera_that_is_not_there_says_so() -> None:
    with pytest.raises(CameraFault, match='There is no camera "63", or another program has it'):
        open_camera(Settings(camera="opencv", camera_source="63"))


def test_a_pipeline_without_gstreamer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cv2.videoio_registry.hasBackend", lambda backend: False)
    with pytest.raises(CameraFault, match=r"has no GStreamer\. Use the OpenCV that comes with JetPack"):
        open_camera(Settings(camera="opencv", camera_source="videotestsrc ! appsink"))
