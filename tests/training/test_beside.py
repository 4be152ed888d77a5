"""Films that are learnt from beside those that are split: none is measured by, and none is a copy of what is."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import pytest

from tests.films import unlike
from training import cli
from training.data.beside import Beside, with_more
from training.data.sources import DataError
from training.data.split import Split
from training.recipe import FINDINGS
from training.run import split_films


def films_of(folder: Path, findings: tuple[str, ...], each: int, seed: int) -> Path:
    for place, finding in enumerate(findings):
        (folder / finding).mkdir(parents=True)
        for number in range(each):
            cv2.imwrite(str(folder / finding / f"{number}.png"), unlike(seed + 100 * place + number)[::3, ::3])
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films_of(tmp_path_factory.mktemp("films") / "home", FINDINGS, 7, 0)


@pytest.fixture
def made(home: Path) -> Split:
    return split_films(home, 1)


def test_more_films_are_for_training_and_what_is_measured_by_stays(made: Split, tmp_path: Path) -> None:
    findings = ("NORMAL", "TUBERCULOSIS")
    north, south = (films_of(tmp_path / name, findings, 2, seed) for name, seed in (("N", 5000), ("S", 7000)))
    added, beside = with_more(made, [north, south])
    assert (added.validation, added.test, added.photos) == (made.validation, made.test, made.photos)
    assert added.train[: len(made.train)] == made.train
    new = added.train[len(made.train) :]
    assert sorted((row.origin, row.name) for row in new) == sorted(
        (place, finding) for place in "NS" for finding in findings for _ in range(2)
    )
    assert beside == Beside(films=8, photos=0, copies=0)
    # Both call a film NORMAL/0.png, and so does home: three patients.
    assert len({row.group for row in (*new, *made.train, *made.validation, *made.test)}) == 8 + 7 * len(FINDINGS)


def test_copies_of_films_that_are_measured_by_and_photos_are_left_out(made: Split, tmp_path: Path) -> None:
    for name, row in (("of test.jpg", made.test[0]), ("of validation.jpg", made.validation[0])):
        small = cv2.resize(cv2.imread(str(row.path), cv2.IMREAD_GRAYSCALE), None, fx=0.7, fy=0.7)
        cv2.imwrite(str(tmp_path / name), small, [cv2.IMWRITE_JPEG_QUALITY, 70])
    shutil.copy(made.train[0].path, tmp_path / "of train.png")
    for name in ("own.png", "photo.png"):
        cv2.imwrite(str(tmp_path / name), unlike(900))
    names = ("of test.jpg", "of validation.jpg", "of train.png", "own.png")
    lines = [f"{name},TUBERCULOSIS,West,{name}," for name in names]
    heads = "path,finding6,origin,group,film_photo"
    (tmp_path / "index.csv").write_text("\n".join([heads, *lines, "photo.png,TUBERCULOSIS,West,p,yes"]))
    added, beside = with_more(made, [tmp_path])
    assert [row.path.name for row in added.train[len(made.train) :]] == ["own.png"]
    assert beside == Beside(films=1, photos=1, copies=3)
    (tmp_path / "own.png").unlink()
    (tmp_path / "index.csv").write_text("\n".join([heads, *lines[:2]]))
    with pytest.raises(DataError, match="add no film to learn from: of 2, 0 are photos by a camera and 2 copies"):
        with_more(made, [tmp_path])


def test_what_is_left_out_to_test_on_is_not_learnt_from(made: Split, tmp_path: Path) -> None:
    north = films_of(tmp_path / "North", ("NORMAL",), 1, 700)
    for without in ("North", "NORMAL@North"):
        with pytest.raises(DataError, match=rf"is of {without}, which is left out to test on; wanted films of other"):
            with_more(made, [north], (without,))
    assert len(with_more(made, [north], ("TUBERCULOSIS@North",))[0].train) == len(made.train) + 1


def test_a_patient_who_is_measured_by_is_not_learnt_from(made: Split, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "again.png"), unlike(800))
    patient = made.test[0]
    line = f"again.png,{patient.name},{patient.origin},{patient.group}"
    (tmp_path / "index.csv").write_text(f"path,finding6,origin,group\n{line}\n")
    with pytest.raises(DataError, match=r"is in train and in test; wanted it in one"):
        with_more(made, [tmp_path])


def test_a_file_that_is_no_picture_is_named(made: Split, tmp_path: Path) -> None:
    (tmp_path / "NORMAL").mkdir()
    (tmp_path / "NORMAL" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.png is no readable picture"):
        with_more(made, [tmp_path])


def test_the_command_says_what_it_added_and_left_out(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    north = films_of(tmp_path / "North", ("NORMAL",), 1, 700)
    shutil.copy(next((home / "NORMAL").iterdir()), north / "NORMAL" / "copy.png")
    run = tmp_path / "run"
    assert cli.main(["split", str(home), "--learn-from", str(north), "--run", str(run)]) == 0
    assert "1 films more to train on; 1 copies of films that are known and 0 photos" in capsys.readouterr().out
    with (run / "split.csv").open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["origin"] == "North"]
    assert [(line["split"], line["findings"]) for line in lines] == [("train", "NORMAL")]
