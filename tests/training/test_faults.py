"""Faults of the simulator: each grows with its level, and what lies in the way lies where it is said to."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.films import chest
from training.data.faults import AMOUNTS, LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import photograph
from training.data.scene import draw_scene

SIZE = {"width": 640, "height": 480}
FILM = chest(1, width=380, height=450)


def plain_scene(seed: int = 3):  # type: ignore[no-untyped-def]
    return replace(draw_scene(seed, **SIZE, surround="box", hardness=0.3), noise=0.0)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in (Fault.TOO_FAR, Fault.CUT_OFF)])
def test_a_fault_changes_the_photo_more_at_each_level(fault: Fault) -> None:
    calm = replace(plain_scene(), glare=0.0, exposure=1.0)
    without = photograph(FILM, calm).pixels.astype(float)
    away = [
        np.abs(photograph(FILM, replace(spoil(calm, fault, level), noise=0.0)).pixels - without).mean()
        for level in LEVELS
    ]
    assert away[3] > away[2] > away[1], (fault, away)
    assert away[3] > 1.0
    assert list(AMOUNTS) == list(Fault)


def test_a_spoilt_scene_is_the_same_each_time_and_spoilt_in_one_way() -> None:
    scene = draw_hard_scene(5, **SIZE)
    assert spoil(scene, Fault.HAND, 3) == spoil(scene, Fault.HAND, 3)
    spoilt = spoil(scene, Fault.MOIRE, 4)
    assert spoilt.glare == 0.0
    assert spoilt.moire == AMOUNTS[Fault.MOIRE][3]


@pytest.mark.parametrize("side", range(4))
def test_a_film_is_cut_off_by_its_share_on_the_side_that_is_named(side: int) -> None:
    scene = replace(plain_scene(), cut=0.2, cut_side=side, roll=0.0, tilt_x=0.0, tilt_y=0.0)
    corners = photograph(FILM, scene).corners
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = high - low
    beyond = [-low[1] / size[1], (high[0] - 640) / size[0], (high[1] - 480) / size[1], -low[0] / size[0]]
    assert beyond[side] == pytest.approx(0.2, abs=1e-3)


def test_a_barrel_lens_moves_the_corners_with_the_picture() -> None:
    sheet = np.full((450, 380), 40, np.uint8)
    scene = replace(plain_scene(), film_border=0.0, blur=0.0, surround="glow", distortion=0.05)
    photo = photograph(sheet, scene)
    inside = np.zeros((480, 640), np.uint8)
    cv2.fillConvexPoly(inside, photo.corners.round().astype(np.int32), 255)
    dark = cv2.cvtColor(photo.pixels, cv2.COLOR_BGR2GRAY) < 110
    # The sides bend outwards a little between the corners; the corners themselves are where the sheet ends.
    assert (dark & (inside > 0)).sum() / (dark | (inside > 0)).sum() > 0.97
    straight = photograph(sheet, replace(scene, distortion=0.0))
    assert np.linalg.norm(photo.corners - straight.corners, axis=1).min() > 1.5


def test_a_hand_and_clips_are_dark_before_the_box() -> None:
    scene = replace(plain_scene(), surround="glow", room=0.0)
    free = photograph(FILM, scene).pixels.astype(int)
    held = photograph(FILM, replace(scene, hand=0.3)).pixels.astype(int)
    clipped = photograph(FILM, replace(scene, clips=2)).pixels.astype(int)
    for made, least in ((held, 0.02), (clipped, 0.001)):
        darker = (free - made).max(axis=2) > 60
        assert darker.mean() > least


def test_rounded_corners_let_the_box_through() -> None:
    scene = replace(plain_scene(), surround="glow", film_border=0.0)
    photo = photograph(np.full((450, 380), 40, np.uint8), replace(scene, rounding=0.1))
    middle = photo.corners.mean(axis=0)
    for corner in photo.corners:
        x, y = (corner + (middle - corner) * 0.02).astype(int)
        assert photo.pixels[y, x].mean() > 150
