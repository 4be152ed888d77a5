"""One film in two splits: an error where a data set came split so, and no split of ours does it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import pytest

from tests.films import unlike
from training import run
from training.cli import main
from training.data import copies
from training.data.sources import Row
from training.data.split import Split
from training.recipe import FINDINGS
from training.run import make_split, read_split, split_films


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A data set that comes split: seven films of each finding to train on, one to test on, all of them different."""
    for place, finding in enumerate(FINDINGS):
        for number in range(8):
            folder = tmp_path / "films" / ("train" if number else "test") / finding
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{number}.png"), unlike(100 * place + number)[::3, ::3])
    return tmp_path / "films"


def saved_again(path: Path, copy: Path) -> None:
    smaller = cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), None, fx=0.8, fy=0.8)
    cv2.imwrite(str(copy), smaller, [cv2.IMWRITE_JPEG_QUALITY, 70])


def split_as_given(data: Path, folder: Path) -> int:
    return main(["split", str(data), "--as-given", "--run", str(folder)])


@pytest.mark.parametrize("copied", [shutil.copy, saved_again], ids=["same-file", "saved-again"])
def test_a_film_in_two_splits_as_given_is_an_error_that_says_what_to_do(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], copied
) -> None:  # type: ignore[no-untyped-def]
    assert split_as_given(tree, tmp_path / "run") == 0
    before = (tmp_path / "run" / "split.csv").read_bytes()
    film, copy = tree / "train" / "NORMAL" / "3.png", tree / "test" / "NORMAL" / "again.jpg"
    copied(film, copy)
    capsys.readouterr()
    assert split_as_given(tree, tmp_path / "run") == 2
    said = capsys.readouterr().err
    for part in (
        f"1 film lies in two of the splits that {tree} came with",
        f"{copy} and {film}. Wanted every film in one",
        f"filmside-train curate {tree} --out CURATED, then filmside-train split CURATED --as-given",
    ):
        assert part in said
    assert (tmp_path / "run" / "split.csv").read_bytes() == before
    # What it says helps, and a table that a curation left is not looked through again.
    assert main(["curate", str(tree), "--out", str(tmp_path / "curated")]) == 0
    capsys.readouterr()
    assert split_as_given(tmp_path / "curated", tmp_path / "run") == 0
    assert "looking" not in capsys.readouterr().err
    made = read_split(tmp_path / "run")
    assert len(made.train) + len(made.validation) + len(made.test) == 8 * len(FINDINGS)


def test_many_films_in_two_splits_are_counted_and_some_named(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 8):
        shutil.copy(tree / "train" / "NORMAL" / f"{number}.png", tree / "test" / "NORMAL" / f"again-{number}.png")
    assert split_as_given(tree, tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert "7 films lie in two of the splits" in said
    assert said.count("again-") == copies.MOST_TOLD
    assert "; and 2 more. Wanted" in said
    assert not (tmp_path / "run").exists()


def test_copies_within_one_split_as_given_stay_in_it(tree: Path, tmp_path: Path) -> None:
    for finding in FINDINGS:
        for number in range(1, 8):
            film = tree / "train" / finding / f"{number}.png"
            saved_again(film, film.with_name(f"again-{number}.jpg"))
    # Validation is taken out of the films to train on: with every film its copy.
    assert split_as_given(tree, tmp_path / "run") == 0
    made = read_split(tmp_path / "run")
    assert made.validation
    together(made)


def test_no_split_of_films_as_they_are_parts_a_film_from_its_copy(tree: Path, tmp_path: Path) -> None:
    for part in ("train", "test"):
        for film in sorted((tree / part).rglob("*.png")):
            other = tree / ("test" if part == "train" else "train") / film.parent.name
            saved_again(film, other / f"again-{film.stem}.jpg")
    # As `filmside-train run --uncurated` splits them.
    together(make_split(tree, tmp_path / "run", 1))


def together(made: Split) -> None:
    parts = {(row.name, row.path.stem.removeprefix("again-")): set() for part in parts_of(made) for row in part}
    for place, part in enumerate(parts_of(made)):
        for row in part:
            parts[row.name, row.path.stem.removeprefix("again-")].add(place)
    assert {len(places) for places in parts.values()} == {1}


def parts_of(made: Split) -> tuple[tuple[Row, ...], ...]:
    return made.train, made.validation, made.test


def test_films_without_copies_keep_their_groups(tree: Path) -> None:
    made = split_films(tree, 1)
    rows = [row for part in parts_of(made) for row in part]
    assert len(rows) == 8 * len(FINDINGS)
    assert all(row.group == str(row.path.relative_to(tree)) for row in rows)


def table(tree: Path) -> Path:
    """The films as somebody's own table, every film a group of its own."""
    films = sorted(path for path in tree.rglob("*") if path.suffix in (".png", ".jpg"))
    with (tree.parent / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "finding6", "origin", "group", "part"))
        for film in films:
            place = film.relative_to(tree.parent)
            writer.writerow((place, film.parent.name, "A", place, film.parent.parent.name))
    return tree.parent


def test_a_table_that_no_curation_left_is_looked_through_as_given(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert split_as_given(table(tree), tmp_path / "run") == 0
    saved_again(tree / "train" / "NORMAL" / "3.png", tree / "test" / "NORMAL" / "again.jpg")
    assert split_as_given(table(tree), tmp_path / "run") == 2
    assert "1 film lies in two of the splits" in capsys.readouterr().err


def test_a_tables_groups_are_believed_where_films_are_split_by_them(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "with_copies_in_one_group", None)
    made = split_films(table(tree), 1)
    assert all(row.group == str(row.path.relative_to(tree.parent)) for part in parts_of(made) for row in part)


def test_films_without_a_split_are_said_before_they_are_looked_at(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert split_as_given(tree / "train", tmp_path / "run") == 2
    said = capsys.readouterr().err
    assert "films have no split of their own" in said
    assert "looking" not in said


def test_a_file_that_is_no_film_is_named(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "train" / "NORMAL" / "notes.png").write_text("not a picture")
    assert main(["split", str(tree), "--run", str(tmp_path / "run")]) == 2
    assert "notes.png is no readable picture; wanted one as JPEG or PNG" in capsys.readouterr().err
    (tree / "train" / "NORMAL" / "notes.png").unlink()
    data = table(tree)
    (tree / "test" / "NORMAL" / "0.png").unlink()
    assert split_as_given(data, tmp_path / "run") == 2
    assert "0.png; wanted a film as JPEG or PNG. Copy it again, or take out its line" in capsys.readouterr().err
