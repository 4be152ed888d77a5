"""What only the OpenCV camera does: sizes, stale frames, hanging drivers, and a real video read by cv2."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.camera.opencv import STALE, OpenCVCamera
from device.errors import CameraFault
from tests.device.camera.stand_ins import Plug
from tests.device.camera.test_contract import SECONDS, opencv_camera


def test_another_size_than_asked_for_is_a_fault_and_gives_the_device_back(plug: Plug) -> None:
    plug.size = (640, 480)
    with pytest.raises(CameraFault, match=r"gives 640 x 480 pixels; wanted 1600 x 1200\. Set camera_width"):
        opencv_camera(plug)
    assert plug.held == 0


def test_a_photo_is_newer_than_what_the_driver_holds_back(plug: Plug) -> None:
    camera = opencv_camera(plug)
    before = plug.counter
    camera.take()
    assert plug.counter == before + STALE + 1
    camera.close()


def test_watched_frames_are_not_thrown_away(plug: Plug) -> None:
    camera = opencv_camera(plug)
    camera.frame()
    before = plug.counter
    camera.frame()
    assert plug.counter == before + 1
    camera.close()


def test_a_hanging_driver_is_left_alone_and_the_camera_opened_anew(plug: Plug) -> None:
    camera = opencv_camera(plug)
    plug.hang = True
    start = time.monotonic()
    with pytest.raises(CameraFault, match=r"has not answered for 0\.5 s while reading camera 0"):
        camera.take()
    assert time.monotonic() - start < 4 * SECONDS
    # The driver lets go: the capture that hung is given back and the next call opens its own.
    plug.hang = False
    plug.released.set()
    deadline = time.monotonic() + 5
    while True:
        try:
            assert camera.take().encoded
            break
        except CameraFault:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert plug.opened == 2
    camera.close()


def test_an_error_of_opencv_is_a_camera_fault() -> None:
    def capture() -> Any:
        raise cv2.error("select() timeout")

    with pytest.raises(CameraFault, match=r"failed: select\(\) timeout"):
        OpenCVCamera(capture, name="camera 0", width=640, height=480)


def test_a_real_video_is_read_to_its_end_and_then_counts_as_unplugged(tmp_path: Path) -> None:
    path = str(tmp_path / "film.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for number in range(20):
        writer.write(np.full((480, 640, 3), 10 * number, np.uint8))
    writer.release()
    camera = OpenCVCamera(lambda: cv2.VideoCapture(path), name="video", width=640, height=480)
    greys = []
    for _ in range(2):
        pixels = cv2.imdecode(np.frombuffer(camera.take().encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert pixels is not None
        greys.append(pixels.mean())
        camera.frame()
    assert greys[0] < greys[1]
    with pytest.raises(CameraFault, match=r"gave no picture; wanted one\. Unplugged\?"):
        camera.take()
    assert camera.frame().encoded
    camera.close()
