"""The journey of one film, step by step, as the README tells it. Real parts; a folder stands in for the camera."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest

from device import demo
from device.batch import Batch
from device.camera.folder import FolderCamera
from device.doctor import examine_kiosk
from device.film.find import find
from device.film.prepare import prepare
from device.film.quality import assess, assess_photo
from device.film.rectify import rectify
from device.film.refusals import settled
from device.intake.decode import decode
from device.intake.sticks import Sticks
from device.kiosk import Kiosk, status_after
from device.light.memory import MemoryLight
from device.outbox import Outbox
from device.reading.ensemble import Ensemble
from device.store.people import People
from device.store.store import Store
from device.values import Corners, Film, Picture, Status
from device.web import create_app
from device.web.site import Site
from tests.device.web.clients import Browser, Well


def test_the_journey_of_one_film(tmp_path: Path, ensemble: Ensemble) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(demo.PHOTOS / "02-normal.jpg", photos)
    light = MemoryLight()
    store = Store(tmp_path / "data", free_megabytes=0)
    kiosk = Kiosk(
        camera=FolderCamera(photos),
        light=light,
        ensemble=ensemble,
        store=store,
        clock=lambda: datetime(2026, 5, 4, 8, 0, tzinfo=timezone.utc),
    )
    kiosk.start()
    people = People(tmp_path / "data")
    site = Site(
        people, b"k" * 32, open_screen=True, session_minutes=60, setup_code="", health=Well(),
        sticks=Sticks(tmp_path), batch=Batch(kiosk.read_photo), outbox=Outbox(tmp_path / "outbox"),
    )  # fmt: skip
    app = create_app(kiosk, site)
    app.test_client_class = Browser
    page = app.test_client()

    # 1. A technician lays a film on the light box. The page shows live frames, the film outlined and one line of
    # coaching: a photo would pass. The light is steady: ready.
    frame = page.get("/live/frame.jpg")
    assert frame.mimetype == "image/jpeg"
    small = cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_COLOR)
    assert small is not None
    assert small.shape[1] <= 800
    coaching = page.get("/api/coaching").json
    assert coaching["ready"]
    assert len(coaching["outline"]) == 4
    assert page.get("/api/status").json["status"] == "ready"
    assert light.shown == (Status.READY,)

    # 2. *Read film* is pressed on the page. Everything below happens inside this one press.
    pressed = page.post("/api/read")
    assert pressed.status_code == 200
    study = store.study(pressed.json["study"])

    # 3. The camera gave the photo, full size, byte for byte as it is kept.
    photo = store.photo(study.id)
    assert photo.encoded == (demo.PHOTOS / "02-normal.jpg").read_bytes()

    # 4. In it the film was found, straightened and found fit to read.
    picture = decode(photo)
    assert isinstance(picture, Picture)
    assert assess_photo(picture) is None
    sight = ensemble.look(picture)
    corners = find(picture, sight)
    assert isinstance(corners, Corners)
    film = rectify(picture, corners)
    assert settled(assess(film, picture, sight), sight) is None
    upright = ensemble.upright(film, sight)
    assert isinstance(upright, Film)
    assert study.corners == upright.corners

    # 5. Each member's input was prepared from it, by the function that training uses.
    for member in ensemble.bundle.members:
        spec = member.input
        assert prepare(upright.pixels, spec).shape == (1, spec.side, spec.side, spec.channels)

    # 6. Every member voted; the votes were weighed, calibrated and decided.
    reading = study.reading
    assert reading is not None
    again = ensemble.read(upright)
    assert reading.outcome == again.outcome
    assert [vote.member for vote in reading.votes] == [member.name for member in ensemble.bundle.members]
    assert sum(score.value for score in reading.scores) == pytest.approx(1)
    assert [score.value for score in reading.scores] == pytest.approx([score.value for score in again.scores])

    # 7. The study was kept: photo and film as files, then one row.
    assert store.studies() == (study,)
    kept = store.film(study.id)
    assert kept is not None
    assert np.array_equal(kept, upright.pixels)
    assert {path.name for path in (tmp_path / "data" / "pictures" / study.id).iterdir()} == {"photo.jpg", "film.png"}

    # 8. The page shows the photo, the film with its heat map, every score and vote; the light says done, not what.
    shown = page.get(pressed.json["url"])
    text = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert "not a diagnosis" in text.lower()
    assert ensemble.bundle.id in text
    for member in ensemble.bundle.members:
        assert member.name in text
    assert page.get(pressed.json["thumbnail"]).mimetype == "image/jpeg"
    assert light.shown == (Status.READY, Status.READING, status_after(study))
    assert page.get("/api/status").json["status"] == status_after(study).value

    # 9. What remains: the study is there after a restart, and the doctor finds the kiosk well.
    people.close()
    store.close()
    reopened = Store(tmp_path / "data", free_megabytes=0)
    assert reopened.studies() == (study,)
    reopened.close()
    settings = replace(demo.settings(tmp_path / "data"), camera_source=str(photos), light="none")
    checks = examine_kiosk(settings, lambda: datetime(2026, 5, 4, 8, 5, tzinfo=timezone.utc))
    assert all(check.well for check in checks), checks
