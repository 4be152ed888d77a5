"""Rendered photos: the same seed the same photo, the corners where they are said to be."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.films import chest
from training.data.photograph import photograph
from training.data.scene import SURROUNDS, draw_scene

SIZE = {"width": 640, "height": 480}
FILM = chest(1, width=380, height=450)


def test_the_same_seed_gives_the_same_bytes() -> None:
    for seed in range(4):
        one, other = (photograph(FILM, draw_scene(seed, **SIZE)) for _ in range(2))
        assert one.scene == other.scene
        assert one.jpeg() == other.jpeg()
        assert np.array_equal(one.corners, other.corners)
    assert photograph(FILM, draw_scene(1, **SIZE)).jpeg() != photograph(FILM, draw_scene(2, **SIZE)).jpeg()


def test_every_surround_is_drawn_and_can_be_asked_for() -> None:
    assert {draw_scene(seed, **SIZE).surround for seed in range(60)} == set(SURROUNDS)
    for surround in SURROUNDS:
        photo = photograph(FILM, draw_scene(3, **SIZE, surround=surround))
        assert photo.scene.surround == surround
        assert photo.pixels.shape == (480, 640, 3)
        assert photo.pixels.dtype == np.uint8


@pytest.mark.parametrize("surround", ["box", "glow", "dark"])
def test_the_true_corners_are_where_the_film_ends(surround: str) -> None:
    # A grey sheet without detail: it is dark against a lit box, bright against a masked one.
    sheet = np.full((450, 380), 120, np.uint8)
    for seed in range(6):
        scene = replace(
            draw_scene(seed, **SIZE, surround=surround), film_border=0.0, noise=0.0, blur=0.0, glare=0.0,
            box_bands=0.0, room=0.01,
        )  # fmt: skip
        photo = photograph(sheet, scene)
        inside = np.zeros((480, 640), np.uint8)
        cv2.fillConvexPoly(inside, photo.corners.round().astype(np.int32), 255)
        core = cv2.erode(inside, np.ones((5, 5), np.uint8)) > 0
        rim = (cv2.dilate(inside, np.ones((9, 9), np.uint8)) > 0) & (cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0)
        grey = cv2.cvtColor(photo.pixels, cv2.COLOR_BGR2GRAY).astype(int)
        if surround == "dark":
            assert grey[core].min() > grey[rim].max(), seed
        else:
            assert grey[core].max() < grey[rim].min(), seed


def test_the_corners_go_round_from_the_films_own_top_left() -> None:
    # One bright quarter tells which way up the film lies.
    sheet = np.full((400, 400), 60, np.uint8)
    sheet[:200, :200] = 200
    for seed in range(6):
        scene = replace(draw_scene(seed, **SIZE, surround="glow", hardness=0.5), film_border=0.0)
        photo = photograph(sheet, scene)
        grey = cv2.cvtColor(photo.pixels, cv2.COLOR_BGR2GRAY)
        middle = photo.corners.mean(axis=0)
        quarters = [grey[tuple(np.int32((corner + middle) / 2)[::-1])] for corner in photo.corners]
        assert int(np.argmax(quarters)) == 0


def test_the_film_stays_in_the_photo_unless_it_is_cropped() -> None:
    for surround in SURROUNDS:
        for seed in range(3):
            corners = photograph(FILM, draw_scene(seed, **SIZE, surround=surround)).corners
            outside = corners.min() < 0 or corners[:, 0].max() > 640 or corners[:, 1].max() > 480
            assert outside == (surround == "cropped")
    cropped = photograph(FILM, draw_scene(5, **SIZE, surround="cropped")).corners
    photo = np.array([[0, 0], [640, 0], [640, 480], [0, 480]], np.float32)
    assert all(cv2.pointPolygonTest(cropped, (float(x), float(y)), False) > 0 for x, y in photo)


def test_clear_film_is_bright_and_dense_film_dark() -> None:
    scene = replace(draw_scene(2, **SIZE, surround="glow"), noise=0.0, film_border=0.0)
    levels = []
    for grey in (0, 90, 180, 255):
        photo = photograph(np.full((400, 400), grey, np.uint8), scene)
        x, y = photo.corners.mean(axis=0).astype(int)
        levels.append(int(photo.pixels[y, x].mean()))
    assert levels == sorted(set(levels))


def test_without_hardness_there_is_no_defect() -> None:
    scene = draw_scene(8, **SIZE, hardness=0.0)
    assert (scene.roll, scene.tilt_x, scene.glare, scene.blur, scene.noise, scene.box_fall_off) == (0,) * 6
