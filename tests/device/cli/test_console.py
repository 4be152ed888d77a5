"""`filmside audit` and `filmside let-in`, as typed on the kiosk's console."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from device.cli import main
from device.store.people import People
from device.web.passwords import is_right


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "filmside.toml"
    path.write_text('data = "data"\nfree_megabytes = 1\n')
    return path


def test_the_way_back_in_and_the_log_that_tells_of_it(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("Amina", "amina"):
        assert main(["let-in", name, "--settings", str(settings)]) == 0
        said = re.fullmatch(r"\S+ may log in with (\S+)\. Change it .*\n", capsys.readouterr().out)
        assert said
        people = People(settings.parent / "data")
        assert [one.name for one in people.everyone()] == ["Amina"]
        assert is_right(people.find("Amina"), said[1])
        people.close()
    assert main(["audit", "--settings", str(settings)]) == 0
    assert re.match(r"well 2 events follow one another; the last link is [0-9a-f]{64}\.", capsys.readouterr().out)


def test_a_log_that_was_changed_is_told(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["let-in", "Amina", "--settings", str(settings)])
    with sqlite3.connect(settings.parent / "data/studies.sqlite") as base:
        base.execute("DROP TRIGGER audit_is_not_changed")
        base.execute("UPDATE audit SET who = 'nobody'")
    base.close()
    capsys.readouterr()
    assert main(["audit", "--settings", str(settings)]) == 2
    assert "event 1 of" in capsys.readouterr().out


def test_a_name_that_cannot_be_one_says_so(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["let-in", "button", "--settings", str(settings)]) == 2
    assert "stands for the kiosk itself" in capsys.readouterr().err
