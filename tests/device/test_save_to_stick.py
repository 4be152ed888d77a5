"""Results saved to a stick: the kiosk's outbox, the system's side as root, and a real file system in a loop-mounted
image."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from device import save_to_stick as saving_module
from device.errors import Fault, StickGone
from device.outbox import Outbox, Saving, Stage, file_name
from device.save_to_stick import remount, save_to_stick
from tests.sticks import PICTURE, Plugged
from tests.sticks import plugged as plugged

NOW = datetime(2026, 11, 27, 9, 42, 33, tzinfo=timezone.utc)
JOB = "0123456789abcdef" * 2


class Desk:
    """An outbox as the kiosk leaves it, beside a stick."""

    def __init__(self, folder: Path, stick: Plugged) -> None:
        self.outbox = folder
        self.stick = stick

    def lay(self, files: dict[str, bytes], stick: str = "sdz1") -> Path:
        job = self.outbox / JOB
        job.mkdir(parents=True)
        for name, content in files.items():
            (job / name).write_bytes(content)
        (self.outbox / "wanted").write_text(json.dumps({"job": JOB, "stick": stick}))
        return job

    def save(self, remounted: Callable[[Path, str], None] = remount) -> dict[str, str]:
        assert save_to_stick(self.outbox, self.stick.mount.parent, NOW, remounted)
        return json.loads((self.outbox / f"{JOB}.done").read_text())

    def saved(self) -> dict[str, bytes]:
        """What lies in the kiosk's folders of the stick."""
        return {
            str(path.relative_to(self.stick.mount)): path.read_bytes()
            for path in sorted(self.stick.mount.glob("filmside-*/*"))
        }

    def read_only(self) -> bool:
        return bool(os.statvfs(self.stick.mount).f_flag & os.ST_RDONLY)


@pytest.fixture
def desk(tmp_path: Path, plugged: Plugged) -> Desk:
    plugged.put({b"plain.jpg": PICTURE})
    return Desk(tmp_path / "outbox", plugged)


def test_what_is_laid_out_is_copied_and_the_stick_is_read_only_again(desk: Desk) -> None:
    desk.lay({"studies.csv": b"a,b", "x_report.pdf": b"%PDF"})
    assert desk.save() == {"place": "filmside-20261127-094233"}
    assert desk.read_only()
    assert desk.saved() == {
        "filmside-20261127-094233/studies.csv": b"a,b", "filmside-20261127-094233/x_report.pdf": b"%PDF"
    }  # fmt: skip
    assert not (desk.outbox / "wanted").exists()
    assert (desk.stick.mount / "plain.jpg").read_bytes() == PICTURE


def test_what_was_saved_is_there_when_the_stick_was_pulled_right_after(desk: Desk) -> None:
    desk.lay({"studies.csv": b"a,b" * 1000})
    desk.save()
    desk.stick.pull()
    desk.stick.plug("ro")
    assert desk.saved() == {"filmside-20261127-094233/studies.csv": b"a,b" * 1000}


def test_saving_twice_in_a_second_overwrites_nothing(desk: Desk) -> None:
    job = desk.lay({"studies.csv": b"first"})
    desk.save()
    (desk.outbox / f"{JOB}.done").unlink()
    (job / "studies.csv").write_bytes(b"second")
    (desk.outbox / "wanted").write_text(json.dumps({"job": JOB, "stick": "sdz1"}))
    assert desk.save() == {"place": "filmside-20261127-094233-2"}
    assert list(desk.saved().values()) == [b"first", b"second"]


