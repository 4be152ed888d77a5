"""Hospitals that nobody trained on: the page is what the kept answers say, and every film of a folder is read."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from device import demo
from tests.films import class_folders
from tests.training.pages import BENCHMARKS, benchmark, printed
from training.recipe import FINDINGS, GROUPS
from training.run import make_split, split_films, write_split


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return benchmark("unseen", monkeypatch)


def test_the_committed_page_is_what_the_kept_answers_say() -> None:
    assert (BENCHMARKS / "unseen.md").read_text(encoding="utf-8").endswith(printed("unseen.py"))


def test_the_page_of_one_finding_alone_is_what_the_kept_answers_say_with_normal_films_beside() -> None:
    told = printed("unseen.py", "--out", BENCHMARKS / "unseen" / "covid", "--normal-of", BENCHMARKS / "unseen")
    assert "| all | 622 | clean | Filmside | " in told
    assert (BENCHMARKS / "unseen_covid.md").read_text(encoding="utf-8").endswith(told)


def test_each_film_of_each_hospital_is_read_both_ways_and_a_small_one_is_enlarged(tmp_path: Path) -> None:
    normal, covid = (tmp_path / "films" / "Here" / finding for finding in ("NORMAL", "ABNORMAL"))
    for folder in (normal, covid):
        folder.mkdir(parents=True)
    photo = next(path for path in sorted(demo.PHOTOS.glob("*normal.jpg")))
    (normal / "one.jpg").write_bytes(photo.read_bytes())
    cv2.imwrite(str(covid / "no film.png"), np.random.default_rng(1).integers(0, 256, (120, 100), np.uint8))
    page = printed("unseen.py", "--hospitals", tmp_path / "films", "--out", tmp_path / "kept")
    assert "| all | 2 | clean | Filmside | " in page
    with (tmp_path / "kept" / "Here.csv").open(newline="", encoding="utf-8") as file:
        lines = {(line["film"], line["view"]): line for line in csv.DictReader(file)}
    # A small picture's name tells what it may show: enlarged copies of several folders lie in one.
    small = "COVID-19+EMPHYSEMA+PNEUMONIA-BACTERIAL+PNEUMONIA-VIRAL+TUBERCULOSIS-no film.png"
    assert set(lines) == {(film, view) for film in ("one.jpg", small) for view in ("clean", "photo")}
    read = lines["one.jpg", "clean"]
    assert read["outcome"] != "refused"
    for who in ("Filmside", "plain recipe"):
        scores = [float(value) for head, value in read.items() if head.startswith(f"{who}: ")]
        assert sum(scores) == pytest.approx(1, abs=1e-3)
    # Of what is known by its group alone the group's name is kept.
    noise = lines[small, "clean"]
    assert noise["finding"] == "ABNORMAL"
    assert (noise["outcome"], noise["Filmside: NORMAL"], noise["plain recipe: NORMAL"]) == ("refused", "nan", "nan")
    assert noise["refusal"] not in ("", "too-small")


def test_fitted_members_read_in_the_place_of_the_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "films" / "Here" / "NORMAL"
    folder.mkdir(parents=True)
    photo = next(path for path in sorted(demo.PHOTOS.glob("*normal.jpg")))
    (folder / "one.jpg").write_bytes(photo.read_bytes())
    hospitals = ("--hospitals", tmp_path / "films")
    printed("unseen.py", *hospitals, "--members", "six_class_paper", "--out", tmp_path / "kept")
    with (tmp_path / "kept" / "Here.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            ours, theirs = (
                {head.split(": ")[1]: float(line[head]) for head in line if head.startswith(f"{who}: ")}
                for who in ("Filmside", "plain recipe")
            )
            assert ours == theirs
            assert line["outcome"] == max(ours, key=lambda name: ours[name])


def test_fitted_members_never_write_over_what_the_bundle_said(
    unseen: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["unseen.py", "--members", "six_class_paper"])
    with pytest.raises(SystemExit):
        unseen.main()
    assert "say --out FOLDER too" in capsys.readouterr().err


def test_a_film_of_a_group_is_named_by_any_finding_of_it_and_is_abnormal(unseen: ModuleType) -> None:
    def line(shown: str, likeliest: str) -> dict[str, str]:
        return {"finding": shown} | {
            f"{unseen.OURS}: {finding}": "0.9" if finding == likeliest else "0.02" for finding in FINDINGS
        }

    told = (
        line("ABNORMAL", "TUBERCULOSIS"),
        line("ABNORMAL", "NORMAL"),
        line("PNEUMONIA", "PNEUMONIA-VIRAL"),
        line("PNEUMONIA", "COVID-19"),
        line("NORMAL", "NORMAL"),
    )
    named, normal_or_not, abnormal, *_ = unseen.Heard.of(told, unseen.OURS).figures(np.arange(5))
    assert named == pytest.approx(3 / 5)
    assert normal_or_not == pytest.approx(4 / 5)
    assert abnormal == pytest.approx((1 + 1 + 1 + 0.5) / 4)


def test_what_the_bundle_does_not_know_is_kept_under_its_groups_name() -> None:
    told = printed("unseen.py", "--out", BENCHMARKS / "unseen" / "not_known")
    assert "| NIH ChestX-ray14 | ABNORMAL | photo | 441 | 0.08 | 0.54 |" in told


def test_what_members_said_that_learn_only_from_films_of_known_kind_is_kept() -> None:
    told = printed("unseen.py", "--out", BENCHMARKS / "unseen" / "sure")
    page = (BENCHMARKS / "left_out.md").read_text(encoding="utf-8")
    for view, ahead in (("clean", "15.4 (11.6 to 19.0)"), ("photo", "19.9 (15.5 to 24.3)")):
        assert f"| all | 482 | {view} | Filmside, points ahead | {ahead} |" in told
        assert ahead in page
    assert "| our test films, kind not known | PNEUMONIA | photo | 61 | 0.23 | 0.43 |" in told


def test_our_own_test_films_are_told_from_the_same_squashed(unseen: ModuleType, tmp_path: Path) -> None:
    test = make_split(class_folders(tmp_path / "films", 10), tmp_path / "run", 1).test
    unseen.write_own(tmp_path / "run", tmp_path / "made")
    asked = sorted(f"{row.name}/{row.path.stem}.png" for row in test if row.name in unseen.ASKED)
    assert 3 <= len(asked) < len(test)
    for name, size in (("our test films", (450, 380)), ("our test films, 128 pixels", (128, 128))):
        folder = tmp_path / "made" / name
        films = sorted(folder.rglob("*.png"))
        assert [str(path.relative_to(folder)) for path in films] == asked
        assert {cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).shape for path in films} == {size}


def test_our_own_test_films_of_which_only_a_group_is_known_stand_under_its_name(
    unseen: ModuleType, tmp_path: Path
) -> None:
    films = split_films(class_folders(tmp_path / "films", 10), 1)
    unsure, *sure = films.test
    unsure = replace(unsure, findings=GROUPS["PNEUMONIA"])
    write_split(replace(films, test=(unsure, *sure)), tmp_path / "run")
    unseen.write_own(tmp_path / "run", tmp_path / "made")
    folder = tmp_path / "made" / unseen.OF_GROUPS
    assert [path.relative_to(folder) for path in folder.rglob("*.png")] == [Path(f"PNEUMONIA/{unsure.path.stem}.png")]


def test_a_refused_film_is_read_wrong_and_told_neither_normal_nor_not(unseen: ModuleType) -> None:
    # COVID-19, EMPHYSEMA, NORMAL, bacterial, viral, TUBERCULOSIS.
    scores = np.array(
        [
            [0.0, 0.0, 0.1, 0.0, 0.0, 0.9],
            [0.6, 0.0, 0.1, 0.0, 0.0, 0.3],
            [0.1, 0.0, 0.8, 0.0, 0.0, 0.1],
            [np.nan] * 6,
        ]
    )
    heard = unseen.Heard(np.eye(6, dtype=bool)[[5, 5, 2, 2]], scores)
    named, told, abnormal, tuberculosis, _ = heard.figures(np.arange(4))
    assert (named, told) == (0.5, 0.75)
    # Both tuberculosis films score above the normal one; the refused one, in the middle, beats one of them.
    assert (abnormal, tuberculosis) == (1.0, 0.75)


def test_what_a_bundle_gained_is_asked_film_by_film_whatever_their_order(unseen: ModuleType) -> None:
    def line(film: str, view: str, normal: float) -> dict[str, str]:
        scores = dict.fromkeys(unseen.FINDINGS, "0.0") | {"NORMAL": f"{normal}", "COVID-19": f"{1 - normal}"}
        told = {f"{unseen.OURS}: {finding}": value for finding, value in scores.items()}
        return {"film": film, "view": view, "finding": "NORMAL" if film < "c" else "COVID-19", **told}

    now = [line(film, view, 0.9 if film < "c" else 0.1) for film in "abcd" for view in unseen.VIEWS]
    before = [line(film, view, 0.9 if film in "ad" else 0.1) for view in unseen.VIEWS for film in "dcba"]
    rows = list(unseen.gains({"Here": now}, {"Here": before}))[2:]
    assert [row.split(" | ")[:3] for row in rows] == [
        [f"| {name}", "4", view] for name in ("Here", "all") for view in unseen.VIEWS
    ]
    # Of four films two were read right before, and all are now.
    assert all(row.split(" | ")[3].startswith("50.0 (") for row in rows)
