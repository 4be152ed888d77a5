"""Opening the database of studies: checked, brought to the newest schema, and rid of what a crash left."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from device.errors import StoreFault
from device.store.migrate import migrate
from device.store.search import teach

DATABASE, PICTURES = "studies.sqlite", "pictures"


def open_database(folder: Path) -> sqlite3.Connection:
    """The database in a store's folder; nobody else may keep a study there meanwhile. Raises StoreFault."""
    path, pictures = folder / DATABASE, folder / PICTURES
    kept = _folders(pictures)
    if kept and not path.exists():
        # Sweeping now would take every photo for an orphan.
        raise StoreFault(
            f"{pictures} holds pictures of {len(kept)} studies, but {path} is missing; wanted both. "
            "Put studies.sqlite back from a copy, or move the pictures away to begin anew."
        )
    connection = None
    try:
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))
        migrate(connection)
        teach(connection)
        _sweep(pictures, kept - {id_ for (id_,) in connection.execute("SELECT id FROM studies")})
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StoreFault) or not isinstance(error, OSError | sqlite3.Error):
            raise
        raise StoreFault(
            f"{path} cannot be opened: {error}; wanted Filmside's database, whole. Put it back from a copy, or "
            f"move {folder} away to begin anew."
        ) from error
    return connection


def _folders(pictures: Path) -> set[str]:
    """The names of the studies that have pictures here."""
    return {entry.name for entry in pictures.iterdir() if not entry.name.startswith(".")}


def _sweep(pictures: Path, orphans: set[str]) -> None:
    """Remove what a crash left. One keeping runs at a time, so more than one orphan is no crash: touch nothing."""
    if len(orphans) > 1:
        raise StoreFault(
            f"{pictures} holds pictures of {len(orphans)} studies that studies.sqlite does not know; wanted "
            "at most one. Put the newest studies.sqlite back from a copy, or move those folders away."
        )
    for part in pictures.glob(".*.part"):
        shutil.rmtree(part)
    for orphan in orphans:
        shutil.rmtree(pictures / orphan)
