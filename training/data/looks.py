"""What curation knows of each picture: size, colour, tones, and what it looks like, small. Kept in one SQLite file, so
that a hundred thousand pictures are looked at once only, however often that is broken off."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.intake.decode import from_deep

THUMB = 32
"""Side in pixels of what is kept of a picture."""

_LEAST_DECODED = 320
"""A JPEG is decoded at an eighth, a quarter or a half of its size where its shorter side still has as many pixels; its
size is then known to within seven."""

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
"""How these files begin."""

_PNG_DEPTH = 24
"""Where a PNG tells its bits a channel."""

_WHITE, _BLACK = 250, 5
"""Grey levels from and up to which nothing more can be told apart."""


@dataclass(frozen=True)
class Look:
    """One picture. `colour` is how far its channels lie apart on average, `low` and `high` the grey levels of its 5th
    and 95th percentile, `white` and `black` the shares of its middle at either end of the scale; `sha256` is of the
    file, `phash` of what it looks like, `thumb` THUMB x THUMB grey levels. What cannot be decoded has width 0."""

    path: str
    size: int
    changed: int
    sha256: str
    width: int
    height: int
    colour: float
    low: float
    high: float
    white: float
    black: float
    phash: int
    thumb: bytes

    def pixels(self) -> NDArray[np.uint8]:
        """The thumb, (THUMB, THUMB)."""
        return np.frombuffer(self.thumb, np.uint8).reshape(THUMB, THUMB)


def look(path: Path) -> Look:
    """Look at one picture file."""
    stat, content = path.stat(), path.read_bytes()
    known = (str(path), stat.st_size, stat.st_mtime_ns, hashlib.sha256(content).hexdigest())
    found = decoded(content)
    if found is None:
        return Look(*known, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, b"")
    (full_height, full_width), pixels = found
    colour = float(np.mean(pixels.max(axis=2).astype(np.int16) - pixels.min(axis=2)))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    low, high = (float(level) for level in np.percentile(grey[::2, ::2], (5, 95)))
    height, width = grey.shape
    middle = grey[height // 6 : height - height // 6, width // 6 : width - width // 6]
    thumb = np.asarray(cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA), np.uint8)
    return Look(
        *known, full_width, full_height, round(colour, 2), low, high,
        round(float((middle >= _WHITE).mean()), 4), round(float((middle <= _BLACK).mean()), 4),
        perceptual_hash(thumb), thumb.tobytes(),
    )  # fmt: skip


def decoded(content: bytes) -> tuple[tuple[int, int], NDArray[np.uint8]] | None:
    """Rows and columns of the whole picture, and its colours, smaller where JPEG lets it be decoded so; a deeper one's
    stretched as the device does. None for what is no picture."""
    data = np.frombuffer(content, np.uint8)
    if not data.size:
        return None
    if _may_be_deep(content):
        whole = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        if whole is not None and whole.dtype != np.uint8:
            return (whole.shape[0], whole.shape[1]), from_deep(whole.astype(np.float32))
    small = cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_8)
    if small is None:
        return None
    for times, flag in ((4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2), (1, cv2.IMREAD_COLOR)):
        if min(small.shape[:2]) >= _LEAST_DECODED:
            return (small.shape[0] * 2 * times, small.shape[1] * 2 * times), np.asarray(small, np.uint8)
        small = cv2.imdecode(data, flag)
        if small is None:
            return None
    return (small.shape[0], small.shape[1]), np.asarray(small, np.uint8)


def _may_be_deep(content: bytes) -> bool:
    """Whether a picture may have sixteen bits, of which scanners use ten or twelve; no JPEG has, and a PNG tells. Only
    such a one is decoded whole to see."""
    if content.startswith(_PNG):
        return content[_PNG_DEPTH : _PNG_DEPTH + 1] > b"\x08"
    return not content.startswith(_JPEG)


def ranks(thumb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Every pixel's place in the order of grey levels, 0 to n - 1, of the same shape: blind to gamma, window, level."""
    order = np.empty(thumb.size, np.uint16)
    order[np.argsort(thumb, axis=None, kind="stable")] = np.arange(thumb.size, dtype=np.uint16)
    return order.reshape(thumb.shape)


def perceptual_hash(thumb: NDArray[np.uint8]) -> int:
    """64 bits, one for each of the slowest changes across the picture: more or less than their median (Zauner, 2010).

    Of the thumb's ranks: the same film with other tones has nearly the same.
    """
    slow = cv2.dct(ranks(thumb).astype(np.float32) / (thumb.size - 1))[:8, :8].ravel()
    bits = slow > np.median(slow[1:])
    # SQLite's integers have a sign.
    return int(np.packbits(bits).view(">i8")[0])


class Looks:
    """All looks of one curation, in a file that a killed process leaves whole."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(path)
        names = ", ".join(field.name for field in fields(Look))
        self._base.execute(f"CREATE TABLE IF NOT EXISTS looks ({names}, PRIMARY KEY (path))")

    def missing(self, paths: Sequence[Path]) -> list[Path]:
        """Those not looked at yet, or changed since."""
        with closing(self._base.execute("SELECT path, size, changed FROM looks")) as lines:
            known = {path: (size, changed) for path, size, changed in lines}
        fresh = []
        for path in paths:
            stat = path.stat()
            if known.get(str(path)) != (stat.st_size, stat.st_mtime_ns):
                fresh.append(path)
        return fresh

    def add(self, made: Sequence[Look]) -> None:
        """Keep these for good."""
        marks = ", ".join("?" * len(fields(Look)))
        with self._base:
            self._base.executemany(f"INSERT OR REPLACE INTO looks VALUES ({marks})", [astuple(one) for one in made])

    def of(self, paths: Iterable[Path]) -> Iterator[Look]:
        """The looks of these pictures, in their order, one at a time."""
        for path in paths:
            yield Look(*self._base.execute("SELECT * FROM looks WHERE path = ?", (str(path),)).fetchone())

    def close(self) -> None:
        """Give the file back."""
        self._base.close()
