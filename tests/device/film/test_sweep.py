"""Faint sides: brought to the line near them that most of their length lies on a step, whatever its direction."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from device.film.sweep import REACH, swept

TRUE = np.array([[80, 60], [320, 75], [305, 250], [70, 235]], np.float32)
SEEN = np.zeros(4, bool)


def faint(step: float, noise: float, seed: int = 0) -> np.ndarray:
    """A film as bright as the room but for patches, here a little brighter and there a little darker."""
    rng = np.random.default_rng(seed)
    patches = np.kron(rng.choice([-step, step], (15, 20)), np.ones((20, 20)))
    mask = np.zeros((300, 400), np.float32)
    cv2.fillConvexPoly(mask, np.round(TRUE * 16 - 8).astype(np.int32), 1.0, cv2.LINE_AA, 4)
    grey = 60 + patches * mask + rng.standard_normal((300, 400)) * noise
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), np.float32)


@pytest.mark.parametrize("off", [(0, 0), (9, -7), (-12, 10)])
@pytest.mark.parametrize("seed", range(3))
def test_a_side_is_brought_to_a_step_of_either_direction(seed: int, off: tuple[int, int]) -> None:
    moved = TRUE + np.array([off, off[::-1], off, off[::-1]], np.float32)
    found = swept(faint(4.0, 1.5, seed), moved, SEEN)
    assert np.abs(found - TRUE).max() < 2.5


def test_of_two_lines_the_nearer_one_is_the_side() -> None:
    soft = faint(4.0, 0.5)
    soft[:, 340:] += 4.0  # another straight edge, within reach of the right side's upper end only
    assert np.abs(swept(soft, TRUE + np.float32(3), SEEN) - TRUE).max() < 2.5


def test_a_side_that_is_not_seen_stays() -> None:
    moved = TRUE + np.float32(8)
    found = swept(faint(4.0, 1.0), moved, np.array([True, True, True, True]))
    assert np.allclose(found, moved, atol=0.01)


def test_without_any_step_nothing_runs_away() -> None:
    found = swept(np.full((300, 400), 60, np.float32), TRUE, SEEN)
    assert np.abs(found - TRUE).max() < 2
    noise = faint(0.0, 2.0)
    assert np.abs(swept(noise, TRUE, SEEN) - TRUE).max() < 1.5 * REACH
