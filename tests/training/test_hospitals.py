"""Hospitals that nothing was learnt from: what is taken for one, that copies are left out, and what is said of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from device import demo
from device.reading.bundle import load_bundle
from device.reading.contract import Bundle
from tests.films import chest, class_folders, film_rows
from tests.judged import EACH, judged
from training.data.sources import DataError
from training.evidence.hospitals import Hospital, hospitals_in, judge_hospital, without_copies
from training.findings import retold
from training.recipe import FINDINGS
from training.report.document import Table, tables_of
from training.report.hospitals import in_a_line, never_met


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(demo.BUNDLE)


def test_each_folder_is_a_hospital_and_a_film_of_an_unsure_finding_is_none_of_its_films(tmp_path: Path) -> None:
    class_folders(tmp_path / "North", 2)
    (tmp_path / "South" / "pneumonia").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "South" / "pneumonia" / "kind unknown.png"), chest(1))
    shutil.copytree(tmp_path / "North" / "NORMAL", tmp_path / "South" / "normal")
    (tmp_path / "read me.txt").touch()
    north, south = hospitals_in(tmp_path, FINDINGS)
    assert (north.name, len(north.rows)) == ("North", 2 * len(FINDINGS))
    assert (south.name, [row.name for row in south.rows]) == ("South", ["NORMAL", "NORMAL"])
    # To a bundle that does not tell kinds of pneumonia apart, its finding is known.
    _, south = hospitals_in(tmp_path, ("COVID-19", "NORMAL", "PNEUMONIA"))
    assert [row.name for row in south.rows] == ["NORMAL", "NORMAL", "PNEUMONIA"]


def test_a_table_may_name_a_hospitals_films_and_its_photos_of_films_are_none(tmp_path: Path) -> None:
    (tmp_path / "West").mkdir()
    for name in ("film.png", "photo.png"):
        cv2.imwrite(str(tmp_path / "West" / name), chest(1))
    (tmp_path / "West" / "index.csv").write_text(
        "path,finding6,origin,group,film_photo\nfilm.png,TUBERCULOSIS,West,a,\nphoto.png,TUBERCULOSIS,West,b,yes\n"
    )
    (west,) = hospitals_in(tmp_path, FINDINGS)
    assert [row.path.name for row in west.rows] == ["film.png"]


@pytest.mark.parametrize(
    ("folders", "says"),
    [
        ((), "holds no hospital"),
        (("NORMAL",), "wanted .*/HOSPITAL/FINDING/film.png"),
        (("Here/no finding",), "the class 'no finding' is none"),
    ],
)
def test_a_folder_of_no_hospitals_is_told_from_one(tmp_path: Path, folders: tuple[str, ...], says: str) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / folder / "film.png"), chest(1))
    with pytest.raises(DataError, match=says):
        hospitals_in(tmp_path, FINDINGS)
    with pytest.raises(DataError, match="holds no hospital"):
        hospitals_in(tmp_path / "nowhere", FINDINGS)


def test_copies_of_known_films_are_left_out_and_counted_however_they_were_saved(tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    known = film_rows(tmp_path / "known", 4)
    here = tmp_path / "hospitals" / "Here" / "NORMAL"
    here.mkdir(parents=True)
    shutil.copy(known[0].path, here / f"same{known[0].path.suffix}")
    small = cv2.resize(cv2.imread(str(known[1].path), cv2.IMREAD_GRAYSCALE), None, fx=0.5, fy=0.5)
    cv2.imwrite(str(here / "smaller.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 60])
    grain = np.random.default_rng(5).standard_normal((12, 10), dtype=np.float32)
    other = np.clip(chest(77).astype(np.float32) + 40 * cv2.resize(grain, (760, 900)), 0, 255).astype(np.uint8)
    for name in ("another.png", "another again.png"):
        cv2.imwrite(str(here / name), other)
    (one,) = without_copies(hospitals_in(tmp_path / "hospitals", FINDINGS), known)
    assert one.copies == 2
    # Copies among a hospital's own films are its own affair: they were not learnt from.
    assert [row.path.name for row in one.rows] == ["another again.png", "another.png"]
    (here / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.jpg is no readable picture"):
        without_copies(hospitals_in(tmp_path / "hospitals", FINDINGS), known)


def test_small_films_of_one_name_are_each_read(tmp_path: Path) -> None:
    """What a hospital's sub-folders call alike are different films."""
    photo = cv2.imread(str(demo.PHOTOS / "02-normal.jpg"))
    for folder, pixels in (("a", photo), ("b", np.full((200, 200), 128, np.uint8))):
        (tmp_path / "Here" / "NORMAL" / folder).mkdir(parents=True)
        height, width = pixels.shape[:2]
        small = cv2.resize(pixels, (round(310 * width / min(height, width)), round(310 * height / min(height, width))))
        cv2.imwrite(str(tmp_path / "Here" / "NORMAL" / folder / "1.png"), small)
    (one,) = hospitals_in(tmp_path, FINDINGS)
    film, blank = judge_hospital(demo.BUNDLE, one.rows, ("clean",))
    assert film.reading is not None
    assert blank.refusal is not None
    assert blank.refusal.reason.value != "too-small"


