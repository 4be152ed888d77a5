"""`filmside-train run`: a folder of films in, a bundle out that the device loads and reads with."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Corners, Film, Point
from tests.films import chest, class_folders, unlike
from tests.training.commands import does, filmside_train
from training.cli import main
from training.packed import opened
from training.recipe import FINDINGS, GROUPS
from training.report.whole import learnt_from
from training.run import read_split

RECIPE = """# One epoch of a small network, to see that the steps fit together.
family = "custom_cnn"
side = 32
channels = 1
fit = "stretch"
tone = "even"
epochs = 1
batch = 8
learning_rate = 0.005
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "tiny.toml").write_text(RECIPE)
    tree = class_folders(folder / "films", 5)
    shutil.copy(tree / "NORMAL" / "0.jpg", tree / "NORMAL" / "0 (copy).jpg")
    (folder / "plain.toml").write_text(RECIPE)
    (folder / "more" / "NORMAL").mkdir(parents=True)
    cv2.imwrite(str(folder / "more" / "NORMAL" / "other.jpg"), unlike(900, width=380, height=450))
    # A tiny tree goes the whole way in under three minutes.
    said = does(
        "run", folder / "tiny.toml", "--data", tree, "--learn-from", folder / "more",
        "--yardstick", folder / "plain.toml", "--bundle", folder / "bundle", "--run", folder / "run", "--despite-audit",
        timeout=180,
    )  # fmt: skip
    assert "1 films more to train on; 0 copies" in said
    assert "## On the test split" in said
    assert "| plain plain | float32 |" in said
    return folder


def test_the_device_loads_the_bundle_and_reads_with_it(made: Path) -> None:
    bundle = load_bundle(made / "bundle")
    assert bundle.findings == FINDINGS
    assert {one.name: one.findings for one in bundle.statements if len(one.findings) > 1} == GROUPS
    (member,) = bundle.members
    assert (member.name, member.precision, member.weight) == ("tiny", "int8", 1.0)
    ensemble = Ensemble(bundle)
    corners = Corners(Point(0, 0), Point(380, 0), Point(380, 450), Point(0, 450))
    reading = ensemble.read(Film(chest(1, width=380, height=450), corners))
    assert [score.finding for score in reading.scores] == list(FINDINGS)
    assert sum(score.value for score in reading.scores) == pytest.approx(1)
    assert len(reading.heat_maps) == len(FINDINGS)


def test_the_card_holds_what_was_measured(made: Path) -> None:
    card = load_bundle(made / "bundle").card
    measured = (made / "run" / "evaluation.md").read_text(encoding="utf-8")
    assert "has not been evaluated" not in card
    assert card.endswith(measured)
    assert "or all but 2 of few" in card
    assert "6 films of 6 patients" in measured
    # What is said of the sources is counted, not written down once for the shipped films.
    assert "COVID-19: 100% from films; EMPHYSEMA: 100% from films; NORMAL" in card
    assert str(made) not in card


def test_the_card_counts_films_of_a_group_where_a_member_learnt_from_them(made: Path, tmp_path: Path) -> None:
    bundle, films = load_bundle(made / "bundle"), read_split(made / "run")
    unsure = replace(films.train[0], findings=GROUPS["PNEUMONIA"])
    films = replace(films, train=(*films.train, unsure))
    run = shutil.copytree(made / "run", tmp_path / "run")
    assert unsure in learnt_from(bundle, films, run)
    record = run / "tiny" / "fit.json"
    record.write_text(record.read_text().replace('"groups_too": true', '"groups_too": false'))
    assert learnt_from(bundle, films, run) == films.train[:-1]
    record.unlink()
    assert unsure in learnt_from(bundle, films, run), "nobody says that it was not"


def test_the_report_stands_beside_the_tables(made: Path) -> None:
    page = (made / "run" / "report.html").read_text(encoding="utf-8")
    assert "A sample" not in page
    assert f"Bundle {load_bundle(made / 'bundle').id}:" in page
    for title in ("Training curves", "Feature explorer", "Said of validation films, as photos, float32"):
        assert title in page
    for name in ("predictions", "validation_predictions"):
        lines = (made / "run" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) > len(FINDINGS)
    tables = {path.stem for path in (made / "run" / "tables").iterdir()}
    assert {"accuracy-and-loss", "outcomes-test-clean-float32", "cost", "film-by-film"} <= tables


