"""How much a quadrilateral in a photo is like a film.

A film holds the box's light back, so the usual film is darker than what is around it, and what is around it is about
the brightest there is. A film on a masked box is the one thing that is unlike the even dark around it. A side that
runs along the photo's own edge is unseen: it speaks neither for a film nor against one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.film.order import medians, quantiles
from device.film.sides import (
    Quads,
    are_film_shaped,
    areas,
    brightness_beside,
    lie_inside,
    places_along,
    skews,
    straightness,
)

CLEAR_STEP = 7.0
"""Grey levels across a side that are well above what the eye takes for noise."""

FAINT_STEP = 3.0
"""Grey levels across a side that can be seen in an even dark."""

CLEAR_FILM_LEVEL = 212.0
"""Grey level that a lit box reaches in a fit photo, and the clear border of a film does not."""

ON_A_BOX = 2.5
"""Merit from which on a quadrilateral lies on a lit box; below, alone in the dark."""

SURE_STRAIGHT = 0.9
"""Share of each side that must lie right on its step for a film on a lit box to be sure."""

SKEWED = 0.5
"""Merit that a film seen aslant loses for a right angle turned by a radian, and as much for sides unlike: most films
are seen nearly from before, most quadrilaterals that mix a film's sides with other lines are not."""

WHITE_SHARE = 0.08
"""Share of the least film that is at the photo's white or above: there is no more of it in the dark."""

BESIDE = 3.0
"""Pixels of the small copy from a side to the places that are compared."""

LEAST_SEEN = 0.3
"""Share of a side that must lie in the photo for the side to be seen."""

NEAR_THE_EDGE = 6
"""Places along a side, an eighth of it, that must show it right up to where the film runs out of the photo."""

BEYOND = 0.35
"""How far a film's corner may lie outside the photo, as a share of the photo: of a turned film a corner is cut off."""

LIT_EVENLY, MOST_STRAY = 0.06, 0.2
"""How far light beside a film may stray on average from a slope across the photo, as a share of itself, and the most
that one place, a clip's perhaps, counts for.

Around films on boxes 25 to 150 times darker at one end the light strayed by 0.027 in half of the photos and by 0.059 in
nine of ten; around quadrilaterals inside those films by at least 0.064.
"""


