"""`filmside-train` says what is wrong in words, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.films import class_folders
from training.cli import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["split", "nowhere"], "There is no nowhere; wanted a folder of films or a CSV table"),
        (["fit", "nothing"], "There is no recipe nothing; shipped are"),
        (["evaluate", "nowhere", "--run", "nowhere"], "nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_words(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("filmside-train: ")
    assert message in said


@pytest.mark.parametrize("each", [1, 2, 4])
def test_too_few_films_to_split_is_said_in_words(tmp_path: Path, each: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", str(class_folders(tmp_path / "films", each)), "--run", str(tmp_path / "run")]) == 2
    assert "has too few films: none is left for" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
