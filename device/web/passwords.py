"""Passwords and PINs: what is long enough, and whether one is right. Hashes are werkzeug's salted scrypt."""

from __future__ import annotations

import secrets

from werkzeug.security import check_password_hash, generate_password_hash

from device.account import BUTTON, SCREEN, Account, Role

LEAST = {Role.TECHNICIAN: 6, Role.ADMINISTRATOR: 10}
"""Letters or digits: a technician may have a PIN."""

LONGEST = 128
LONGEST_NAME = 40

_NOBODYS = generate_password_hash("nobody has this")
"""Checked where there is no such account, so that an answer's delay does not tell."""


def new_account(name: str, role: Role, password: str) -> Account:
    """An account that nobody had before."""
    return Account(name, role, generate_password_hash(password), secrets.token_hex(8))


def with_password(account: Account, password: str) -> Account:
    """The account with another password, unlocked; sessions of before end."""
    return new_account(account.name, account.role, password)


def is_right(account: Account | None, password: str) -> bool:
    """Whether this is the account's password; it takes as long where there is none."""
    right = check_password_hash(account.password if account else _NOBODYS, password[: LONGEST + 1])
    return right and account is not None


def name_fault(name: str) -> str:
    """What is wrong with a name, empty when nothing is."""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        return f"A name has 1 to {LONGEST_NAME} letters. Go back and choose another."
    if name.casefold() in (SCREEN, BUTTON):
        return "That name stands for the kiosk itself. Go back and choose another."
    return ""


def password_fault(password: str, role: Role) -> str:
    """What is wrong with a password for this role, empty when nothing is."""
    if not LEAST[role] <= len(password) <= LONGEST:
        return f"It needs {LEAST[role]} to {LONGEST} letters or digits. Go back and choose a longer one."
    if len(set(password)) < 3:
        return "It has the same letter again and again. Go back and choose another."
    return ""
