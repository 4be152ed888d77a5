"""A USB stick: a real file system in a loop-mounted image."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.intake.sticks import Sticks

PICTURE = b"\xff\xd8\xff\xe0 a picture"


class Plugged:
    """A stick on this machine: its folder before it is mounted, and the image that is plugged in."""

    def __init__(self, folder: Path, room: Path) -> None:
        self.sticks = Sticks(folder)
        self.mount = folder / "sdz1"
        self.room = room
        self.image = room / "stick.img"
        self.device = ""

    def put(self, files: dict[bytes, bytes], size: int = 32_000_000) -> None:
        """Make an image with these files and plug it in, as the system does: read-only."""
        if os.geteuid() != 0:
            pytest.skip("mounting a stick needs root")
        with self.image.open("wb") as image:
            image.truncate(size)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True)
        self.mount.mkdir(parents=True)
        self.plug("rw")
        for name, content in files.items():
            path = self.mount / os.fsdecode(name)  # names that are no text come back as they went
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (self.mount / "secrets.jpg").symlink_to("/etc/passwd")
        (self.mount / "etc").symlink_to("/etc")
        os.mkfifo(self.mount / "pipe.jpg")
        self.pull()
        self.plug("ro")

    def plug(self, how: str, *, locked: bool = False) -> None:
        """Mount the image, "ro" as the system does, or "rw"; `locked` as by a stick's own slide."""
        attach = ["losetup", "--find", "--show", *(["--read-only"] if locked else []), str(self.image)]
        self.device = subprocess.run(attach, capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(["mount", "-o", f"{how},nosuid,nodev,noexec", self.device, str(self.mount)], check=True)

    def pull(self) -> None:
        """Pull it out, in the middle of whatever is going on."""
        subprocess.run(["umount", "--lazy", str(self.mount)], check=True)
        subprocess.run(["losetup", "--detach", self.device], check=True)


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Plugged]:
    stick = Plugged(tmp_path / "sticks", tmp_path)
    yield stick
    while os.path.ismount(stick.mount):
        stick.pull()
