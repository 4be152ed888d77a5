"""A packed bundle knows which films it was made and is measured with, and lets no others near."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device import demo
from device.reading.manifest import MANIFEST
from tests.films import film_rows
from training.data.sources import DataError
from training.data.split import Split
from training.pack import renew
from training.packed import data_of, opened, write
from training.run import write_split


@pytest.fixture
def made(tmp_path: Path) -> Split:
    rows = film_rows(tmp_path, 8)
    return Split(rows[:4], rows[4:6], rows[6:8], ())


@pytest.fixture
def bundle(tmp_path: Path, made: Split) -> Path:
    write_split(made, tmp_path / "its run")
    return telling(tmp_path / "bundle", data_of(tmp_path / "its run"))


def telling(folder: Path, data: dict[str, Any]) -> Path:
    """The demo's bundle, as if made with other films."""
    shutil.copytree(demo.BUNDLE, folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    write(folder, manifest | {"data": data}, "Made with other films.")
    return folder


def run_of(split: Split, folder: Path) -> Path:
    write_split(split, folder)
    return folder


def test_films_may_be_added_to_learn_from(bundle: Path, made: Split, tmp_path: Path) -> None:
    added = replace(made.train[0], path=tmp_path / "added.png", group="another")
    for train in (made.train, (*made.train, added)):
        assert opened(bundle, run_of(replace(made, train=train), tmp_path / "run"))["data"]["train_films"] == 4


@pytest.mark.parametrize("change", ["one fewer", "one before", "another to test on", "one moved to validation"])
def test_another_split_is_refused(bundle: Path, made: Split, tmp_path: Path, change: str) -> None:
    added = replace(made.train[0], path=tmp_path / "added.png", group="another")
    changed = {
        "one fewer": replace(made, train=made.train[:-1]),
        "one before": replace(made, train=(added, *made.train)),
        "another to test on": replace(made, test=(*made.test, added)),
        "one moved to validation": replace(made, train=made.train[:-1], validation=(*made.validation, made.train[-1])),
    }[change]
    with pytest.raises(DataError, match=r"splits films otherwise .*wanted the same split, or one that adds films"):
        opened(bundle, run_of(changed, tmp_path / "run"))


def test_a_bundle_of_before_that_does_not_tell_how_many_opens_for_its_own_split_only(
    made: Split, tmp_path: Path
) -> None:
    run = run_of(made, tmp_path / "run")
    bundle = telling(tmp_path / "bundle", {"split_sha256": data_of(run)["split_sha256"]})
    assert opened(bundle, run)
    added = replace(made.train[0], path=tmp_path / "added.png", group="another")
    with pytest.raises(DataError, match="splits films otherwise"):
        opened(bundle, run_of(replace(made, train=(*made.train, added)), run))


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (["nobody"], "has no member nobody to leave out; it has {members}"),
        (None, "Without {members} nobody would read. Leave one of them, or add --members."),
    ],
)
def test_nobody_is_left_out_who_is_not_there_and_not_everybody(
    bundle: Path, tmp_path: Path, without: list[str] | None, said: str
) -> None:
    members = [entry["name"] for entry in opened(bundle, tmp_path / "its run")["members"]]
    with pytest.raises(DataError, match=said.format(members=", ".join(members))):
        renew(bundle, [], tmp_path / "its run", without or members)
    assert not bundle.with_name("bundle.new").exists()
