"""Films on disk to one table, and the table split by patient."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from training.data.sources import DataError, Row, learned_from_children, load_table
from training.data.split import Split, check_no_overlap, leave_out, split, split_as_given

FINDINGS = ("COVID-19", "NORMAL", "PNEUMONIA-VIRAL", "PNEUMONIA-BACTERIAL")
GROUPS = {"PNEUMONIA": ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL")}


def tree(folder: Path, *classes: str) -> Path:
    for name in classes:
        (folder / name).mkdir(parents=True)
        (folder / name / "a.jpg").write_bytes(b"film")
    return folder


def test_a_folder_per_class_is_a_table(tmp_path: Path) -> None:
    tree(tmp_path, "covid-19", "Normal", "PNEUMONIA_VIRAL", "pneumonia bacterial", "Pneumonia")
    (tmp_path / "Normal" / "notes.txt").write_text("not a film")
    (tmp_path / "Normal" / "deeper").mkdir()
    (tmp_path / "Normal" / "deeper" / "b.PNG").write_bytes(b"film")
    rows = load_table(tmp_path, FINDINGS, GROUPS)
    assert {str(row.path.relative_to(tmp_path)): row.findings for row in rows} == {
        "Normal/a.jpg": ("NORMAL",),
        "Normal/deeper/b.PNG": ("NORMAL",),
        "Pneumonia/a.jpg": ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL"),
        "PNEUMONIA_VIRAL/a.jpg": ("PNEUMONIA-VIRAL",),
        "covid-19/a.jpg": ("COVID-19",),
        "pneumonia bacterial/a.jpg": ("PNEUMONIA-BACTERIAL",),
    }
    assert len({row.group for row in rows}) == len(rows)


def test_a_tree_that_is_split_already_is_taken_as_one(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        tree(tmp_path / part, *FINDINGS)
    assert len(load_table(tmp_path, FINDINGS, GROUPS)) == 12


def test_an_unknown_class_is_named(tmp_path: Path) -> None:
    tree(tmp_path, *FINDINGS, "SILICOSIS")
    with pytest.raises(DataError, match=r"the class 'SILICOSIS' is none that the recipe knows; wanted one of COVID-19"):
        load_table(tmp_path, FINDINGS, GROUPS)


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    tree(tmp_path, *FINDINGS[:2])
    (tmp_path / FINDINGS[2]).mkdir()
    with pytest.raises(DataError, match=r"has no film of PNEUMONIA-VIRAL, PNEUMONIA-BACTERIAL; wanted at least one"):
        load_table(tmp_path, FINDINGS, GROUPS)


def test_a_group_alone_does_not_stand_for_its_findings(tmp_path: Path) -> None:
    tree(tmp_path, *FINDINGS[:2], "PNEUMONIA")
    with pytest.raises(DataError, match="has no film of PNEUMONIA-VIRAL, PNEUMONIA-BACTERIAL"):
        load_table(tmp_path, FINDINGS, GROUPS)


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no .*nowhere; wanted a folder of films or a CSV table"):
        load_table(tmp_path / "nowhere", FINDINGS, GROUPS)


def table(folder: Path, lines: list[dict[str, str]]) -> Path:
    path = folder / "index.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return path


LINE = {"path": "films/1.jpg", "finding6": "NORMAL", "finding3": "", "origin": "A", "group": "p1", "film_photo": "no"}


def test_a_csv_table_is_a_table(tmp_path: Path) -> None:
    lines = [LINE | {"finding6": finding, "group": finding} for finding in FINDINGS]
    lines += [LINE | {"finding6": "", "finding3": "PNEUMONIA"}, LINE | {"finding6": ""}, LINE | {"film_photo": "yes"}]
    rows = load_table(table(tmp_path, lines).parent, FINDINGS, GROUPS)
    assert [row.name for row in rows] == [*FINDINGS, "PNEUMONIA-BACTERIAL/PNEUMONIA-VIRAL", "NORMAL"]
    assert [row.photo for row in rows] == [False] * 5 + [True]
    assert rows[0] == Row(tmp_path / "films/1.jpg", ("COVID-19",), "A", "COVID-19")


@pytest.mark.parametrize("gone", ["path", "finding6", "origin", "group"])
def test_a_missing_column_is_named(tmp_path: Path, gone: str) -> None:
    path = table(tmp_path, [{key: value for key, value in LINE.items() if key != gone}])
    with pytest.raises(DataError, match=rf"index\.csv lacks the columns {gone}; it has .*\. Add them\."):
        load_table(path, FINDINGS, GROUPS)


def test_an_unknown_class_in_a_csv_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"index\.csv: the class 'GOUT' is none"):
        load_table(table(tmp_path, [LINE | {"finding6": "GOUT"}]), FINDINGS, GROUPS)


def some_rows(patients: int = 200, films: int = 3) -> tuple[Row, ...]:
    return tuple(
        Row(Path(f"{patient}-{film}.jpg"), (FINDINGS[patient % 3],), "AB"[patient % 2], f"p{patient}")
        for patient in range(patients)
        for film in range(1 + patient % films)
    )


def groups(rows: tuple[Row, ...]) -> set[str]:
    return {row.group for row in rows}


def test_no_patient_lies_in_two_splits_and_nobody_is_lost() -> None:
    rows = some_rows()
    made = split(rows, seed=1)
    assert not groups(made.train) & groups(made.validation)
    assert not groups(made.train) & groups(made.test)
    assert not groups(made.validation) & groups(made.test)
    assert sorted([*made.train, *made.validation, *made.test], key=str) == sorted(rows, key=str)
    assert made.photos == ()


def test_every_class_and_origin_is_split_alike() -> None:
    made = split(some_rows(600, films=1), seed=1)
    for finding in FINDINGS[:3]:
        for origin in "AB":
            counts = [
                sum(row.name == finding and row.origin == origin for row in part)
                for part in (made.train, made.validation, made.test)
            ]
            assert counts == [70, 15, 15]


def test_the_seed_alone_decides() -> None:
    rows = some_rows()
    assert split(rows, seed=1) == split(rows[::-1], seed=1)
    assert split(rows, seed=1) != split(rows, seed=2)


def test_photos_of_films_and_their_patients_never_train() -> None:
    rows = tuple(replace(row, photo=row.path.name.endswith("-1.jpg")) for row in some_rows())
    with_photo = {row.group for row in rows if row.photo}
    assert len(with_photo) > 50
    made = split(rows, seed=1)
    assert not with_photo & groups(made.train)
    assert not with_photo & groups(made.validation)
    assert all(row.photo for row in made.photos)
    assert len(made.photos) == sum(row.photo for row in rows)
    assert not any(row.photo for row in made.test)
    assert with_photo <= groups(made.test)


def given(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Split as a data set might come: every fourth patient to test on."""
    return tuple(replace(row, part="test" if int(row.group[1:]) % 4 == 0 else "train") for row in rows)


