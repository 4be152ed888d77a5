"""The playbooks: linted offline, and their numbers the same as the app's own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import yaml

from device.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
BESIDE = Path(sys.executable).parent


def ansible(*command: str) -> subprocess.CompletedProcess[str]:
    """One of Ansible's commands from the environment that runs the tests."""
    environ = {**os.environ, "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    return subprocess.run(
        [BESIDE / command[0], *command[1:]], cwd=DEPLOY, env=environ, capture_output=True, text=True, timeout=300
    )


def test_the_playbooks_are_clean_in_the_strictest_profile() -> None:
    done = ansible("ansible-lint", "--offline", "--profile", "production")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_playbooks_and_the_example_inventory_can_be_read() -> None:
    for playbook in ("site.yml", "verify.yml"):
        done = ansible("ansible-playbook", "--syntax-check", "-i", "inventory.example.yml", playbook)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_can_be_deployed_and_its_default_is_the_apps() -> None:
    defaults = yaml.safe_load((DEPLOY / "roles/kiosk/defaults/main.yml").read_text())
    template = (DEPLOY / "roles/kiosk/templates/filmside.toml.j2").read_text()
    for field in fields(Settings):
        assert f"\n{field.name} = {{{{" in template, field.name
        if field.name in ("bundle", "data"):
            continue
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        default = str(default) if isinstance(default, Path) else default
        assert defaults[f"kiosk_{field.name}"] == default, field.name


def test_a_lost_link_ends_a_play_in_time() -> None:
    text = (DEPLOY / "ansible.cfg").read_text()
    for option in ("ServerAliveInterval=", "ServerAliveCountMax=", "ConnectTimeout="):
        assert option in text
