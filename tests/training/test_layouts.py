"""Known collections: small trees of the same shape are read as what they are, and what is missing is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from training.data.curate import gather
from training.data.layouts import LAYOUTS, NOT_KNOWN, recognised
from training.data.split import split_as_given
from training.recipe import FINDINGS, GROUPS

BY_NAME = {layout.name: layout for layout in LAYOUTS}
PNEUMONIA = GROUPS["PNEUMONIA"]


def touched(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")


def test_the_papers_counts_are_the_papers() -> None:
    six, merged = BY_NAME["six_class"], BY_NAME["merged_21k"]
    parts = Counter(dict.fromkeys(six.parts, 0))
    for (part, _), count in six.counts.items():
        parts[part] += count
    assert parts == {"train": 14_551, "test": 1_737}
    assert sum(merged.counts.values()) == 21_000
    assert sum(BY_NAME["covid19_radiography"].counts.values()) == 3_616 + 10_192 + 6_012 + 1_345
    for layout in LAYOUTS:
        assert set(layout.counts) == {(part, name) for part in layout.parts for name in layout.classes}, layout.name
        assert layout.where
        assert layout.licence


@pytest.mark.parametrize("layout", [one for one in LAYOUTS if one.name != "merged_21k"], ids=lambda one: one.name)
def test_a_tree_of_its_shape_is_recognised_and_counted(layout, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for part in layout.parts:
        for number, name in enumerate(layout.classes):
            folder = tmp_path / part / name.lower() / layout.inside
            touched(*(folder / f"{place}.png" for place in range(number + 1)))
            touched(tmp_path / part / name.lower() / "masks" / "0.txt", folder.parent / "readme.txt")
    found = recognised(tmp_path)
    assert found is layout
    rows, said = gather([tmp_path], FINDINGS, GROUPS)
    wanted = Counter({
        tuple(finding.split("/")): 0 for finding in layout.classes.values()
    })  # fmt: skip
    for number, finding in enumerate(layout.classes.values()):
        wanted[tuple(finding.split("/"))] += (number + 1) * len(layout.parts)
    assert Counter(row.findings for row in rows) == wanted
    assert {row.origin for row in rows} == {layout.name}
    assert len(said) == len(layout.counts)
    (part, name), count = next(iter(layout.counts.items()))
    assert f"{part}/{name}".strip("/") + f" has 1 pictures; its description says {count:,}." in said[0]


def test_masks_beside_the_films_are_no_films(tmp_path: Path) -> None:
    layout = BY_NAME["covid19_radiography"]
    for name in layout.classes:
        touched(tmp_path / name / "images" / "1.png", tmp_path / name / "masks" / "1.png")
    rows, _ = gather([tmp_path], FINDINGS, GROUPS)
    assert [row.path.parent.name for row in rows] == ["images"] * 4


def test_two_collections_of_one_shape_are_told_apart_by_their_counts(tmp_path: Path) -> None:
    layout = BY_NAME["merged_21k"]
    alike = BY_NAME["covid_pneumonia_normal"]
    for name in layout.classes:
        touched(*(tmp_path / name / f"{number}.jpg" for number in range(4600)))
    assert recognised(tmp_path) is layout
    for name in layout.classes:
        for number in range(1700, 4600):
            (tmp_path / name / f"{number}.jpg").unlink()
    assert recognised(tmp_path) is alike


def test_kermanys_file_names_tell_cause_and_child(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        touched(
            tmp_path / part / "NORMAL" / f"IM-011{len(part)}-0001.jpeg",
            tmp_path / part / "PNEUMONIA" / "person12_bacteria_45.jpeg",
            tmp_path / part / "PNEUMONIA" / "person12_virus_6.jpeg",
            tmp_path / part / "PNEUMONIA" / "unnamed.jpeg",
        )
    rows, _ = gather([tmp_path], FINDINGS, GROUPS)
    here = {row.path.name: row for row in rows if row.part == "train"}
    assert here["person12_bacteria_45.jpeg"].findings == ("PNEUMONIA-BACTERIAL",)
    assert here["person12_virus_6.jpeg"].findings == ("PNEUMONIA-VIRAL",)
    assert here["unnamed.jpeg"].findings == PNEUMONIA
    assert here["person12_virus_6.jpeg"].group == "kermany:person12-virus"
    assert here["IM-0115-0001.jpeg"].group == "kermany:IM-0115"
    assert {row.part for row in rows} == {"train", "validation", "test"}


def test_films_of_one_name_in_other_folders_are_of_other_patients(tmp_path: Path) -> None:
    layout = BY_NAME["six_class"]
    for part in layout.parts:
        for name in layout.classes:
            touched(*(tmp_path / part / name.upper() / f"{number}.png" for number in range(1, 5)))
    touched(tmp_path / "train" / "NORMAL" / "more" / "1.png")
    rows, _ = gather([tmp_path], FINDINGS, GROUPS)
    assert len({row.group for row in rows}) == len(rows) == 49
    groups = {row.path.relative_to(tmp_path).as_posix(): row.group for row in rows}
    # However a folder is written here, its films' groups are the same on every machine.
    assert groups["train/NORMAL/1.png"] == "six_class:train/Normal/1.png"
    assert groups["train/NORMAL/more/1.png"] == "six_class:train/Normal/more/1.png"
    made = split_as_given(rows, 1)
    assert (len(made.train) + len(made.validation), len(made.test)) == (25, 24)


def test_a_child_of_kermanys_is_one_patient_in_every_folder_and_unnamed_films_are_several(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        touched(
            tmp_path / part / "NORMAL" / "1.jpeg",
            tmp_path / part / "PNEUMONIA" / "1.jpeg",
            tmp_path / part / "PNEUMONIA" / "person7_virus_1.jpeg",
            tmp_path / part / "NORMAL" / "NORMAL2-IM-0927-0001.jpeg",
        )
    rows, _ = gather([tmp_path], FINDINGS, GROUPS)
    groups = Counter(row.group for row in rows)
    assert groups["kermany:person7-virus"] == groups["kermany:NORMAL2-IM-0927"] == 3
    assert len(groups) == 2 + 2 * 3


def test_a_licence_is_one_that_was_found_or_said_to_be_unknown() -> None:
    assert {layout.licence for layout in LAYOUTS if layout.name != "kermany"} == {NOT_KNOWN}
    assert BY_NAME["kermany"].licence == "CC BY 4.0"
    assert "before passing films on" in NOT_KNOWN
    assert [
        layout.name for layout in LAYOUTS if not layout.where.startswith(("kaggle.com/", "data.mendeley.com/"))
    ] == ["merged_21k"]
