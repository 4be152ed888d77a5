"""A bare box is measured as it is: fall-off, tint, spots and sharpness that are known beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from functools import cache

import cv2
import numpy as np
import pytest

from device.film.bare_box import BareBox, measure
from device.film.flat_field import FlatField, flat_field
from device.film.site import drift, findings, unusable
from device.values import Check, Picture
from tests.bare_boxes import GAMMA, Box
from tests.films import on_the_box

BOX = Box(spots=((700, 500, 4, 0.6),))


@cache
def measured(box: Box, exposure: float | None = None) -> BareBox:
    bare = measure(box.picture(), box.colours(), exposure)
    assert bare is not None
    return bare


def field_of(box: Box, exposure: float | None = None) -> FlatField:
    return flat_field(measured(box, exposure), datetime(2026, 5, 4, tzinfo=timezone.utc))


def bad(checks: tuple[Check, ...]) -> dict[str, str]:
    """What is to be put right: found and to do, by name."""
    assert all(check.well == (check.to_do == "") for check in checks)
    return {check.name: f"{check.found}. {check.to_do}" for check in checks if not check.well}


@pytest.mark.parametrize("fall_off", [0.0, 0.2, 0.45])
def test_evenness_is_the_darkest_place_by_the_brightest(fall_off: float) -> None:
    box = Box(fall_off=fall_off)
    rim = 1400 // 50 + 22  # what is left out, and half a cell
    inner = box.light()[84 + rim : 966 - rim, 112 + rim : 1288 - rim]
    true = float((inner.min() / inner.max()) ** (1 / GAMMA))
    assert measured(box).measures.evenness == pytest.approx(true, abs=0.02)


def test_the_bands_of_tubes_are_seen_and_are_nothing_lying_on_the_box() -> None:
    bare = measured(Box(fall_off=0.0, bands=0.08))
    assert bare.measures.evenness == pytest.approx((0.92 / 1.08) ** (1 / GAMMA), abs=0.02)
    assert unusable(bare) is None


def test_brightness_is_in_grey_levels() -> None:
    box = Box(fall_off=0.0, exposure=0.3)
    assert measured(box).measures.level == pytest.approx(255 * 0.3 ** (1 / GAMMA), abs=1.5)
    assert measured(box).measures.clipped == 0


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (0.7, 1.0, 1.2)])
def test_tint_is_red_and_blue_by_green(tint: tuple[float, float, float]) -> None:
    measures = measured(Box(fall_off=0.0, tint=tint)).measures
    blue, _, red = (channel ** (1 / GAMMA) for channel in tint)
    assert (measures.red, measures.blue) == (pytest.approx(red, abs=0.01), pytest.approx(blue, abs=0.01))


def test_dirt_is_counted_and_placed() -> None:
    spots = ((300, 300, 4, 0.5), (900, 700, 3, 0.3), (1000, 200, 8, 1.5))
    found = measured(Box(spots=spots)).measures.spots
    assert len(found) == 3
    for spot in found:
        x, y, radius, left = min(spots, key=lambda one: abs(one[0] - spot.at.x) + abs(one[1] - spot.at.y))
        assert (spot.at.x, spot.at.y) == (pytest.approx(x, abs=2), pytest.approx(y, abs=2))
        assert spot.width == pytest.approx(2 * radius + 1, abs=2)
        assert np.sign(spot.contrast) == np.sign(left - 1)


@pytest.mark.parametrize("noise", [0.5, 2.0, 5.0])
def test_grain_is_no_dirt(noise: float) -> None:
    assert measured(Box(noise=noise, bands=0.05, fall_off=0.45)).measures.spots == ()


def test_dirt_at_a_cells_middle_does_not_pull_the_light_down() -> None:
    clean, dirty = measured(Box()), measured(Box(spots=((330, 330, 12, 0.2), (800, 600, 10, 0.1))))
    assert np.abs(clean.surface / dirty.surface - 1).max() < 0.01


def test_the_box_is_where_it_is_in_photo_pixels() -> None:
    box = Box()
    bare = measure(Picture(box.picture().pixels, 3, 3 * 1400, 3 * 1050), box.colours())
    assert bare is not None
    corners = [(point.x, point.y) for point in bare.box]
    for found, true in zip(corners, [(336, 252), (3864, 252), (3864, 2898), (336, 2898)], strict=True):
        assert found == (pytest.approx(true[0], abs=12), pytest.approx(true[1], abs=12))


def test_sharpness_is_that_of_the_boxs_edges() -> None:
    widths = [measured(Box(blur=blur)).measures.edge for blur in (0.7, 3.0, 6.0)]
    assert None not in widths
    assert widths == sorted(widths)  # type: ignore[type-var]
    assert widths[2] == pytest.approx(2.56 * 6 / 1400, rel=0.2)


def test_a_box_that_fills_the_photo_has_nothing_to_focus_on_and_says_so() -> None:
    bare = measured(Box(margin=0.0))
    assert bare.measures.edge is None
    (focus,) = (check for check in findings(bare) if check.name == "focus")
    assert focus.well
    assert "not measured: no edge of the box lies well inside the photo" in focus.found


# What is to be put right.


def test_a_sound_box_has_nothing_to_put_right() -> None:
    bare = measured(Box())
    assert unusable(bare) is None
    assert [check.name for check in findings(bare)] == ["brightness", "evenness", "tint", "dirt", "focus"]
    assert bad(findings(bare)) == {}


@pytest.mark.parametrize(
    ("change", "name", "action"),
    [
        ({"slope": 0.75}, "evenness", "Replace the weak lamp"),
        ({"tint": (0.45, 1.0, 1.0)}, "tint", "Fit white lamps of one kind."),
        ({"spots": ((200, 200, 5, 0.5),)}, "dirt", "1 spot: upper left. Wipe the box and the lens there"),
        ({"blur": 5.0}, "focus", "Focus the lens on the box"),
    ],
)
def test_each_fault_of_a_box_has_one_action(change: dict[str, object], name: str, action: str) -> None:
    bare = measured(replace(Box(), **change))  # type: ignore[arg-type]
    assert unusable(bare) is None
    assert list(bad(findings(bare))) == [name]
    assert action in bad(findings(bare))[name]


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"exposure": 0.03}, "Turn the box's light up"),
        ({"exposure": 1.3}, "Turn the box's light down"),
        ({"exposure": 0.0}, "Switch the box on"),
        ({"margin": 0.45}, "Switch the box on"),
    ],
)
def test_a_photo_that_can_give_no_flat_field_says_why(change: dict[str, object], action: str) -> None:
    box = replace(Box(), **change)  # type: ignore[arg-type]
    check = unusable(measure(box.picture(), box.colours()))
    assert check is not None
    assert action in check.to_do


@pytest.mark.parametrize("seed", range(6))
def test_a_film_that_was_left_on_the_box_is_seen(seed: int) -> None:
    pixels = on_the_box(seed, surround="glow", hardness=0.5, exposure=0.6).pixels
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    check = unusable(measure(Picture(grey, 1, grey.shape[1], grey.shape[0]), pixels))
    assert check is not None
    assert not check.well
    if check.name == "box":
        assert "Take everything off the box" in check.to_do


# Drift.


def test_the_same_box_again_has_not_drifted() -> None:
    checks = drift(field_of(BOX), measured(replace(BOX, seed=1)))
    assert [check.name for check in checks] == ["light", "tint", "evenness", "dirt", "place", "focus"]
    assert bad(checks) == {}


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"exposure": 0.25}, "light", "Wipe box and lens; if it stays so, replace the lamps"),
        ({"exposure": 0.75}, "light", "Turn the box's light down as before"),
        ({"tint": (0.8, 1.0, 1.0)}, "tint", "the colours changed by 10%"),
        ({"fall_off": 0.6}, "evenness", "Look for a changed or failing lamp"),
        ({"spots": (*BOX.spots, (1000, 800, 5, 0.5))}, "dirt", "1 spot: lower right. Wipe the box and the lens there."),
        ({"shift": (40, 0)}, "place", "the box lies 2.3% of the photo's diagonal from where it was"),
        ({"blur": 3.0}, "focus", "Focus the lens on the box."),
    ],
)
def test_what_has_drifted_is_named(change: dict[str, object], name: str, words: str) -> None:
    checks = drift(field_of(BOX), measured(replace(BOX, **change)))  # type: ignore[arg-type]
    assert list(bad(checks)) == [name]
    assert words in bad(checks)[name]


def test_a_camera_that_makes_up_for_a_dim_box_does_not_hide_it() -> None:
    """The same grey levels at twice the exposure: half of the light is gone."""
    checks = drift(field_of(BOX, exposure=0.01), measured(BOX, exposure=0.02))
    assert list(bad(checks)) == ["light"]
    assert "50% of what it was, exposure allowed for" in bad(checks)["light"]
    assert bad(drift(field_of(BOX, exposure=0.01), measured(BOX, exposure=0.0105))) == {}
    # Without exposures there is nothing but grey levels to go by, and that is said.
    (light, *_) = drift(field_of(BOX), measured(BOX, exposure=0.02))
    assert light.well
    assert "by its photos' grey levels alone" in light.found
