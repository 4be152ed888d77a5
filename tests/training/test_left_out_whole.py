"""A place left out whole: the page is what the kept answers say, and every film of the place is read in every view."""

from __future__ import annotations

import csv
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from device import demo
from tests.training.pages import BENCHMARKS, benchmark, printed
from training.data.sources import Row
from training.data.split import Split
from training.recipe import FINDINGS, load_recipe


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return benchmark("left_out_whole", monkeypatch)


def film(findings: tuple[str, ...], path: Path = Path("film.jpg")) -> Row:
    return Row(path, findings, "Here", "patient 7", "", "")


def test_the_page_has_what_the_kept_answers_say() -> None:
    page = (BENCHMARKS / "left_out.md").read_text(encoding="utf-8")
    (folder,) = (BENCHMARKS / "left_out" / "whole").iterdir()
    assert folder.name == "mobilenet_035-24-more"
    places = sorted(path.stem for path in folder.glob("*.csv"))
    assert len(places) >= 2
    assert printed("left_out_whole.py", "--learn-from", "MORE", "--places", *places).strip() in page


def test_a_film_is_read_in_every_view_by_both_and_its_patient_is_kept(whole: ModuleType, tmp_path: Path) -> None:
    photo = next(path for path in sorted(demo.PHOTOS.glob("*normal.jpg")))
    made = Split((), (), (film(("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL"), photo),), ())
    recipe = load_recipe("six_class_paper")
    whole.read_place(made, BENCHMARKS.parent / "training" / "fitted", recipe, [recipe], tmp_path / "Here.csv")
    with (tmp_path / "Here.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["view"] for line in lines] == list(whole.SEEN)
    for line in lines:
        assert (line["group"], line["finding"]) == ("patient 7", "PNEUMONIA")
        ours, theirs = ([float(line[f"{who}: {one}"]) for one in FINDINGS] for who in ("Filmside", "plain recipe"))
        assert ours == theirs
        assert line["outcome"] == FINDINGS[int(np.argmax(ours))]
    # Without lungs it is another picture.
    assert lines[0]["Filmside: NORMAL"] != lines[2]["Filmside: NORMAL"]


def test_a_finding_without_films_to_learn_from_has_no_score_and_a_refused_film_none_at_all(
    whole: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = whole.learnable(Split(tuple(film((one,)) for one in FINDINGS if one != "EMPHYSEMA"), (), (), ()))
    assert known == tuple(one for one in FINDINGS if one != "EMPHYSEMA")
    told = np.array([[0.1, 0.2, 0.3, 0.15, 0.25], [np.nan] * 5])
    read, refused = benchmark("mean_readers", monkeypatch).placed(told, known)
    assert dict(zip(FINDINGS, read, strict=True)) == dict(zip(known, told[0], strict=True)) | {"EMPHYSEMA": 0.0}
    assert np.isnan(refused).all()
