"""The camera of this board, as the settings file in FILMSIDE_SETTINGS names it. Run with `make test-hardware`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageStat

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


def test_the_photo_keeps_to_the_lock(camera: Camera, settings: Settings) -> None:
    """`take` itself compares every photo's metadata with what was locked, so ten photos are ten proofs."""
    for _ in range(10):
        camera.take()
        locked = camera.locked()
        if settings.camera == "pi":
            assert {"exposure", "gain"} <= set(locked.held)
        else:
            assert len(locked.held) + len(locked.missing) == 4


def test_photos_of_a_still_scene_are_alike(camera: Camera) -> None:
    """Nobody may move anything meanwhile: locked photos of one scene differ by noise alone."""
    means = []
    for _ in range(5):
        with Image.open(BytesIO(camera.take().encoded)) as image:
            means.append(ImageStat.Stat(image.convert("L")).mean[0])
    assert max(means) - min(means) < 0.03 * max(means)


def test_the_live_view_follows_the_light_again_after_a_photo(camera: Camera) -> None:
    """With the box lit: a live view that stayed locked, or went dark, would show here."""
    before = _brightness(camera)
    camera.take()
    time.sleep(2)
    assert abs(_brightness(camera) - before) < 0.1 * before


def _brightness(camera: Camera) -> float:
    with Image.open(BytesIO(camera.frame().encoded)) as image:
        return float(ImageStat.Stat(image.convert("L")).mean[0])
