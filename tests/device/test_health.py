"""How a running kiosk is, on a real kiosk and a made-up board; and a file for support with nobody's name in it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from device import demo
from device.account import Audited
from device.camera.folder import FolderCamera
from device.errors import CameraFault, StoreFault
from device.health import Health
from device.kiosk import Kiosk
from device.light.memory import MemoryLight
from device.reading.ensemble import Ensemble
from device.settings import Settings
from device.store.store import Store
from device.study import AgeGroup, Judgement, Patient, Verdict
from device.values import Check, Frame
from tests.device.store.studies import a_film, a_photo, a_reading, a_refusal

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=timezone.utc)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kiosk(tmp_path: Path, ensemble: Ensemble, clock: Clock) -> Iterator[Kiosk]:
    store = Store(tmp_path / "data", free_megabytes=0)
    made = Kiosk(camera=FolderCamera(demo.PHOTOS), light=MemoryLight(), ensemble=ensemble, store=store, clock=clock)
    yield made
    store.close()


@pytest.fixture
def health(kiosk: Kiosk, clock: Clock, tmp_path: Path) -> Health:
    return health_of(kiosk, clock, tmp_path)


def health_of(kiosk: Kiosk, clock: Clock, root: Path, audited: Audited | None = None) -> Health:
    settings = replace(demo.settings(root / "data"), free_megabytes=1)
    return Health(kiosk, settings, clock, lambda: audited or Audited(3, "f" * 64), root / "board")


def put(root: Path, path: str, text: str) -> None:
    (root / "board" / path).parent.mkdir(parents=True, exist_ok=True)
    (root / "board" / path).write_text(text)


def found(health: Health, name: str) -> Check:
    return next(check for check in health.checks() if check.name == name)


def test_a_kiosk_that_is_well_says_so_part_by_part(health: Health) -> None:
    checks = health.checks()
    assert all(check.well for check in checks), checks
    assert [check.name for check in checks] == [
        "reading", "camera", "light", "bundle", "disk", "temperature", "power", "clock", "log", "version",
    ]  # fmt: skip
    assert "not known on this board" in found(health, "temperature").found


def test_the_hottest_place_counts(health: Health, tmp_path: Path) -> None:
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "41000\n")
    put(tmp_path, "sys/class/thermal/thermal_zone1/temp", "61500\n")
    put(tmp_path, "sys/class/thermal/thermal_zone2/temp", "what\n")
    assert found(health, "temperature") == Check("temperature", True, "62 °C")
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "82000\n")
    hot = found(health, "temperature")
    assert (hot.well, hot.found) == (False, "82 °C")
    assert "Give it air" in hot.to_do


@pytest.mark.parametrize(
    ("bits", "well", "words"),
    [
        ("0", True, "well"),
        ("50005", False, "too little voltage, slowed down"),
        ("50000", True, "since the start it was too little voltage, slowed down"),
        ("8", False, "slowed by heat"),
    ],
)
def test_a_raspberry_pi_that_slows_itself_down_is_told(
    health: Health, tmp_path: Path, bits: str, well: bool, words: str
) -> None:
    put(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits}\n")
    power = found(health, "power")
    assert power.well is well
    assert words in power.found


def test_what_is_broken_hides_no_other(
    kiosk: Kiosk, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_frame() -> Frame:
        raise CameraFault("The camera is gone. Push its cable in.")

    def no_room() -> int:
        raise StoreFault("The disk is gone.")

    health = health_of(kiosk, clock, tmp_path, Audited(2, "x", "event 3 is missing"))
    monkeypatch.setattr(kiosk, "live_frame", no_frame)
    monkeypatch.setattr(kiosk.store, "free_megabytes", no_room)
    bad = {check.name: check for check in health.checks() if not check.well}
    assert set(bad) == {"camera", "disk", "log"}
    assert bad["camera"].found == "The camera is gone. Push its cable in."
    assert "tell your district" in bad["log"].to_do


def test_a_disk_that_fills_up_is_told_before_it_is_full(
    kiosk: Kiosk, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = health_of(kiosk, clock, tmp_path)
    for free, well, word in ((10, True, "10 MB free"), (4, True, "it fills up"), (0, False, "0 MB free")):
        monkeypatch.setattr(kiosk.store, "free_megabytes", lambda free=free: free)
        disk = found(health, "disk")
        assert disk.well is well
        assert word in disk.found


def test_a_clock_that_is_wrong_or_leapt_is_told(health: Health, kiosk: Kiosk, clock: Clock, tmp_path: Path) -> None:
    put(tmp_path, "run/systemd/timesync/synchronized", "")
    assert "set by the network" in found(health, "clock").found
    kiosk.retention.run()
    clock.now = NOW + timedelta(days=500)
    assert "long after it was last in use" in found(health, "clock").found
    clock.now = NOW.replace(year=1970)
    assert found(health, "clock").to_do == "Set the clock, or fit a clock battery."


PLANTED = ("KITUO-0042", "Asha Mwangi", "IMG_asha_mwangi.jpg", "juma.technician", "haemoptysis")


def test_the_file_for_support_holds_nothing_of_a_patient_or_a_person(health: Health, kiosk: Kiosk) -> None:
    reference, name, photo, person, note = PLANTED
    said = replace(
        a_reading("a1"), photo_name=photo, patient=Patient(reference, AgeGroup.CHILD), note=f"{name}: {note}",
        judgement=Judgement(Verdict.CONFIRMED, NOW, "NORMAL"), read_by=person,
    )  # fmt: skip
    kiosk.store.keep(said, replace(a_photo(), name=photo), a_film())
    kiosk.store.keep(replace(a_refusal("a2"), photo_name=photo, read_by=person), a_photo(), None)
    content = health.diagnostics()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["filmside.json", "MODEL_CARD.md"]
        texts = [archive.read(name).decode() for name in archive.namelist()]
    for planted in PLANTED:
        for word in planted.split():
            assert word not in texts[0] + texts[1], word
    told = json.loads(texts[0])
    assert "a1" not in json.dumps(told["recent_outcomes"])
    # And it is of use: what is broken, what was read, how fast.
    assert told["studies"] == 2
    assert told["recent_outcomes"] == {"PNEUMONIA": 1}
    assert told["recent_refusals"] == {"blurred": 1}
    assert told["recent_median_milliseconds"]["take"] == 12.5
    assert {check["name"] for check in told["checks"]} > {"camera", "disk"}
    assert told["settings"]["camera"] == "folder"
    assert set(told["settings"]) == set(Settings.__dataclass_fields__)
