"""What only the OpenCV camera does: sizes, stale frames, hanging drivers, and a real video read by cv2."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.camera.opencv import STALE, TAKES, OpenCVCamera
from device.errors import CameraFault
from tests.device.camera.stand_ins import UVC, Plug
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


def test_the_controls_are_held_for_the_photo_and_automatic_again_afterwards(plug: Plug) -> None:
    plug.values = dict(UVC)
    camera = opencv_camera(plug)
    assert plug.history == []
    camera.take()
    sets = [item for one in plug.history for item in one.items()]
    for key, off in ((cv2.CAP_PROP_AUTO_EXPOSURE, 1.0), (cv2.CAP_PROP_AUTO_WB, 0.0), (cv2.CAP_PROP_AUTOFOCUS, 0.0)):
        assert (str(key), off) in sets
    # Held at what they had settled on, and the automatic on again for the live view.
    assert plug.values == UVC
    camera.close()


def test_the_picture_of_the_photo_was_taken_after_the_lock(plug: Plug) -> None:
    plug.values = dict(UVC)
    camera = opencv_camera(plug)
    before = plug.counter
    camera.take()
    assert plug.counter == before + 2 * (STALE + 1)
    camera.close()


def test_controls_that_a_camera_has_not_got_are_told_and_no_fault(plug: Plug) -> None:
    focus = (cv2.CAP_PROP_AUTOFOCUS, cv2.CAP_PROP_FOCUS, cv2.CAP_PROP_GAIN)
    plug.values = {key: value for key, value in UVC.items() if key not in focus}
    camera = opencv_camera(plug)
    assert camera.take().encoded
    assert (camera.locked().held, camera.locked().missing) == (("exposure", "white balance"), ("gain", "focus"))
    # OpenCV complains aloud about each missing control, so it is asked once for as long as the camera is open.
    asked = [one for one in plug.history if str(cv2.CAP_PROP_GAIN) in one]
    camera.take()
    assert [one for one in plug.history if str(cv2.CAP_PROP_GAIN) in one] == asked
    camera.close()


def test_a_camera_with_no_controls_gives_photos_and_says_so(plug: Plug) -> None:
    camera = opencv_camera(plug)
    assert camera.take().encoded
    assert (camera.locked().held, camera.locked().missing) == ((), ("exposure", "gain", "white balance", "focus"))
    camera.close()


@pytest.mark.parametrize(
    ("automatic", "change", "lost"),
    [
        (cv2.CAP_PROP_AUTO_EXPOSURE, (40, 40, 40), ("exposure", "gain")),
        (cv2.CAP_PROP_AUTO_WB, (40, 0, 0), ("white balance",)),
    ],
)
def test_a_control_whose_holding_changes_the_picture_is_not_held(
    plug: Plug, automatic: int, change: tuple[int, int, int], lost: tuple[str, ...]
) -> None:
    """It reads back as it was set, and the camera fell back to an old value all the same."""
    plug.values, plug.jumps = dict(UVC), {automatic: change}
    camera = opencv_camera(plug)
    assert camera.take().encoded
    assert camera.locked().missing == lost
    assert camera.take().encoded
    assert plug.values == UVC
    camera.close()


def test_a_scene_that_changes_before_a_camera_without_controls_is_no_fault(plug: Plug) -> None:
    camera = opencv_camera(plug)
    picture = plug.picture
    plug.picture = lambda width, height: picture(width, height) * np.uint8(plug.counter % 2 + 1)  # type: ignore[method-assign]
    assert camera.take().encoded
    camera.close()


@pytest.mark.parametrize(
    ("ignored", "message"),
    [
        (cv2.CAP_PROP_AUTO_EXPOSURE, "exposure was set to 1 and reads back as 3"),
        (cv2.CAP_PROP_AUTO_WB, "white balance was set to 0 and reads back as 1"),
        (cv2.CAP_PROP_AUTOFOCUS, "focus was set to 0 and reads back as 1"),
    ],
)
def test_an_accepted_control_that_reads_back_otherwise_is_a_fault(plug: Plug, ignored: int, message: str) -> None:
    plug.values, plug.ignored = dict(UVC), {ignored}
    camera = opencv_camera(plug)
    with pytest.raises(CameraFault, match=f"does not keep to its settings: {message}. Unplug it for a moment"):
        camera.take()
    off = [one for one in plug.history if one.get(str(ignored)) == (1.0 if "exposure" in message else 0.0)]
    assert len(off) == TAKES
    assert plug.held == 0
    camera.close()


def test_a_value_that_the_camera_rounds_is_no_disagreement(plug: Plug) -> None:
    plug.values, plug.line = dict(UVC), 50  # 157 becomes 150, which is within a twentieth
    camera = opencv_camera(plug)
    assert camera.take().encoded
    plug.values[cv2.CAP_PROP_EXPOSURE], plug.line = 157.0, 200
    with pytest.raises(CameraFault, match="exposure was set to 157 and reads back as 200"):
        camera.take()
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
