"""`filmside calibrate` as a person at a light box starts it; its camera replays photos of bare boxes."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from device.calibrate import load_flat_field
from device.doctor import examine_kiosk
from device.intake.light import exposure_of
from device.settings import Settings, load_settings
from device.values import Photo
from tests.bare_boxes import Box
from tests.device.cli.test_read_command import complaints, filmside
from tests.device.film.test_flat_field import film_on_the_box

BOX = Box(fall_off=0.4)


class Site:
    """A settings file, a folder that the camera replays, and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.file, self.photos, self.data = folder / "filmside.toml", folder / "photos", folder / "data"
        self.photos.mkdir()
        self.file.write_text(f'camera = "folder"\ncamera_source = "{self.photos}"\ndata = "data"\n')

    def lies_before_the_camera(self, *photos: bytes) -> None:
        for path in self.photos.iterdir():
            path.unlink()
        for number, photo in enumerate(photos):
            (self.photos / f"{number}.jpg").write_bytes(photo)

    def calibrate(self, *more: str) -> subprocess.CompletedProcess[str]:
        done = filmside("calibrate", "--settings", self.file, *more)
        assert "Traceback" not in done.stderr
        return done

    @property
    def settings(self) -> Settings:
        return load_settings(self.file)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.lies_before_the_camera(BOX.jpeg(exposure=(8000, 150)))
    return site


def names(out: str, word: str) -> list[str]:
    return [line.split()[1].rstrip(":") for line in out.splitlines() if line.startswith(word)]


def test_a_sound_box_is_measured_and_its_flat_field_kept(site: Site) -> None:
    done = site.calibrate()
    assert (done.returncode, complaints(done.stderr)) == (0, "")
    assert names(done.stdout, "well") == ["brightness", "evenness", "tint", "dirt", "focus"]
    assert names(done.stdout, "BAD") == []
    kept = site.data / "flat_field.json"
    assert f"The flat field is kept in {kept}" in done.stdout
    assert [path.name for path in site.data.iterdir()] == ["flat_field.json"]
    field = load_flat_field(site.data)
    assert field is not None
    assert (field.width, field.height) == (1400, 1050)
    assert datetime.now(timezone.utc) - field.made_at < timedelta(minutes=5)
    assert field.measures.exposure == pytest.approx(0.008 * 1.5)


def test_dirt_is_to_be_put_right_and_the_field_is_kept_all_the_same(site: Site) -> None:
    site.lies_before_the_camera(replace(BOX, spots=((300, 800, 6, 0.4),)).jpeg())
    done = site.calibrate()
    assert done.returncode == 1
    assert re.search(r"^BAD   dirt: 1 spot: lower left\. Wipe the box and the lens there", done.stdout, re.MULTILINE)
    assert (site.data / "flat_field.json").exists()


def test_a_film_on_the_box_keeps_an_older_field(site: Site) -> None:
    site.calibrate()
    before = (site.data / "flat_field.json").read_bytes()
    site.lies_before_the_camera(BOX.jpeg(film_on_the_box()))
    done = site.calibrate()
    assert done.returncode == 1
    assert "Take everything off the box and calibrate again." in done.stdout
    assert "No flat field was kept." in done.stdout
    assert (site.data / "flat_field.json").read_bytes() == before


def test_a_flickering_light_is_seen(site: Site) -> None:
    site.lies_before_the_camera(BOX.jpeg(), replace(BOX, exposure=0.35).jpeg())
    done = site.calibrate()
    assert done.returncode == 1
    assert re.search(
        r"BAD   steadiness: brightness differs by 1\d% from photo to photo\. Let the box warm up", done.stdout
    )
    assert not site.data.exists()


def test_photos_of_different_sizes_are_a_fault(site: Site) -> None:
    site.lies_before_the_camera(BOX.jpeg(), replace(BOX, width=700, height=525).jpeg())
    done = site.calibrate()
    assert (done.returncode, done.stdout) == (2, "")
    assert "The camera gave photos of different sizes" in done.stderr


def test_a_photo_that_is_none_is_a_fault(site: Site) -> None:
    site.lies_before_the_camera(b"no picture")
    done = site.calibrate()
    assert (done.returncode, done.stdout) == (2, "")
    assert "The camera gave 0.jpg, which cannot be used: This file is no picture" in done.stderr


def test_a_missing_camera_is_a_fault(site: Site) -> None:
    site.lies_before_the_camera()
    done = site.calibrate()
    assert done.returncode == 2
    assert "holds no photo" in done.stderr


