"""The system's side of the outbox, run as root: copies what the kiosk has laid out to a stick, and trusts neither.

The stick stays mounted read-only but for the copying. What lies in the outbox comes from a process that strangers talk
to, so only plain files with plain names are copied, and no link is followed. What lies on the stick comes from
anywhere, so everything goes into a folder that did not exist before.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from device.errors import Fault
from device.outbox import ANSWER, WANTED

MOST_FILES = 2000
MOST_BYTES = 4_000_000_000
_JOB = re.compile(r"[0-9a-f]{32}")
_STICK = re.compile(r"[A-Za-z0-9]{1,32}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def remount(stick: Path, how: str) -> None:
    """Mount a stick anew, "rw" or "ro". Raises OSError."""
    command = ["/bin/mount", "-o", f"remount,{how},nosuid,nodev,noexec", str(stick)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(errno.EROFS, (done.stderr.strip().splitlines() or ["mount failed"])[0])


def save_to_stick(
    outbox: Path, sticks: Path, now: datetime, remounted: Callable[[Path, str], None] = remount
) -> str | None:
    """Do the job that is wanted, if one is, and answer it; gives what was answered. Raises Fault where the outbox holds
    what no kiosk wrote."""
    folder = _opened(outbox)
    if folder is None:
        return None
    try:
        wanted = _wanted(folder)
        if wanted is None:
            return None
        job, stick = wanted
        try:
            told = {"place": _copied(folder, job, sticks / stick, f"filmside-{now:%Y%m%d-%H%M%S}", remounted)}
        except OSError as error:
            told = {"error": _said(error)}
        said = json.dumps(told)
        file = os.open(f"{job}{ANSWER}.part", _NEW, 0o644, dir_fd=folder)
        with os.fdopen(file, "w", encoding="utf-8") as answer:
            answer.write(said)
        os.rename(f"{job}{ANSWER}.part", f"{job}{ANSWER}", src_dir_fd=folder, dst_dir_fd=folder)
        return said
    finally:
        os.close(folder)


def _opened(outbox: Path) -> int | None:
    try:
        return os.open(outbox, _FOLDER)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Fault(f"The outbox {outbox} cannot be used: {error.strerror}; wanted a folder. Remove it.") from error


def _wanted(folder: int) -> tuple[str, str] | None:
    """The job and its stick. What is wanted is taken away first, or the system would be asked for ever."""
    try:
        with _plain(folder, WANTED) as file:
            text = os.read(file, 1000)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Fault(f"{WANTED} in the outbox cannot be read: {error.strerror}; wanted a plain file.") from error
    finally:
        with suppress(OSError):
            os.unlink(WANTED, dir_fd=folder)
    try:
        told = json.loads(text)
        job, stick = str(told["job"]), str(told["stick"])
    except (ValueError, TypeError, KeyError):
        job, stick = "", ""
    if not (_JOB.fullmatch(job) and _STICK.fullmatch(stick)):
        raise Fault(f"The outbox wants {text[:80]!r}; wanted a job's name and a stick's. Nothing was copied.")
    return job, stick


def _copied(folder: int, job: str, stick: Path, name: str, remounted: Callable[[Path, str], None]) -> str:
    """Copy a job's files into a new folder of the stick, and give the folder's name. Raises OSError."""
    if not os.path.ismount(stick):
        raise OSError(errno.ENODEV, "it is not plugged in")
    source = os.open(job, _FOLDER, dir_fd=folder)
    try:
        names = _checked(source, os.statvfs(stick))
        remounted(stick, "rw")
        try:
            root = os.open(stick, _FOLDER)
            try:
                target, name = _made(root, name)
                try:
                    for one in names:
                        _copy(source, target, one)
                    os.fsync(target)
                finally:
                    os.close(target)
                os.fsync(root)
            finally:
                os.close(root)
        finally:
            # Pulled out, there is nothing left to be mounted.
            with suppress(OSError):
                remounted(stick, "ro")
    finally:
        os.close(source)
    return name


def _checked(source: int, room: os.statvfs_result) -> list[str]:
    """The names of a job's files. Raises OSError where there is too little room, or something that no kiosk wrote."""
    names = sorted(os.listdir(source))
    wanted = 0
    for name in names[: MOST_FILES + 1]:
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        if not (_NAME.fullmatch(name) and stat.S_ISREG(found.st_mode)):
            raise OSError(errno.EINVAL, f"{name[:80]!r} is no file of a kiosk's")
        # A stick hands its room out in blocks.
        wanted += -(-max(1, found.st_size) // room.f_bsize) * room.f_bsize
    if len(names) > MOST_FILES or wanted > MOST_BYTES:
        raise OSError(errno.EFBIG, "it is too much for one time")
    free = room.f_bavail * room.f_frsize
    if wanted > free:
        raise OSError(errno.ENOSPC, f"it has {free // 1_000_000} MB free, and {-(-wanted // 1_000_000)} MB are wanted")
    return names


def _made(root: int, name: str) -> tuple[int, str]:
    """A folder that did not exist before, open, and its name."""
    for number in range(1, 100):
        tried = name if number == 1 else f"{name}-{number}"
        with suppress(FileExistsError):
            os.mkdir(tried, 0o755, dir_fd=root)
            return os.open(tried, _FOLDER, dir_fd=root), tried
    raise OSError(errno.EEXIST, f"it is full of folders called {name}")


def _copy(source: int, target: int, name: str) -> None:
    with _plain(source, name) as file, os.fdopen(os.open(name, _NEW, 0o644, dir_fd=target), "wb") as copy:
        while part := os.read(file, 1 << 20):
            copy.write(part)
        copy.flush()
        os.fsync(copy.fileno())


@contextmanager
def _plain(folder: int, name: str) -> Iterator[int]:
    """A plain file, open; one that has other names too may be anybody's. Raises OSError."""
    file = os.open(name, _READ, dir_fd=folder)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise OSError(errno.EINVAL, f"{name} is no plain file")
        yield file
    finally:
        os.close(file)


def _said(error: OSError) -> str:
    why = error.strerror or str(error)
    if error.errno == errno.EROFS:
        return f"The stick cannot be written to: {why}. Is it locked? Unlock it, or take another one."
    if error.errno == errno.ENOSPC:
        return f"The stick has too little room: {why}. Take another one."
    return f"The stick cannot be written to: {why}. It was pulled out, or it is damaged. Plug it in again."
