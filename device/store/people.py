"""Accounts and the audit log, in the database of studies, through a connection of their own."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from device.account import Account, Audited, Event, Role
from device.errors import StoreFault
from device.store.opening import DATABASE
from device.store.rows import time_text

_COLUMNS = "name, role, password, stamp, failures, failed_at"
_BEGINNING = "0" * 64
"""What the first event's hash follows."""


class People:
    """Accounts and the audit log of one store's folder, which must have been opened once before.

    Methods may be called from any thread; what cannot be read or written is a StoreFault.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / DATABASE
        self._turn = threading.Lock()
        try:
            self._base = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
            self._base.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def everyone(self) -> tuple[Account, ...]:
        """All accounts by name."""
        with self._reading() as base:
            rows = base.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY name").fetchall()
        return tuple(_account(row) for row in rows)

    def find(self, name: str) -> Account | None:
        """The account of this name in any case, None where there is none."""
        with self._reading() as base:
            row = base.execute(f"SELECT {_COLUMNS} FROM accounts WHERE name = ?", (name,)).fetchone()
        return None if row is None else _account(row)

    def claim(self, first: Account, at: datetime) -> bool:
        """Make the first administrator; False when somebody was there before, were it by a moment."""
        with self._transaction() as base:
            if base.execute("SELECT 1 FROM accounts LIMIT 1").fetchone():
                return False
            self._insert(base, first)
            self._append(base, Event(at, first.name, "first-administrator", first.name))
        return True

    def add(self, account: Account, by: Event) -> bool:
        """Make an account; False when there is one of that name."""
        with self._transaction() as base:
            if base.execute("SELECT 1 FROM accounts WHERE name = ?", (account.name,)).fetchone():
                return False
            self._insert(base, account)
            self._append(base, by)
        return True

    def change(self, account: Account, by: Event) -> None:
        """Keep an account as it is now."""
        with self._transaction() as base:
            self._update(base, account)
            self._append(base, by)

    def fail(self, event: Event) -> None:
        """Count a wrong password of whoever the event names; two at once are two."""
        with self._transaction() as base:
            row = base.execute(f"SELECT {_COLUMNS} FROM accounts WHERE name = ?", (event.who,)).fetchone()
            if row is not None:
                self._update(base, _account(row).failed(event.at))
            self._append(base, event)

    def remove(self, name: str, by: Event) -> bool:
        """Remove an account; False when it is the last administrator's: nobody could make another."""
        with self._transaction() as base:
            others = "SELECT count(*) FROM accounts WHERE role = ? AND name <> ?"
            if not base.execute(others, (Role.ADMINISTRATOR.value, name)).fetchone()[0]:
                return False
            base.execute("DELETE FROM accounts WHERE name = ?", (name,))
            self._append(base, by)
        return True

    def record(self, event: Event) -> None:
        """Write down what somebody did."""
        with self._transaction() as base:
            self._append(base, event)

    def events(self, *, limit: int) -> tuple[Event, ...]:
        """The latest events first."""
        with self._reading() as base:
            rows = base.execute(
                "SELECT at, who, what, about FROM audit ORDER BY number DESC LIMIT ?", (limit,)
            ).fetchall()
        return tuple(Event(datetime.fromisoformat(at), who, what, about) for at, who, what, about in rows)

    def audit(self) -> Audited:
        """Go through the whole chain."""
        before, count = _BEGINNING, 0
        with self._reading() as base:
            rows = base.execute("SELECT number, at, who, what, about, hash FROM audit ORDER BY number")
            for number, *content, link in rows:
                count += 1
                if number != count:
                    return Audited(count - 1, before, f"event {count} is missing: after {count - 1} comes {number}")
                if link != _link(before, number, content):
                    return Audited(
                        count - 1, before, f"event {number} of {content[0]} does not follow the one before it"
                    )
                before = link
            made = base.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
        if made and made[0] != count:
            return Audited(count, before, f"the last {made[0] - count} of {made[0]} events are missing")
        return Audited(count, before)

    def close(self) -> None:
        """Close the database. Calling it twice is allowed."""
        with self._turn:
            self._base.close()

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """One state of the database, which keeps nobody from writing: each request asks who makes it."""
        return self._transaction("BEGIN")

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                self._base.execute(begin)
                try:
                    yield self._base
                    self._base.execute("COMMIT")
                except BaseException:
                    self._base.rollback()
                    raise
            except sqlite3.Error as error:
                raise self._fault(error) from error

    def _insert(self, base: sqlite3.Connection, account: Account) -> None:
        base.execute(f"INSERT INTO accounts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", _row(account))

    def _update(self, base: sqlite3.Connection, account: Account) -> None:
        columns = "role = ?, password = ?, stamp = ?, failures = ?, failed_at = ?"
        base.execute(f"UPDATE accounts SET {columns} WHERE name = ?", (*_row(account)[1:], account.name))

    def _append(self, base: sqlite3.Connection, event: Event) -> None:
        last = base.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        number, before = (last[0] + 1, last[1]) if last else (1, _BEGINNING)
        content = [time_text(event.at), event.who, event.what, event.about]
        values = (number, *content, _link(before, number, content))
        base.execute("INSERT INTO audit (number, at, who, what, about, hash) VALUES (?, ?, ?, ?, ?, ?)", values)

    def _fault(self, error: sqlite3.Error) -> StoreFault:
        return StoreFault(
            f"The accounts in {self._path} cannot be used: {error}; wanted a healthy database. Check the disk, and put "
            "studies.sqlite back from a copy."
        )


def _link(before: str, number: int, content: list[str]) -> str:
    text = json.dumps([before, number, *content], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _account(row: tuple[Any, ...]) -> Account:
    name, role, password, stamp, failures, failed_at = row
    return Account(
        name, Role(role), password, stamp, failures, None if failed_at is None else datetime.fromisoformat(failed_at)
    )


def _row(account: Account) -> tuple[str | int | None, ...]:
    failed_at = None if account.failed_at is None else time_text(account.failed_at)
    return account.name, account.role.value, account.password, account.stamp, account.failures, failed_at
