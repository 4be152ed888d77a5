"""Heat maps out of members' activation maps, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from device.film.prepare import Part
from device.reading.activation import heat_maps
from device.values import HeatMap

ONE = np.array([1.0])
WHOLE = Part()


def cells(heat_map: HeatMap) -> np.ndarray:
    return np.array(heat_map.cells).reshape(heat_map.rows, heat_map.columns)


def maps(*of_findings: list[list[float]]) -> np.ndarray:
    """A member's maps (rows, columns, findings) from one grid a finding."""
    return np.stack([np.array(one, np.float32) for one in of_findings], axis=2)


def test_what_counts_is_how_far_a_map_lies_above_the_mean() -> None:
    first, second, third = heat_maps(
        ("A", "B", "C"), [maps([[9, 3], [3, 0]], [[3, 3], [3, 0]], [[0, 3], [0, 0]])], ONE, [WHOLE]
    )
    # Means over the findings: 4, 3, 2, 0. Above them: A 5, 0, 1, 0; B -1, 0, 1, 0; C nothing.
    assert cells(first) == pytest.approx(np.array([[1, 0], [0.2, 0]]))
    assert cells(second) == pytest.approx(np.array([[0, 0], [0.2, 0]]))
    assert cells(third).max() == 0
    assert [one.finding for one in (first, second, third)] == ["A", "B", "C"]


def test_members_are_brought_to_the_finest_grid_between_cell_centres() -> None:
    corner = [[0, 0], [0, 4]]
    coarse = maps(corner, [[0, 0], [0, -4]])
    fine = np.zeros((4, 4, 2), np.float32)
    first, second = heat_maps(("A", "B"), [coarse, fine], np.array([0.5, 0.5]), [WHOLE, WHOLE])
    assert (first.rows, first.columns) == (4, 4)
    along = np.array([0, 0.25, 0.75, 1])
    assert cells(first) == pytest.approx(np.outer(along, along), abs=1e-4)
    assert cells(second).max() == 0


def test_rows_and_columns_are_not_mixed_up() -> None:
    tall = maps([[0], [0], [6]], [[0], [0], [-6]])
    wide = maps([[0, 6]], [[0, -6]])
    (first, _) = heat_maps(("A", "B"), [tall, wide], np.array([0.5, 0.5]), [WHOLE, WHOLE])
    assert (first.rows, first.columns) == (3, 2)
    assert cells(first) == pytest.approx(np.array([[0, 0.5], [0, 0.5], [0.5, 1]]))


def test_members_count_by_their_weights() -> None:
    left, right = maps([[1, 0, 0]], [[-1, 0, 0]]), maps([[0, 1, 0]], [[0, -1, 0]])
    (first, _) = heat_maps(("A", "B"), [left, right], np.array([0.8, 0.2]), [WHOLE, WHOLE])
    assert cells(first) == pytest.approx(np.array([[1, 0.25, 0]]))


def test_what_the_whole_film_says_alike_is_left_out() -> None:
    (first, _) = heat_maps(("A", "B"), [maps([[5, 3, 4]], [[-5, -3, -4]])], ONE, [WHOLE])
    assert cells(first) == pytest.approx(np.array([[1, 0, 0.5]]))


def test_maps_without_evidence_are_cold() -> None:
    for heat_map in heat_maps(("A", "B"), [np.ones((3, 3, 2), np.float32)], ONE, [WHOLE]):
        assert cells(heat_map).max() == 0


def test_a_map_lies_over_the_part_of_the_film_that_was_looked_at() -> None:
    # The right half of the film's middle, in cells of a quarter: what was hot there is hot there, the rest is cold.
    part = Part(left=0.5, top=0.25, right=1.0, bottom=0.75)
    first, second = heat_maps(("A", "B"), [maps([[2, 2], [6, 2]], [[-2, -2], [-6, -2]])], ONE, [part])
    assert (first.rows, first.columns) == (4, 4)
    wanted = np.zeros((4, 4))
    wanted[2, 2] = 1
    assert cells(first) == pytest.approx(wanted)
    assert cells(second).max() == 0


def test_members_that_saw_different_parts_are_laid_in_their_places() -> None:
    left = maps([[0, 4]], [[0, -4]])
    (first, _) = heat_maps(("A", "B"), [left, left], np.array([0.5, 0.5]), [Part(right=0.5), Part(left=0.5)])
    assert (first.rows, first.columns) == (2, 4)
    assert cells(first) == pytest.approx(np.array([[0, 1, 0, 1], [0, 1, 0, 1]]))
