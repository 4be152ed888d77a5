"""Films that are hard to find: in the dark, on a box lit from one end, run out of the photo, far away."""

from __future__ import annotations

import numpy as np
import pytest

from device.film.find import find
from device.intake.decode import decode
from device.values import Corners, Photo, Picture, Reason, Refusal, Side
from tests.films import on_the_box
from training.data.photograph import FilmPhoto

CALM = {"roll": 5.0, "tilt_x": 3.0, "tilt_y": -3.0, "film_border": 0.0, "shift_x": 0.0, "shift_y": 0.0}
STRAIGHT = CALM | {"tilt_x": 0.0, "tilt_y": 0.0}


def look(photo: FilmPhoto) -> Corners | Refusal:
    picture = decode(Photo("film.jpg", photo.jpeg()))
    assert isinstance(picture, Picture)
    return find(picture)


def error(photo: FilmPhoto) -> float:
    """The mean corner error as a share of the film's diagonal."""
    corners = look(photo)
    assert isinstance(corners, Corners), corners
    assert not corners.whole_photo
    points = np.array([(point.x, point.y) for point in corners.points()])
    turned = [np.roll(points, turn, axis=0) for turn in range(4)]
    off = min(np.linalg.norm(one - photo.corners, axis=1).mean() for one in turned)
    return float(off / np.linalg.norm(photo.corners[2] - photo.corners[0]))


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_a_film_in_the_dark_is_found_beside_a_lamps_reflection(seed: int) -> None:
    photo = on_the_box(
        seed, surround="dark", hardness=0.5, glare=0.25, glare_x=0.5, glare_y=0.02, film_share=0.7, room=0.04, **CALM
    )
    assert error(photo) < 0.01


@pytest.mark.parametrize("angle", [0.0, 90.0, 200.0])
def test_a_film_is_found_on_a_box_lit_from_one_end(angle: float) -> None:
    photo = on_the_box(
        1, surround="glow", hardness=0.3, glare=0.0, ramp=1.4, ramp_angle=angle, film_share=0.7, exposure=1.0, **CALM
    )
    assert error(photo) < 0.01


@pytest.mark.parametrize("side", range(4))
def test_a_turned_film_of_which_a_corner_is_cut_off_says_so(side: int) -> None:
    facts = STRAIGHT | {"roll": 30.0}
    photo = on_the_box(2, surround="glow", hardness=0.3, glare=0.0, cut=0.15, cut_side=side, film_share=0.75, **facts)
    corners = look(photo)
    assert isinstance(corners, Corners)
    assert corners.cut_off == (list(Side)[side],)


@pytest.mark.parametrize("surround", ["box", "glow", "dark"])
def test_a_film_far_away_is_said_to_be_whatever_is_around_it(surround: str) -> None:
    photo = on_the_box(
        3, surround=surround, hardness=0.3, glare=0.0, film_share=0.12, box_margin=0.3, room=0.05, **CALM
    )
    refusal = look(photo)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.TOO_SMALL
