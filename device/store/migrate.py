"""The database's shape, as numbered SQL files that are applied once each, in order."""

from __future__ import annotations

import sqlite3
from importlib import resources

from device.errors import StoreFault


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema; each step is a transaction that also records its number.

    The number lies in SQLite's own `user_version`. Raises StoreFault for a database from a newer Filmside.
    """
    steps = schema_steps()
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(steps):
        raise StoreFault(
            f"The studies were kept by a newer Filmside: schema {version}; wanted at most {len(steps)}. "
            "Install that newer Filmside again, or give this one another data folder."
        )
    for number, script in enumerate(steps[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise


def schema_steps() -> list[str]:
    """The SQL of every step, first to last. A file's name begins with its number: 0001, 0002 and on without a gap."""
    files = sorted(resources.files("device.store").joinpath("schema").iterdir(), key=lambda file: file.name)
    scripts = [file for file in files if file.name.endswith(".sql")]
    for number, file in enumerate(scripts, start=1):
        if not file.name.startswith(f"{number:04d}_"):
            raise StoreFault(f"Schema file {file.name} found; wanted number {number:04d}. Install Filmside anew.")
    return [file.read_text(encoding="utf-8") for file in scripts]
