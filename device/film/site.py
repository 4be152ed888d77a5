"""What is to be put right at a light box, and what has drifted since its flat field was made. One action each."""

from __future__ import annotations

import math

import numpy as np

from device.film.bare_box import BareBox, Measures, Spot
from device.film.flat_field import FlatField
from device.film.measures import GAMMA
from device.values import Check, Point

DARK_LEVEL = 60.0
"""Grey levels of the box below which a film on it would drown in noise."""

MOST_CLIPPED = 0.005
"""Share of the box at the camera's white above which its evenness cannot be seen."""

MOST_STEEP = 0.10
"""Change across two cells: a film's edge takes away 15 in 100, the bands of five tubes less than 8."""

LEAST_EVEN = 0.6
"""Darkest by brightest cell, in grey levels; 0.6 is about a third of the light. Evened out it costs nearly a bit."""

TINT = 1.33
"""A colour this much stronger or weaker than green: a lamp of another kind, or no white balance."""

EDGE = 0.006
"""Share of the photo's longer side: twice the width of a sharp photo's box edge, its frame's own softness included."""

LIGHT_DRIFT, TINT_DRIFT, EVENNESS_DRIFT = 0.25, 0.06, 0.05
"""Shares by which the box's light, its colours and its fall-off may change before it is worth a word."""

MOVED = 0.01
"""Share of the photo's diagonal by which a corner of the box may wander."""

_ELSEWHERE = "A film's own sharpness is judged at every reading."


def unusable(bare: BareBox | None) -> Check | None:
    """Why this photo can give no flat field, None when it can."""
    if bare is None:
        return Check(
            "box", False, "no lit box is to be seen", "Switch the box on, take the lens cap off, and calibrate again."
        )
    it = bare.measures
    if it.steepest > MOST_STEEP:
        return Check(
            "box", False, f"the light changes by {100 * it.steepest:.0f}% within a hand's breadth",
            "Take everything off the box and calibrate again.",
        )  # fmt: skip
    if it.level < DARK_LEVEL:
        return Check(
            "brightness", False, f"{it.level:.0f} grey levels of 255; wanted {DARK_LEVEL:.0f} or more",
            "Turn the box's light up and calibrate again.",
        )  # fmt: skip
    if it.clipped > MOST_CLIPPED:
        return Check(
            "brightness", False, f"{100 * it.clipped:.1f}% of the box is at the camera's white; wanted none",
            "Turn the box's light down and calibrate again.",
        )  # fmt: skip
    return None


def findings(bare: BareBox) -> tuple[Check, ...]:
    """Brightness, evenness, tint, dirt and focus of a usable bare box."""
    it = bare.measures
    brightness = f"{it.level:.0f} grey levels of 255, {100 * it.clipped:.1f}% at the camera's white"
    evenness = f"the darkest place has {100 * it.evenness:.0f}% of the brightest's grey level"
    white = all(1 / TINT < colour < TINT for colour in (it.red, it.blue))
    spots = _places(it.spots, bare) or "none to be seen"
    return (
        Check("brightness", True, brightness),
        _check(
            "evenness", it.evenness >= LEAST_EVEN, evenness, "Replace the weak lamp, or put the camera straight above."
        ),
        _check("tint", white, f"red {it.red:.2f} and blue {it.blue:.2f} of green", "Fit white lamps of one kind."),
        _check("dirt", not it.spots, spots, "Wipe the box and the lens there, then calibrate again."),
        _focus(it),
    )


def drift(field: FlatField, now: BareBox) -> tuple[Check, ...]:
    """What has changed since the field was made, from a usable photo of the bare box of the same size."""
    then, it = field.measures, now.measures
    tint = max(abs(new / max(old, 0.01) - 1) for new, old in ((it.red, then.red), (it.blue, then.blue)))
    uneven, moved = _fall_off_change(field, now), _moved(field, now)
    fresh = tuple(spot for spot in it.spots if not _known(spot, then.spots, now.width))
    spots = _places(fresh, now) or "none that is new"
    place = f"the box lies {100 * moved:.1f}% of the photo's diagonal from where it was"
    lamps = "Look for a changed or failing lamp, then calibrate again."
    return (
        _light(then, it),
        _check("tint", tint <= TINT_DRIFT, f"the colours changed by {100 * tint:.0f}%", lamps),
        _check("evenness", uneven <= EVENNESS_DRIFT, f"the fall-off changed by {100 * uneven:.0f}%", lamps),
        _check("dirt", not fresh, spots, "Wipe the box and the lens there."),
        _check("place", moved <= MOVED, place, "Put camera and box back, or leave them so and calibrate again."),
        _sharpness(then, it),
    )


