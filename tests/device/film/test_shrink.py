"""Small copies: what stands where in the picture stands there in the copy."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from device.film.shrink import shrunk
from tests.films import chest


@pytest.mark.parametrize("size", [(1512, 2016), (1001, 777), (403, 299), (400, 300)])
def test_a_small_copy_is_what_one_step_would_give(size: tuple[int, int]) -> None:
    film = cv2.GaussianBlur(chest(1), (0, 0), 4)  # without its grain, which is no question of place
    picture = np.asarray(cv2.resize(film, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    factor = max(size) / 400
    height, width = round(size[0] / factor), round(size[1] / factor)
    copy = shrunk(picture, width, height)
    assert copy.shape == (height, width)
    at_once = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    away = np.abs(copy.astype(int) - at_once).mean()
    one_pixel_off = np.abs(copy[1:, 1:].astype(int) - at_once[:-1, :-1]).mean()
    assert away < 0.3 * one_pixel_off
    # A picture of that size comes back as it is.
    assert np.array_equal(shrunk(copy, width, height), copy)
