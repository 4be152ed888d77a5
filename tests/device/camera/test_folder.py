"""The folder camera: order, wrapping round, cheap frames, and words for what is wrong."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.folder import FolderCamera
from device.errors import CameraFault


def write(folder: Path, name: str, grey: int, size: tuple[int, int] = (300, 400)) -> None:
    cv2.imwrite(str(folder / name), np.full((*size, 3), grey, np.uint8))


def mean(encoded: bytes) -> float:
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    return float(pixels.mean())


def test_photos_come_in_the_order_of_names_and_begin_again(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.png", "c.jpeg", "notes.txt"):
        write(tmp_path, name, 100) if not name.endswith("txt") else (tmp_path / name).write_text("no photo")
    camera = FolderCamera(tmp_path)
    assert [camera.take().name for _ in range(4)] == ["a.png", "b.jpg", "c.jpeg", "a.png"]


def test_a_photo_is_given_byte_for_byte(tmp_path: Path) -> None:
    write(tmp_path, "a.jpg", 100)
    assert FolderCamera(tmp_path).take().encoded == (tmp_path / "a.jpg").read_bytes()


def test_the_frame_shows_what_the_next_take_will_give(tmp_path: Path) -> None:
    write(tmp_path, "a.png", 50)
    write(tmp_path, "b.png", 200)
    camera = FolderCamera(tmp_path)
    for _ in range(3):
        frame = mean(camera.frame().encoded)
        assert mean(camera.take().encoded) == pytest.approx(frame, abs=2)


def test_a_photo_that_is_replaced_gives_a_new_frame(tmp_path: Path) -> None:
    write(tmp_path, "a.png", 50)
    camera = FolderCamera(tmp_path)
    assert mean(camera.frame().encoded) == pytest.approx(50, abs=2)
    write(tmp_path, "a.png", 200, (310, 400))
    assert mean(camera.frame().encoded) == pytest.approx(200, abs=2)


def test_frames_of_a_large_photo_cost_little(tmp_path: Path) -> None:
    write(tmp_path, "a.jpg", 100, (3040, 4056))
    camera = FolderCamera(tmp_path)
    camera.frame()
    start = time.perf_counter()
    for _ in range(50):
        camera.frame()
    # Decoding twelve megapixels once takes longer than this.
    assert time.perf_counter() - start < 0.1


def test_a_small_photo_is_not_enlarged(tmp_path: Path) -> None:
    write(tmp_path, "a.jpg", 100)
    frame = cv2.imdecode(np.frombuffer(FolderCamera(tmp_path).frame().encoded, np.uint8), cv2.IMREAD_COLOR)
    assert frame is not None
    assert frame.shape == (300, 400, 3)


def test_an_empty_folder_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(CameraFault, match=r"holds no photo; wanted files ending in \.jpg, \.jpeg, \.png\. Put some"):
        FolderCamera(tmp_path)


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CameraFault, match=r"cannot be listed: No such file or directory; .*Make it, or correct"):
        FolderCamera(tmp_path / "nowhere")


def test_a_file_that_is_no_picture_is_taken_as_it_is_but_has_no_frame(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"no picture" if name == "a.jpg" else b"")
    camera = FolderCamera(tmp_path)
    with pytest.raises(CameraFault, match=r"a\.jpg is no picture"):
        camera.frame()
    assert camera.take().encoded == b"no picture"
    with pytest.raises(CameraFault, match=r"b\.jpg is no picture"):
        camera.frame()
