"""Quantiles are numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from device.film.order import medians, quantiles


@pytest.mark.parametrize("size", [1, 2, 3, 40, 41])
def test_medians_are_numpys(size: int) -> None:
    values = np.random.default_rng(size).normal(size=(3, 4, size)).astype(np.float32)
    assert np.array_equal(medians(values), np.median(values, axis=2))
    assert np.array_equal(medians(values, axis=0), np.median(values, axis=0))
    assert np.array_equal(medians(values, keepdims=True), np.median(values, axis=2, keepdims=True))


def test_medians_of_bytes_do_not_overflow() -> None:
    assert medians(np.array([200, 201, 90, 250], np.uint8)) == 200.5


@pytest.mark.parametrize("share", [0.0, 0.08, 0.25, 0.99, 1.0])
@pytest.mark.parametrize("size", [1, 2, 7, 160])
def test_quantiles_are_numpys(size: int, share: float) -> None:
    values = np.random.default_rng(size).normal(size=(5, size)).astype(np.float32)
    assert quantiles(values, share) == pytest.approx(np.quantile(values, share, axis=1), abs=1e-5)