def test_a_data_sets_own_split_is_kept_and_validation_taken_from_training() -> None:
    rows = given(some_rows())
    made = split_as_given(rows, seed=1)
    assert set(made.test) == {row for row in rows if row.part == "test"}
    assert set(made.train) | set(made.validation) == {row for row in rows if row.part == "train"}
    assert not groups(made.train) & groups(made.validation)
    assert 0.10 < len(made.validation) / (len(made.train) + len(made.validation)) < 0.18
    whole = tuple(replace(row, part="validation") if row in set(made.validation) else row for row in rows)
    assert set(split_as_given(whole, seed=2).validation) == {row for row in whole if row.part == "validation"}


def test_a_patient_in_two_of_its_own_splits_is_an_error() -> None:
    rows = given(some_rows())
    moved = (replace(rows[1], part="test"), *rows[2:])
    with pytest.raises(DataError, match=r"The group p1 \(.*\) is in train and in test; wanted it in one split"):
        split_as_given((*moved, replace(rows[1], path=Path("again.jpg"), part="train")), seed=1)


def test_films_without_a_split_of_their_own_are_said() -> None:
    with pytest.raises(DataError, match=r"films have no split of their own .*leave --as-given out"):
        split_as_given(some_rows(), seed=1)


def test_an_origin_left_out_is_the_test_and_none_of_its_patients_is_learnt_from() -> None:
    rows = some_rows()
    # One patient of B was also filmed by A, and one of A has a real film photo.
    rows = (
        *rows,
        replace(rows[0], path=Path("again.jpg"), origin="B"),
        replace(rows[5], path=Path("x.jpg"), photo=True),
    )
    made = leave_out(rows, ("B",), seed=1)
    assert {row.origin for row in made.test} == {"B"}
    assert len(made.test) == sum(row.origin == "B" and not row.photo for row in rows)
    learnt = groups(made.train) | groups(made.validation)
    assert not learnt & groups(made.test)
    assert not learnt & groups(made.photos)
    assert {row.origin for row in made.train} == {row.origin for row in made.validation} == {"A"}
    assert [row.path.name for row in made.photos] == ["x.jpg"]


def test_one_finding_of_an_origin_is_left_out_and_its_others_are_learnt_from() -> None:
    rows = some_rows()
    finding = rows[0].name
    made = leave_out(rows, (f"{finding}@A", "B"), seed=1)
    assert {(row.name == finding, row.origin) for row in made.test} >= {(True, "A"), (True, "B"), (False, "B")}
    assert not [row for row in made.test if row.origin == "A" and row.name != finding]
    assert {row.origin for row in made.train} == {"A"}
    assert finding not in {row.name for row in (*made.train, *made.validation)}
    assert not (groups(made.train) | groups(made.validation)) & groups(made.test)


def test_findings_that_only_children_have_are_told() -> None:
    def row(finding: str, origin: str) -> Row:
        return Row(Path(f"{finding}-{origin}.png"), (finding,), origin, "g")

    rows = (row("NORMAL", "Kermany"), row("NORMAL", "B"), row("PNEUMONIA-VIRAL", "kermany"), row("TUBERCULOSIS", "B"))
    findings = ("COVID-19", "NORMAL", "PNEUMONIA-VIRAL", "TUBERCULOSIS")
    assert learned_from_children(rows, findings) == ("PNEUMONIA-VIRAL",)
    few = (*(row("PNEUMONIA-VIRAL", "Kermany") for _ in range(19)), row("PNEUMONIA-VIRAL", "Cohen"))
    assert learned_from_children(few, findings) == ("PNEUMONIA-VIRAL",)
    assert learned_from_children(few[1:], findings) == ()


def test_an_origin_that_is_none_is_said() -> None:
    with pytest.raises(DataError, match=r"No film is of the origin 'C'; wanted an origin, .* out of .*@A"):
        leave_out(some_rows(), ("C",), seed=1)


def test_an_overlap_is_an_error_that_names_the_film() -> None:
    row = some_rows()[0]
    with pytest.raises(DataError, match=r"The group p0 \(0-0\.jpg\) is in train and in test; wanted it in one split"):
        check_no_overlap(Split((row,), (), (row,), ()))
