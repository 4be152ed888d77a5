"""A packed bundle knows which films it was made and is measured with, and lets no others near."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device import demo
from device.reading.bundle import load_bundle
from device.reading.manifest import MANIFEST
from tests.films import film_rows
from training.cli import MEMBERS, main
from training.data.sources import DataError, Row
from training.data.split import Split
from training.exchange import Change, exchange
from training.packed import data_of, opened, write
from training.prove import prove_again
from training.recipe import load_recipe
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
    ("change", "said"),
    [
        (Change(without=("nobody",)), "has no member nobody to leave out; it has {members}"),
        (Change(without=MEMBERS), "Without {members} nobody would read. Keep one of them, or add --members."),
        (
            Change((load_recipe("custom_cnn"),), ("custom_cnn",)),
            "custom_cnn is to be given and to be left out; wanted one of both",
        ),
    ],
)
def test_nobody_is_left_out_who_is_not_there_or_given_and_not_everybody(
    bundle: Path, tmp_path: Path, change: Change, said: str
) -> None:
    members = ", ".join(entry["name"] for entry in opened(bundle, tmp_path / "its run")["members"])
    with pytest.raises(DataError, match=said.format(members=members)):
        exchange(bundle, change, tmp_path / "its run")
    assert not bundle.with_name("bundle.new").exists()


def test_a_change_that_fails_leaves_the_bundle_as_it_was_and_nothing_beside_it(bundle: Path, tmp_path: Path) -> None:
    before = load_bundle(bundle).id
    with pytest.raises(DataError, match="mobilenet_100 has not been fitted"):
        exchange(bundle, Change((load_recipe("mobilenet_100"),), ("custom_cnn",)), tmp_path / "its run")
    assert load_bundle(bundle).id == before
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("bundle")) == ["bundle"]


@pytest.fixture
def readable(made: Split, tmp_path: Path) -> Path:
    """The same with real films for validation: the bundle's two references."""
    films = sorted((demo.BUNDLE / "reference").glob("*.png"))
    real = tuple(
        Row(film, (finding,), "", film.stem) for film, finding in zip(films, ("COVID-19", "NORMAL"), strict=True)
    )
    write_split(replace(made, validation=real), tmp_path / "its run")
    return telling(tmp_path / "bundle", data_of(tmp_path / "its run"))


def test_the_weights_of_those_who_are_left_are_chosen_anew(readable: Path, tmp_path: Path) -> None:
    bundle = readable
    exchange(bundle, Change(without=("custom_cnn",)), tmp_path / "its run", despite_audit=True)
    before, after = load_bundle(demo.BUNDLE).members, load_bundle(bundle).members
    assert [one.name for one in after] == [one.name for one in before if one.name != "custom_cnn"]
    assert sum(one.weight for one in after) == pytest.approx(1)
    for one in after:
        assert one.file.read_bytes() == (demo.BUNDLE / one.file.name).read_bytes()
    assert not (bundle / "custom_cnn.tflite").exists()


def test_nothing_is_proved_by_films_that_the_kiosk_refuses(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No validation film could be read; wanted some to calibrate on"):
        exchange(bundle, Change(without=("custom_cnn",)), tmp_path / "its run")
    assert [one.name for one in load_bundle(bundle).members] == [one.name for one in load_bundle(demo.BUNDLE).members]


def test_what_a_clinic_wants_of_an_outcome_is_kept_until_it_wants_otherwise(readable: Path, tmp_path: Path) -> None:
    run = tmp_path / "its run"

    def wanted() -> dict[str, float]:
        return {one.name: one.promise for one in load_bundle(readable).statements if one.promise is not None}

    prove_again(readable, run, {"NORMAL": 0.95, "ABNORMAL": 0.92}, despite_audit=True)
    assert wanted() == {"NORMAL": 0.95, "ABNORMAL": 0.92}
    exchange(readable, Change(without=("custom_cnn",)), run, despite_audit=True)
    assert wanted() == {"NORMAL": 0.95, "ABNORMAL": 0.92}
    prove_again(readable, run, {"NORMAL": 0.9}, despite_audit=True)
    assert wanted() == {"ABNORMAL": 0.92}


@pytest.mark.parametrize(
    ("promises", "said"),
    [
        ({"GOUT": 0.95}, "'GOUT' is no outcome of the bundle; wanted one of COVID-19, .*ABNORMAL"),
        ({"NORMAL": 0.8}, r"NORMAL is to be right in 0\.8 of its outcomes; wanted 0\.9 to below 1"),
        ({"NORMAL": 95.0}, "NORMAL is to be right in 95 of its outcomes"),
    ],
)
def test_a_promise_that_cannot_be_is_refused(
    bundle: Path, tmp_path: Path, promises: dict[str, float], said: str
) -> None:
    before = load_bundle(bundle).id
    with pytest.raises(DataError, match=said):
        prove_again(bundle, tmp_path / "its run", promises)
    assert load_bundle(bundle).id == before
    assert not bundle.with_name("bundle.new").exists()


def test_an_outcome_without_its_share_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["prove", "bundle", "--right", "NORMAL"])
    assert "'NORMAL' is no outcome with its share; wanted such as NORMAL=0.95" in capsys.readouterr().err


def test_who_packs_without_naming_members_packs_those_that_are_shipped() -> None:
    assert sorted(MEMBERS) == sorted(one.name for one in load_bundle(demo.BUNDLE).members)
