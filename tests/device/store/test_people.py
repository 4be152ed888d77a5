"""Accounts and the chained log, on a real database that somebody tampers with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from device.account import LOCKED_FOR, MOST_FAILURES, Account, Event, Role
from device.errors import StoreFault
from device.store.people import People
from device.store.site import kept_secret
from device.store.store import Store
from tests.device.store.studies import NOON

AMINA = Account("Amina", Role.ADMINISTRATOR, "scrypt:a", "s1")
JUMA = Account("juma", Role.TECHNICIAN, "scrypt:j", "s2", 3, NOON)


def event(what: str, about: str = "") -> Event:
    return Event(NOON, "Amina", what, about)


@pytest.fixture
def people(tmp_path: Path, store: Store) -> Iterator[People]:
    people = People(tmp_path / "data")
    yield people
    people.close()
    people.close()


def test_accounts_come_back_as_they_were_whatever_the_case_of_their_name(people: People) -> None:
    assert people.claim(AMINA, NOON)
    assert not people.claim(JUMA, NOON)
    assert people.add(JUMA, event("account-made", "juma"))
    assert not people.add(Account("JUMA", Role.TECHNICIAN, "x", "s"), event("account-made", "JUMA"))
    assert people.find("JUMA") == JUMA
    assert people.find("nobody") is None
    assert people.everyone() == (AMINA, JUMA)


def test_the_last_administrator_stays(people: People) -> None:
    people.claim(AMINA, NOON)
    people.add(JUMA, event("account-made"))
    assert not people.remove("Amina", event("account-removed"))
    assert people.remove("juma", event("account-removed"))
    people.add(Account("Zuhura", Role.ADMINISTRATOR, "x", "s"), event("account-made"))
    assert people.remove("Amina", event("account-removed"))


def test_wrong_passwords_at_once_are_all_counted(people: People) -> None:
    people.add(Account("juma", Role.TECHNICIAN, "x", "s"), event("account-made"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: people.fail(Event(NOON, "juma", "login-failed")), range(MOST_FAILURES)))
    locked = people.find("juma")
    assert locked is not None
    assert locked.failures == MOST_FAILURES
    assert locked.locked_until(NOON) == NOON + LOCKED_FOR
    assert locked.locked_until(NOON + LOCKED_FOR) is None
    assert locked.locked_until(NOON - timedelta(seconds=1)) is None
    assert locked.failed(NOON + LOCKED_FOR).failures == 1


def test_many_writers_leave_one_whole_chain(tmp_path: Path, people: People) -> None:
    other = People(tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: (people, other)[number % 2].record(event("x", str(number))), range(60)))
    other.close()
    found = people.audit()
    assert (found.events, found.wrong) == (60, "")
    assert [one.about for one in people.events(limit=3)] != []
    assert people.events(limit=1)[0].who == "Amina"


def test_the_chain_outlives_a_restart(tmp_path: Path, people: People) -> None:
    people.record(event("one"))
    people.close()
    again = People(tmp_path / "data")
    again.record(event("two"))
    assert (again.audit().events, again.audit().wrong) == (2, "")
    again.close()


def test_the_log_cannot_be_changed_by_an_ordinary_statement(tmp_path: Path, people: People) -> None:
    people.record(event("one"))
    with sqlite3.connect(tmp_path / "data/studies.sqlite") as base:
        for change in ("UPDATE audit SET who = 'juma'", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="the audit log is not"):
                base.execute(change)
    base.close()


@pytest.mark.parametrize(
    ("change", "wrong", "whole"),
    [
        ("UPDATE audit SET who = 'juma' WHERE number = 3", "event 3 of", 2),
        ("UPDATE audit SET at = '2020' WHERE number = 1", "event 1 of 2020", 0),
        ("DELETE FROM audit WHERE number = 2", "event 2 is missing", 1),
        ("DELETE FROM audit WHERE number = 1", "event 1 is missing", 0),
        ("DELETE FROM audit WHERE number >= 4", "the last 2 of 5 events are missing", 3),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 4) WHERE number = 5", "event 5 of", 4),
    ],
)
def test_what_somebody_does_to_the_file_is_found(
    tmp_path: Path, people: People, change: str, wrong: str, whole: int
) -> None:
    for number in range(5):
        people.record(event("did", str(number)))
    assert people.audit().wrong == ""
    with sqlite3.connect(tmp_path / "data/studies.sqlite") as base:
        base.execute("DROP TRIGGER audit_is_not_changed")
        base.execute("DROP TRIGGER audit_is_not_cut")
        base.execute(change)
    base.close()
    found = people.audit()
    assert wrong in found.wrong
    assert found.events == whole


def test_a_database_that_breaks_is_a_fault(people: People) -> None:
    people.close()
    with pytest.raises(StoreFault, match=r"accounts in .* cannot be used"):
        people.everyone()


def test_the_secret_is_made_once_for_this_kiosk_and_for_nobody_else_to_read(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "one")
    assert kept_secret(tmp_path / "one") == first
    assert kept_secret(tmp_path / "two") != first
    assert (tmp_path / "one/session.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "one/session.key").write_bytes(b"short")
    with pytest.raises(StoreFault, match="has 5 bytes; wanted 32"):
        kept_secret(tmp_path / "one")
