"""The checks of heat maps: Grad-CAM is the class-activation map up to scale, deletion and lungs count what they say."""

from __future__ import annotations

import numpy as np
import pytest

from device.values import Corners, Film, HeatMap, Outcome, OutcomeKind, Reading, Score
from tests.training.recipes import TINY
from training.evidence.heat import correlations, deletion, grad_cam, inside
from training.models import build_model


def test_grad_cam_of_a_member_is_its_class_activation_map_up_to_scale() -> None:
    model = build_model(TINY, 6, None)
    inputs = np.random.default_rng(1).uniform(-1, 1, (5, TINY.side, TINY.side, 1)).astype(np.float32)
    maps = np.asarray(model(inputs, training=False)["maps"])
    found = correlations(grad_cam(model, inputs), maps)
    assert found.shape == (5, 6)
    assert found.min() > 0.999
    # And of another member it is not.
    other = np.asarray(build_model(TINY, 6, None)(inputs, training=False)["maps"])
    assert np.abs(correlations(grad_cam(model, inputs), other)).mean() < 0.9


def test_correlations() -> None:
    ramp = np.arange(6, dtype=float).reshape(1, 2, 3, 1)
    assert correlations(ramp, 3 * ramp + 5) == pytest.approx(1)
    assert correlations(ramp, -ramp) == pytest.approx(-1)
    assert correlations(ramp, np.ones_like(ramp)) == pytest.approx(0)


class BrightCorner:
    """Reads the upper left quarter: the brighter, the surer. Its heat map says so, or points elsewhere."""

    def __init__(self, hot: int) -> None:
        self._hot = hot

    def read(self, film: Film) -> Reading:
        score = float(film.pixels[:40, :40].mean()) / 255
        cells = tuple(float(place == self._hot) for place in range(4))
        return Reading(
            Outcome(OutcomeKind.FINDING, "A", score), (Score("A", score), Score("B", 0.0)), (), 0.0,
            (HeatMap("A", 2, 2, cells), HeatMap("B", 2, 2, (0.0,) * 4)), "bundle",
        )  # fmt: skip


def a_film() -> Film:
    pixels = np.zeros((80, 80), np.uint8)
    pixels[:40, :40] = 255
    return Film(pixels, Corners.of_whole_photo(80, 80))


def test_a_heat_map_that_is_right_is_missed_at_once() -> None:
    # One of four cells is gone from the third of six steps on.
    lots = [deletion(BrightCorner(0), a_film(), np.random.default_rng(seed)) for seed in range(20)]  # type: ignore[arg-type]
    assert [one.hottest_first for one in lots] == pytest.approx([2 / 6] * 20)
    assert np.mean([one.by_lot for one in lots]) > 0.5


def test_a_heat_map_that_points_elsewhere_is_no_better_than_a_lot() -> None:
    lots = [deletion(BrightCorner(3), a_film(), np.random.default_rng(seed)) for seed in range(20)]  # type: ignore[arg-type]
    assert np.mean([one.hottest_first for one in lots]) >= np.mean([one.by_lot for one in lots])


def test_the_share_of_heat_in_the_lungs() -> None:
    lungs = np.zeros((40, 40), bool)
    lungs[:, :20] = True
    even = inside(HeatMap("A", 1, 2, (1.0, 1.0)), lungs)
    assert (even.heat, even.lungs) == (pytest.approx(0.5), 0.5)
    assert inside(HeatMap("A", 1, 4, (1.0, 1.0, 0.0, 0.0)), lungs).heat > 0.9
    assert inside(HeatMap("A", 1, 2, (0.0, 0.0)), lungs).heat == 0.0
