"""`--ray`: members fitted side by side are, to the bit, those that were fitted one after the other.

On the way two members of three classes go from films to a bundle: what films show besides is left out.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import cv2
import pytest

from device.reading.bundle import load_bundle
from tests.films import unlike
from tests.training.commands import filmside_train
from tests.training.kept_weights import equal, kept_weights
from training.cli import main
from training.recipe import load_recipe

CLASSES = ("COVID-19", "NORMAL", "PNEUMONIA", "EMPHYSEMA")
THREE = CLASSES[:3]
RECIPE = """# Two epochs of a small network.
family = "custom_cnn"
findings = ["COVID-19", "NORMAL", "PNEUMONIA"]
side = 32
channels = 1
fit = "stretch"
tone = "even"
epochs = 2
batch = 4
learning_rate = 0.005
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two members on Ray, `run`, and beside it one after the other, `alone`."""
    folder = tmp_path_factory.mktemp("side_by_side")
    for place, finding in enumerate(CLASSES):
        (folder / "films" / finding).mkdir(parents=True)
        for number in range(5):
            # Films that are no copies of one another, which no split would part.
            film = unlike(10 * place + number, width=380, height=450)
            cv2.imwrite(str(folder / "films" / finding / f"{number}.jpg"), film)
    for seed, name in ((1, "one"), (2, "two")):
        (folder / f"{name}.toml").write_text(f"{RECIPE}seed = {seed}\n")
    recipes = [folder / "one.toml", folder / "two.toml"]
    options = ["--data", folder / "films", "--bundle", folder / "bundle", "--run", folder / "run"]
    # Films so much alike would be taken for copies of one.
    done = filmside_train("run", *recipes, *options, "--uncurated", "--despite-audit", "--ray", timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    (folder / "alone").mkdir()
    shutil.copy(folder / "run" / "split.csv", folder / "alone")
    done = filmside_train("fit", *recipes, "--run", folder / "alone")
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_members_side_by_side_are_those_one_after_the_other(made: Path) -> None:
    recipes = [load_recipe(str(made / f"{name}.toml")) for name in ("one", "two")]
    one, two = (kept_weights(recipe, made / "run") for recipe in recipes)
    for recipe, side_by_side in zip(recipes, (one, two), strict=True):
        assert equal(side_by_side, kept_weights(recipe, made / "alone"))
        records = [(made / run / recipe.name / "fit.json").read_text() for run in ("run", "alone")]
        assert records[0] == records[1]
    assert not equal(one, two), "both members are one: this compares nothing"


def test_three_classes_make_a_bundle_of_three_findings(made: Path) -> None:
    bundle = load_bundle(made / "bundle")
    assert bundle.findings == THREE
    wider = {one.name: one.findings for one in bundle.statements if len(one.findings) > 1}
    assert wider == {"ABNORMAL": ("COVID-19", "PNEUMONIA")}
    assert {member.outputs for member in bundle.members} == {3}
    assert "for 3 findings" in bundle.card
    assert "EMPHYSEMA" not in bundle.card.split("## On the test split")[0]
    # One film in five of each class is to test on, and the fourth class is not asked for.
    assert "3 films of 3 patients" in (made / "run" / "evaluation.md").read_text(encoding="utf-8")


def test_without_ray_it_is_said_how_to_have_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["fit", "custom_cnn", "--run", str(tmp_path), "--ray"]) == 2
    assert "Install it: pip install 'filmside[ray]'" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_a_cluster_that_is_not_there_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    assert main(["fit", "custom_cnn", "--run", str(tmp_path), "--ray", address]) == 2
    assert f"There is no Ray cluster at {address}" in capsys.readouterr().err


def test_what_a_fit_on_ray_raises_is_said_as_it_is_without(made: Path) -> None:
    wrong = made / "wrong.toml"
    wrong.write_text(RECIPE.replace("custom_cnn", "perceptron"))
    done = filmside_train("fit", wrong, "--run", made / "run", "--ray")
    assert done.returncode == 2, done.stderr[-3000:]
    assert "filmside-train: wrong has the family 'perceptron'; wanted one of" in done.stderr
