"""`filmside demo`, `serve` and `doctor` as a person starts them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from device import demo, doctor
from device.doctor import examine_kiosk
from device.health import BUILT
from device.light.patterns import look_of
from device.settings import Settings
from device.values import Check, Status
from tests.bundles import demo_copy
from tests.device.cli.test_read_command import complaints, filmside
from tests.ports import free_port


@dataclass
class Demo:
    """A `filmside demo` in a process of its own, and the files that it writes to."""

    process: subprocess.Popen[bytes]
    address: str
    out: Path
    err: Path
    browser: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    )

    def get(self, path: str, *, post: bool = False) -> bytes:
        headers = {}
        if post:
            token = re.search(rb'csrf-token" content="([^"]+)"', self.get("/"))
            assert token
            headers["X-CSRFToken"] = token[1].decode()
        request = urllib.request.Request(self.address + path, method="POST" if post else "GET", headers=headers)
        with self.browser.open(request, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + 60
        while "answers on" not in self.err.read_text():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < until, self.err.read_text()
            time.sleep(0.1)

    def stop(self, with_signal: signal.Signals) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=60)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Demo]:
    port = free_port()
    out, err = tmp_path / "out", tmp_path / "err"
    command = [sys.executable, "-W", "error", "-m", "device", "demo", "--port", str(port)]
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(command, stdout=to_out, stderr=to_err)
    made = Demo(process, f"http://127.0.0.1:{port}", out, err)
    try:
        made.wait_until_it_answers()
        yield made
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=60)


def test_a_demo_reads_films_shows_its_light_and_ends_when_told(running: Demo) -> None:
    assert f"Filmside answers on {running.address}" in running.err.read_text()
    assert b"<!doctype html>" in running.get("/").lower()
    assert json.loads(running.get("/api/status"))["status"] == "ready"
    study = json.loads(running.get("/api/read", post=True))
    assert study["refusal"] is None
    assert study["status"] in {"done-normal", "done-finding", "uncertain"}
    assert b"not a diagnosis" in running.get(study["url"]).lower()
    assert running.get(study["thumbnail"]).startswith(b"\xff\xd8")
    looks = [look_of(status) for status in (Status.READY, Status.READING, Status(study["status"]))]
    lines = running.out.read_text().splitlines()
    assert lines == [f"light: {look.word} ({look.colour.name}, {look.pattern.name})" for look in looks]
    assert running.stop(signal.SIGTERM) == 0
    assert "Traceback" not in running.err.read_text()


def test_a_demo_ends_with_ctrl_c_too(running: Demo) -> None:
    assert running.stop(signal.SIGINT) in (0, 130)
    assert "Traceback" not in running.err.read_text()


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        # Waitress leaves the socket that it could not bind to the garbage collector, which would warn.
        done = filmside("demo", "--port", str(port), warnings="ignore")
    assert done.returncode == 2
    assert f"cannot be served on 127.0.0.1:{port}: Address already in use. Choose another port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--port", "0"), "port is 0; wanted 1 to 65535"),
        (("--photos", "nowhere"), "The folder of photos nowhere cannot be listed"),
        (("--bundle", "nowhere"), "There is no nowhere/manifest.json; wanted a bundle there"),
    ],
)
def test_a_demo_that_cannot_start_says_why(arguments: tuple[str, str], message: str) -> None:
    done = filmside("demo", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_says_what_is_wrong_with_its_settings(tmp_path: Path) -> None:
    settings = tmp_path / "filmside.toml"
    settings.write_text("prot = 80")
    done = filmside("serve", "--settings", settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert "filmside.toml has the unknown key prot; wanted some of bundle" in done.stderr
    assert "Traceback" not in done.stderr


# The doctor.


def now() -> datetime:
    return datetime(2026, 6, 1, 9, 30, tzinfo=timezone.utc)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(demo.settings(tmp_path / "data"), light="none")


def looked(settings: Settings, at: datetime | None = None) -> dict[str, Check]:
    checks = examine_kiosk(settings, lambda: at or now())
    return {check.name: check for check in checks}


def test_the_doctor_finds_a_sound_kiosk_well(settings: Settings) -> None:
    checks = looked(settings)
    assert list(checks) == ["camera", "light", "bundle", "disk", "clock", "site", "sticks"]
    assert all(check.well and not check.to_do for check in checks.values()), checks
    assert checks["camera"].found == "folder gives photos of 1600 x 1200"
    assert "reference films read as they should" in checks["bundle"].found
    assert "MB free" in checks["disk"].found
    assert checks["clock"].found == "2026-06-01 09:30 UTC"
    assert not settings.data.exists()


def test_each_part_is_looked_at_though_another_is_broken(settings: Settings, tmp_path: Path) -> None:
    changed = demo_copy(tmp_path)
    (changed / "MODEL_CARD.md").write_text("another card")
    broken = replace(
        settings, camera_source=str(tmp_path / "unplugged"), bundle=changed, light="gpio-led", light_pins=(17,),
        free_megabytes=10**9,
    )  # fmt: skip
    broken.data.mkdir()
    (broken.data / "flat_field.json").write_text("cut sho")
    checks = looked(broken, BUILT.replace(year=1970))
    assert [check.name for check in checks.values() if check.well] == ["sticks"]
    said = {name: f"{check.found} {check.to_do}" for name, check in checks.items()}
    assert "unplugged cannot be listed" in said["camera"]
    assert "Make it, or correct `camera_source`" in said["camera"]
    assert 'light = "gpio-led"' in said["light"] or "pin" in said["light"]
    assert "MODEL_CARD.md has the sha256" in said["bundle"]
    assert "Copy the bundle again." in said["bundle"]
    assert "MB free" in said["disk"]
    assert "Free at least 1000000000 MB" in said["disk"]
    assert said["clock"].startswith("1970-01-01 00:00 UTC")
    assert "Set the clock" in said["clock"]
    assert "The flat field is damaged" in said["site"]
    assert "Run `filmside calibrate` again." in said["site"]


def test_a_camera_that_gives_what_cannot_be_used_is_bad(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes((demo.PHOTOS / "02-normal.jpg").read_bytes()[:5000])
    check = looked(replace(settings, camera_source=str(tmp_path)))["camera"]
    assert not check.well
    assert "it gave photo.jpg, which cannot be used: This JPEG file is damaged or cut short" in check.found
    assert check.to_do


def test_a_data_folder_that_is_a_file_is_bad(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check = looked(replace(settings, data=tmp_path / "file"))["disk"]
    assert not check.well
    assert "cannot be written" in check.found


@pytest.mark.parametrize(
    ("answer", "well", "found", "to_do"),
    [
        ("echo LoadState=loaded; echo ActiveState=active", True, "waits for what is to be saved", ""),
        (
            "echo LoadState=loaded; echo ActiveState=inactive",
            False,
            "is not active",
            "enable --now filmside",
        ),
        ("echo LoadState=not-found; echo ActiveState=inactive", True, "is not installed", ""),
        ("echo LoadState=masked; echo ActiveState=inactive", False, "is not active", "unmask filmside-stick-save.path"),
        ("exit 1", False, "systemd does not answer", "systemctl status filmside-stick-save.path"),
    ],
)
def test_the_doctor_sees_whether_the_system_saves_to_sticks(
    answer: str, well: bool, found: str, to_do: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\n[ "$4" = "" ] && [ "$3" = filmside-stick-save.path ] || exit 9\n{answer}\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(systemctl.parent), prepend=":")
    monkeypatch.setattr(doctor, "BOOTED_BY_SYSTEMD", tmp_path)
    check = looked(settings)["sticks"]
    assert check.well is well
    assert found in check.found
    assert to_do in check.to_do
    # Where systemd does not run the machine nobody is asked.
    monkeypatch.setattr(doctor, "BOOTED_BY_SYSTEMD", tmp_path / "none")
    assert "not run by systemd" in looked(settings)["sticks"].found


def test_the_doctors_exit_code_is_0_when_all_is_well() -> None:
    done = filmside("doctor")
    assert done.returncode == 0
    assert complaints(done.stderr) == ""
    named = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("well")]
    assert named == ["camera:", "light:", "bundle:", "disk:", "clock:", "site:", "sticks:"]


def test_the_doctors_exit_code_is_2_when_something_is_bad(tmp_path: Path) -> None:
    settings = tmp_path / "filmside.toml"
    settings.write_text(f'camera = "folder"\ncamera_source = "{demo.PHOTOS}"\nbundle = "gone"\ndata = "data"\n')
    done = filmside("doctor", "--settings", settings)
    assert done.returncode == 2
    (bad,) = (line for line in done.stdout.splitlines() if line.startswith("BAD"))
    assert bad.startswith("BAD   bundle: There is no ")
    assert "Copy one, or mend `bundle` in the settings." in bad
    assert len(done.stdout.splitlines()) == 7
    assert "Traceback" not in done.stderr