@dataclass(frozen=True, eq=False)
class _Beside:
    """What is seen on both sides of the sides of quadrilaterals: all (n, 4, samples), but `seen` (n, 4)."""

    outside: NDArray[np.float32]
    inside: NDArray[np.float32]
    counts: NDArray[np.bool_]
    seen: NDArray[np.bool_]

    def share(self, holds: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The share (n, 4) of each side along which something holds; not-a-number for an unseen side."""
        counted = (holds & self.counts).sum(axis=2) / np.maximum(self.counts.sum(axis=2), 1)
        return np.where(self.seen, counted, np.nan)

    def reach_the_edge(self, holds: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether something holds (n,) along the sides right up to each side that is unseen."""
        # Of each side the counted places nearest to its beginning, and to its end.
        first = self.counts & (self.counts.cumsum(axis=2) <= NEAR_THE_EDGE)
        last = self.counts & (self.counts[..., ::-1].cumsum(axis=2)[..., ::-1] <= NEAR_THE_EDGE)
        begins, ends = ((holds & part).sum(axis=2) >= 0.6 * part.sum(axis=2) for part in (first, last))
        return np.asarray((self.seen | (np.roll(ends, 1, axis=1) & np.roll(begins, -1, axis=1))).all(axis=1))


def unseen_sides(shape: tuple[int, ...], quads: Quads) -> NDArray[np.bool_]:
    """Which of the sides of quadrilaterals (n, 4, 2) run along or beyond the edge of a picture of that
    shape: (n, 4)."""
    return np.asarray(lie_inside(shape, quads, BESIDE).mean(axis=2) < LEAST_SEEN)


def surround_level(soft: NDArray[np.generic]) -> float:
    """The brightness of most of the photo's own rim."""
    rim = max(2, round(0.02 * max(soft.shape)))
    parts = (soft[:rim], soft[-rim:], soft[:, :rim], soft[:, -rim:])
    return float(medians(np.concatenate([part.ravel() for part in parts])))


def film_merits(
    soft: NDArray[np.float32], quads: Quads, least_share: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How much each quadrilateral (n, 4, 2) of a softened small copy is like a film (n,), 0 when it is none; and
    whether it is one so surely that no other need be looked for (n,). A film covers `least_share` of the photo."""
    white = max(float(quantiles(soft.ravel(), 1 - WHITE_SHARE * least_share)), 1.0)
    counts = lie_inside(soft.shape, quads, BESIDE)
    inside = counts.mean(axis=2)
    beside = _Beside(
        brightness_beside(soft, quads, BESIDE), brightness_beside(soft, quads, -BESIDE), counts,
        inside >= LEAST_SEEN,
    )  # fmt: skip
    possible = are_film_shaped(quads) & near_the_photo(soft.shape, quads) & (beside.seen.sum(axis=1) >= 2)
    share = areas(quads) / soft.size * inside.mean(axis=1)
    straight = np.where(beside.seen, straightness(soft, quads), np.nan)
    # A side less to be seen is a side less to believe in: a film with four sides goes before any with fewer.
    doubt = 0.35 * (1 - inside).sum(axis=1) + SKEWED * np.sum(skews(quads), axis=0)
    merits = np.where(possible, _in_the_dark(soft, quads, beside, straight, white), 0.0)
    even = _light_strays(quads, beside) < LIT_EVENLY
    on_a_box = np.where(possible, _on_a_box(beside, straight, white, even), 0.0)
    merits = np.where(on_a_box > 0, ON_A_BOX + on_a_box, merits)
    sure = (on_a_box > 1.8) & beside.seen.all(axis=1) & (_least(straight) > SURE_STRAIGHT)
    aligned = 0.5 * _mean(straight)
    return np.where(merits > 0, np.maximum(merits + share + aligned - doubt, 0.01), 0.0), sure


def near_the_photo(shape: tuple[int, ...], quads: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether quadrilaterals (n, 4, 2) lie no more than BEYOND outside a picture of that shape: (n,)."""
    size = np.array([shape[1], shape[0]], np.float32)
    return np.asarray(((quads > -BEYOND * size) & (quads < (1 + BEYOND) * size)).all(axis=(1, 2)))


def _light_strays(quads: Quads, beside: _Beside) -> NDArray[np.float64]:
    """How far brightness outside the sides strays from a slope across the photo (n,), as a share of it."""
    x, y = np.moveaxis(places_along(quads), 3, 0).reshape(2, len(quads), -1) / 100 - 2
    light = np.log(np.maximum(beside.outside, 4.0)).reshape(len(quads), -1)
    weight = (beside.counts & beside.seen[..., None]).reshape(len(quads), -1).astype(np.float32)
    fields = np.stack([np.ones_like(x), x, y], axis=2)
    weighed = fields * weight[..., None]
    normal = weighed.transpose(0, 2, 1) @ fields + 1e-3 * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(normal, (weighed * light[..., None]).sum(axis=1)[..., None])
    away = np.abs(light - (fields @ slope)[..., 0])
    strays = np.minimum(away, MOST_STRAY) * weight
    return np.asarray(strays.sum(axis=1) / np.maximum(weight.sum(axis=1), 1))


def _on_a_box(
    beside: _Beside, straight: NDArray[np.float64], white: float, even: NDArray[np.bool_]
) -> NDArray[np.float64]:
    is_darker = beside.outside - beside.inside > CLEAR_STEP
    darker = beside.share(is_darker)
    # What lies beyond the photo counts as lit: it must not decide.
    lit = np.where(beside.counts & beside.seen[..., None], beside.outside, 255.0).reshape(len(darker), -1)
    glow = np.minimum(quantiles(lit, 0.25) / white, 1.0)
    all_seen = beside.seen.all(axis=1)
    sorted_straight = np.sort(np.where(np.isnan(straight), 1.0, straight), axis=1)
    sheet_like = (_mean(straight) > 0.7) & (sorted_straight[:, 1] > 0.6)
    # A blurred photo's edges wander, but the box around them is even and the step is there all along; the tissue
    # around a lung is neither.
    framed = all_seen & (_least(darker) > 0.93) & (_unevenness(beside.outside).mean(axis=1) < 0.025 * white)
    whole = all_seen & (_least(darker) > 0.45) & (_mean(darker) > 0.7) & (glow > 0.6) & (sheet_like | framed)
    partly = ~all_seen & (_least(darker) > 0.7) & (glow > 0.7) & (_least(straight) > 0.6)
    partly &= beside.reach_the_edge(is_darker)
    # A box lit from one end is dim at the other, but all around the film its light lies on one slope.
    sloped = (
        all_seen
        & even
        & (_least(darker) > 0.78)
        & (_mean(darker) > 0.92)
        & (_mean(straight) > 0.8)
        & (_least(straight) > 0.6)
    )
    glow = np.where(sloped, np.maximum(glow, 0.6), glow)
    return np.asarray(np.where(whole | partly | sloped, _mean(darker) + glow, 0.0))


def _in_the_dark(
    soft: NDArray[np.float32], quads: Quads, beside: _Beside, straight: NDArray[np.float64], white: float
) -> NDArray[np.float64]:
    surround = surround_level(soft)
    is_visible = np.abs(beside.outside - beside.inside) > FAINT_STEP
    visible = beside.share(is_visible)
    like_the_dark = np.abs(beside.outside - surround) < 3 * FAINT_STEP
    in_the_dark = beside.share(like_the_dark)
    alone = beside.share(like_the_dark | _smooth_outside(soft, quads, beside.outside))
    holds = (surround < 0.7 * white) & (_mean(in_the_dark) > 0.5) & (_least(alone) > 0.5) & (_mean(alone) > 0.75)
    holds &= (_least(visible) > 0.2) & (_mean(visible) > 0.55)
    holds &= beside.seen.all(axis=1) | ((_least(visible) > 0.7) & (_least(straight) > 0.6))
    holds &= beside.reach_the_edge(is_visible)
    # A film file on black has an even dark around it too, but its outline is a body's.
    holds &= (_mean(straight) > 0.7) & (_least(straight) > 0.3)
    # A light box's own outline is white and even along its inner edge, or it is as bright right to its middle.
    level, evenness = medians(beside.inside).min(axis=1), beside.inside.std(axis=2).max(axis=1)
    holds &= ~((level > max(0.75 * white, CLEAR_FILM_LEVEL)) & (evenness < 0.1 * white))
    holds &= _middle_levels(soft, quads) < 0.9 * white
    return np.asarray(np.where(holds, 0.4 * _mean(visible) + 0.4 * _mean(alone), 0.0))


def _smooth_outside(soft: NDArray[np.float32], quads: Quads, outside: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where brightness outside the sides (n, 4, samples) goes on evenly: a lamp's reflection beside a film does, what
    is on a film does not."""
    farther, farthest = (brightness_beside(soft, quads, BESIDE * times) for times in (2, 3))
    return np.asarray(np.abs(outside - 2 * farther + farthest) < FAINT_STEP)


def _middle_levels(soft: NDArray[np.float32], quads: Quads) -> NDArray[np.float64]:
    """The median brightness (n,) of places well inside the quadrilaterals."""
    middle = quads.mean(axis=1, keepdims=True)
    places = np.concatenate([middle + share * (quads - middle) for share in (0.2, 0.4, 0.6)], axis=1)
    x = np.clip(places[..., 0], 0, soft.shape[1] - 1).astype(int)
    y = np.clip(places[..., 1], 0, soft.shape[0] - 1).astype(int)
    return np.asarray(medians(soft[y, x]), np.float64)


def _mean(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the seen sides (n, 4) -> (n,); 0 where none is."""
    seen = ~np.isnan(sides)
    return np.asarray(np.where(seen, sides, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))


def _least(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least over the seen sides (n, 4) -> (n,); 1 where none is."""
    return np.asarray(np.where(np.isnan(sides), 1.0, sides).min(axis=1))


def _unevenness(beside: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far brightness along each side (n, 4) strays from a straight slope: its standard deviation."""
    along = np.arange(beside.shape[2]) - (beside.shape[2] - 1) / 2
    slope = (beside * along).sum(axis=2) / (along**2).sum()
    return np.asarray((beside - slope[..., None] * along).std(axis=2))
