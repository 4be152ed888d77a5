"""What whoever has the kiosk's own console may do with its accounts: the way back in, and proving the log."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from device.account import Audited, Event, Role
from device.errors import SettingsFault
from device.settings import Settings
from device.store.people import People
from device.store.store import Store
from device.web.passwords import name_fault, new_account

CONSOLE = "console"
"""Who the log says it was."""


def audit(settings: Settings) -> Audited:
    """Go through the log of who did what. Raises StoreFault."""
    _open_once(settings.data, settings.free_megabytes)
    with closing(People(settings.data)) as people:
        return people.audit()


def let_in(settings: Settings, name: str, clock: Callable[[], datetime]) -> str:
    """Give an administrator of this name a fresh password, and say it; make the account where there is none.

    Raises SettingsFault for a name that cannot be one, and StoreFault.
    """
    fault = name_fault(name)
    if fault:
        raise SettingsFault(f"{name!r} cannot be an account's name. {fault}")
    password = secrets.token_urlsafe(12)
    _open_once(settings.data, settings.free_megabytes)
    with closing(People(settings.data)) as people:
        account = new_account(name, Role.ADMINISTRATOR, password)
        if not people.add(account, Event(clock(), CONSOLE, "account-made", name)):
            found = people.find(name)
            # Spelt as it was: names are the same in any case.
            account = new_account(found.name if found else name, Role.ADMINISTRATOR, password)
            people.change(account, Event(clock(), CONSOLE, "password-set", account.name))
    return password


def _open_once(data: Path, free_megabytes: int) -> None:
    """Bring the database to its newest schema."""
    Store(data, free_megabytes=free_megabytes).close()
