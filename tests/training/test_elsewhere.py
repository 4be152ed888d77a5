"""The films of other hospitals are laid out as the pages that tell of them say, from clones of where they are had."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path
from types import ModuleType

import cv2
import pytest

from tests.films import chest
from tests.training.pages import BENCHMARKS, benchmark
from training.data.sources import read_table
from training.recipe import FINDINGS, GROUPS


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return benchmark("elsewhere", monkeypatch)


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """A clone with one picture in three places, whose newest commit has lost one of them."""
    clone = tmp_path / "clones" / "films"
    clone.mkdir(parents=True)

    def git(*call: str) -> None:
        told = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *told, *call], cwd=clone, check=True, capture_output=True)

    git("init", "-q")
    for name in ("aug0_one.png", "two.png", "three.png"):
        cv2.imwrite(str(clone / name), chest(1)[::4, ::4])
    git("add", ".")
    git("commit", "-qm", "films")
    git("tag", "then")
    git("rm", "-q", "two.png")
    git("commit", "-qm", "fewer")
    return clone.parent


def lay_out(elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch, clones: Path, names: list[tuple[str, ...]]) -> Path:
    table = clones.parent / "elsewhere.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("use", "place", "finding", "repository", "commit", "path"), *names])
    out = clones.parent / "out"
    monkeypatch.setattr(elsewhere, "NAMED", table)
    monkeypatch.setattr("sys.argv", ["elsewhere.py", "--clones", str(clones), "--out", str(out)])
    elsewhere.main()
    return out


def test_each_film_lies_where_its_use_hospital_and_finding_say(
    elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch, clones: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [
        ("HOSPITALS", "North", "COVID-19", "owner/films", "then", "aug0_one.png"),
        ("HOSPITALS", "North", "NORMAL", "owner/films", "then", "two.png"),
        ("MORE", "South", "ABNORMAL", "owner/films", "then", "three.png"),
    ]
    out = lay_out(elsewhere, monkeypatch, clones, names)
    assert capsys.readouterr().out == "HOSPITALS/North: 2 films\nMORE/South: 1 films\n"
    north = {row.path.name: row.name for row in read_table(out / "HOSPITALS" / "North", FINDINGS, GROUPS)}
    assert north == {"one.png": "COVID-19", "two.png": "NORMAL"}
    (south,) = read_table(out / "MORE" / "South", FINDINGS, GROUPS)
    assert (south.origin, south.findings) == ("South", GROUPS["ABNORMAL"])
    assert (out / "HOSPITALS" / "about.txt").is_file()


def test_a_clone_that_is_not_there_and_one_without_the_film_are_said(
    elsewhere: ModuleType, monkeypatch: pytest.MonkeyPatch, clones: Path
) -> None:
    for repository, commit, says in (
        ("owner/none", "then", "none is not there; wanted a clone of owner/none"),
        ("owner/films", "HEAD", "has no two.png at HEAD"),
    ):
        with pytest.raises(SystemExit, match=says):
            lay_out(elsewhere, monkeypatch, clones, [("MORE", "A", "NORMAL", repository, commit, "two.png")])


def test_every_film_that_was_read_elsewhere_is_named(elsewhere: ModuleType) -> None:
    with elsewhere.NAMED.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    named = {
        (line["use"], line["place"], line["finding"], Path(elsewhere.name_of(line["path"])).stem) for line in lines
    }
    kept = {".": ("HOSPITALS", 3), "learnt_from": ("MORE", 2), "covid": ("COVID", 1), "not_known": ("TRIED", 1)}
    for name, (use, places) in kept.items():
        paths = sorted((BENCHMARKS / "unseen" / name).glob("*.csv"))
        assert len(paths) == places
        for path in paths:
            with path.open(newline="", encoding="utf-8") as file:
                for line in csv.DictReader(file):
                    stem = Path(line["film"].removeprefix(f"{line['finding']}-")).stem
                    assert (use, path.stem, line["finding"], stem) in named
    # What is read by nobody's training stays apart from what was learnt from or tried.
    learnt, read = (
        {(line["repository"], line["path"]) for line in lines if line["use"] in uses}
        for uses in (("MORE", "TRIED"), ("HOSPITALS", "COVID"))
    )
    assert not learnt & read
