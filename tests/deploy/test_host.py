"""A bare Debian 12 becomes a serving kiosk, over SSH, with no network but one cable. Needs root."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.machines import HOST, Machine, machine
from tests.deploy.wheels import REPOSITORY, filmside_wheel, needed_wheels

pytestmark = pytest.mark.host
DEPLOY = REPOSITORY / "deploy"
ASK_THE_PAGE = "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:8080/\", timeout=5).status)'"


SAVE_ALL = """
import re, time, urllib.parse, urllib.request as u
asks = u.build_opener(u.HTTPCookieProcessor())
def get(path):
    return asks.open("http://127.0.0.1:8080" + path, timeout=30).read().decode()
token = re.search("csrf-token. content=.([^\\\"]+)", get("/"))[1]
form = urllib.parse.urlencode({"stick": "sdz1", "csrf_token": token}).encode()
asks.open("http://127.0.0.1:8080/stick/save", form, timeout=30)
for _ in range(60):
    page = get("/stick/saving")
    if "data-running" not in page:
        break
    time.sleep(1)
print(page)
"""
"""Saves all studies to a stick as the kiosk's own browser does, and prints the page that tells how it went."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("host")) as made:
        # A folder of photos stands in for the camera, as this host has none.
        shutil.copytree(REPOSITORY / "device/demo/photos", made.root / "srv/photos")
        yield made


class Playbook:
    """Runs the shipped playbooks against the host."""

    def __init__(self, host: Machine, folder: Path) -> None:
        wheel = filmside_wheel(folder)
        self.host = host
        self.inventory = folder / "inventory.yml"
        self.variables: dict[str, object] = {
            "ansible_host": HOST,
            "ansible_user": "root",
            "ansible_ssh_common_args": " ".join(host.ssh_options()),
            "kiosk_wheel": str(wheel),
            "kiosk_wheels": str(needed_wheels(wheel)),
            "kiosk_camera": "folder",
            "kiosk_camera_source": "/srv/photos",
            "kiosk_free_megabytes": 10,
            "kiosk_open_screen": True,
        }

    def run(self, name: str, **more: object) -> dict[str, int]:
        """Run one playbook and give Ansible's own count of what it did on the host."""
        self.inventory.write_text(yaml.safe_dump({"kiosks": {"hosts": {"kiosk": {**self.variables, **more}}}}))
        output = self.host.from_controller(
            *("timeout", "580", str(Path(sys.executable).parent / "ansible-playbook")),
            *("-i", str(self.inventory), str(DEPLOY / name)),
            seconds=600,
            env={**os.environ, "ANSIBLE_CONFIG": str(DEPLOY / "ansible.cfg"), "NO_COLOR": "1"},
        )
        counts = re.search(r"^kiosk\s*: (.*)$", output, re.MULTILINE)
        assert counts is not None, output
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts.group(1))}


