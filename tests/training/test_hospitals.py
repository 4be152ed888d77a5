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
from device.values import UNCERTAIN, Outcome, OutcomeKind, Reading, Reason, Refusal, Score
from tests.films import chest, class_folders, film_rows, unlike
from tests.judged import judged
from training.data.sources import DataError, Row
from training.evaluate import VIEWS, Judgement
from training.evidence.hospitals import Hospital, about, hospitals_in, judge_hospital, strangers
from training.metrics import Figure
from training.recipe import FINDINGS
from training.report.document import Cell, tables_of
from training.report.hospitals import elsewhere, in_a_line


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(demo.BUNDLE)


def test_each_folder_is_a_hospital_and_a_film_of_an_unsure_finding_is_none_of_its_films(tmp_path: Path) -> None:
    class_folders(tmp_path / "North", 2)
    (tmp_path / "South" / "pneumonia").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "South" / "pneumonia" / "kind unknown.png"), chest(1))
    shutil.copytree(tmp_path / "North" / "NORMAL", tmp_path / "South" / "normal")
    for left_behind in (".git", "__MACOSX"):
        (tmp_path / left_behind).mkdir()
    (tmp_path / "about.txt").write_text("Two hospitals,\nmade up.\n")
    north, south = hospitals_in(tmp_path, FINDINGS)
    assert (north.name, len(north.rows), north.unsure) == ("North", 2 * len(FINDINGS), 0)
    assert (south.name, [row.name for row in south.rows], south.unsure) == ("South", ["NORMAL", "NORMAL"], 1)
    # To a bundle that does not tell kinds of pneumonia apart, its finding is known.
    north, south = hospitals_in(tmp_path, ("COVID-19", "NORMAL", "PNEUMONIA"))
    assert [row.name for row in south.rows] == ["NORMAL", "NORMAL", "PNEUMONIA"]
    assert (len(north.rows), north.unsure) == (8, 4)
    assert about(tmp_path) == "Two hospitals, made up."
    assert about(tmp_path / "North") == ""


def test_a_table_may_name_a_hospitals_films_and_a_cameras_photos_are_none(tmp_path: Path) -> None:
    table = tmp_path / "West" / "index.csv"
    table.parent.mkdir()
    cv2.imwrite(str(table.parent / "film.png"), chest(1))
    heads = "path,finding6,origin,group,film_photo"
    table.write_text(f"{heads}\nfilm.png,TUBERCULOSIS,West,a,\nphoto.png,TUBERCULOSIS,West,b,yes\n")
    (west,) = hospitals_in(tmp_path, FINDINGS)
    assert ([row.path.name for row in west.rows], west.photos) == (["film.png"], 1)
    table.write_text(f"{heads}\nphoto.png,TUBERCULOSIS,West,b,yes\n")
    with pytest.raises(DataError, match="no film to read: 1 are photos by a camera, 0 of a finding"):
        hospitals_in(tmp_path, FINDINGS)
    table.write_text(f"{heads}\nnowhere.png,TUBERCULOSIS,West,b,\n")
    with pytest.raises(DataError, match=r"There is no .*nowhere\.png"):
        hospitals_in(tmp_path, FINDINGS)


@pytest.mark.parametrize(
    ("folders", "says"),
    [
        ((), "holds no hospital"),
        (("NORMAL",), "no film to read: 0 are .* wanted .*HOSPITAL/FINDING/film.png"),
        (("Here/no finding",), "the class 'no finding' is none"),
    ],
)
def test_a_folder_of_no_hospitals_is_told_from_one(tmp_path: Path, folders: tuple[str, ...], says: str) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / folder / "film.png"), chest(1))
    with pytest.raises(DataError, match=says):
        hospitals_in(tmp_path, FINDINGS)
    with pytest.raises(DataError, match="nowhere is no folder"):
        hospitals_in(tmp_path / "nowhere", FINDINGS)


