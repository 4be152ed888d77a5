"""A fitted member's int8 file is made by its recipe: tuned where it asks for that, on what the member meets in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.films import class_folders
from tests.training.recipes import TINY
from training import at_int8 as of_run
from training.at_int8 import AT_ONCE, at_int8
from training.quantise.tune import Tuning
from training.run import calibration_inputs, fit_member, make_split

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""TensorFlow's variables and numpy 2, inside Keras."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_split(class_folders(folder / "films", 5), folder / "run", 1)
    return folder / "run"


@pytest.fixture(scope="module")
def model(run: Path) -> keras.Model:
    return fit_member(TINY, run, None)


def test_every_step_has_films_of_its_own_and_a_mirrored_member_half_of_them_mirrored(
    run: Path, model: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Tuning | None] = []
    monkeypatch.setattr(of_run, "to_int8", lambda model, films, tuning: given.append(tuning) or b"")
    for mirrored in (False, True):
        at_int8(replace(TINY, int8_steps=7, mirrored=mirrored), model, run)
    at_int8(TINY, model, run)
    plain, both, none = given
    assert none is None, "this recipe has no steps"
    assert plain is not None
    assert both is not None
    assert plain.steps == both.steps == 7
    draws = [plain.draw(number) for number in range(2)]
    assert draws[0].shape == (AT_ONCE, TINY.side, TINY.side, TINY.channels)
    assert not np.array_equal(*draws)
    assert not np.array_equal(draws[0], calibration_inputs(TINY, run, AT_ONCE))
    assert np.array_equal(plain.draw(1), draws[1]), "a number draws the same again"
    assert np.array_equal(both.draw(0), draws[0])
    assert np.array_equal(both.draw(1), draws[1][:, :, ::-1])
