"""A calibrated kiosk reads its own camera's photos evened out, and keeps them as they came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from device.calibrate import calibrate
from device.camera.folder import FolderCamera
from device.examine import examine
from device.film.bare_box import measure
from device.film.flat_field import FlatField, flat_field
from device.kiosk import Kiosk
from device.light.memory import MemoryLight
from device.reading.ensemble import Ensemble
from device.settings import Settings
from device.store.store import Store
from device.study import Study
from device.values import Photo
from tests.bare_boxes import Box
from tests.device.film.test_flat_field import film_on_the_box

BOX = Box(fall_off=0.55, exposure=0.9)
MADE_AT = datetime(2026, 5, 4, 8, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def field() -> FlatField:
    bare = measure((box := replace(BOX, exposure=0.5)).picture(), box.colours())
    assert bare is not None
    return flat_field(bare, MADE_AT)


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    (tmp_path / "photos").mkdir()
    encoded = BOX.jpeg(film_on_the_box())
    (tmp_path / "photos" / "film.jpg").write_bytes(encoded)
    return encoded


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data", free_megabytes=0)
    yield store
    store.close()


def kiosk(tmp_path: Path, ensemble: Ensemble, store: Store, field: FlatField | None) -> Kiosk:
    return Kiosk(
        camera=FolderCamera(tmp_path / "photos"), light=MemoryLight(), ensemble=ensemble, store=store,
        clock=lambda: MADE_AT, flat_field=field,
    )  # fmt: skip


def film_of(store: Store, study: Study) -> np.ndarray:
    film = store.film(study.id)
    assert film is not None
    return film


def test_the_film_is_evened_and_the_photo_kept_as_it_came(
    tmp_path: Path, photo: bytes, store: Store, ensemble: Ensemble, field: FlatField
) -> None:
    plain = kiosk(tmp_path, ensemble, store, None).read_film()
    study = kiosk(tmp_path, ensemble, store, field).read_film()
    assert "even" in [timing.stage for timing in study.timings]
    assert "even" not in [timing.stage for timing in plain.timings]
    assert store.photo(study.id).encoded == photo
    assert not np.array_equal(film_of(store, study), film_of(store, plain))
    stages = sum(timing.milliseconds for timing in study.timings if timing.stage not in ("take", "total"))
    assert {timing.stage: timing.milliseconds for timing in study.timings}["total"] == pytest.approx(stages)


def test_an_upload_is_not_evened_by_this_sites_field(
    tmp_path: Path, photo: bytes, store: Store, ensemble: Ensemble, field: FlatField
) -> None:
    uploaded = kiosk(tmp_path, ensemble, store, field).read_photo(Photo("upload.jpg", photo))
    plain = kiosk(tmp_path, ensemble, store, None).read_photo(Photo("upload.jpg", photo))
    assert np.array_equal(film_of(store, uploaded), film_of(store, plain))


def test_a_field_for_photos_of_another_size_changes_nothing(photo: bytes, ensemble: Ensemble, field: FlatField) -> None:
    plain = examine(Photo("a.jpg", photo), ensemble)
    other = examine(Photo("a.jpg", photo), ensemble, replace(field, width=4056, height=3040))
    assert plain.film is not None
    assert other.film is not None
    assert np.array_equal(plain.film.pixels, other.film.pixels)
    assert plain.reading == other.reading


def test_a_served_kiosk_takes_up_what_calibrating_kept(tmp_path: Path, ensemble: Ensemble) -> None:
    from device import demo
    from device.serve import open_kiosk

    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "bare.jpg").write_bytes(replace(BOX, exposure=0.5).jpeg())
    settings: Settings = replace(
        demo.settings(tmp_path / "data"), camera_source=str(photos), light="none", free_megabytes=1
    )
    assert calibrate(settings, lambda: MADE_AT).well
    (photos / "bare.jpg").unlink()
    (photos / "film.jpg").write_bytes(BOX.jpeg(film_on_the_box()))
    with open_kiosk(settings, lambda: MADE_AT) as kiosk:
        kiosk.start()
        assert "even" in [timing.stage for timing in kiosk.read_film().timings]