def test_copies_of_known_films_are_left_out_and_counted_however_they_were_saved(tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    known = film_rows(tmp_path / "known", 4)
    here = tmp_path / "hospitals" / "Here" / "NORMAL"
    here.mkdir(parents=True)
    shutil.copy(known[0].path, here / f"same{known[0].path.suffix}")
    small = cv2.resize(cv2.imread(str(known[1].path), cv2.IMREAD_GRAYSCALE), None, fx=0.5, fy=0.5)
    cv2.imwrite(str(here / "smaller.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 60])
    other = unlike(77)
    cv2.imwrite(str(here / "another.png"), other)
    cv2.imwrite(str(here / "another again.png"), cv2.resize(other, (152, 180)))
    (one,) = strangers(hospitals_in(tmp_path / "hospitals", FINDINGS), known)
    # Copies among a hospital's own films are its own affair: they were not learnt from.
    assert [row.path.name for row in one.rows] == ["another again.png", "another.png"]
    assert (one.copies, one.small) == (2, 1)
    (here / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.jpg is no readable picture"):
        strangers(hospitals_in(tmp_path / "hospitals", FINDINGS), known)


def test_an_origin_that_was_learnt_from_is_no_strange_hospital(tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    known = tuple(replace(row, origin="KERMANY") for row in film_rows(tmp_path / "known", 1))
    (tmp_path / "hospitals" / "Kermany" / "NORMAL").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "hospitals" / "Kermany" / "NORMAL" / "1.png"), chest(3))
    with pytest.raises(DataError, match="Kermany has films of Kermany, an origin that"):
        strangers(hospitals_in(tmp_path / "hospitals", FINDINGS), known)


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


def said(bundle: Bundle, finding: str, view: str, outcome: str, likeliest: str, patient: str = "") -> Judgement:
    """A film that shows a finding, with the outcome given ("" for a refusal) and the likeliest finding."""
    row = Row(Path("film.png"), (finding,), "", patient)
    if not outcome:
        return Judgement(row, view, None, None, Refusal(Reason.GLARE, "Move the lamp."))
    scores = tuple(Score(name, 0.5 if name == likeliest else 0.1) for name in bundle.findings)
    kind = OutcomeKind.UNCERTAIN if outcome == UNCERTAIN else OutcomeKind.FINDING
    return Judgement(row, view, None, Reading(Outcome(kind, outcome, 0.5), scores, (), 0.1, (), bundle.id), None)


def test_every_figure_is_of_all_films_of_a_hospital(bundle: Bundle) -> None:
    normal, tb = "NORMAL", "TUBERCULOSIS"
    films = [
        (normal, normal, normal), (normal, UNCERTAIN, tb), (tb, tb, tb), (tb, normal, normal), (tb, "", ""),
        (tb, "PNEUMONIA", "PNEUMONIA-VIRAL"),
    ]  # fmt: skip
    here = [said(bundle, *film[:1], view, *film[1:], str(n)) for view in VIEWS for n, film in enumerate(films)]
    there = [said(bundle, tb, view, tb, tb, "0") for view in VIEWS]
    met = [
        (Hospital("Here", tuple(one.row for one in here[:6]), small=2, copies=3, unsure=1), here),
        (Hospital("There", (there[0].row,), photos=4), there),
    ]
    section = elsewhere(met, bundle, "Made up.")
    assert str(section.parts[0]).endswith(
        "Left out: 3 copies of films that the bundle was made or measured with, 4 photos by a camera, 1 films of a "
        "finding that is unsure, or that the bundle does not tell."
    )
    assert section.parts[1] == "Made up."
    figures, told = tables_of([section])
    # Six films: one refused; two named; normal or not right of the first, the third and the last; two of four right.
    assert [cells(line) for line in figures.rows] == [
        *(
            ("Here", 2, 6, view, 1, pytest.approx(2 / 6), pytest.approx(3 / 6), 4, pytest.approx(2 / 4))
            for view in VIEWS
        ),
        *(("There", 0, 1, view, 0, 1.0, 1.0, 1, 1.0) for view in VIEWS),
        *(
            ("all", 2, 7, view, 1, pytest.approx(3 / 7), pytest.approx(4 / 7), 5, pytest.approx(3 / 5))
            for view in VIEWS
        ),
    ]
    assert told.heads == ("hospital", "shown", "view", "films", normal, tb, "PNEUMONIA", UNCERTAIN, "refused")
    assert told.rows[::2] == (
        ("Here", normal, "clean", 2, 1, "", "", 1, ""),
        ("Here", tb, "clean", 4, 1, 1, 1, "", 1),
        ("There", tb, "clean", 1, "", 1, "", "", ""),
    )
    assert in_a_line(met, bundle) == (
        "of 7 rendered photos of films of 2 hospitals, 5 were given an outcome, and 60% of these were right"
    )


def test_a_patients_films_stand_together_but_not_with_another_hospitals(bundle: Bundle) -> None:
    def width(*patients: str) -> float:
        shown = ["TUBERCULOSIS", "NORMAL"] * 10
        judged = [
            said(bundle, "TUBERCULOSIS", view, UNCERTAIN, name, patient)
            for view in VIEWS
            for name, patient in zip(shown, patients, strict=True)
        ]
        met = [(Hospital("Here", (judged[0].row,)), judged[:10] + judged[20:30])]
        met.append((Hospital("There", (judged[0].row,)), judged[10:20] + judged[30:]))
        figures, _ = tables_of([elsewhere(met, bundle)])
        named = figures.rows[-1][5]
        assert isinstance(named, Figure)
        return named.high - named.low

    apart = [str(number) for number in range(20)]
    # Numbered anew in each hospital, they are as many patients; two by two, right and wrong, they are no chance at all.
    assert width(*apart) == width(*(str(number % 10) for number in range(20))) > 0.2
    assert width(*(str(number // 2) for number in range(20))) == 0


def test_a_bundle_without_normal_tells_nothing_of_normal_or_not(bundle: Bundle) -> None:
    two = replace(bundle, findings=("COVID-19", "TUBERCULOSIS"))
    some = tuple(one for one in judged(two) if one.row.name == "TUBERCULOSIS")
    met = [(Hospital("Here", tuple(one.row for one in some)), some)]
    figures, _ = tables_of([elsewhere(met, two)])
    assert [line[6] for line in figures.rows] == ["", ""]
    assert in_a_line(met, two).startswith("of 3 rendered photos of films of 1 hospital, ")


def test_nothing_given_is_nothing_right(bundle: Bundle) -> None:
    silent = [said(bundle, "NORMAL", view, UNCERTAIN, "NORMAL") for view in VIEWS]
    met = [(Hospital("Here", (silent[0].row,)), silent)]
    figures, _ = tables_of([elsewhere(met, bundle)])
    assert [line[7:] for line in figures.rows] == [(0, "")] * 2
    assert in_a_line(met, bundle) == "of 1 rendered photos of films of 1 hospital, 0 were given an outcome"


def cells(line: tuple[Cell, ...]) -> tuple[object, ...]:
    """A table's line, of figures their value."""
    return tuple(one.value if isinstance(one, Figure) else one for one in line)
