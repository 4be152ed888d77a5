"""Which file a film was when something was made of it, so that one that was replaced since is made again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.sources import DataError

SEEN = np.dtype([("size", "<i8"), ("changed", "<i8"), ("sha256", "u1", (32,))])
"""A file's bytes, the nanosecond when it was last changed, and the hash of its content."""


def seen(path: Path) -> NDArray[np.void]:
    """A film's file as it is now, one SEEN. Raises DataError for one that cannot be read."""
    try:
        stat, content = path.stat(), path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); wanted a JPEG or PNG. Copy it again.") from error
    digest = np.frombuffer(hashlib.sha256(content).digest(), np.uint8)
    return np.array((stat.st_size, stat.st_mtime_ns, digest), SEEN)


def read_seen(path: Path, count: int) -> NDArray[np.void] | None:
    """The `count` files that are told of in `path`; None where nobody told, or of others."""
    try:
        told: NDArray[np.void] = np.load(path)
    except (OSError, EOFError, ValueError):
        return None
    return told if told.dtype == SEEN and told.shape == (count,) else None


def touched(paths: Sequence[Path], known: NDArray[np.void]) -> list[int]:
    """The places of files that are of another size or time than they were: copied or fetched again, if not replaced.

    A file that is gone is none of them: what was made of it is all there is.
    """
    return [place for place, path in enumerate(paths) if _size_and_time(path) not in (None, _told(known[place]))]


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _told(known: np.void) -> tuple[int, int]:
    return int(known["size"]), int(known["changed"])
