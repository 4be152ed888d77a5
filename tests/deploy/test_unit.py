"""The unit file, as systemd itself judges it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from device.outbox import WANTED

UNIT = Path(__file__).parents[2] / "systemd" / "filmside.service"


def systemd_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    # The command that it starts is not installed here; everything else is as shipped.
    unit = tmp_path / "filmside.service"
    unit.write_text(UNIT.read_text().replace("/opt/filmside/bin/filmside", "/bin/true"))
    done = systemd_analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_exposure_stays_low() -> None:
    # 10 is worst. What is left is needed: cameras, pins, the clinic's own network, the board's model in /proc.
    done = systemd_analyze("security", "--offline=true", "--threshold=20", str(UNIT))
    assert done.returncode == 0, done.stdout
    assert re.search(r"Overall exposure level for filmside.service: [01]\.\d", done.stdout)


@pytest.mark.parametrize("line", ["Type=notify", "WatchdogSec=60", "User=filmside", "Restart=on-failure"])
def test_the_unit_says(line: str) -> None:
    assert line in UNIT.read_text().splitlines()


STICK = UNIT.with_name("filmside-stick@.service")


SAVING = (UNIT.with_name("filmside-stick-save.path"), UNIT.with_name("filmside-stick-save.service"))


def test_systemd_finds_nothing_wrong_with_the_units_that_save_to_a_stick(tmp_path: Path) -> None:
    for unit in SAVING:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/filmside/bin/filmside", "/bin/true"))
    done = systemd_analyze("verify", *(str(tmp_path / unit.name) for unit in SAVING))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    done = systemd_analyze("security", "--offline=true", str(tmp_path / SAVING[1].name))
    assert float(re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)[1]) < 4.5, done.stdout


def test_what_the_kiosk_lays_out_is_what_the_system_waits_for() -> None:
    waits, runs = (unit.read_text().splitlines() for unit in SAVING)
    assert f"PathExists=/var/lib/filmside/data/outbox/{WANTED}" in waits
    (line,) = [line for line in runs if line.startswith("ExecStart=")]
    assert "--outbox /var/lib/filmside/data/outbox --sticks /run/filmside-sticks" in line


def test_systemd_finds_nothing_wrong_with_a_sticks_unit(tmp_path: Path) -> None:
    unit = tmp_path / STICK.name
    unit.write_text(STICK.read_text())
    done = systemd_analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("option", ["ro", "nosuid", "nodev", "noexec"])
def test_a_stick_is_mounted_so_that_nothing_on_it_can_act(option: str) -> None:
    (line,) = [line for line in STICK.read_text().splitlines() if "/bin/mount" in line]
    assert option in line.split(" -o ")[1].split()[0].split(",")
