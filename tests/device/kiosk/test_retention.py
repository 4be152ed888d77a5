"""Retention on a real store, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from device.errors import StoreFault
from device.retention import MOST_LEAP, Retention
from device.store.store import Store
from device.study import RemovalReason, Rules, Search
from tests.device.store.studies import a_film, a_photo, a_reading

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
A_YEAR = Rules(keep_days=365, undo_days=30, make_room=False, free_megabytes=0)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class FullStore(Store):
    """The real store on a disk that has as much room as a test says: each study that goes frees ten megabytes."""

    free = 0

    def free_megabytes(self) -> int:
        return self.free

    def remove(self, id: str, removed_at: datetime, reason: RemovalReason) -> None:
        super().remove(id, removed_at, reason)
        self.free += 10


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FullStore]:
    store = FullStore(tmp_path / "data", free_megabytes=0)
    yield store
    store.close()


def keep(store: Store, id: str, day: float) -> None:
    store.keep(replace(a_reading(id), read_at=START + timedelta(days=day)), a_photo(), a_film())


def live_through(retention: Retention, clock: Clock, days: int) -> int:
    """Run once a day, as a kiosk that is on does."""
    removed = 0
    for _ in range(days):
        clock.now += timedelta(days=1)
        removed += retention.run()
    return removed


def left(store: Store) -> list[str]:
    return [study.id for study in store.studies()]


def test_a_study_goes_on_its_day_and_not_before(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", 0.5)
    keep(store, "a2", 1.5)
    retention = Retention(store, A_YEAR, clock)
    assert live_through(retention, clock, 365) == 0
    assert retention.going(timedelta(days=1)) == 1
    assert retention.goes_at(store.study("a1")) == START + timedelta(days=365.5)
    assert live_through(retention, clock, 1) == 1
    assert left(store) == ["a2"]
    assert [(one.id, one.reason, one.removed_at) for one in store.removals()] == [("a1", RemovalReason.AGE, clock.now)]


def test_kept_for_good_means_for_good(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", 0)
    retention = Retention(store, replace(A_YEAR, keep_days=0), clock)
    clock.now += timedelta(days=20)
    assert retention.run() == 0
    for _ in range(60):
        clock.now += timedelta(days=59)
        assert retention.run() == 0
    assert retention.goes_at(store.study("a1")) is None
    assert retention.going(timedelta(days=7)) == 0


def test_a_deleted_study_can_be_brought_back_until_its_day(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", 0)
    keep(store, "a2", 0)
    retention = Retention(store, A_YEAR, clock)
    store.set_deleted("a1", clock.now)
    store.set_deleted("a2", clock.now)
    assert retention.goes_at(store.study("a1")) == START + timedelta(days=30)
    assert live_through(retention, clock, 30) == 0
    store.set_deleted("a2", None)
    assert live_through(retention, clock, 1) == 1
    assert left(store) == ["a2"]
    assert store.removals()[0].reason is RemovalReason.DELETED


def test_a_clock_that_jumps_ahead_empties_nothing_until_a_person_believes_it(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", 0)
    retention = Retention(store, A_YEAR, clock)
    retention.run()
    clock.now += timedelta(days=4000)
    assert retention.leapt()
    assert retention.run() == 0
    # A film that is read meanwhile is no proof that the date is right.
    keep(store, "a2", 4000)
    assert retention.run() == 0
    assert sorted(left(store)) == ["a1", "a2"]
    retention.believe()
    assert not retention.leapt()
    assert retention.run() == 1
    assert left(store) == ["a2"]


def test_a_clock_that_jumps_back_and_is_set_right_again_empties_nothing(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", 0)
    retention = Retention(store, A_YEAR, clock)
    live_through(retention, clock, 100)
    clock.now -= timedelta(days=365)
    assert retention.run() == 0
    assert not retention.leapt()
    clock.now += timedelta(days=366)
    assert not retention.leapt()
    assert retention.run() == 0
    assert left(store) == ["a1"]


def test_a_kiosk_that_was_off_for_less_than_the_leap_goes_on_by_itself(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", -350)
    retention = Retention(store, A_YEAR, clock)
    retention.run()
    clock.now += MOST_LEAP
    assert retention.run() == 1


def test_room_is_made_of_the_deleted_first_and_of_the_oldest_only_where_it_is_wanted(
    store: FullStore, clock: Clock
) -> None:
    for number in range(6):
        keep(store, f"a{number}", number)
    store.set_deleted("a4", START)
    store.free = 70
    rules = replace(A_YEAR, free_megabytes=100)
    assert Retention(store, rules, clock).run() == 1
    assert left(store) == ["a5", "a3", "a2", "a1", "a0"]
    assert Retention(store, replace(rules, make_room=True), clock).run() == 2
    assert left(store) == ["a5", "a3", "a2"]
    assert {one.reason for one in store.removals()} == {RemovalReason.ROOM}


def test_the_study_just_read_stays_even_when_the_disk_is_full_of_other_things(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", 0)
    keep(store, "a2", 1)
    store.free = -1000
    assert Retention(store, replace(A_YEAR, make_room=True, free_megabytes=100), clock).run() == 1
    assert left(store) == ["a2"]


def test_a_store_that_fails_is_logged_and_films_are_read_all_the_same(
    store: FullStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FullStore):
        def believed_at(self) -> datetime | None:
            raise StoreFault("The disk is gone.")

    broken = Broken(store._folder, free_megabytes=0)
    assert Retention(broken, A_YEAR, clock).run() == 0
    assert "could not be removed: The disk is gone." in caplog.text
    broken.close()


def test_it_looks_by_itself_and_stops_when_told(store: FullStore, clock: Clock) -> None:
    keep(store, "a1", -400)
    retention = Retention(store, A_YEAR, clock)
    retention.start()
    retention.stop()
    retention.stop()
    assert left(store) == []
    assert store.count(Search(deleted=True)) == 0
