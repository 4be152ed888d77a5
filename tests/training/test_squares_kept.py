"""Squares on disk: rendered once, row by row, whatever breaks in; and again for a film that was replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.disks import fill, tiny_disk
from tests.films import chest, film_rows
from training.data import cache
from training.data.cache import CacheSpec, squares
from training.data.growing import GrowingRows
from training.data.sources import DataError, Row
from training.data.workers import in_turn

REPOSITORY = Path(__file__).parents[2]
PLAIN = CacheSpec("stretch", True, 0, seed=1)
KILLED = """import os

os.cpu_count = lambda: 2  # on many cores it would all be done at once

import sys
from pathlib import Path
from training.data import cache
from training.data.sources import Row

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    cache.KEPT_AT_ONCE = 4
    rows = tuple(Row(folder / f"{number}.png", ("NORMAL",), "", f"p{number}") for number in range(24))
    cache.squares(rows, cache.CacheSpec("stretch", True, 1, seed=1), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Row, ...]:
    return film_rows(tmp_path_factory.mktemp("films"), 24)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the films that are rendered from now on."""
    names: list[str] = []

    def watched(
        pool: ProcessPoolExecutor, make: Callable[[Any], Any], jobs: Sequence[Any]
    ) -> Generator[Any, None, None]:
        names.extend(row.path.name for row, _ in jobs)
        return in_turn(pool, make, jobs)

    monkeypatch.setattr(cache, "in_turn", watched)
    return names


def test_what_was_just_made_is_mapped_and_not_held_in_memory(films: tuple[Row, ...], tmp_path: Path) -> None:
    made = squares(films[:3], PLAIN, tmp_path)
    assert isinstance(made.base, np.memmap)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"films-of-{PLAIN.file(films[:3])}", PLAIN.file(films[:3]),
    ]  # fmt: skip


def test_killed_while_rendering_it_goes_on_where_it_was(
    films: tuple[Row, ...], tmp_path: Path, rendered: list[str]
) -> None:
    spec = CacheSpec("stretch", True, 1, seed=1)
    for name in ("killed", "whole"):
        (tmp_path / name).mkdir()
    unfinished = (tmp_path / "killed" / spec.file(films)).with_suffix(".part.npy")
    script = tmp_path / "render.py"
    script.write_text(KILLED)
    process = subprocess.Popen(
        [sys.executable, script, films[0].path.parent, tmp_path / "killed"], cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(1200):
        time.sleep(0.05)
        if kept_of(unfinished) >= 8 or process.poll() is not None:
            break
    workers = [Path("/proc", child) for child in children(process.pid)]
    assert workers
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    before = kept_of(unfinished)
    assert 8 <= before < 24
    resumed = squares(films, spec, tmp_path / "killed")
    assert rendered == [row.path.name for row in films[before:]]
    assert np.array_equal(resumed, squares(films, spec, tmp_path / "whole"))
    assert not unfinished.exists()
    assert not [worker for worker in workers if lives(worker)], "a worker waits for work that nobody gives any more"


def children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def lives(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kept_of(unfinished: Path) -> int:
    """How many rows are kept so far, with the films that they were made of."""
    return min(done(unfinished), done(films_of(unfinished)))


def films_of(unfinished: Path) -> Path:
    return unfinished.with_name(f"films-of-{unfinished.name.replace('.part', '')}")


def done(unfinished: Path) -> int:
    """How many rows a file keeps so far: it can be read at any moment."""
    try:
        return len(np.load(unfinished, mmap_mode="r"))
    except (FileNotFoundError, EOFError, ValueError):
        return 0


@pytest.mark.parametrize("behind", ["films", "squares"])
def test_killed_between_squares_and_the_films_they_were_made_of(
    films: tuple[Row, ...], tmp_path: Path, rendered: list[str], behind: str
) -> None:
    whole = np.array(squares(films[:6], PLAIN, tmp_path))
    unfinished = (tmp_path / PLAIN.file(films[:6])).with_suffix(".part.npy")
    unfinished.with_name(PLAIN.file(films[:6])).rename(unfinished)
    counts = (4, 2) if behind == "films" else (2, 4)
    for path, count in zip((unfinished, films_of(unfinished)), counts, strict=True):
        with GrowingRows(path) as rows:
            rows.cut(count)
    rendered.clear()
    assert np.array_equal(squares(films[:6], PLAIN, tmp_path), whole)
    assert rendered == [row.path.name for row in films[2:6]]


def test_a_full_disk_is_said_and_loses_nothing(films: tuple[Row, ...], tmp_path: Path, rendered: list[str]) -> None:
    whole = squares(films, PLAIN, tmp_path)
    rendered.clear()
    with tiny_disk(tmp_path / "disk", 4) as disk:
        filler = fill(disk)
        os.truncate(filler, filler.stat().st_size - 500_000)  # 43 kB a film
        with pytest.raises(DataError, match=r"What is rendered of 24 films cannot be kept in \S+ \(No space left on"):
            squares(films, PLAIN, disk)
        filler.unlink()
        rendered.clear()
        made = squares(films, PLAIN, disk)
        assert 12 <= len(rendered) <= 16
        assert rendered == [row.path.name for row in films[-len(rendered) :]]
        assert np.array_equal(made, whole)
        del made


def test_an_unreadable_film_is_named_and_those_before_it_are_kept(
    films: tuple[Row, ...], tmp_path: Path, rendered: list[str]
) -> None:
    bad = Row(tmp_path / "bad.png", ("NORMAL",), "", "p")
    bad.path.write_text("not a picture")
    rows = (*films[:9], bad, *films[9:12])
    with pytest.raises(DataError, match=r"bad\.png is no readable picture; wanted JPEG or PNG\. Remove it, or copy it"):
        squares(rows, PLAIN, tmp_path)
    cv2.imwrite(str(bad.path), chest(99))
    rendered.clear()
    assert squares(rows, PLAIN, tmp_path).shape == (13, 1, cache.SIDE, cache.SIDE)
    assert rendered == [row.path.name for row in rows[8:]]


def test_a_film_that_is_not_there_is_named(films: tuple[Row, ...], tmp_path: Path) -> None:
    gone = Row(tmp_path / "gone.png", ("NORMAL",), "", "p")
    with pytest.raises(DataError, match=r"gone\.png cannot be read \(No such file or directory\); wanted a JPEG or"):
        squares((films[0], gone), PLAIN, tmp_path)


def test_a_replaced_film_is_rendered_again_and_no_other(tmp_path: Path, rendered: list[str]) -> None:
    rows = film_rows(tmp_path, 5)
    spec = CacheSpec("stretch", True, 1, seed=1)
    first = np.array(squares(rows, spec, tmp_path))
    cv2.imwrite(str(rows[3].path), chest(50))
    rendered.clear()
    second = np.array(squares(rows, spec, tmp_path))
    assert rendered == ["3.png"]
    assert [np.array_equal(*both) for both in zip(first, second, strict=True)] == [True, True, True, False, True]
    (tmp_path / "fresh").mkdir()
    assert np.array_equal(second, squares(rows, spec, tmp_path / "fresh"))
    rendered.clear()
    squares(rows, spec, tmp_path)
    assert not rendered


def test_a_copied_film_is_the_same_film_and_is_looked_at_once(
    tmp_path: Path, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = film_rows(tmp_path, 3)
    squares(rows, PLAIN, tmp_path)
    rendered.clear()
    looked: list[str] = []
    known = cache.seen

    def watched(path: Path) -> np.ndarray:
        looked.append(path.name)
        return known(path)

    monkeypatch.setattr(cache, "seen", watched)
    os.utime(rows[1].path)  # As a fresh clone has it.
    for _ in range(2):
        squares(rows, PLAIN, tmp_path)
    assert (looked, rendered) == (["1.png"], [])


def test_squares_from_before_films_were_looked_at_are_taken_as_they_are(tmp_path: Path, rendered: list[str]) -> None:
    rows = film_rows(tmp_path, 2)
    first = np.array(squares(rows, PLAIN, tmp_path))
    (tmp_path / f"films-of-{PLAIN.file(rows)}").unlink()
    cv2.imwrite(str(rows[1].path), chest(50))
    rendered.clear()
    assert np.array_equal(squares(rows, PLAIN, tmp_path), first)
    assert not rendered


def test_what_an_older_filmside_left_half_written_is_made_anew(films: tuple[Row, ...], tmp_path: Path) -> None:
    unfinished = (tmp_path / PLAIN.file(films[:3])).with_suffix(".part.npy")
    np.save(unfinished, np.full((3, 1, cache.SIDE, cache.SIDE), 7, np.uint8))
    os.truncate(unfinished, unfinished.stat().st_size - 100)
    made = squares(films[:3], PLAIN, tmp_path)
    assert [len(np.unique(one)) > 50 for one in made] == [True] * 3


# The file that grows.


def row(number: int) -> np.ndarray:
    return np.full((2, 3), number, np.uint8)


def test_rows_that_were_not_kept_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    rows = GrowingRows(path)
    for number in range(3):
        rows.append(row(number))
    rows.keep()
    rows.append(row(3))
    # Killed here: nothing is closed in order.
    assert np.load(path, mmap_mode="r").shape == (3, 2, 3)
    rows._file.close()
    with GrowingRows(path) as rows:
        assert rows.count == 3
        rows.append(row(9))
    assert np.load(path)[:, 0, 0].tolist() == [0, 1, 2, 9]


def test_a_count_that_grows_leaves_the_rows_where_they_are(tmp_path: Path) -> None:
    with GrowingRows(tmp_path / "rows.npy") as rows:
        for number in range(1200):
            rows.append(row(number % 251))
            if number in (1, 8, 9, 98, 99, 998, 999):
                rows.keep()
    assert np.load(tmp_path / "rows.npy")[:, 1, 2].tolist() == [number % 251 for number in range(1200)]


def test_rows_of_another_shape_are_said(tmp_path: Path) -> None:
    with (
        GrowingRows(tmp_path / "rows.npy") as rows,
        pytest.raises(DataError, match=r"has rows of \(2, 3\) uint8; the next is \(3, 2\) uint8\. .* delete it"),
    ):
        rows.append(row(1))
        rows.append(row(1).T)


def test_one_process_waits_for_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def second() -> int:
        with GrowingRows(tmp_path / "rows.npy") as rows:
            return rows.count

    with ThreadPoolExecutor(1) as pool:
        with GrowingRows(tmp_path / "rows.npy") as first:
            waiting = pool.submit(second)
            time.sleep(0.3)
            assert not waiting.done()
            first.append(row(1))
        assert waiting.result(timeout=20) == 1
    assert "Another process is writing" in capsys.readouterr().err
