"""A kiosk that takes the photo by itself: one study for each film that lies still, by the same way as *Read film*."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from device import demo
from device.camera import Camera
from device.camera.folder import FolderCamera
from device.errors import Busy, CameraFault, StoreFault
from device.kiosk import Kiosk
from device.study import Study
from device.values import Coaching, Corners, Film, Frame, Photo, Point, Status
from device.watch import Watch
from tests.device.kiosk.conftest import Bench, Clock
from tests.films import chest


def until(happened, seconds: float = 20.0) -> bool:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.02)
    return False


def a_kiosk(bench: Bench, camera: Camera, *, take_when_still: bool = True) -> Kiosk:
    return Kiosk(
        camera=camera,
        light=bench.light,
        ensemble=bench.kiosk.ensemble,
        store=bench.kiosk.store,
        clock=Clock(),
        take_when_still=take_when_still,
    )


def lay(bench: Bench, name: str) -> None:
    """The folder camera sees this photo's film from now on, however often it takes it."""
    for path in bench.photos.iterdir():
        path.unlink()
    shutil.copy(demo.PHOTOS / name, bench.photos / "box.jpg")


@pytest.fixture
def alone(bench: Bench) -> Iterator[Kiosk]:
    lay(bench, "02-normal.jpg")
    kiosk = a_kiosk(bench, FolderCamera(bench.photos))
    yield kiosk
    kiosk.stop()


def test_a_film_that_lies_still_is_read_once_and_so_is_the_next(bench: Bench, alone: Kiosk) -> None:
    alone.start()
    assert until(alone.store.studies)
    (first,) = alone.store.studies()
    assert first.reading is not None
    time.sleep(2.5)
    assert alone.store.studies() == (first,)
    said = alone.coaching()
    assert said is not None
    assert said.say == "The photo is taken. Lay the next film on the box."

    lay(bench, "06-normal.jpg")
    assert until(lambda: len(alone.store.studies()) == 2)
    time.sleep(2.5)
    assert len(alone.store.studies()) == 2
    assert alone.photos_taken == 2
    reading_and_done = [status for status in bench.light.shown if status is not Status.READY]
    assert [status is Status.READING for status in reading_and_done] == [True, False] * 2


def test_a_blurred_film_is_left_alone(bench: Bench, alone: Kiosk) -> None:
    lay(bench, "05-normal-blurred.jpg")
    alone.start()
    time.sleep(2.5)
    assert alone.photos_taken == 0
    said = alone.coaching()
    assert said is not None
    assert "blurred" in said.say


