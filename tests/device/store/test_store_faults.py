"""Full disks, power cuts, damaged and newer folders: words, and nothing half-kept."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.errors import StoreFault
from device.store.files import write_synced
from device.store.migrate import schema_steps
from device.store.store import Store
from device.values import Photo
from tests.device.store.studies import a_film, a_photo, a_reading, a_refusal
from tests.disks import fill, tiny_disk


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "pictures").iterdir())


def test_too_little_free_disk_keeps_nothing_and_says_how_much(tmp_path: Path, store: Store) -> None:
    store.keep(a_reading("a1"), a_photo(), a_film())
    greedy = Store(tmp_path / "data", free_megabytes=10**9)
    with pytest.raises(StoreFault, match=r"has \d+ MB free; wanted 1000000000\. Nothing .* Free some disk"):
        greedy.keep(a_refusal("b2"), a_photo(), None)
    assert [study.id for study in greedy.studies()] == ["a1"]
    assert greedy.photo("a1").encoded == a_photo().encoded
    assert names(tmp_path / "data") == ["a1"]
    greedy.close()


@pytest.mark.parametrize("failing", ["photo.jpg", "film.png"])
def test_a_disk_that_fills_up_while_writing_keeps_nothing_half(tmp_path: Path, failing: str) -> None:
    def write(path: Path, content: bytes) -> None:
        if path.name == failing:
            path.write_bytes(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_synced(path, content)

    sound = Store(tmp_path, free_megabytes=0)
    sound.keep(a_reading("a1"), a_photo(), a_film())
    full = Store(tmp_path, free_megabytes=0, write=write)
    with pytest.raises(StoreFault, match=r"No space left on device; wanted room for \d+ bytes.*Nothing of it was kept"):
        full.keep(a_reading("b2"), a_photo(), a_film())
    assert names(tmp_path) == ["a1"]
    assert [study.id for study in full.studies()] == ["a1"]
    sound.keep(a_reading("b2"), a_photo(), a_film())
    assert len(sound.studies()) == 2
    sound.close()
    full.close()


def test_a_file_size_limit_met_for_real_keeps_nothing_half(tmp_path: Path) -> None:
    # A process of its own: the limit cannot be taken back.
    script = """
import resource, sys
from pathlib import Path
from device.errors import StoreFault
from device.store.store import Store
from device.values import Photo
from tests.device.store.studies import a_photo, a_refusal
store = Store(Path(sys.argv[1]), free_megabytes=0)
store.keep(a_refusal("a1"), a_photo(), None)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.keep(a_refusal("b2"), Photo("large", bytes(300_000)), None)
except StoreFault as fault:
    assert "File too large" in str(fault), fault
else:
    sys.exit("the large photo was kept")