def test_a_sample_is_kept_apart_and_leaves_the_card(made: Path) -> None:
    before = load_bundle(made / "bundle").id
    whole = (made / "run" / "predictions.csv").read_bytes()
    said = does("evaluate", made / "bundle", "--films", "4", "--per-tensor", "--run", made / "run")
    assert said.startswith("A sample: at most 4 films")
    assert "A sample: at most 4 films" in (made / "run" / "sample" / "report.html").read_text(encoding="utf-8")
    compared = (made / "run" / "sample" / "evaluation.md").read_text(encoding="utf-8")
    for precision in ("int8", "float32", "int8 by TFLite alone", "int8 by TFLite alone, per tensor"):
        assert f"| tiny | {precision} |" in compared
    assert load_bundle(made / "bundle").id == before
    assert (made / "run" / "predictions.csv").read_bytes() == whole


def test_hospitals_that_were_never_met_stand_on_the_card(made: Path, tmp_path: Path) -> None:
    bundle, run = (shutil.copytree(made / name, tmp_path / name) for name in ("bundle", "run"))
    north = tmp_path / "hospitals" / "North" / "COVID-19"
    north.mkdir(parents=True)
    shutil.copy(made / "films" / "COVID-19" / "0.jpg", north / "learnt from.jpg")
    call = ("evaluate", bundle, "--hospitals", tmp_path / "hospitals", "--run", run)
    refused = filmside_train(*call)
    assert refused.returncode == 2
    assert "Every film of North is a copy" in refused.stderr
    for number in range(3):
        cv2.imwrite(str(north / f"{number}.jpg"), unlike(500 + number, width=380, height=450))
    does(*call)
    card = load_bundle(bundle).card
    assert "## At other hospitals" in card
    assert "Left out: 1 copies of films that the bundle was made or measured with." in card
    assert "of 3 rendered photos of films of 1 hospital, " in card
    lines = (run / "tables" / "hospitals.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [["North", "0", "3", "clean"], ["North", "0", "3", "photo"]]


def test_the_run_has_curated_what_it_learnt_from(made: Path) -> None:
    table = (made / "run" / "curated" / "index.csv").read_text(encoding="utf-8").splitlines()
    assert len(table) == 1 + 5 * len(FINDINGS)
    assert "30 of 31 pictures are kept" in (made / "run" / "curated" / "curation.md").read_text(encoding="utf-8")


def test_the_report_says_whether_it_can_be_believed(made: Path) -> None:
    report = (made / "run" / "evaluation.md").read_text(encoding="utf-8")
    for title in ("## What is promised", "## Shortcuts", "## Heat maps put to the test"):
        assert title in report
    tables = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in (made / "run" / "tables").iterdir()}
    assert tables["shortcut-audit"][1].startswith('"ensemble, int8",6,')
    assert tables["shortcut-audit"][1].endswith(",FAILED")
    assert len(tables["deletion"]) == len(tables["tints"]) - 1 == 2
    # The member's own Keras model is in the run, so its maps were put beside Grad-CAM.
    name, films, median, lowest = tables["grad-cam"][1].split(",")
    assert (name, films) == ("tiny", "6")
    assert float(median) > 0.99
    assert float(lowest) > 0.9


def test_films_as_they_are_come_from_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "--uncurated", "--data", "one", "two", "--bundle", str(tmp_path / "bundle")]
    assert main([*command, "--run", str(tmp_path / "run")]) == 2
    assert "--uncurated takes films as they are in one folder; 2 are named" in capsys.readouterr().err


def test_the_run_keeps_what_it_was_trained_on(made: Path) -> None:
    split = (made / "run" / "split.csv").read_text(encoding="utf-8").splitlines()
    assert split[0] == "split,path,findings,origin,group,licence,repository"
    assert len(split) == 1 + 5 * len(FINDINGS) + 1
    record = json.loads((made / "run" / "tiny" / "fit.json").read_text())
    assert record["recipe"]["epochs"] == 1
    for file in ("best.weights.h5", "float32.tflite", "int8.tflite"):
        assert (made / "run" / "tiny" / file).stat().st_size > 1000
    assert not (made / "bundle.new").exists()


def test_the_packed_member_is_the_one_that_was_converted(made: Path) -> None:
    (member,) = load_bundle(made / "bundle").members
    assert member.file.read_bytes() == (made / "run" / "tiny" / "int8.tflite").read_bytes()


