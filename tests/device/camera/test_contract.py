"""What every camera does, the real classes over stand-ins of their libraries."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.camera import Camera
from device.camera.folder import FolderCamera
from device.camera.opencv import OpenCVCamera
from device.errors import CameraFault
from tests.device.camera.stand_ins import UVC, Capture, Plug

WIDTH, HEIGHT = 1600, 1200
SECONDS = 0.5


@dataclass
class Rig:
    open: Callable[[], Camera]
    vanish: Callable[[], None]
    come_back: Callable[[], None]
    disobey: Callable[[], None] | None = None
    """Accept every setting and not follow the one for exposure; None where there is nothing to set."""
    obey: Callable[[], None] = lambda: None


def folder_rig(tmp_path: Path) -> Rig:
    folder, away = tmp_path / "photos", tmp_path / "away"
    folder.mkdir()
    for name in ("a.jpg", "b.JPEG", "c.png"):
        cv2.imwrite(str(folder / name), np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    return Rig(lambda: FolderCamera(folder), lambda: _move(folder, away), lambda: _move(away, folder))


def _move(source: Path, target: Path) -> None:
    shutil.move(source, target)


def plug_rig(plug: Plug, open_: Callable[[], Camera], *, ignored: set[str | int]) -> Rig:
    plug.values = dict(UVC)
    return Rig(
        open_,
        lambda: setattr(plug, "plugged", False),
        lambda: setattr(plug, "plugged", True),
        lambda: setattr(plug, "ignored", ignored),
        lambda: setattr(plug, "ignored", set()),
    )


def opencv_camera(plug: Plug) -> OpenCVCamera:
    def capture() -> Any:
        return Capture(plug, WIDTH, HEIGHT)

    return OpenCVCamera(capture, name="camera 0", width=WIDTH, height=HEIGHT, seconds=SECONDS)


@pytest.fixture(params=["folder", "opencv", "pi"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, plug: Plug) -> Rig:
    if request.param == "folder":
        return folder_rig(tmp_path)
    if request.param == "opencv":
        return plug_rig(plug, lambda: opencv_camera(plug), ignored={cv2.CAP_PROP_AUTO_EXPOSURE})
    pi_module = request.getfixturevalue("pi_module")
    return plug_rig(
        plug, lambda: pi_module.PiCamera(0, width=WIDTH, height=HEIGHT, seconds=SECONDS), ignored={"AeEnable"}
    )


def size_of(encoded: bytes) -> tuple[int, int]:
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels.shape[1], pixels.shape[0]


def test_a_frame_is_a_small_jpeg_of_the_photos_shape(rig: Rig) -> None:
    camera = rig.open()
    frame = camera.frame()
    assert frame.encoded.startswith(b"\xff\xd8\xff")
    assert size_of(frame.encoded) == (800, 600)
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    camera.close()


def test_a_photo_has_the_full_size_and_a_name(rig: Rig) -> None:
    camera = rig.open()
    for _ in range(3):
        photo = camera.take()
        assert size_of(photo.encoded) == (WIDTH, HEIGHT)
        assert photo.name
    camera.close()


def test_frames_go_on_after_a_photo(rig: Rig) -> None:
    camera = rig.open()
    camera.take()
    assert size_of(camera.frame().encoded) == (800, 600)
    camera.close()


def test_threads_may_call_at_once(rig: Rig) -> None:
    camera = rig.open()
    sizes: list[tuple[int, int]] = []

    def work() -> None:
        for _ in range(3):
            sizes.append(size_of(camera.frame().encoded))
            sizes.append(size_of(camera.take().encoded))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(set(sizes)) == [(800, 600), (WIDTH, HEIGHT)]
    assert len(sizes) == 18
    camera.close()


@pytest.mark.parametrize("ask", ["frame", "take"])
def test_a_camera_that_vanished_is_a_fault_until_it_comes_back(rig: Rig, ask: str) -> None:
    camera = rig.open()
    rig.vanish()
    for _ in range(2):
        with pytest.raises(CameraFault, match=r"(?i)(check|make|plug)"):
            getattr(camera, ask)()
    rig.come_back()
    assert getattr(camera, ask)().encoded
    camera.close()


def test_no_camera_at_the_start_is_a_fault_that_says_what_to_do(rig: Rig) -> None:
    rig.vanish()
    with pytest.raises(CameraFault, match="`camera_source` in the settings"):
        rig.open()


def test_a_closed_camera_stays_closed(rig: Rig) -> None:
    camera = rig.open()
    camera.close()
    camera.close()
    for ask in (camera.frame, camera.take):
        with pytest.raises(CameraFault, match="closed"):
            ask()


def test_a_camera_tells_what_it_held_for_the_photo(rig: Rig) -> None:
    camera = rig.open()
    assert (camera.locked().held, camera.locked().missing) == ((), ())
    camera.take()
    everything = ("exposure", "gain", "white balance", "focus")
    assert camera.locked().held == (everything if rig.disobey else ())
    assert camera.locked().missing == ()
    camera.close()


def test_a_camera_that_ignores_its_settings_silently_is_a_fault_until_it_obeys(rig: Rig) -> None:
    camera = rig.open()
    if rig.disobey is None:  # replayed photos have no settings to ignore
        assert camera.take().encoded
        return
    rig.disobey()
    with pytest.raises(CameraFault, match=r"does not keep to its settings: .*(exposure|ExposureTime) was.*again"):
        camera.take()
    assert camera.frame().encoded
    rig.obey()
    assert camera.take().encoded
    camera.close()


def test_a_camera_given_back_can_be_opened_again(rig: Rig) -> None:
    for _ in range(2):
        camera = rig.open()
        camera.take()
        camera.close()