def test_a_camera_that_is_lost_and_found_again_goes_on(bench: Bench, alone: Kiosk, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("device.watch.FAULT_SECONDS", 0.1)
    away = bench.photos.with_name("unplugged")
    bench.photos.rename(away)
    alone.start()
    time.sleep(0.5)
    assert alone.status is Status.READY
    away.rename(bench.photos)
    assert until(alone.store.studies)


class Idle:
    """A camera that says when it was asked for a frame."""

    def __init__(self) -> None:
        self.frames = 0

    def frame(self) -> Frame:
        self.frames += 1
        return Frame(b"", 1600, 1200)

    def take(self) -> Photo:
        return Photo("none.jpg", b"")

    def close(self) -> None:
        pass


def test_nothing_is_looked_at_when_nobody_looks_and_the_setting_is_off(bench: Bench) -> None:
    camera, before = Idle(), threading.active_count()
    kiosk = a_kiosk(bench, camera, take_when_still=False)
    kiosk.start()
    time.sleep(0.4)
    assert (camera.frames, threading.active_count()) == (0, before)
    kiosk.stop()


def test_the_watch_ends_when_told_to(bench: Bench) -> None:
    camera, before = Idle(), threading.active_count()
    kiosk = a_kiosk(bench, camera)
    kiosk.start()
    assert until(lambda: camera.frames > 1)
    kiosk.stop()
    kiosk.stop()
    assert threading.active_count() == before


def test_coaching_rests_while_a_film_is_read(bench: Bench) -> None:
    seen: list[Coaching | None] = []

    class Asking(Idle):
        def take(self) -> Photo:
            seen.append(kiosk.coaching())
            return Photo("none.jpg", b"")

    camera = Asking()
    kiosk = a_kiosk(bench, camera, take_when_still=False)
    assert kiosk.coaching() is None  # starting
    kiosk.start()
    kiosk.read_film()
    assert seen == [None]
    assert camera.frames == 0
    assert kiosk.coaching() is not None


FILM = Film(
    chest(1, width=300, height=360), Corners(Point(400, 100), Point(1000, 100), Point(1000, 820), Point(400, 820))
)
READY = Coaching(FILM, "Ready.", True, 1600, 1200)


class Scripted:
    """A kiosk that sees one thing for ever, and does what it is told when it is to read."""

    def __init__(self) -> None:
        self.sees: Coaching | None = READY
        self.photos_taken = self.asked = 0
        self.hangs = False
        self.error: Exception | None = None
        self.now = 0.0
        self.watch = Watch(self, lambda: self.now)

    def coaching(self) -> Coaching | None:
        # Every look makes a film of its own.
        if self.hangs or self.sees is None or self.sees.film is None:
            return self.sees
        return replace(self.sees, film=replace(self.sees.film))

    def read_film(self) -> Study:
        self.asked += 1
        if self.error:
            raise self.error
        self.photos_taken += 1
        return None  # type: ignore[return-value]

    def look(self, seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            self.now += 0.1
            self.watch.look()


def test_read_film_by_hand_is_not_followed_by_one_unasked() -> None:
    kiosk = Scripted()
    kiosk.look(0.5)
    # The press is seen as a reading under way, its photo only later.
    kiosk.sees = None
    kiosk.look(0.3)
    kiosk.photos_taken += 1
    kiosk.look(0.3)
    kiosk.sees = READY
    kiosk.look(5)
    assert kiosk.asked == 0


def test_a_frame_from_after_a_press_is_not_taken_for_the_film_that_was_read() -> None:
    """As a folder camera shows the next photo at once."""
    kiosk = Scripted()
    kiosk.look(0.5)
    kiosk.photos_taken += 1
    kiosk.sees = replace(READY, film=replace(FILM, pixels=chest(5, width=300, height=360)[::-1]))
    kiosk.look(1.5)
    assert kiosk.asked == 1


def test_one_old_frame_from_a_camera_that_hangs_proves_no_stillness() -> None:
    kiosk = Scripted()
    kiosk.hangs = True
    kiosk.look(5)
    assert kiosk.asked == 0
    kiosk.hangs = False
    kiosk.look(2)
    assert kiosk.asked == 1


def test_a_busy_kiosk_is_asked_again() -> None:
    kiosk = Scripted()
    kiosk.error = Busy("A file is being read.")
    kiosk.look(1.5)
    assert kiosk.asked > 1
    kiosk.error = None
    kiosk.look(5)
    assert kiosk.photos_taken == 1


@pytest.mark.parametrize("error", [CameraFault("gone"), StoreFault("full"), ZeroDivisionError()])
def test_what_is_broken_is_tried_once_for_each_film(error: Exception) -> None:
    kiosk = Scripted()
    kiosk.error = error
    with pytest.raises(type(error)):
        kiosk.look(3)
    kiosk.look(5)
    assert kiosk.asked == 1


def test_the_words_are_those_of_a_kiosk_that_takes_the_photo_itself() -> None:
    kiosk = Scripted()
    kiosk.look(0.5)
    assert kiosk.watch.told(READY).say == "Keep the film still. The photo is taken by itself."
    unfit = replace(READY, ready=False, say="Move the camera closer to the film.")
    assert kiosk.watch.told(unfit) is unfit
    kiosk.look(3)
    assert kiosk.watch.told(READY).say == "The photo is taken. Lay the next film on the box."
