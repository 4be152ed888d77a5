"""USB sticks that the system has mounted, read-only: their pictures found and read as from an enemy.

::

    <folder>/<stick>/...     one folder a stick, made and mounted by the system (systemd/filmside-stick@.service)

Nothing is followed that leads elsewhere, nothing is opened that is no file, and a stick that is pulled out meanwhile is
a StickGone, never a crash. A picture is called by its path within the stick, packed as a token that fits an address:
names on a stick may hold anything but a slash and a zero byte.
"""

from __future__ import annotations

import base64
import binascii
import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device.errors import StickGone
from device.values import Photo

SUFFIXES = (b".jpg", b".jpeg", b".png", b".tif", b".tiff", b".bmp", b".webp", b".dcm", b".dicom")
MOST_DEEP = 8
MOST_SEEN = 20_000
"""Entries that are looked at on one stick; a stick of a million files must not hold up a clinic."""

MOST_PICTURES = 2000
MOST_BYTES = 64 * 1024 * 1024
"""The largest file that is read: as large as an upload may be."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not waiting: a pipe with a picture's name would hold its reader for good.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class OnStick:
    """One picture on a stick: its token, its path as a person reads it, and its size in bytes."""

    token: str
    name: str
    size: int


@dataclass(frozen=True)
class Listing:
    """The pictures of one stick, by name; `all` is false where there were more than are listed."""

    stick: str
    pictures: tuple[OnStick, ...]
    all: bool


class Sticks:
    """The sticks in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def plugged(self) -> tuple[str, ...]:
        """The names of the sticks that are mounted now."""
        try:
            entries = sorted(entry for entry in self._folder.iterdir() if os.path.ismount(entry))
        except OSError:
            return ()
        return tuple(entry.name for entry in entries)

    def pictures(self, stick: str) -> Listing:
        """What pictures a stick has. Raises StickGone."""
        found: list[OnStick] = []
        seen = 0
        try:
            root = self._root(stick)
            try:
                for path, size in _walk(root, b"", MOST_DEEP):
                    seen += 1
                    if seen > MOST_SEEN or len(found) == MOST_PICTURES:
                        break
                    if size is not None and 0 < size <= MOST_BYTES and path.lower().endswith(SUFFIXES):
                        found.append(OnStick(token_of(path), shown(path), size))
                else:
                    return Listing(stick, tuple(sorted(found, key=lambda one: one.name)), all=True)
            finally:
                os.close(root)
        except OSError as error:
            raise _gone(stick, error) from error
        return Listing(stick, tuple(sorted(found, key=lambda one: one.name)), all=False)

    def read(self, stick: str, token: str) -> Photo:
        """One picture. Raises StickGone when it cannot be read any more, and ValueError for a token that is none."""
        path = path_of(token)
        try:
            folder = self._root(stick)
            *steps, last = path.split(b"/")
            try:
                for step in steps:
                    inner = os.open(step, _FOLDER, dir_fd=folder)
                    os.close(folder)
                    folder = inner
                file = os.open(last, _FILE, dir_fd=folder)
            finally:
                os.close(folder)
            with os.fdopen(file, "rb") as opened:
                if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                    raise OSError(errno.EINVAL, "it is no file")
                content = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise _gone(stick, error) from error
        if len(content) > MOST_BYTES:
            raise StickGone(f"{shown(path)} is larger than {MOST_BYTES // 1_000_000} MB. Choose a smaller picture.")
        return Photo(shown(last), content)

    def _root(self, stick: str) -> int:
        if "/" in stick or stick in ("", ".", ".."):
            raise OSError(errno.ENOENT, "there is no such stick")
        return os.open(self._folder / stick, _FOLDER)


def token_of(path: bytes) -> str:
    """A path within a stick as letters that fit an address."""
    return base64.urlsafe_b64encode(path).decode("ascii").rstrip("=")


def path_of(token: str) -> bytes:
    """The path that a token stands for. Raises ValueError for one that leads out of its stick."""
    try:
        # Python's own decoder takes the other alphabet's letters too.
        path = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) if _TOKEN.fullmatch(token) else b""
    except binascii.Error:
        path = b""
    if not path or any(step in (b"", b".", b"..") for step in path.split(b"/")) or b"\0" in path:
        raise ValueError(f"{token!r} stands for no picture; wanted one from the stick's page")
    return path


def shown(path: bytes) -> str:
    """A name from a stick as a person may see it: whatever is no letter of any script is a question mark."""
    text = path.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _walk(folder: int, before: bytes, deep: int) -> Iterator[tuple[bytes, int | None]]:
    """Every entry below an open folder: its path, and its size where it is a plain file."""
    with os.scandir(folder) as entries:
        names = sorted((os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in names:
        if name.startswith(b"."):
            continue  # what a Mac and a camera keep for themselves
        path = before + name
        if is_folder:
            yield path, None
            if deep > 1:
                inner = os.open(name, _FOLDER, dir_fd=folder)
                try:
                    yield from _walk(inner, path + b"/", deep - 1)
                finally:
                    os.close(inner)
        else:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            yield path, found.st_size if stat.S_ISREG(found.st_mode) else None


def _gone(stick: str, error: OSError) -> StickGone:
    return StickGone(
        f"The stick {stick} cannot be read: {error.strerror or error}. It was pulled out, or it is damaged. Plug it in "
        "again."
    )
