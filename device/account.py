"""Who may use a kiosk's page, and what is written down of what they did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

MOST_FAILURES = 8
"""Wrong passwords in a row after which an account is locked."""

LOCKED_FOR = timedelta(minutes=15)
"""How long: a thousand guesses at a PIN of six digits then take a day and a half, and a forgetful person a tea."""

SCREEN = "kiosk-screen"
"""Who is at work where the kiosk's own screen is left open; no account may have this name."""

BUTTON = "button"
"""Who pressed the button on the box: nobody can say."""


class Role(str, Enum):
    """What a person may do: a technician reads films and keeps studies; an administrator looks after accounts too."""

    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Account:
    """One person. `password` is a salted hash; `stamp` changes with it, so that older sessions end; `failures` counts
    wrong passwords in a row since `failed_at`."""

    name: str
    role: Role
    password: str
    stamp: str
    failures: int = 0
    failed_at: datetime | None = None

    def locked_until(self, now: datetime) -> datetime | None:
        """When it may be tried again; None when it may be now."""
        if self.failures < MOST_FAILURES or self.failed_at is None:
            return None
        end = self.failed_at + LOCKED_FOR
        # A clock that was set back must not lock anybody out for a year.
        return end if self.failed_at <= now < end else None

    def failed(self, now: datetime) -> Account:
        """The account after one more wrong password; after a pause as long as a lock it counts anew."""
        fresh = self.failed_at is not None and self.failed_at <= now < self.failed_at + LOCKED_FOR
        return replace(self, failures=self.failures + 1 if fresh else 1, failed_at=now)


@dataclass(frozen=True)
class Event:
    """One thing that somebody did: `what` is a fixed word, `about` an account or a study's id."""

    at: datetime
    who: str
    what: str
    about: str = ""


@dataclass(frozen=True)
class Audited:
    """What the chained log came to: how many events, the last link's hash, and what is wrong (empty when whole)."""

    events: int
    last: str
    wrong: str = ""