def test_a_data_folder_that_cannot_be_written_is_a_fault(site: Site) -> None:
    site.data.write_text("a file")
    done = site.calibrate()
    assert done.returncode == 2
    assert "The flat field cannot be written to" in done.stderr


# --check


def test_a_box_that_has_not_changed_is_well(site: Site) -> None:
    site.calibrate()
    before = (site.data / "flat_field.json").read_bytes()
    site.lies_before_the_camera(replace(BOX, seed=5).jpeg(exposure=(8100, 150)))
    done = site.calibrate("--check")
    assert (done.returncode, complaints(done.stderr)) == (0, "")
    assert names(done.stdout, "well") == ["light", "tint", "evenness", "dirt", "place", "focus"]
    assert "kept" not in done.stdout
    assert (site.data / "flat_field.json").read_bytes() == before


def test_what_has_drifted_is_said_and_nothing_stored(site: Site) -> None:
    site.calibrate()
    before = (site.data / "flat_field.json").read_bytes()
    changed = replace(BOX, fall_off=0.1, tint=(0.75, 1.0, 1.0), spots=((1000, 300, 6, 0.4),), shift=(40, 10))
    site.lies_before_the_camera(changed.jpeg(exposure=(16000, 150)))
    done = site.calibrate("--check")
    assert done.returncode == 1
    assert names(done.stdout, "BAD") == ["light", "tint", "evenness", "dirt", "place"]
    assert names(done.stdout, "well") == ["focus"]
    assert (site.data / "flat_field.json").read_bytes() == before


def test_a_check_without_a_field_says_to_calibrate_first(site: Site) -> None:
    done = site.calibrate("--check")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no flat field in" in done.stderr
    assert "Run `filmside calibrate` first." in done.stderr


def test_a_damaged_field_is_a_fault_of_the_check_and_replaced_by_calibrating(site: Site) -> None:
    site.calibrate()
    kept = site.data / "flat_field.json"
    kept.write_bytes(kept.read_bytes()[:-100])
    done = site.calibrate("--check")
    assert done.returncode == 2
    assert "The flat field is damaged" in done.stderr
    assert site.calibrate().returncode == 0
    assert site.calibrate("--check").returncode == 0


def test_a_field_for_other_photos_is_a_fault_of_the_check(site: Site) -> None:
    site.calibrate()
    site.lies_before_the_camera(replace(BOX, width=1000, height=750).jpeg())
    done = site.calibrate("--check")
    assert done.returncode == 2
    assert "The flat field was made for photos of 1400 x 1050; this camera gives 1000 x 750." in done.stderr


def test_without_settings_the_demos_films_are_seen_and_nothing_is_kept() -> None:
    done = filmside("calibrate")
    assert done.returncode == 1
    assert "No flat field was kept." in done.stdout


# The doctor, and what serve starts with.


def site_check(settings: Settings, days: int) -> tuple[bool, str]:
    later = datetime.now(timezone.utc) + timedelta(days=days, hours=1)
    (check,) = (one for one in examine_kiosk(settings, lambda: later) if one.name == "site")
    return check.well, f"{check.found} {check.to_do}"


def test_the_doctor_says_whether_the_site_is_calibrated_and_how_old_that_is(site: Site) -> None:
    well, words = site_check(site.settings, 0)
    assert well
    assert "not calibrated, so photos are read as they come" in words
    site.calibrate()
    assert site_check(site.settings, 1) == (True, "calibrated 1 day ago for photos of 1400 x 1050 ")
    well, words = site_check(replace(site.settings, camera="opencv"), 12)
    assert not well
    assert "calibrated 12 days ago for photos of 1400 x 1050; the settings say 4056 x 3040" in words
    (site.data / "flat_field.json").write_text("{")
    well, words = site_check(site.settings, 12)
    assert not well
    assert "Run `filmside calibrate` again." in words


def test_a_photos_exposure_is_read_from_what_the_camera_noted() -> None:
    small = Box(width=300, height=200)
    assert exposure_of(Photo("a.jpg", small.jpeg(exposure=(5000, 400)))) == pytest.approx(0.02)
    assert exposure_of(Photo("a.jpg", small.jpeg())) is None
    assert exposure_of(Photo("a.jpg", small.jpeg(exposure=(0, 100)))) is None
    assert exposure_of(Photo("a.jpg", b"no picture")) is None