@pytest.fixture(scope="module")
def playbook(host: Machine, tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    return Playbook(host, tmp_path_factory.mktemp("controller"))


@pytest.fixture(scope="module")
def made(playbook: Playbook) -> dict[str, int]:
    """What the first run did."""
    return playbook.run("site.yml")


def test_a_bare_host_becomes_a_kiosk_whose_page_answers(made: dict[str, int], host: Machine) -> None:
    assert made["failed"] == made["unreachable"] == 0
    assert made["changed"] > 10
    assert host.ssh(ASK_THE_PAGE).strip() == "200"


def test_the_second_run_changes_nothing(made: dict[str, int], playbook: Playbook) -> None:
    again = playbook.run("site.yml")
    assert again["changed"] == again["failed"] == 0


def test_the_machine_itself_confirms_it(made: dict[str, int], playbook: Playbook) -> None:
    asked = playbook.run("verify.yml")
    assert asked["changed"] == asked["failed"] == 0


def test_the_service_runs_as_a_user_that_owns_nothing_but_the_studies(made: dict[str, int], host: Machine) -> None:
    pid = host.ssh("systemctl show filmside --property=MainPID --value").strip()
    assert host.ssh(f"stat -c %U /proc/{pid}").strip() == "filmside"
    found = host.ssh("find / -xdev -user filmside -not -path '/proc/*' -maxdepth 4").split()
    assert found
    assert all(path.startswith("/var/lib/filmside") for path in found), found


def test_a_film_is_read_and_kept_inside_the_services_sandbox(made: dict[str, int], host: Machine) -> None:
    # As the kiosk's own browser does: a page, its token, then the change.
    host.ssh(
        "python3 -c 'import re, urllib.request as u; "
        "asks = u.build_opener(u.HTTPCookieProcessor()); "
        'page = asks.open("http://127.0.0.1:8080/").read().decode(); '
        'token = re.search("csrf-token. content=.([^\\"]+)", page)[1]; '
        'made = u.Request("http://127.0.0.1:8080/api/read", method="POST", headers={"X-CSRFToken": token}); '
        "print(asks.open(made, timeout=30).status)'"
    )
    kept = host.ssh("find /var/lib/filmside/data/pictures -type f").split()
    assert {Path(path).name for path in kept} >= {"photo.jpg", "film.png"}, kept


def test_a_study_is_saved_to_a_stick_by_the_system(made: dict[str, int], host: Machine) -> None:
    """The kiosk in its sandbox, the path unit that waits for it, root's part, and a file system that is read-only."""
    # A machine in a namespace has no loop devices; memory that is mounted read-only stands for the stick.
    host.ssh("mkdir -p /run/filmside-sticks/sdz1; mount -t tmpfs -o ro,size=32M tmpfs /run/filmside-sticks/sdz1")
    try:
        told = host.ssh(f"python3 - <<'END'\n{SAVE_ALL}\nEND")
        assert "Saved, in the folder filmside-" in told, told + host.ssh("journalctl -u filmside-stick-save -n 30")
        saved = host.ssh("find /run/filmside-sticks/sdz1 -type f").split()
        assert {Path(path).name.rpartition("_")[2] for path in saved} >= {
            "studies.csv", "report.pdf", "photo.jpg", "film.png"
        }  # fmt: skip
        assert "ro," in host.ssh("findmnt --noheadings --output OPTIONS /run/filmside-sticks/sdz1")
        assert host.ssh("find /var/lib/filmside/data/outbox -mindepth 1").split() == []
    finally:
        host.ssh("umount /run/filmside-sticks/sdz1; rm -r /run/filmside-sticks")


def test_a_killed_service_comes_back_by_itself(made: dict[str, int], host: Machine) -> None:
    host.ssh("systemctl kill --signal=KILL filmside")
    host.ssh(f"for i in $(seq 40); do sleep 1; {ASK_THE_PAGE} 2>/dev/null && exit 0; done; exit 1")
    assert int(host.ssh("systemctl show filmside --property=NRestarts --value")) >= 1


def test_a_changed_setting_restarts_the_service_with_it(made: dict[str, int], playbook: Playbook) -> None:
    before = playbook.host.ssh("systemctl show filmside --property=MainPID --value")
    counts = playbook.run("site.yml", kiosk_free_megabytes=11)
    assert counts["changed"] == 2  # the settings and the restart
    assert playbook.host.ssh("systemctl show filmside --property=MainPID --value") != before
    assert "free_megabytes = 11" in playbook.host.ssh("cat /etc/filmside/filmside.toml")


def test_settings_that_the_app_would_refuse_never_reach_the_kiosk(made: dict[str, int], playbook: Playbook) -> None:
    before = playbook.host.ssh("cat /etc/filmside/filmside.toml")
    with pytest.raises(AssertionError, match="wanted 1 to 65535"):
        playbook.run("site.yml", kiosk_port=70000)
    assert playbook.host.ssh("cat /etc/filmside/filmside.toml") == before
    assert json.loads(playbook.host.ssh(ASK_THE_PAGE)) == 200
