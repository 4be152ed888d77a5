"""A recipe's findings: what its members tell apart, what films show in those words, and what goes together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from device import demo
from device.reading.bundle import load_bundle
from tests.training.recipes import TINY
from training import readers
from training.cli import main
from training.data.sources import DataError, Row
from training.findings import findings_of, groups_among, learnt_by, retold
from training.recipe import FINDINGS, GROUPS, load_recipe, recipes_folder
from training.run import SPLIT_COLUMNS

THREE = ("COVID-19", "NORMAL", "PNEUMONIA")


def rows(*shown: str) -> tuple[Row, ...]:
    return tuple(Row(Path(f"{place}.jpg"), tuple(one.split("/")), "", str(place)) for place, one in enumerate(shown))


EVERY = rows(*FINDINGS, "PNEUMONIA-BACTERIAL/PNEUMONIA-VIRAL")


def told(findings: tuple[str, ...]) -> list[str]:
    return [f"{row.path.stem} {row.name}" for row in retold(EVERY, findings)]


def test_a_recipe_of_all_findings_leaves_films_as_they_are() -> None:
    assert retold(EVERY, FINDINGS) == EVERY


def test_a_named_group_of_findings_can_be_one_finding() -> None:
    assert told(THREE) == ["0 COVID-19", "2 NORMAL", "3 PNEUMONIA", "4 PNEUMONIA", "6 PNEUMONIA"]
    assert told(("NORMAL", "ABNORMAL")) == [f"{place} {'' if place == 2 else 'AB'}NORMAL" for place in range(7)]


def test_a_film_that_may_show_something_else_is_left_out() -> None:
    assert told(("NORMAL", "PNEUMONIA-VIRAL")) == ["2 NORMAL", "4 PNEUMONIA-VIRAL"]


def test_films_of_which_only_the_group_is_known_are_learnt_from_where_the_recipe_takes_them() -> None:
    assert learnt_by(replace(TINY, groups_too=True), EVERY) == EVERY
    assert learnt_by(replace(TINY, groups_too=False), EVERY) == EVERY[:-1]
    # To who tells no kinds apart they show a finding like any other.
    assert len(learnt_by(replace(TINY, groups_too=False, findings=THREE), EVERY)) == 5


def test_groups_are_made_of_the_findings_that_there_are() -> None:
    assert groups_among(FINDINGS) == GROUPS
    assert groups_among(THREE) == {"ABNORMAL": ("COVID-19", "PNEUMONIA")}
    assert groups_among(("NORMAL", "ABNORMAL")) == {}
    assert groups_among(("PNEUMONIA-VIRAL", "PNEUMONIA-BACTERIAL")) == {}, "a group of all says nothing"


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        (
            '["NORMAL", "SILICOSIS", "GOUT"]',
            r"names 'SILICOSIS', 'GOUT' among its findings, .* known are COVID-19, EMPH",
        ),
        ('["PNEUMONIA", "PNEUMONIA-VIRAL"]', "no film to show two of them"),
        ('["NORMAL", "NORMAL"]', "no film to show two of them"),
        ('["NORMAL"]', "wanted two or more"),
    ],
)
def test_findings_that_no_member_can_tell_apart_are_said(tmp_path: Path, findings: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((recipes_folder() / "custom_cnn.toml").read_text(encoding="utf-8") + f"findings = {findings}\n")
    with pytest.raises(DataError, match=message):
        load_recipe(str(path))


def test_members_of_one_bundle_tell_the_same_findings_apart() -> None:
    three = replace(TINY, name="three", findings=THREE)
    assert findings_of([three]) == findings_of([three, replace(three, name="other")]) == THREE
    with pytest.raises(DataError, match=r"tiny tells COVID-19, EMPHYSEMA, .* apart, three COVID-19, NORMAL, PNEUMONIA"):
        findings_of([TINY, three])
    with pytest.raises(DataError, match="tiny is named more than once"):
        findings_of([TINY, TINY])


@pytest.mark.parametrize(
    "command",
    [
        ["run", "custom_cnn", "three_class_custom_cnn", "--data", "nowhere", "--bundle", "nowhere"],
        ["pack", "nowhere", "--members", "custom_cnn", "three_class_custom_cnn"],
    ],
)
def test_a_mixture_is_refused_before_anything_is_done(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "wanted the same findings in the same order of every member of a bundle" in said


def test_a_yardstick_of_other_findings_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "split.csv").write_text(",".join(SPLIT_COLUMNS) + "\n", encoding="utf-8")
    command = ["evaluate", str(demo.BUNDLE), "--yardstick", "three_class_custom_cnn", "--run", str(tmp_path)]
    assert main(command) == 2
    assert "The yardstick three_class_custom_cnn tells COVID-19, NORMAL, PNEUMONIA apart" in capsys.readouterr().err


def test_a_yardstick_does_not_take_a_members_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = (recipes_folder() / "custom_cnn.toml").read_text(encoding="utf-8").replace("seed", "# seed") + "seed = 77\n"
    (tmp_path / "custom_cnn.toml").write_text(other, encoding="utf-8")
    command = ["run", "custom_cnn", "--data", "nowhere", "--bundle", "nowhere", "--run", str(tmp_path / "run")]
    assert main([*command, "--yardstick", str(tmp_path / "custom_cnn.toml")]) == 2
    assert "custom_cnn is named more than once" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--hospitals", "--lung-masks", "--references", "--learn-from", "--left-out"])
def test_what_is_wanted_after_hours_is_looked_for_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    command = ["run", "custom_cnn", "--data", str(tmp_path), "--bundle", "nowhere", "--run", str(tmp_path / "run")]
    assert main([*command, option, str(tmp_path / "gone")]) == 2
    assert f"There is no {tmp_path / 'gone'}" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_plain_recipe_is_unsure_as_its_paper_has_it() -> None:
    bundle, plain = load_bundle(demo.BUNDLE), load_recipe("six_class_paper")
    statements = readers._statements(plain, bundle)
    scores = {"clean": np.array([[0.1, 0, 0.59, 0.31, 0, 0], [0.1, 0, 0.61, 0.29, 0, 0], [np.nan] * 6])}
    assert readers._said(scores, FINDINGS, statements) == {"clean": ("UNCERTAIN", "NORMAL", readers.REFUSED)}
    # A recipe that does not say is unsure as the bundle is.
    assert readers._statements(load_recipe("custom_cnn"), bundle) == bundle.statements


def test_the_three_class_papers_numbers_are_in_its_recipes() -> None:
    papers = {recipe.name: recipe for recipe in map(load_recipe, (f"three_class_{name}" for name in (
        "mobilenet", "resnet50", "resnet152", "custom_cnn", "vit",
    )))}  # fmt: skip
    vit = papers.pop("three_class_vit")
    assert {recipe.findings for recipe in (vit, *papers.values())} == {THREE}
    assert {(one.side, one.epochs, one.batch, one.learning_rate) for one in papers.values()} == {(100, 100, 32, 1e-4)}
    assert (vit.side, vit.patch, vit.layers, vit.epochs, vit.batch, vit.learning_rate) == (72, 3, 8, 100, 16, 1e-4)
    assert findings_of(list(papers.values())) == THREE
