"""Heat maps, films and thumbnails as pictures."""

from __future__ import annotations

import cv2
import numpy as np

from device.reading.heatmap import OVERLAY_SIDE, film_jpeg, overlay_png, thumbnail_jpeg
from device.values import HeatMap


def decoded(encoded: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture


def one_hot(row: int, column: int, value: float = 1.0) -> HeatMap:
    cells = np.zeros((5, 5))
    cells[row, column] = value
    return HeatMap("TUBERCULOSIS", 5, 5, tuple(float(cell) for cell in cells.ravel()))


def test_hot_place_covers_and_cold_is_clear() -> None:
    overlay = decoded(overlay_png(one_hot(1, 3), 500, 400, side=640))
    assert overlay.shape == (400, 500, 4)
    row, column = (places.mean() for places in np.nonzero(overlay[..., 3] == overlay[..., 3].max()))
    assert abs(row - 120) < 25
    assert abs(column - 350) < 25
    assert overlay[350, 50, 3] == 0


def test_smooth_without_cell_edges() -> None:
    alpha = decoded(overlay_png(one_hot(2, 2), 500, 500, side=640))[..., 3].astype(int)
    assert np.abs(np.diff(alpha, axis=1)).max() < 12


def test_weak_map_stays_weak() -> None:
    strong, weak = (decoded(overlay_png(one_hot(2, 2, value), 300, 300))[..., 3].max() for value in (1.0, 0.3))
    assert weak < strong / 3


def test_shape_follows_the_film_and_stays_small() -> None:
    height, width = decoded(overlay_png(one_hot(0, 0), 3000, 2000)).shape[:2]
    assert (width, height) == (OVERLAY_SIDE, round(OVERLAY_SIDE * 2 / 3))
    assert decoded(overlay_png(HeatMap("X", 1, 1, (0.5,)), 7, 9)).shape == (9, 7, 4)


def test_thumbnail_keeps_shape_and_never_grows() -> None:
    grey = np.full((1000, 600), 128, np.uint8)
    assert decoded(thumbnail_jpeg(grey, 200)).shape == (200, 120)
    assert decoded(thumbnail_jpeg(grey[:50, :40], 200)).shape == (50, 40)
    assert decoded(film_jpeg(grey)).shape == (1000, 600)