def test_every_figure_is_of_all_films_of_a_hospital(bundle: Bundle) -> None:
    here = tuple(replace(one, film=None) for one in judged(bundle, 1))
    rows = tuple(one.row for one in here if one.view == "clean")
    some = tuple(one for one in judged(bundle, 2) if one.row.name == "NORMAL")
    met = [(Hospital("Here", rows, copies=3), here), (Hospital("There", tuple(one.row for one in some)), some)]
    section = never_met(met, bundle)
    assert "made or measured with: 3." in str(section.parts[0])
    figures, said = tables_of([section])
    assert [line[:4] for line in figures.rows] == [
        ("Here", 18, "clean", 0), ("Here", 18, "photo", 1), ("There", 3, "clean", 0), ("There", 3, "photo", 0),
        ("all", 21, "clean", 0), ("all", 21, "photo", 1),
    ]  # fmt: skip
    scores = [
        max(one.reading.scores, key=lambda score: score.value).finding for one in here[: len(rows)] if one.reading
    ]
    assert figures.rows[0][4].value == np.mean([a == row.name for a, row in zip(scores, rows, strict=True)])  # type: ignore[union-attr]
    given = [one.reading.outcome.name for one in here[: len(rows)] if one.reading]
    statements = {one.name: one.findings for one in bundle.statements}
    right = [row.name in statements[a] for a, row in zip(given, rows, strict=True) if a != "UNCERTAIN"]
    assert (figures.rows[0][6], figures.rows[0][7]) == (len(right), f"{np.mean(right):.3f}")
    assert [line[:4] for line in said.rows[-2:]] == [("There", "NORMAL", "clean", 3), ("There", "NORMAL", "photo", 3)]
    assert len(said.rows) == 2 * len(FINDINGS) + 2
    assert all(sum(cell for cell in line[4:] if cell) == EACH for line in said.rows)  # type: ignore[misc]
    assert cell(said, "Here", "photo", "refused") == 1


def test_a_bundle_without_normal_tells_nothing_of_normal_or_not(bundle: Bundle) -> None:
    two = replace(bundle, findings=("COVID-19", "TUBERCULOSIS"))
    some = tuple(one for one in judged(two) if one.row.name == "TUBERCULOSIS")
    met = [(Hospital("Here", retold(tuple(one.row for one in some), two.findings)), some)]
    figures, _ = tables_of([never_met(met, two)])
    assert [line[5] for line in figures.rows] == ["", ""]
    assert in_a_line(met, two).startswith("of 3 such photos, of 1 hospital, ")


def cell(table: Table, hospital: str, view: str, head: str) -> object:
    """The first cell under a head of a hospital's films in a view."""
    (place,) = (at for at, name in enumerate(table.heads) if name == head)
    return next(line[place] for line in table.rows if (line[0], line[2]) == (hospital, view))
