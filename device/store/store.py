"""SQLite and picture files: where studies are kept.

::

    <folder>/studies.sqlite          one row a study
    <folder>/pictures/<id>/          photo.jpg (byte for byte as it came in) and film.png
    <folder>/pictures/.<id>.part/    a study being kept; rubbish after a crash
    <folder>/lock                    held while a study is kept, also against another process

The row comes last, so a row's pictures are always there. A power cut between rename and row leaves at most one
folder that no row knows: it is swept when the store is opened.
"""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from device.errors import NoSuchStudy, StoreFault
from device.store.files import decode_film, encode_film, suffix_of, sync_folder, write_synced
from device.store.migrate import migrate
from device.store.rows import COLUMNS, from_row, time_text, to_row
from device.values import Film, Grey, Photo, Study


class Store:
    """Studies in one folder: `studies.sqlite` and a folder of pictures for each study.

    Methods may be called from any thread. `write` puts one file on the disk; a test may give one that fails.
    """

    def __init__(
        self, folder: Path, *, free_megabytes: int, write: Callable[[Path, bytes], None] = write_synced
    ) -> None:
        """Open or make the folder. Raises StoreFault when it is damaged, newer than this Filmside, or not writable."""
        self._folder = folder
        self._pictures = folder / "pictures"
        self._free_megabytes = free_megabytes
        self._write = write
        self._keeping = threading.Lock()
        self._querying = threading.Lock()
        self._lock = folder / "lock"
        try:
            self._pictures.mkdir(parents=True, exist_ok=True)
            sync_folder(folder)
        except OSError as error:
            raise self._unusable(error) from error
        with self._alone():
            self._connection = self._open()

    def keep(self, study: Study, photo: Photo, film: Film | None) -> None:
        """Keep a study for good: files written and synced, then one row. Raises StoreFault, keeping nothing half."""
        if not (study.id.isascii() and study.id.isalnum()):
            raise StoreFault(f"A study has the id {study.id!r}; wanted letters and digits. Report this as a bug.")
        contents = {f"photo{suffix_of(photo.encoded)}": photo.encoded}
        if film is not None:
            contents["film.png"] = encode_film(film.pixels)
        try:
            row = (*to_row(study), *contents, *(() if film is not None else (None,)))
        except ValueError as error:
            raise StoreFault(f"Study {study.id} cannot be kept: {error}. Report this as a bug.") from error
        kept = self._pictures / study.id
        part = self._pictures / f".{study.id}.part"
        mine = None
        with self._alone():
            try:
                self._check_free()
                part.mkdir()
                mine = part
                for name, content in contents.items():
                    self._write(part / name, content)
                sync_folder(part)
                part.rename(kept)
                mine = kept
                sync_folder(self._pictures)
                self._insert(row)
            except BaseException as error:
                if mine is not None:
                    shutil.rmtree(mine, ignore_errors=True)
                if isinstance(error, StoreFault) or not isinstance(error, OSError | sqlite3.Error):
                    raise
                wanted = sum(len(content) for content in contents.values())
                raise StoreFault(
                    f"A study could not be kept in {self._folder}: {error}; wanted room for {wanted} bytes on a "
                    "healthy disk. Nothing of it was kept; what was kept before is still there. Free some disk or "
                    "mend it, then read the film again."
                ) from error

    def study(self, id: str) -> Study:
        """One study. Raises NoSuchStudy, and StoreFault when its row cannot be read."""
        return self._study(self._row(f"SELECT {COLUMNS} FROM studies WHERE id = ?", id))

    def studies(self, *, limit: int = 50, before: datetime | None = None) -> tuple[Study, ...]:
        """The newest studies first, at most `limit`, read before the given time (which must have a zone)."""
        earlier = "" if before is None else "WHERE read_at < ?"
        times = () if before is None else (time_text(before),)
        order = "ORDER BY read_at DESC, rowid DESC LIMIT ?"
        rows = self._query(f"SELECT {COLUMNS} FROM studies {earlier} {order}", *times, limit)
        return tuple(self._study(row) for row in rows)

    def photo(self, id: str) -> Photo:
        """The photo of a study, byte for byte as it came in. Raises NoSuchStudy, StoreFault."""
        name, file = self._row("SELECT photo_name, photo_file FROM studies WHERE id = ?", id)
        return Photo(name, self._read(id, file))

    def film(self, id: str) -> Grey | None:
        """The straightened film of a study, None when no film was found. Raises NoSuchStudy, StoreFault."""
        (file,) = self._row("SELECT film_file FROM studies WHERE id = ?", id)
        if file is None:
            return None
        try:
            return decode_film(self._read(id, file))
        except (OSError, ValueError) as error:
            raise self._damaged(id, error) from error

    def close(self) -> None:
        """Close the database. Calling it twice is allowed; every other call after it is a StoreFault."""
        with self._querying:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        """The database, checked, brought to the newest schema, and rid of what a crash left."""
        path = self._folder / "studies.sqlite"
        folders = self._folders()
        if folders and not path.exists():
            # Sweeping now would take every photo for an orphan.
            raise StoreFault(
                f"{self._pictures} holds pictures of {len(folders)} studies, but {path} is missing; wanted both. "
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
            self._sweep(folders - {id_ for (id_,) in connection.execute("SELECT id FROM studies")})
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, StoreFault) or not isinstance(error, OSError | sqlite3.Error):
                raise
            raise StoreFault(
                f"{path} cannot be opened: {error}; wanted Filmside's database, whole. Put it back from a copy, or "
                f"move {self._folder} away to begin anew."
            ) from error
        return connection

    def _folders(self) -> set[str]:
        """The names of the studies that have pictures here."""
        return {entry.name for entry in self._pictures.iterdir() if not entry.name.startswith(".")}

    def _sweep(self, orphans: set[str]) -> None:
        """Remove what a crash left. One keeping runs at a time, so more than one orphan is no crash: touch nothing."""
        if len(orphans) > 1:
            raise StoreFault(
                f"{self._pictures} holds pictures of {len(orphans)} studies that studies.sqlite does not know; wanted "
                "at most one. Put the newest studies.sqlite back from a copy, or move those folders away."
            )
        for part in self._pictures.glob(".*.part"):
            shutil.rmtree(part)
        for orphan in orphans:
            shutil.rmtree(self._pictures / orphan)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else keeps or sweeps here meanwhile: no other thread, no other process on this folder."""
        with self._keeping:
            try:
                lock = self._lock.open("w")
            except OSError as error:
                raise self._unusable(error) from error
            with lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    def _check_free(self) -> None:
        free = shutil.disk_usage(self._folder).free // 1_000_000
        if free < self._free_megabytes:
            raise StoreFault(
                f"The disk of {self._folder} has {free} MB free; wanted {self._free_megabytes}. Nothing of this study "
                "was kept. Free some disk, then read the film again."
            )

    def _insert(self, row: tuple[str | None, ...]) -> None:
        marks = ", ".join("?" * len(row))
        with self._querying:
            # Outside a BEGIN one statement is one transaction, on the disk when execute returns.
            self._connection.execute(f"INSERT INTO studies ({COLUMNS}, photo_file, film_file) VALUES ({marks})", row)

    def _query(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            with self._querying:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreFault(
                f"The studies in {self._folder} cannot be read: {error}; wanted a whole database. Check the disk, and "
                "put studies.sqlite back from a copy."
            ) from error

    def _row(self, sql: str, id: str) -> tuple[Any, ...]:
        rows = self._query(sql, id)
        if not rows:
            raise NoSuchStudy(f"There is no study {id!r} here; wanted one that was kept. Choose one from the list.")
        return rows[0]

    def _study(self, row: tuple[Any, ...]) -> Study:
        try:
            return from_row(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged(row[0], error) from error

    def _read(self, id: str, file: str) -> bytes:
        try:
            return (self._pictures / id / file).read_bytes()
        except OSError as error:
            raise self._damaged(id, error) from error

    def _unusable(self, error: OSError) -> StoreFault:
        return StoreFault(
            f"The data folder {self._folder} cannot be used: {error}; wanted one that Filmside may write. Make it and "
            "give it to Filmside's user, or correct `data` in the settings."
        )

    def _damaged(self, id: str, error: Exception) -> StoreFault:
        return StoreFault(
            f"Study {id} in {self._folder} is damaged: {error}; wanted it as it was kept. Check the disk, and put the "
            "study back from a copy."
        )
