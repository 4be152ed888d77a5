"""A search for studies as SQL: the condition and its values."""

from __future__ import annotations

import sqlite3

from device.store.rows import time_text
from device.study import Search


def condition(search: Search) -> tuple[str, tuple[str, ...]]:
    """What stands after WHERE, and the values for its question marks."""
    parts: list[tuple[str, str | None]] = [
        ("deleted_at IS NOT NULL" if search.deleted else "deleted_at IS NULL", None),
    ]
    if search.reference:
        parts.append(("instr(casefold(reference), ?) > 0", search.reference.casefold()))
    if search.since is not None:
        parts.append(("read_at >= ?", time_text(search.since)))
    if search.before is not None:
        parts.append(("read_at < ?", time_text(search.before)))
    if search.deleted_before is not None:
        parts.append(("deleted_at < ?", time_text(search.deleted_before)))
    if search.outcome:
        parts.append(("outcome = ?", search.outcome))
    if search.refused:
        parts.append(("reason IS NOT NULL", None))
    return " AND ".join(text for text, _ in parts), tuple(value for _, value in parts if value is not None)


def teach(connection: sqlite3.Connection) -> None:
    """Give the database `casefold`: its own lower() knows the letters of English only."""
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
