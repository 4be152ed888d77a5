"""One photo for each film that lies still and fit, by a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from device.film.still import GONE_SECONDS, STILL_SECONDS, Step, Stillness, same_film
from device.values import Coaching, Corners, Film, Grey, Point
from tests.films import chest


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Box:
    """A light box that is looked at ten times a second."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.stillness = Stillness(self.clock)

    def see(self, coaching: Coaching, *, seconds: float = 0.0) -> list[Step]:
        """Look once, then on for so many seconds; each step that is not as the one before."""
        steps = [self.stillness.see(coaching)]
        for _ in range(round(10 * seconds)):
            self.clock.now += 0.1
            steps.append(self.stillness.see(coaching))
        return [step for place, step in enumerate(steps) if place == 0 or step is not steps[place - 1]]


def lying(number: int = 0, *, x: float = 400.0, ready: bool = True, pixels: Grey | None = None) -> Coaching:
    film = Film(
        chest(number, width=300, height=360) if pixels is None else pixels,
        Corners(Point(x, 100), Point(x + 600, 100), Point(x + 600, 820), Point(x, 820)),
    )
    return Coaching(film, "…", ready, 1600, 1200)


ANOTHER = np.ascontiguousarray(chest(7, width=300, height=360)[::-1])
EMPTY = Coaching(None, "Lay a film on the box.", False, 1600, 1200)
LONG = STILL_SECONDS + 0.2


def taken(box: Box, coaching: Coaching) -> None:
    assert box.see(coaching, seconds=LONG)[-1] is Step.TAKE
    box.stillness.taken()


def test_a_film_is_taken_when_it_has_lain_still_for_a_second_and_no_sooner() -> None:
    box = Box()
    assert box.see(EMPTY, seconds=3) == [Step.WAIT]
    assert box.see(lying(), seconds=STILL_SECONDS - 0.1) == [Step.HOLD]
    assert box.see(lying(), seconds=0.2)[-1] is Step.TAKE


def test_a_film_is_taken_once_however_long_it_lies() -> None:
    box = Box()
    taken(box, lying())
    assert box.see(lying(), seconds=60) == [Step.TAKEN]


def test_a_moving_or_creeping_film_is_not_taken() -> None:
    box = Box()
    for place in range(60):
        assert box.see(lying(x=400 + 3 * place), seconds=0.2)[-1] is Step.HOLD


def test_small_strays_of_the_corners_do_not_count() -> None:
    box = Box()
    steps = [box.see(lying(x=400 + (place % 3)), seconds=0.1)[-1] for place in range(14)]
    assert steps[-1] is Step.TAKE


def test_a_film_that_stops_being_fit_starts_again() -> None:
    box = Box()
    box.see(lying(), seconds=0.8)
    assert box.see(lying(ready=False)) == [Step.WAIT]
    assert box.see(lying(), seconds=0.8) == [Step.HOLD]


def test_after_it_has_left_the_same_film_is_taken_again() -> None:
    box = Box()
    taken(box, lying())
    box.see(EMPTY, seconds=GONE_SECONDS + 0.2)
    assert box.see(lying(), seconds=LONG) == [Step.HOLD, Step.TAKE]


def test_a_hand_over_the_film_is_no_new_film() -> None:
    box = Box()
    taken(box, lying())
    box.see(EMPTY, seconds=GONE_SECONDS / 2)
    box.see(lying(ready=False), seconds=5)
    assert box.see(lying(), seconds=5) == [Step.TAKEN]


@pytest.mark.parametrize("changed", [lying(x=440), lying(pixels=ANOTHER)], ids=["moved", "another in its place"])
def test_a_film_that_changed_is_taken_although_the_box_was_never_empty(changed: Coaching) -> None:
    box = Box()
    taken(box, lying())
    assert box.see(changed, seconds=LONG) == [Step.HOLD, Step.TAKE]


def test_a_film_taken_by_the_button_is_not_taken_again() -> None:
    box = Box()
    box.see(lying(), seconds=0.3)
    box.stillness.look_away()
    box.stillness.taken()
    assert box.see(lying(), seconds=5) == [Step.TAKEN]


def test_time_that_nobody_looked_does_not_count() -> None:
    box = Box()
    box.see(lying(), seconds=0.5)
    box.stillness.look_away()
    box.clock.now += 10
    assert box.see(lying(), seconds=0.5) == [Step.HOLD]


def test_a_film_without_edges_is_never_taken_unasked() -> None:
    whole = replace(lying(), film=Film(chest(1), Corners.of_whole_photo(1600, 1200)))
    assert Box().see(whole, seconds=5) == [Step.WAIT]


def test_brighter_light_behind_it_makes_no_other_film() -> None:
    film = lying().film
    assert film is not None
    slope = np.linspace(0.7, 1.0, 300)[None]
    assert same_film(film, replace(film, pixels=np.asarray(film.pixels * slope, np.uint8)))
    assert not same_film(film, replace(film, pixels=ANOTHER))
    assert same_film(replace(film, pixels=np.zeros((20, 20), np.uint8)), replace(film, pixels=film.pixels)) is False
