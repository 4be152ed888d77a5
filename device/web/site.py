"""What a page is given beside its kiosk: who may use it, and what is written down."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask_login import current_user

from device.account import SCREEN, Account, Event, Role
from device.batch import Batch
from device.intake.sticks import Sticks
from device.outbox import Outbox
from device.store.people import People
from device.values import Check


class Watcher(Protocol):
    """Whoever can tell how the kiosk is (`device.health.Health`)."""

    def checks(self) -> tuple[Check, ...]:
        """Each part, what was found, what to do."""
        ...

    def diagnostics(self) -> bytes:
        """A ZIP for support with nothing of a patient in it."""
        ...


@dataclass(frozen=True, eq=False)
class Site:
    """`secret` signs the sessions of this kiosk only; with `open_screen` the kiosk's own screen is a technician's
    without a login; a person who does nothing for `session_minutes` is logged out. `setup_code` is what the first
    administrator must have read on the kiosk itself; `health` tells how the kiosk is;
    `sticks` are plugged in, `batch` reads their pictures, and `outbox` holds what goes to one.
    """

    people: People
    secret: bytes
    open_screen: bool
    session_minutes: int
    setup_code: str
    health: Watcher
    sticks: Sticks
    batch: Batch
    outbox: Outbox

    def record(self, at: datetime, what: str, about: str = "") -> None:
        """Write down what whoever makes this request did."""
        self.people.record(Event(at, who(), what, about))


class Person:
    """Who makes a request, as Flask-Login wants it: an account, or the kiosk's own open screen."""

    is_active = True
    is_authenticated = True
    is_anonymous = False

    def __init__(self, name: str, role: Role, stamp: str = "") -> None:
        self.name = name
        self.role = role
        self._stamp = stamp

    @classmethod
    def of(cls, account: Account) -> Person:
        """The person who has this account."""
        return cls(account.name, account.role, account.stamp)

    @property
    def is_administrator(self) -> bool:
        """Whether the person looks after accounts."""
        return self.role is Role.ADMINISTRATOR

    @property
    def is_screen(self) -> bool:
        """Whether this is whoever stands before the kiosk's own screen."""
        return self.name == SCREEN

    def get_id(self) -> str:
        """What the session keeps: the name, and the stamp that ends with the password."""
        return f"{self._stamp} {self.name}"


def who() -> str:
    """The name of whoever makes this request, for the record; empty before a login."""
    return current_user.name if current_user.is_authenticated else ""


def setup_code() -> str:
    """A fresh code for the first administrator: eight letters and digits that nobody takes for one another."""
    return "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(8))
