"""An .npy file that grows row by row: what was kept before a kill, a power cut or a full disk is there afterwards."""

from __future__ import annotations

import fcntl
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.data.sources import DataError


class GrowingRows:
    """Rows of one shape and type, written to `path` one after the other; memory holds none of them.

    The file's header counts the rows that lie on the disk for good, and is written after them: at every moment the file
    is an .npy array of `kept` rows, with what was not kept yet behind it. Opened again it goes on from there. One
    process at a time has it open; another waits. Where the disk is full, an OSError says so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = io.FileIO(path, "r+", opener=_or_new)
        self.count, self.kept, self._start, self._fresh = 0, 0, 0, False
        self._shape: tuple[int, ...] = ()
        self._dtype: np.dtype[Any] = np.dtype(np.uint8)
        try:
            self._wait_for_others()
            self._read_head()
        except BaseException:
            self._file.close()
            raise

    def append(self, row: NDArray[Any]) -> None:
        """Add a row. Raises DataError for one that is of another shape or type than the rows before."""
        if not self.count:
            self._shape, self._dtype = row.shape, row.dtype
            self._write_head(0)
        self.replace(self.count, row)
        self.count += 1

    def replace(self, place: int, row: NDArray[Any]) -> None:
        """Write a row in the place of another."""
        if (row.shape, row.dtype) != (self._shape, self._dtype):
            raise DataError(
                f"{self._path} has rows of {self._shape} {self._dtype}; the next is {row.shape} {row.dtype}. Another "
                "version of Filmside began it: delete it and start again."
            )
        self._file.seek(self._start + place * row.nbytes)
        _write_whole(self._file, row.tobytes())
        self._fresh = True

    def keep(self) -> None:
        """See to it that every row so far is on the disk, then count them in the header."""
        if self._fresh:
            # Not twice: a disk that has failed once may say the second time that all is well.
            self._fresh = False
            os.fsync(self._file)
            self._write_head(self.count)
            os.fsync(self._file)

    def cut(self, count: int) -> None:
        """Forget all rows from `count` on."""
        self.count = min(self.count, count)
        if self.count:
            self._write_head(self.count)
        self._file.truncate(self._start + self.count * self._row_bytes if self.count else 0)

    def __enter__(self) -> GrowingRows:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._file:
            if error is None:
                self.keep()
            else:
                # A disk that is full may not take the count; then the rows since the last one are made again.
                with suppress(OSError):
                    self.keep()

    @property
    def _row_bytes(self) -> int:
        return int(np.prod(self._shape, dtype=np.int64)) * self._dtype.itemsize

    def _wait_for_others(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tqdm.write(f"Another process is writing {self._path}: waiting for it to end.", file=sys.stderr)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def _read_head(self) -> None:
        """What the file holds: nothing, where its rows are not all there."""
        try:
            np.lib.format.read_magic(self._file)
            shape, by_column, dtype = np.lib.format.read_array_header_1_0(self._file)
        except ValueError:
            return
        self._shape, self._dtype, self._start = shape[1:], dtype, self._file.tell()
        whole = os.fstat(self._file.fileno()).st_size >= self._start + shape[0] * self._row_bytes
        self.count = self.kept = shape[0] if whole and not by_column else 0

    def _write_head(self, count: int) -> None:
        # NumPy leaves room in it for the count to grow.
        head = io.BytesIO()
        told = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (count, *self._shape),
        }
        np.lib.format.write_array_header_1_0(head, told)
        self._file.seek(0)
        _write_whole(self._file, head.getvalue())
        self._start, self.kept = len(head.getvalue()), count


def _or_new(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o666)


def _write_whole(file: io.FileIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]
