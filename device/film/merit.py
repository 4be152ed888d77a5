"""How much a quadrilateral in a photo is like a film.

A film holds the box's light back, so the usual film is darker than what is around it, and what is around it is about
the brightest there is. A film on a masked box is the one thing that is unlike the even dark around it. A side that
runs along the photo's own edge is unseen: it speaks neither for a film nor against one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.film.sides import Quads, are_film_shaped, areas, brightness_beside, lie_inside, straightness

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

BESIDE = 3.0
"""Pixels of the small copy from a side to the places that are compared."""

LEAST_SEEN = 0.3
"""Share of a side that must lie in the photo for the side to be seen."""

BEYOND = 0.1
"""How far a film's corner may lie outside the photo, as a share of the photo."""


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


def unseen_sides(shape: tuple[int, ...], quad: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of a quadrilateral's (4, 2) sides run along or beyond the edge of a picture of that shape: (4,)."""
    return np.asarray(lie_inside(shape, quad[None], BESIDE).mean(axis=2)[0] < LEAST_SEEN)


def surround_level(soft: NDArray[np.generic]) -> float:
    """The brightness of most of the photo's own rim."""
    rim = max(2, round(0.02 * max(soft.shape)))
    parts = (soft[:rim], soft[-rim:], soft[:, :rim], soft[:, -rim:])
    return float(np.median(np.concatenate([part.ravel() for part in parts])))


def film_merits(soft: NDArray[np.float32], quads: Quads) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How much each quadrilateral (n, 4, 2) of a softened small copy is like a film (n,), 0 when it is none; and
    whether it is one so surely that no other need be looked for (n,)."""
    white = max(float(np.percentile(soft, 99.5)), 1.0)
    counts = lie_inside(soft.shape, quads, BESIDE)
    beside = _Beside(
        brightness_beside(soft, quads, BESIDE), brightness_beside(soft, quads, -BESIDE), counts,
        counts.mean(axis=2) >= LEAST_SEEN,
    )  # fmt: skip
    possible = are_film_shaped(quads) & _near_the_photo(soft.shape, quads) & (beside.seen.sum(axis=1) >= 2)
    share = areas(quads) / soft.size
    straight = np.where(beside.seen, straightness(soft, quads), np.nan)
    # A side less to be seen is a side less to believe in: a film with four sides goes before any with fewer.
    doubt = 0.35 * (4 - beside.seen.sum(axis=1))
    merits = np.where(possible, _in_the_dark(soft, quads, beside, straight, white), 0.0)
    on_a_box = np.where(possible, _on_a_box(beside, straight, white), 0.0)
    merits = np.where(on_a_box > 0, ON_A_BOX + on_a_box, merits)
    sure = (on_a_box > 1.8) & beside.seen.all(axis=1) & (_least(straight) > SURE_STRAIGHT)
    aligned = 0.5 * _mean(straight)
    return np.where(merits > 0, np.maximum(merits + share + aligned - doubt, 0.01), 0.0), sure


def _near_the_photo(shape: tuple[int, ...], quads: Quads) -> NDArray[np.bool_]:
    size = np.array([shape[1], shape[0]], np.float32)
    return np.asarray(((quads > -BEYOND * size) & (quads < (1 + BEYOND) * size)).all(axis=(1, 2)))


def _on_a_box(beside: _Beside, straight: NDArray[np.float64], white: float) -> NDArray[np.float64]:
    darker = beside.share(beside.outside - beside.inside > CLEAR_STEP)
    # What lies beyond the photo counts as lit: it must not decide.
    lit = np.where(beside.counts & beside.seen[..., None], beside.outside, 255.0).reshape(len(darker), -1)
    glow = np.minimum(np.percentile(lit, 25, axis=1) / white, 1.0)
    all_seen = beside.seen.all(axis=1)
    sorted_straight = np.sort(np.where(np.isnan(straight), 1.0, straight), axis=1)
    sheet_like = (_mean(straight) > 0.7) & (sorted_straight[:, 1] > 0.6)
    # A blurred photo's edges wander, but the box around them is even and the step is there all along; the tissue
    # around a lung is neither.
    framed = all_seen & (_least(darker) > 0.93) & (_unevenness(beside.outside).mean(axis=1) < 0.025 * white)
    whole = all_seen & (_least(darker) > 0.45) & (_mean(darker) > 0.7) & (glow > 0.6) & (sheet_like | framed)
    partly = ~all_seen & (_least(darker) > 0.7) & (glow > 0.7) & (_least(straight) > 0.6)
    return np.asarray(np.where(whole | partly, _mean(darker) + glow, 0.0))


def _in_the_dark(
    soft: NDArray[np.float32], quads: Quads, beside: _Beside, straight: NDArray[np.float64], white: float
) -> NDArray[np.float64]:
    surround = surround_level(soft)
    visible = beside.share(np.abs(beside.outside - beside.inside) > FAINT_STEP)
    like_the_dark = np.abs(beside.outside - surround) < 3 * FAINT_STEP
    in_the_dark = beside.share(like_the_dark)
    alone = beside.share(like_the_dark | _smooth_outside(soft, quads, beside.outside))
    holds = (surround < 0.7 * white) & (_mean(in_the_dark) > 0.5) & (_least(alone) > 0.5) & (_mean(alone) > 0.75)
    holds &= (_least(visible) > 0.2) & (_mean(visible) > 0.55)
    holds &= beside.seen.all(axis=1) | ((_least(visible) > 0.7) & (_least(straight) > 0.6))
    # A film file on black has an even dark around it too, but its outline is a body's.
    holds &= (_mean(straight) > 0.7) & (_least(straight) > 0.3)
    # A light box's own outline is white and even along its inner edge, or it is as bright right to its middle.
    level, evenness = np.median(beside.inside, axis=2).min(axis=1), beside.inside.std(axis=2).max(axis=1)
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
    return np.asarray(np.median(soft[y, x], axis=1), np.float64)


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
