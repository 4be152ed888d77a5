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
from device.store.opening import PICTURES, open_database
from device.store.rows import COLUMNS, from_row, judgement_columns, patient_columns, time_text, to_row
from device.store.search import condition
from device.study import STANDING, Judgement, Patient, Removal, RemovalReason, Search, Study
from device.values import Film, Grey, Photo


class Store:
    """Studies in one folder: `studies.sqlite` and a folder of pictures for each study.

    Methods may be called from any thread. `write` puts one file on the disk; a test may give one that fails.
    """

    def __init__(
        self, folder: Path, *, free_megabytes: int, write: Callable[[Path, bytes], None] = write_synced
    ) -> None:
        """Open or make the folder. Raises StoreFault when it is damaged, newer than this Filmside, or not writable."""
        self._folder = folder
        self._pictures = folder / PICTURES
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
            self._connection = open_database(folder)

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

    def studies(
        self, search: Search = STANDING, *, limit: int = 50, before: datetime | None = None, oldest: bool = False
    ) -> tuple[Study, ...]:
        """The newest (or oldest) studies that fit first, at most `limit`, read before the given time (with a zone)."""
        where, values = condition(search)
        if before is not None:
            where, values = f"{where} AND read_at < ?", (*values, time_text(before))
        order = "ORDER BY read_at, rowid LIMIT ?" if oldest else "ORDER BY read_at DESC, rowid DESC LIMIT ?"
        rows = self._query(f"SELECT {COLUMNS} FROM studies WHERE {where} {order}", *values, limit)
        return tuple(self._study(row) for row in rows)

    def count(self, search: Search = STANDING) -> int:
        """How many studies fit."""
        where, values = condition(search)
        return int(self._query(f"SELECT count(*) FROM studies WHERE {where}", *values)[0][0])

    def set_patient(self, id: str, patient: Patient) -> None:
        """Say for whom a film was read. Raises NoSuchStudy, StoreFault."""
        self._change(id, "reference = ?, age = ?", *patient_columns(patient))

    def set_note(self, id: str, note: str) -> None:
        """Put a note in the place of the one before. Raises NoSuchStudy, StoreFault."""
        self._change(id, "note = ?", note)

    def judge(self, id: str, judgement: Judgement | None) -> None:
        """Say what a person made of the reading; None takes it back. Raises NoSuchStudy, StoreFault."""
        self._change(id, "verdict = ?, truth = ?, judged_at = ?", *judgement_columns(judgement))

    def set_deleted(self, id: str, deleted_at: datetime | None) -> None:
        """Delete a study so that it can be brought back, or with None bring it back. Raises NoSuchStudy, StoreFault."""
        self._change(id, "deleted_at = ?", None if deleted_at is None else time_text(deleted_at))

    def remove(self, id: str, removed_at: datetime, reason: RemovalReason) -> None:
        """Remove a study for good, its pictures too; only that it was is kept. Raises NoSuchStudy, StoreFault."""
        read_at = time_text(self.study(id).read_at)
        with self._alone():
            try:
                with self._querying:
                    self._connection.execute("BEGIN IMMEDIATE")
                    try:
                        values = (id, read_at, time_text(removed_at), reason.value)
                        self._connection.execute("INSERT OR REPLACE INTO removed VALUES (?, ?, ?, ?)", values)
                        self._connection.execute("DELETE FROM studies WHERE id = ?", (id,))
                        self._connection.execute("COMMIT")
                    except BaseException:
                        self._connection.rollback()
                        raise
                # A power cut before this leaves one folder without a row: swept at the next start.
                shutil.rmtree(self._pictures / id)
            except (OSError, sqlite3.Error) as error:
                raise self._unchanged(id, error) from error

    def removals(self, *, limit: int = 50) -> tuple[Removal, ...]:
        """What was removed for good, the latest first."""
        order = "ORDER BY removed_at DESC, rowid DESC LIMIT ?"
        rows = self._query(f"SELECT id, read_at, removed_at, reason FROM removed {order}", limit)
        return tuple(
            Removal(id_, datetime.fromisoformat(read), datetime.fromisoformat(gone), RemovalReason(reason))
            for id_, read, gone, reason in rows
        )

    def photo(self, id: str) -> Photo:
        """The photo of a study, byte for byte as it came in. Raises NoSuchStudy, StoreFault."""
        name, file = self._row("SELECT photo_name, photo_file FROM studies WHERE id = ?", id)
        return Photo(name, self._read(id, file))

    def film(self, id: str) -> Grey | None:
        """The straightened film of a study, None when no film was found. Raises NoSuchStudy, StoreFault."""
        encoded = self.film_png(id)
        try:
            return None if encoded is None else decode_film(encoded)
        except (OSError, ValueError) as error:
            raise self._damaged(id, error) from error

    def film_png(self, id: str) -> bytes | None:
        """The same as the PNG file that is kept, its pixels not looked at. Raises NoSuchStudy, StoreFault."""
        (file,) = self._row("SELECT film_file FROM studies WHERE id = ?", id)
        return None if file is None else self._read(id, file)

    def close(self) -> None:
        """Close the database. Calling it twice is allowed; every other call after it is a StoreFault."""
        with self._querying:
            self._connection.close()

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
        free = self.free_megabytes()
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

    def believed_at(self) -> datetime | None:
        """The latest time at which the clock was believed; None before it ever was."""
        rows = self._query("SELECT believed_at FROM clock")
        return datetime.fromisoformat(rows[0][0]) if rows else None

    def believe(self, now: datetime) -> None:
        """Keep `now` as the latest time at which the clock was believed."""
        text = time_text(now)
        if self.believed_at() is None:
            self._query("INSERT INTO clock VALUES (?)", text)
        else:
            self._query("UPDATE clock SET believed_at = ?", text)

    def free_megabytes(self) -> int:
        """How much of the disk is free. Raises StoreFault."""
        try:
            return shutil.disk_usage(self._folder).free // 1_000_000
        except OSError as error:
            raise self._unusable(error) from error

    def _change(self, id: str, columns: str, *values: str | None) -> None:
        try:
            with self._querying:
                done = self._connection.execute(f"UPDATE studies SET {columns} WHERE id = ?", (*values, id))
        except sqlite3.Error as error:
            raise self._unchanged(id, error) from error
        if not done.rowcount:
            raise self._no_such(id)

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
            raise self._no_such(id)
        return rows[0]

    def _no_such(self, id: str) -> NoSuchStudy:
        return NoSuchStudy(f"There is no study {id!r} here; wanted one that was kept. Choose one from the list.")

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

    def _unchanged(self, id: str, error: Exception) -> StoreFault:
        return StoreFault(
            f"Study {id} in {self._folder} could not be changed: {error}; wanted a healthy disk with room. Free some "
            "disk or mend it, then try again."
        )

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