def test_a_bundle_that_fails_its_audit_is_kept_as_it_is_and_says_so(made: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(made / "bundle", tmp_path / "bundle"))
    before = load_bundle(bundle)
    assert before.audit is not None
    assert not before.audit.passed
    done = filmside_train("prove", bundle, "--run", made / "run")
    assert done.returncode == 2
    assert "The shortcut audit failed: with the lungs blacked out" in done.stderr
    assert "pack the bundle with --despite-audit" in done.stderr
    assert load_bundle(bundle).id == before.id
    assert not bundle.with_name("bundle.new").exists()


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures that are no chest films."""
    folder = tmp_path_factory.mktemp("others")
    lines = ["path,kind,note"]
    for number in range(24):
        noise = np.random.default_rng(number).integers(0, 256, (40, 60), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(noise, (600, 400), interpolation=cv2.INTER_NEAREST))
        lines.append(f"{number}.png,noise,")
    (folder / "index.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_bundle_gets_another_gate_and_keeps_its_members(made: Path, others: Path, tmp_path: Path) -> None:
    gate = tmp_path / "watchman.toml"
    gate.write_text(RECIPE)
    bundle = Path(shutil.copytree(made / "bundle", tmp_path / "bundle"))
    before = load_bundle(bundle)
    assert before.gate is None
    for command in (
        ("fit-gate", tmp_path / "watchman.toml"),
        ("exchange", bundle, "--gate", tmp_path / "watchman.toml"),
    ):
        does(*command, "--others", others, "--run", made / "run")
    after = load_bundle(bundle)
    assert after.gate is not None
    assert after.gate.member.name == "watchman"
    # From when on it calls a film mirrored is measured with it, on films that lie as they should.
    assert 0.5 <= after.gate.mirrored_from <= 0.98
    assert [replace(member, file=Path()) for member in after.members] == [
        replace(member, file=Path()) for member in before.members
    ]
    assert after.members[0].file.read_bytes() == before.members[0].file.read_bytes()
    assert after.id != before.id
    # What was measured with the old gate is not said of the new one.
    assert "has not been evaluated" in after.card
    does("prove", bundle, "--despite-audit", "--run", made / "run")
    proved = load_bundle(bundle).gate
    assert proved is not None
    assert 0.5 <= proved.mirrored_from <= 0.98
    assert replace(proved.member, file=Path()) == replace(after.gate.member, file=Path())


def test_a_bundle_gets_another_member_and_keeps_the_one_it_has(made: Path, tmp_path: Path) -> None:
    (tmp_path / "second.toml").write_text(RECIPE + "seed = 2\n")
    bundle = Path(shutil.copytree(made / "bundle", tmp_path / "bundle"))
    run, more = shutil.copytree(made / "run", tmp_path / "run"), tmp_path / "more" / "NORMAL" / "new.png"
    more.parent.mkdir(parents=True)
    cv2.imwrite(str(more), np.random.default_rng(9).integers(0, 256, (450, 380), np.uint8))
    split = ("split", made / "run" / "curated", "--learn-from", made / "more", tmp_path / "more")
    exchange = ("exchange", bundle, "--members", tmp_path / "second.toml", "--despite-audit")
    for command in (split, ("fit", tmp_path / "second.toml"), exchange):
        does(*command, "--run", run)
    before, after = (opened(*one)["data"] for one in ((made / "bundle", made / "run"), (bundle, run)))
    assert after["train_films"] == before["train_films"] + 1
    first, second = load_bundle(bundle).members
    assert (first.name, second.name) == ("tiny", "second")
    assert first.weight + second.weight == pytest.approx(1)
    assert first.file.read_bytes() == load_bundle(made / "bundle").members[0].file.read_bytes()
    second_bytes = second.file.read_bytes()
    assert second_bytes == (run / "second" / "int8.tflite").read_bytes()
    assert len(Ensemble(load_bundle(bundle)).read(Film(chest(1), Corners.of_whole_photo(380, 450))).votes) == 2
    does("exchange", bundle, "--without", "tiny", "--despite-audit", "--run", run)
    (left,) = load_bundle(bundle).members
    assert (left.name, left.weight) == ("second", 1)
    assert left.file.read_bytes() == second_bytes
    assert not (bundle / "tiny.tflite").exists()


def test_no_member_of_other_findings_is_exchanged(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = Path(shutil.copytree(made / "bundle", tmp_path / "bundle"))
    assert main(["exchange", str(bundle), "--members", "three_class_custom_cnn", "--run", str(made / "run")]) == 2
    assert "three_class_custom_cnn COVID-19, NORMAL, PNEUMONIA; wanted the same" in capsys.readouterr().err
    assert load_bundle(bundle).id == load_bundle(made / "bundle").id


def test_no_gate_is_exchanged_that_learnt_from_other_films(
    made: Path, others: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = Path(shutil.copytree(made / "bundle", tmp_path / "bundle"))
    assert main(["split", str(made / "films"), "--seed", "2", "--run", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    options = ["--others", str(others), "--run", str(tmp_path / "run")]
    assert main(["exchange", str(bundle), "--gate", "gate", *options]) == 2
    assert "splits films otherwise" in capsys.readouterr().err
    assert main(["exchange", str(bundle), *options]) == 2
    assert "Nothing to exchange" in capsys.readouterr().err
    assert load_bundle(bundle).id == load_bundle(made / "bundle").id
