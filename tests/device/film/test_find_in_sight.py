"""Finding a film that the scout has seen: its sides come from the photo, which film it is from what was seen."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from device.film.find import find
from device.film.refusals import REFUSALS
from device.film.shrink import shrunk
from device.film.sight import Sight, agreement, seen_quads
from device.intake.decode import decode
from device.reading.ensemble import Ensemble
from device.values import Corners, Photo, Picture, Reason, Refusal, Side
from tests.films import chest, on_the_box
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import draw_scene

CELLS = 40


def sight_of(quad: np.ndarray, width: int, height: int) -> Sight:
    """What a scout sees that knows where the film is, but not finely: a cell's blur, and doubt along the edges."""
    mask = np.zeros((CELLS * 4, CELLS * 4), np.float32)
    places = quad * (CELLS * 4 / np.array([width, height])) - 0.5
    cv2.fillConvexPoly(mask, np.round(places * 16).astype(np.int32), 1.0, cv2.LINE_8, 4)
    cells = cv2.resize(mask, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return Sight(np.asarray(cv2.GaussianBlur(cells, (0, 0), 0.7), np.float32))


def picture_of(photo: FilmPhoto) -> Picture:
    picture = decode(Photo("film.jpg", photo.jpeg()))
    assert isinstance(picture, Picture)
    return picture


def error(corners: Corners | Refusal, quad: np.ndarray) -> float:
    assert isinstance(corners, Corners), corners
    points = np.array([(point.x, point.y) for point in corners.points()])
    off = min(np.linalg.norm(np.roll(points, turn, axis=0) - quad, axis=1).mean() for turn in range(4))
    return float(off / np.linalg.norm(quad[2] - quad[0]))


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("surround", ["box", "glow", "dark"])
@pytest.mark.parametrize("seed", range(3))
def test_a_film_in_sight_is_found_on_its_edges(seed: int, surround: str, quick: bool) -> None:
    photo = on_the_box(seed, surround=surround, hardness=0.5, film_share=0.7, room=0.05, film_border=0.0)
    sight = sight_of(photo.corners, 1200, 900)
    assert error(find(picture_of(photo), sight, quick=quick), photo.corners) < 0.006


@pytest.mark.parametrize("border", [0.015, 0.03, 0.04])
@pytest.mark.parametrize("seed", range(3))
def test_a_film_in_the_dark_is_found_with_its_clear_border(seed: int, border: float) -> None:
    """The picture within was taken for the film: it is darker than what is around it, as if on a box."""
    photo = on_the_box(
        seed, surround="dark", hardness=0.5, film_share=0.7, room=0.05, film_border=border, border_level=0.9
    )
    assert error(find(picture_of(photo), sight_of(photo.corners, 1200, 900)), photo.corners) < 0.006


@pytest.mark.parametrize("exposure", [0.75, 0.45])
@pytest.mark.parametrize("margin", [0.06, 0.1])
def test_a_narrow_box_is_no_border_in_a_dark_photo_neither(margin: float, exposure: float) -> None:
    photo = on_the_box(
        2, surround="box", hardness=0.5, film_share=0.8, film_border=0.0, box_margin=margin, exposure=exposure
    )
    assert error(find(picture_of(photo), sight_of(photo.corners, 1200, 900)), photo.corners) < 0.006


@pytest.mark.parametrize("seed", [5, 21, 42])
def test_a_film_that_lies_upright_is_found_upright(seed: int, ensemble: Ensemble) -> None:
    # In the dark, by what the scout saw: its outline begins at any corner.
    scene = draw_scene(seed, width=640, height=480)
    assert scene.surround == "dark"
    photo = photograph(chest(seed % 7), scene)
    picture = picture_of(photo)
    corners = find(picture, ensemble.look(picture))
    assert isinstance(corners, Corners), corners
    away = np.linalg.norm(photo.corners - (corners.top_left.x, corners.top_left.y), axis=1)
    assert away.argmin() == 0


def test_of_two_films_the_one_in_sight_is_found() -> None:
    photo = on_the_box(1, surround="glow", hardness=0.3, film_share=0.5, neighbours=1, shift_x=-0.06, **STRAIGHT)
    across = 1.06 * (photo.corners[1] - photo.corners[0])
    beside = photo.corners + across
    assert beside[:, 0].max() < 1200
    for quad in (photo.corners, beside):
        assert error(find(picture_of(photo), sight_of(quad, 1200, 900)), quad) < 0.01


STRAIGHT = {"roll": 0.0, "tilt_x": 0.0, "tilt_y": 0.0, "film_border": 0.0}


def test_where_nothing_is_in_sight_there_is_no_film_whatever_the_edges_say() -> None:
    photo, nothing = on_the_box(1), np.zeros((CELLS, CELLS), np.float32)
    assert isinstance(find(picture_of(photo)), Corners)
    assert find(picture_of(photo), Sight(nothing)) is REFUSALS[Reason.NO_FILM]
    far = Sight(nothing, REFUSALS[Reason.TOO_SMALL])
    assert find(picture_of(photo), far) is REFUSALS[Reason.TOO_SMALL]


def test_a_photo_that_is_all_film_is_the_film() -> None:
    photo = on_the_box(1, surround="cropped")
    found = find(picture_of(photo), Sight(np.full((CELLS, CELLS), 0.99, np.float32)))
    assert found == Corners.of_whole_photo(1200, 900)


def test_a_film_that_runs_out_of_the_photo_is_cut_off_there() -> None:
    photo = on_the_box(2, surround="glow", hardness=0.3, glare=0.0, cut=0.2, cut_side=1, film_share=0.7, **STRAIGHT)
    found = find(picture_of(photo), sight_of(photo.corners, 1200, 900))
    assert isinstance(found, Corners)
    assert found.cut_off == (Side.RIGHT,)


def test_what_is_seen_is_outlined_to_a_part_of_a_cell() -> None:
    quad = np.array([[210, 130], [880, 170], [850, 760], [190, 730]], np.float32)
    film = sight_of(quad, 1200, 900).film
    seen = seen_quads(film, (900, 1200))
    assert len(seen) == 3
    middle = seen[1]
    off = min(np.linalg.norm(np.roll(middle, turn, axis=0) - quad, axis=1).max() for turn in range(4))
    assert off < 0.5 * 1200 / CELLS
    agree = agreement(film, np.stack([quad, quad + 60, quad * 0 + quad.mean(axis=0)]), (900, 1200))
    assert agree[0] > 0.93
    assert agree[0] > agree[1] > agree[2] >= 0


def test_nothing_seen_has_no_outline() -> None:
    assert seen_quads(np.zeros((CELLS, CELLS), np.float32), (900, 1200)).shape == (0, 4, 2)


def test_the_corners_do_not_depend_on_how_large_the_picture_is() -> None:
    photo = on_the_box(0, hardness=0.5, film_share=0.7)
    picture, sight = picture_of(photo), sight_of(photo.corners, 1200, 900)
    half = replace(picture, pixels=shrunk(picture.pixels, 600, 450))
    assert error(find(half, sight), photo.corners) < 0.006
