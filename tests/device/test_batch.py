"""Many photos in the background: in order, around a film on the light box, stopped when told, broken off by a fault."""

from __future__ import annotations

import threading
import time

import pytest

from device import batch as batch_module
from device.batch import Batch, Progress, Wanted
from device.errors import Busy, StickGone, StoreFault
from device.study import Study
from device.values import Photo
from tests.device.store.studies import a_reading, a_refusal


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_module, "BUSY_S", 0.02)


def wanted(*names: str) -> list[Wanted]:
    return [Wanted(name, lambda name=name: Photo(name, b"")) for name in names]  # type: ignore[misc]


def wait_for(batch: Batch) -> list[Progress]:
    until = time.monotonic() + 10
    while batch.running:
        assert time.monotonic() < until
        time.sleep(0.01)
    return [item.progress for item in batch.items]


def test_photos_are_read_in_their_order_and_each_says_how_it_ended() -> None:
    order: list[tuple[str, str]] = []

    def read(photo: Photo, by: str) -> Study:
        order.append((photo.name, by))
        return a_refusal("b2") if photo.name == "b" else a_reading("a1")

    def gone() -> Photo:
        raise StickGone("The stick is gone.")

    batch = Batch(read)
    assert batch.items == ()
    batch.start([*wanted("a", "b"), Wanted("c", gone), *wanted("d")], "Amina")
    assert wait_for(batch) == [Progress.READ, Progress.REFUSED, Progress.FAILED, Progress.READ]
    assert order == [("a", "Amina"), ("b", "Amina"), ("d", "Amina")]
    assert [item.study for item in batch.items] == ["a1", "b2", "", "a1"]
    assert [item.say for item in batch.items] == ["", "Hold still", "The stick is gone.", ""]


def test_a_film_on_the_light_box_comes_first() -> None:
    tries = iter([Busy("x"), Busy("x"), a_reading("a1")])

    def read(photo: Photo, by: str) -> Study:
        found = next(tries)
        if isinstance(found, Exception):
            raise found
        return found

    batch = Batch(read)
    batch.start(wanted("a"), "")
    assert wait_for(batch) == [Progress.READ]


def test_it_stops_after_the_photo_that_is_being_read() -> None:
    reading, go_on = threading.Event(), threading.Event()

    def read(photo: Photo, by: str) -> Study:
        reading.set()
        assert go_on.wait(10)
        return a_reading("a1")

    batch = Batch(read)
    batch.start(wanted("a", "b", "c"), "")
    assert reading.wait(10)
    assert not batch.start(wanted("z"), "")
    batch.stop()
    batch.stop()
    go_on.set()
    assert wait_for(batch) == [Progress.READ, Progress.STOPPED, Progress.STOPPED]
    assert batch.start(wanted("z"), "")
    assert wait_for(batch) == [Progress.READ]


def test_a_batch_that_waits_for_its_turn_can_be_stopped() -> None:
    def busy(photo: Photo, by: str) -> Study:
        raise Busy("x")

    batch = Batch(busy)
    batch.start(wanted("a", "b"), "")
    time.sleep(0.1)
    batch.stop(wait_s=5)
    assert wait_for(batch) == [Progress.STOPPED, Progress.STOPPED]


def test_what_is_broken_ends_it_and_a_mistake_does_not() -> None:
    def full(photo: Photo, by: str) -> Study:
        raise StoreFault("The disk is full.")

    batch = Batch(full)
    batch.start(wanted("a", "b"), "")
    assert wait_for(batch) == [Progress.FAILED, Progress.STOPPED]

    def mistaken(photo: Photo, by: str) -> Study:
        if photo.name == "a":
            raise ZeroDivisionError
        return a_reading("a1")

    batch = Batch(mistaken)
    batch.start(wanted("a", "b"), "")
    assert wait_for(batch) == [Progress.FAILED, Progress.READ]