assert [study.id for study in store.studies()] == ["a1"]
store.keep(a_refusal("c3"), a_photo(), None)
store.close()
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    assert names(tmp_path) == ["a1", "c3"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """1 MB. The limits above are met in its place without root."""
    with tiny_disk(tmp_path / "disk", 1) as mounted:
        yield mounted


def test_a_full_disk_refuses_and_recovers_when_there_is_room_again(disk: Path) -> None:
    store = Store(disk / "data", free_megabytes=0)
    store.keep(a_reading("a1"), a_photo(), a_film())
    filler = fill(disk)
    # With every size a different place fails: a folder, the photo, the film, SQLite's journal.
    for number, size in enumerate((1, 5_000, 60_000, 300_000)):
        with filler.open("r+b") as file:
            file.truncate(max(0, filler.stat().st_size - 4096 * number))
        try:
            store.keep(a_reading(f"full{number}"), Photo("big", b"x" * size), a_film())
        except StoreFault as fault:
            assert "Nothing of it was kept" in str(fault)
        known = {study.id for study in store.studies()}
        assert set(names(disk / "data")) == known
        assert store.study("a1") == a_reading("a1")
    assert "full3" not in known
    filler.unlink()
    store.keep(a_reading("after"), a_photo(), a_film())
    assert store.study("after") == a_reading("after")
    store.close()


def test_a_row_that_cannot_be_written_takes_its_pictures_along(tmp_path: Path, store: Store) -> None:
    blocker = sqlite3.connect(tmp_path / "data" / "studies.sqlite")
    blocker.execute("CREATE TRIGGER no BEFORE INSERT ON studies BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END")
    blocker.commit()
    with pytest.raises(StoreFault, match="disk I/O error"):
        store.keep(a_reading("a1"), a_photo(), a_film())
    assert names(tmp_path / "data") == []
    blocker.execute("DROP TRIGGER no")
    blocker.commit()
    blocker.close()
    store.keep(a_reading("a1"), a_photo(), a_film())


def _keep_until_killed(folder: Path, die: Callable[[str], bool]) -> None:
    def write(path: Path, content: bytes) -> None:
        write_synced(path, content)
        if die(path.name):
            os._exit(9)

    store = Store(folder, free_megabytes=0, write=write)
    store._insert = lambda row: os._exit(9)  # type: ignore[method-assign]
    store.keep(a_reading("b2"), a_photo(), a_film())


def _at_photo(name: str) -> bool:
    return name == "photo.jpg"


def _never(name: str) -> bool:
    return False


@pytest.mark.parametrize(("die", "left"), [(_at_photo, ".b2.part"), (_never, "b2")])
def test_what_a_power_cut_left_is_swept_at_the_next_start(
    tmp_path: Path, die: Callable[[str], bool], left: str
) -> None:
    store = Store(tmp_path, free_megabytes=0)
    store.keep(a_reading("a1"), a_photo(), a_film())
    store.close()
    process = multiprocessing.get_context("spawn").Process(target=_keep_until_killed, args=(tmp_path, die))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == 9
    assert names(tmp_path) == sorted(["a1", left])

    store = Store(tmp_path, free_megabytes=0)
    assert names(tmp_path) == ["a1"]
    assert store.study("a1") == a_reading("a1")
    store.keep(a_reading("b2"), a_photo(), a_film())
    store.close()


def test_a_lost_database_never_sweeps_the_pictures(tmp_path: Path) -> None:
    store = Store(tmp_path, free_megabytes=0)
    for id_ in ("a1", "b2"):
        store.keep(a_reading(id_), a_photo(), a_film())
    store.close()
    (tmp_path / "studies.sqlite").unlink()
    with pytest.raises(StoreFault, match=r"pictures of 2 studies, but .*studies\.sqlite is missing.*Put .* back"):
        Store(tmp_path, free_megabytes=0)
    # An older copy put back that knows neither study is no crash either.
    sqlite3.connect(tmp_path / "studies.sqlite").close()
    with pytest.raises(StoreFault, match=r"2 studies that studies\.sqlite does not know"):
        Store(tmp_path, free_megabytes=0)
    assert names(tmp_path) == ["a1", "b2"]


def test_a_folder_from_a_newer_filmside_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path, free_megabytes=0).close()
    newer = sqlite3.connect(tmp_path / "studies.sqlite")
    newer.execute(f"PRAGMA user_version = {len(schema_steps()) + 1}")
    newer.close()
    with pytest.raises(StoreFault, match=r"newer Filmside: schema 4; wanted at most 3\. Install that newer"):
        Store(tmp_path, free_megabytes=0)


@pytest.mark.parametrize("damage", ["not a database", "torn"])
def test_a_damaged_database_says_what_to_do(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path, free_megabytes=0)
    for number in range(20):
        store.keep(a_reading(f"s{number}"), a_photo(), None)
    store.close()
    path = tmp_path / "studies.sqlite"
    content = bytearray(path.read_bytes())
    if damage == "torn":
        content[8192:16384] = b"\xa5" * 8192
    else:
        content[:] = b"Lorem ipsum " * 500
    path.write_bytes(content)
    with pytest.raises(StoreFault, match=r"studies\.sqlite cannot be opened: .*Put it back from a copy"):
        Store(tmp_path, free_megabytes=0)
    assert len(names(tmp_path)) == 20


def test_a_row_or_picture_damaged_later_is_a_fault_of_that_study_only(tmp_path: Path, store: Store) -> None:
    for id_ in ("a1", "b2"):
        store.keep(a_reading(id_), a_photo(), a_film())
    with sqlite3.connect(tmp_path / "data" / "studies.sqlite") as database:
        database.execute("UPDATE studies SET reading = '{}' WHERE id = 'a1'")
    database.close()
    shutil.rmtree(tmp_path / "data" / "pictures" / "a1")
    for ask in (store.study, store.photo, store.film):
        with pytest.raises(StoreFault, match=r"Study a1 .* is damaged"):
            ask("a1")
    assert store.study("b2") == a_reading("b2")


def test_a_data_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFault, match=r"cannot be used: .*correct `data` in the settings"):
        Store(tmp_path / "file" / "data", free_megabytes=0)


def test_a_folder_that_vanishes_while_serving_is_a_fault(tmp_path: Path, store: Store) -> None:
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(StoreFault, match="cannot be used"):
        store.keep(a_reading("a1"), a_photo(), a_film())


def test_every_step_of_the_schema_is_applied_once(tmp_path: Path) -> None:
    for _ in range(2):
        Store(tmp_path, free_megabytes=0).close()
    database = sqlite3.connect(tmp_path / "studies.sqlite")
    assert database.execute("PRAGMA user_version").fetchone() == (len(schema_steps()),)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()
