"""The fit that keeps a running mean of its weights: what the mean is, what is kept of it, and after a kill."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.films import class_folders
from tests.training.kept_weights import equal, kept_weights, killed_at_batch
from tests.training.recipes import TINY
from training import fit as fits
from training import run as steps
from training.data.sources import DataError
from training.fit import Judged
from training.kept import epochs_of
from training.mean import RunningMean
from training.recipe import Recipe, load_recipe
from training.run import fit_member, make_split

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""TensorFlow's variables and numpy 2, inside Keras."""

PLAIN = replace(TINY, consistency=1.0)
THEN = replace(PLAIN, mean_epochs=2, mean_rate=0.004)


def test_the_mean_keeps_its_share_at_each_step_and_gives_the_model_its_own_weights_back() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.BatchNormalization()])
    before = [np.array(weight) for weight in model.get_weights()]
    mean = RunningMean(model, 0.75)
    model.set_weights([weight + 4 for weight in before])
    mean.follow()
    model.set_weights([weight + 8 for weight in before])
    mean.follow()
    with pytest.raises(KeyboardInterrupt), mean.in_place():
        # 0, then 1 = 0.75 * 0 + 0.25 * 4, then 2.75 = 0.75 * 1 + 0.25 * 8; the batch norm's statistics too.
        for weight, first in zip(model.get_weights(), before, strict=True):
            np.testing.assert_allclose(weight, first + 2.75, rtol=1e-6)
        raise KeyboardInterrupt
    for weight, first in zip(model.get_weights(), before, strict=True):
        np.testing.assert_allclose(weight, first + 8, rtol=1e-6)


def test_it_is_the_mean_that_is_judged_and_kept_and_the_same_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = class_folders(tmp_path / "films", 5)
    make_split(films, tmp_path / "one", 1)
    fit_member(PLAIN, tmp_path / "one", None)
    first = kept_weights(THEN, tmp_path / "one")
    judged: list[list[np.ndarray]] = []
    last: list[list[np.ndarray]] = []
    judge, in_place = fits.balanced_accuracy, RunningMean.in_place

    def watched_judge(model: keras.Model, films: Judged) -> float:
        judged.append(model.get_weights())
        return judge(model, films)

    def watched_mean(mean: RunningMean):  # type: ignore[no-untyped-def]
        last.append([weight.numpy() for weight in mean.weights])
        return in_place(mean)

    monkeypatch.setattr(fits, "balanced_accuracy", watched_judge)
    monkeypatch.setattr(RunningMean, "in_place", watched_mean)
    fit_member(THEN, tmp_path / "one", None)
    record = json.loads((tmp_path / "one" / "tiny" / "mean" / "fit.json").read_text())
    assert [record["recipe"][name] for name in ("learning_rate", "running_mean", "epochs")] == [0.004, 0.999, 2]
    assert epochs_of(tmp_path / "one" / "tiny")[-2:] == record["history"]
    after = kept_weights(THEN, tmp_path / "one")
    assert not equal(first, after)
    assert any(all(np.array_equal(a, b) for a, b in zip(seen, after, strict=True)) for seen in judged)
    # A mean that keeps 0.999 a step has hardly moved, where the last step's own weights have.
    moved, own = (
        max(float(np.abs(a - b).max()) for a, b in zip(first, others, strict=True)) for others in (after, last[-1])
    )
    assert moved < own / 20

    make_split(films, tmp_path / "two", 1)
    asked = killed_at_batch(11, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fit_member(THEN, tmp_path / "two", None)
    assert asked[-1].running_mean == 0.999, "the first fit was killed, not the one that keeps a mean"
    fit_member(THEN, tmp_path / "two", None)
    assert equal(kept_weights(THEN, tmp_path / "two"), after)


def test_of_a_copied_member_only_what_is_still_wanted_is_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = class_folders(tmp_path / "films", 5)
    for name in ("one", "two"):
        make_split(films, tmp_path / name, 1)
    fit_member(PLAIN, tmp_path / "one", None)
    (tmp_path / "two" / "tiny").mkdir()
    for name in ("best.weights.h5", "fit.json"):
        shutil.copy(tmp_path / "one" / "tiny" / name, tmp_path / "two" / "tiny" / name)
    fitted: list[Recipe] = []

    def watched(recipe: Recipe, model: keras.Model, _make: object, _steps: int, _judge: object, own: Path) -> None:
        fitted.append(recipe)
        own.mkdir()
        assert equal(model.get_weights(), kept_weights(PLAIN, tmp_path / "one"))

    monkeypatch.setattr(steps, "fit", watched)
    fit_member(THEN, tmp_path / "two", None)
    assert fitted == [THEN.later["mean"]]


@pytest.mark.parametrize(("reached", "kept"), [(0.5, False), (0.795, True), (0.9, True)])
def test_a_mean_that_reads_worse_than_before_is_not_kept_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: float, kept: bool
) -> None:
    films = class_folders(tmp_path / "films", 5)
    make_split(films, tmp_path, 1)
    said = iter([0.8, reached])  # of two epochs the last one alone is judged
    monkeypatch.setattr(steps, "by_balanced_accuracy", lambda _judged: lambda _model: next(said))
    fit_member(PLAIN, tmp_path, None)
    before = kept_weights(THEN, tmp_path)
    model = fit_member(THEN, tmp_path, None)
    assert equal(kept_weights(THEN, tmp_path), before) != kept
    assert equal(model.get_weights(), kept_weights(THEN, tmp_path))
    log = (tmp_path / "tiny" / "mean" / "fit.log").read_text()
    assert ("the running mean is not kept: validation 0.500, 0.800 before" in log) != kept
    # Called again it comes to the same.
    assert equal(fit_member(THEN, tmp_path, None).get_weights(), model.get_weights())


@pytest.mark.parametrize("change", ["", "mean_rate = 0.1\nrunning_mean = 0.9"])
def test_a_mean_that_cannot_be_had_is_said(tmp_path: Path, change: str) -> None:
    given = {"name", "mean_epochs", "mean_rate", "running_mean"}
    text = "\n".join(
        f"{field.name} = {json.dumps(getattr(TINY, field.name))}" for field in fields(TINY) if field.name not in given
    )
    (tmp_path / "one.toml").write_text(f"{text}\nmean_epochs = 2\n{change}\n")
    with pytest.raises(DataError, match="mean_epochs 2; give mean_rate too, and no running_mean"):
        load_recipe(str(tmp_path / "one.toml"))
