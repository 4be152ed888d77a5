"""A kiosk of real parts: a folder for a camera, a light that remembers, a store in a folder, the demo's ensemble."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from device import demo
from device.camera.folder import FolderCamera
from device.kiosk import Kiosk
from device.light.memory import MemoryLight
from device.reading.ensemble import Ensemble
from device.store.store import Store


class Clock:
    """One minute later with every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 8, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Bench:
    """The kiosk on the bench, and the parts that a test looks at or breaks."""

    kiosk: Kiosk
    light: MemoryLight
    photos: Path
    data: Path


@pytest.fixture
def bench(tmp_path: Path, ensemble: Ensemble) -> Iterator[Bench]:
    photos, data = tmp_path / "photos", tmp_path / "data"
    photos.mkdir()
    for name in ("01-covid.jpg", "02-normal.jpg"):
        shutil.copy(demo.PHOTOS / name, photos)
    light, store = MemoryLight(), Store(data, free_megabytes=0)
    kiosk = Kiosk(camera=FolderCamera(photos), light=light, ensemble=ensemble, store=store, clock=Clock())
    kiosk.start()
    yield Bench(kiosk, light, photos, data)
    store.close()