def test_a_link_on_the_stick_leads_nowhere(desk: Desk, tmp_path: Path) -> None:
    remount(desk.stick.mount, "rw")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (desk.stick.mount / "filmside-20261127-094233").symlink_to(elsewhere)
    remount(desk.stick.mount, "ro")
    desk.lay({"studies.csv": b"a,b"})
    assert desk.save() == {"place": "filmside-20261127-094233-2"}
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "hard link", "name"])
def test_of_an_outbox_only_plain_files_are_copied(desk: Desk, tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    job = desk.lay({"studies.csv": b"a,b"})
    strange = job / ("x y.csv" if kind == "name" else "y.csv")
    match kind:
        case "link":
            strange.symlink_to(secret)
        case "pipe":
            os.mkfifo(strange)
        case "folder":
            strange.mkdir()
        case "hard link":
            os.link(secret, strange)
        case "name":
            strange.write_bytes(b"x")
    assert "Plug it in again" in desk.save()["error"]
    assert b"secret" not in desk.saved().values()
    assert desk.read_only()


@pytest.mark.parametrize(
    "wanted",
    [
        b"", b"[]", b"{}", b"no json", b"x" * 5000,
        b'{"job": "../x", "stick": "sdz1"}', b'{"job": "%s", "stick": "../etc"}', b'{"job": "%s", "stick": ".."}',
    ],
)  # fmt: skip
def test_what_no_kiosk_wrote_is_a_fault_and_is_not_asked_for_again(desk: Desk, wanted: bytes) -> None:
    desk.lay({"studies.csv": b"a,b"})
    (desk.outbox / "wanted").write_bytes(wanted.replace(b"%s", JOB.encode()))
    with pytest.raises(Fault, match="Nothing was copied"):
        save_to_stick(desk.outbox, desk.stick.mount.parent, NOW)
    assert save_to_stick(desk.outbox, desk.stick.mount.parent, NOW) is None
    assert desk.saved() == {}


def test_a_wish_that_is_a_link_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    desk.lay({"studies.csv": b"a,b"})
    (desk.outbox / "wanted").rename(tmp_path / "wish")
    (desk.outbox / "wanted").symlink_to(tmp_path / "wish")
    with pytest.raises(Fault, match="wanted a plain file"):
        save_to_stick(desk.outbox, desk.stick.mount.parent, NOW)
    assert desk.saved() == {}


def test_a_stick_without_room_says_how_much_is_wanted(desk: Desk) -> None:
    desk.lay({"x.pdf": bytes(40_000_000)})
    assert "too little room" in (told := desk.save()["error"])
    assert "41 MB are wanted" in told
    assert desk.saved() == {}


def test_a_locked_stick_says_so(desk: Desk) -> None:
    desk.stick.pull()
    desk.stick.plug("ro", locked=True)
    desk.lay({"studies.csv": b"a,b"})
    assert "Is it locked?" in desk.save()["error"]
    assert desk.saved() == {}


def test_a_stick_that_is_not_there_says_so(desk: Desk) -> None:
    desk.stick.pull()
    desk.lay({"studies.csv": b"a,b"})
    assert "not plugged in" in desk.save()["error"]
    assert not list(desk.stick.mount.iterdir())


def test_a_stick_pulled_out_half_way_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, copied = saving_module._copy, []

    def pulled(source: int, target: int, name: str) -> None:
        if copied:
            raise OSError(5, "Input/output error")
        copied.append(name)
        copy(source, target, name)

    monkeypatch.setattr(saving_module, "_copy", pulled)
    desk.lay({"a.pdf": b"a", "b.pdf": b"b"})
    assert "It was pulled out" in desk.save()["error"]
    assert desk.read_only()


def test_the_command_copies_as_the_unit_calls_it(desk: Desk) -> None:
    desk.lay({"studies.csv": b"a,b"})
    command = [sys.executable, "-m", "device", "save-to-stick", "--outbox", str(desk.outbox)]
    command += ["--sticks", str(desk.stick.mount.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["place"].startswith("filmside-")
    assert list(desk.saved().values()) == [b"a,b"]
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout == "Nothing is to be saved.\n"


def until(outbox: Outbox, *stages: Stage) -> Saving:
    for _ in range(500):
        saving = outbox.saving
        if saving is not None and saving.stage in stages and not outbox.running:
            return saving
        time.sleep(0.01)
    raise AssertionError(outbox.saving)


def part(name: str, content: bytes = b"x") -> Callable[[], list[tuple[str, bytes]]]:
    return lambda: [(name, content)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Callable[[Path, Path], None]]:
    """Waits for the outbox as filmside-stick-save.path does."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def begin(outbox: Path, sticks: Path) -> None:
        def wait() -> None:
            while not ended.wait(0.02):
                if (outbox / "wanted").exists():
                    save_to_stick(outbox, sticks, NOW)

        threads.append(threading.Thread(target=wait))
        threads[0].start()

    yield begin
    ended.set()
    for thread in threads:
        thread.join()


def test_the_kiosk_and_the_system_save_together_and_leave_nothing_behind(
    desk: Desk, system: Callable[[Path, Path], None]
) -> None:
    outbox = Outbox(desk.outbox)
    system(desk.outbox, desk.stick.mount.parent)
    assert outbox.saving is None
    assert outbox.start("sdz1", [part("studies.csv", b"a,b"), part("x_report.pdf", b"%PDF")])
    saving = until(outbox, Stage.SAVED)
    assert (saving.place, saving.ready, saving.parts) == ("filmside-20261127-094233", 2, 2)
    assert [Path(name).name for name in desk.saved()] == ["studies.csv", "x_report.pdf"]
    assert list(desk.outbox.iterdir()) == []


def test_where_the_system_does_not_copy_the_kiosk_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", answered_s=0.2)
    outbox.start("sdz1", [part("studies.csv")])
    assert "filmside-stick-save.path" in until(outbox, Stage.FAILED).say
    assert list((tmp_path / "outbox").iterdir()) == []


def test_one_job_at_a_time_and_it_can_be_stopped(tmp_path: Path) -> None:
    outbox, hold, begun = Outbox(tmp_path / "outbox"), threading.Event(), threading.Event()

    def slow() -> list[tuple[str, bytes]]:
        begun.set()
        hold.wait(5)
        return [("a.pdf", b"a")]

    assert outbox.start("sdz1", [slow, part("b.pdf")])
    assert not outbox.start("sdz1", [part("c.pdf")])
    begun.wait(5)
    outbox.stop()
    hold.set()
    assert until(outbox, Stage.STOPPED).ready == 1
    assert list((tmp_path / "outbox").iterdir()) == []


def test_what_cannot_be_made_is_said_and_an_older_job_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    (folder / JOB).mkdir(parents=True)
    (folder / JOB / "patient.pdf").write_bytes(b"left by a power cut")

    def gone() -> list[tuple[str, bytes]]:
        raise StickGone("The study is gone.")

    outbox = Outbox(folder)
    outbox.start("sdz1", [gone])
    assert until(outbox, Stage.FAILED).say == "The study is gone."
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("20261127-0942", "TB-7", "1a2b3c4d"), "20261127-0942_TB-7_1a2b3c4d"),
        (("20261127-0942", "", "1a2b3c4d"), "20261127-0942_1a2b3c4d"),
        (("20261127-0942", "../../etc/passwd", "1a2b3c4d"), "20261127-0942_etc-passwd_1a2b3c4d"),
        (("20261127-0942", "नाम: <b>?*", "1a2b3c4d"), "20261127-0942_b_1a2b3c4d"),
        (("20261127-0942", "x" * 64, "1a2b3c4d"), f"20261127-0942_{'x' * 40}_1a2b3c4d"),
    ],
)
def test_names_are_such_as_every_stick_takes(parts: tuple[str, ...], name: str) -> None:
    assert file_name(*parts) == name
    assert saving_module._NAME.fullmatch(f"{name}_report.pdf")
