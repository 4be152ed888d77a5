"""The camera of this board, as the settings file in FILMSIDE_SETTINGS names it. Run with `make test-hardware`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from device.camera import Camera, open_camera
from device.settings import Settings, load_settings

pytestmark = pytest.mark.hardware


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(Path(os.environ.get("FILMSIDE_SETTINGS", "/etc/filmside/filmside.toml")))


@pytest.fixture
def camera(settings: Settings) -> Iterator[Camera]:
    camera = open_camera(settings)
    yield camera
    camera.close()


def test_the_photo_has_the_size_in_the_settings(camera: Camera, settings: Settings) -> None:
    with Image.open(BytesIO(camera.take().encoded)) as image:
        assert image.size == (settings.camera_width, settings.camera_height)


def test_ten_frames_come_in_two_seconds(camera: Camera) -> None:
    camera.frame()
    start = time.monotonic()
    for _ in range(10):
        with Image.open(BytesIO(camera.frame().encoded)) as image:
            assert image.width <= 800
    assert time.monotonic() - start < 2


def test_frames_go_on_after_three_photos(camera: Camera) -> None:
    for _ in range(3):
        assert camera.take().encoded
        assert camera.frame().encoded


def test_it_opens_again_after_it_was_closed(settings: Settings) -> None:
    for _ in range(2):
        camera = open_camera(settings)
        camera.take()
        camera.close()