def _check(name: str, well: bool, found: str, to_do: str) -> Check:
    return Check(name, well, found, "" if well else to_do)


def _focus(it: Measures) -> Check:
    if it.edge is None:
        say = f"not measured: no edge of the box lies well inside the photo, and a bare box has no other. {_ELSEWHERE}"
        return Check("focus", True, say)
    found = (
        f"the box's sharpest edge is {100 * it.edge:.2f}% of the photo wide; a bare box has nothing else to focus on"
    )
    return _check(
        "focus", it.edge <= EDGE, found,
        f"Focus the lens on the box; if its frame's edge is soft by itself, leave it so. {_ELSEWHERE}",
    )  # fmt: skip


def _light(then: Measures, it: Measures) -> Check:
    ratio = (it.level / max(then.level, 1.0)) ** GAMMA
    by = "by its photos' grey levels alone, which tell little when the camera sets its own exposure"
    if then.exposure and it.exposure:
        ratio *= then.exposure / it.exposure
        by = "exposure allowed for"
    found = f"{100 * ratio:.0f}% of what it was, {by}"
    well = 1 - LIGHT_DRIFT <= ratio <= 1 / (1 - LIGHT_DRIFT)
    to_do = (
        "Wipe box and lens; if it stays so, replace the lamps" if ratio < 1 else "Turn the box's light down as before"
    )
    return _check("light", well, found, f"{to_do}, or calibrate again.")


def _sharpness(then: Measures, it: Measures) -> Check:
    if then.edge is None or it.edge is None:
        return Check("focus", True, f"not compared: no edge of the box lies well inside the photo. {_ELSEWHERE}")
    found = f"the box's sharpest edge is {100 * it.edge:.2f}% of the photo wide; it was {100 * then.edge:.2f}%"
    return _check("focus", it.edge <= 1.5 * then.edge + 0.001, found, "Focus the lens on the box.")


def _fall_off_change(field: FlatField, now: BareBox) -> float:
    """By how much of its light the box falls off otherwise, at the place in twenty where it does most."""
    flat = now.surface * field.gain
    rows, columns = flat.shape
    down, across = (np.arange(count) + 0.5 for count in (rows, columns))
    x, y = across * now.width / columns, down * now.height / rows
    left, right = max(now.box[0].x, now.box[3].x), min(now.box[1].x, now.box[2].x)
    top, bottom = max(now.box[0].y, now.box[1].y), min(now.box[2].y, now.box[3].y)
    on_box = flat[np.ix_((y > top) & (y < bottom), (x > left) & (x < right))]
    if not on_box.size:
        return 0.0
    return float(np.percentile(np.abs(on_box / max(float(np.median(on_box)), 1.0) - 1), 95))


def _moved(field: FlatField, now: BareBox) -> float:
    """How far the corner that moved most did, as a share of the photo's diagonal."""
    furthest = max(_apart(one, other) for one, other in zip(field.box, now.box, strict=True))
    return furthest / math.hypot(now.width, now.height)


def _known(spot: Spot, others: tuple[Spot, ...], width: int) -> bool:
    return any(_apart(spot.at, other.at) < 0.02 * width for other in others)


def _apart(one: Point, other: Point) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)


def _places(spots: tuple[Spot, ...], bare: BareBox) -> str:
    """How many spots, and where the first few lie, in words; empty when there are none."""
    places = list(dict.fromkeys(_place(spot.at, bare.width, bare.height) for spot in spots))
    more = ", and elsewhere" if len(places) > 4 else ""
    return f"{len(spots)} {'spot' if len(spots) == 1 else 'spots'}: {', '.join(places[:4])}{more}" * bool(spots)


def _place(at: Point, width: int, height: int) -> str:
    down = ("upper", "middle", "lower")[min(2, int(3 * at.y / height))]
    across = ("left", "middle", "right")[min(2, int(3 * at.x / width))]
    return "middle" if down == across else f"{down} {across}"
