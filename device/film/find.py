"""The film's four corners in a photo.

Coarse on a small copy: outlines of everything that is darker or brighter than a row of thresholds (as seen, and
relative to the light around it) are turned into quadrilaterals, and each is judged by the step in brightness across
its four sides. Refined on the working picture: the steepest step along many normals of each side, and a line through
them that outliers cannot bend. Where no film edge is to be seen, the photo is either cropped inside the film (then
the whole photo is the film) or holds none.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.outlines import outline_quads
from device.film.sides import Quads, are_film_shaped, brightness_beside, moved_onto_steps, straightness
from device.values import Corners, Grey, Picture, Point, Reason, Refusal

COARSE_SIDE = 400
"""Longest side in pixels of the small copy."""

LEAST_AREA = 0.06
"""A film covers at least this share of the photo; a smaller one is too far away to read."""

CLEAR_STEP = 7.0
"""Grey levels across a side that are well above what the eye takes for noise."""

CLEAR_FILM_LEVEL = 212.0
"""Grey level that a lit box reaches in a fit photo, and the clear border of a film does not."""

FAINT_STEP = 3.0
"""Grey levels across a side that can be seen in an even dark."""

LEAST_DETAIL = 0.006
"""How far half of a film's places differ from what is around them, as a share of its light.

Of 150 films, cropped by lot, all but one lay above 0.0086; of 50 rendered boxes without a film all lay below 0.005.
"""


def find(picture: Picture) -> Corners | Refusal:
    """The film's corners in photo pixels, or a Refusal when there is no film to see."""
    small, factor = _small(picture.pixels)
    best = _best(small)
    if best is None:
        if _is_inside_a_film(small):
            return Corners.of_whole_photo(picture.width, picture.height)
        return Refusal(
            Reason.NO_FILM,
            "No film is to be seen. Lay the film flat on the lit box, all four edges in the picture.",
        )
    quad = moved_onto_steps(small, best[None], reach=2.5)
    quad = moved_onto_steps(picture.pixels, quad * np.float32(factor), reach=1.5 * factor)[0]
    scale = np.array([picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0]], np.float32)
    top_left, top_right, bottom_right, bottom_left = (Point(float(x), float(y)) for x, y in quad * scale)
    return Corners(top_left, top_right, bottom_right, bottom_left)


def _small(pixels: Grey) -> tuple[Grey, float]:
    """A copy whose longest side is COARSE_SIDE, and how many working pixels one of its pixels is."""
    factor = max(pixels.shape) / COARSE_SIDE
    if factor <= 1:
        return pixels, 1.0
    size = (round(pixels.shape[1] / factor), round(pixels.shape[0] / factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def _best(small: Grey) -> NDArray[np.float32] | None:
    """The quadrilateral (4, 2) that is most like a film, None when none is."""
    quads = _quads(small)
    if not len(quads):
        return None
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)
    quads = moved_onto_steps(soft, quads, reach=2.5)
    merits = _merits(soft, quads)
    best = int(np.argmax(merits))
    if merits[best] <= 0:
        return None
    return np.asarray(quads[_with_its_border(soft, quads, merits, best)], np.float32)


def _with_its_border(soft: NDArray[np.float32], quads: Quads, merits: NDArray[np.float64], best: int) -> int:
    """The place of the best quadrilateral, or of one close around it whose frame is the film's clear border.

    A dark picture in a thin bright frame in the dark is a film on a box hardly larger than it, or a film with a clear
    border on a masked box. Clear film lets less than three quarters of the light through, so its frame is no white.
    """
    size = float(np.linalg.norm(quads[best][2] - quads[best][0]))
    frame = float(np.median(brightness_beside(soft, quads[best][None], 3.0)))
    if frame > CLEAR_FILM_LEVEL:
        return best
    middle = quads[best].mean(axis=0)
    grown = np.linalg.norm(quads - middle, axis=2) - np.linalg.norm(quads[best] - middle, axis=1)
    around = (merits > 0) & (grown.min(axis=1) > 2) & (grown.max(axis=1) < 0.08 * size)
    return int(np.argmax(np.where(around, merits, 0))) if around.any() else best


def _quads(small: Grey) -> Quads:
    """Every large four-sided outline at any threshold, without near-repeats."""
    soft = np.asarray(cv2.medianBlur(small, 5), np.uint8)
    around = cv2.GaussianBlur(cv2.dilate(soft, np.ones((31, 31), np.uint8)), (0, 0), 12)
    relative = np.asarray(cv2.divide(soft, around, scale=255), np.uint8)
    low, high = np.percentile(soft, (1, 99.5))
    levels = [(soft, level) for level in np.linspace(low + 4, high - 2, 18)]
    levels += [(relative, level) for level in np.linspace(130, 250, 12)]
    unlike = cv2.absdiff(soft, np.full_like(soft, round(_surround_level(soft))))
    levels += [(np.asarray(unlike, np.uint8), level) for level in (2, 4, 8, 16, 32)]
    outlines = [outline for pixels, level in levels for outline in _outlines(pixels, float(level))]
    found = [quad for outline in outlines for quad in outline_quads(outline, LEAST_AREA * small.size)]
    if not found:
        return np.empty((0, 4, 2), np.float32)
    quads = _ordered(np.stack(found))
    quads = quads[are_film_shaped(quads)]
    alike = (np.abs(quads[:, None] - quads[None]).max(axis=(2, 3)) < 2.5) if len(quads) else np.empty((0, 0), bool)
    return quads[~np.triu(alike, 1).any(axis=0)]


def _outlines(pixels: Grey, level: float) -> list[NDArray[np.int32]]:
    bright = cv2.threshold(pixels, level, 255, cv2.THRESH_BINARY)[1]
    found: list[NDArray[np.int32]] = []
    for smooth in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):  # cuts thin bridges in the light, then in the dark
        mask = cv2.morphologyEx(bright, smooth, np.ones((5, 5), np.uint8))
        outlines = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
        found += [np.asarray(outline, np.int32) for outline in outlines]
    return found


def _ordered(quads: Quads) -> Quads:
    """Clockwise as seen, from the corner nearest the photo's upper left."""
    from_middle = quads - quads.mean(axis=1, keepdims=True)
    turn = np.argsort(np.arctan2(from_middle[..., 1], from_middle[..., 0]), axis=1)
    clockwise = np.take_along_axis(quads, turn[..., None], axis=1)
    first = clockwise.sum(axis=2).argmin(axis=1)
    places = (first[:, None] + np.arange(4)) % 4
    return np.take_along_axis(clockwise, places[..., None], axis=1)


def _merits(soft: NDArray[np.float32], quads: Quads) -> NDArray[np.float64]:
    """How much each quadrilateral (n,) is like a film; 0 when it is none.

    A film holds the box's light back, so the usual film is darker than what is around it, and what is around it is
    about the brightest there is. A film on a masked box is the one bright thing in the dark.
    """
    height, width = soft.shape
    white = max(float(np.percentile(soft, 99.5)), 1.0)
    inside_photo = (
        (quads.min(axis=(1, 2)) > -4) & (quads[..., 0].max(1) < width + 4) & (quads[..., 1].max(1) < height + 4)
    )
    possible = are_film_shaped(quads) & inside_photo
    outside, inside = brightness_beside(soft, quads, 3.0), brightness_beside(soft, quads, -3.0)
    darker, brighter = ((way > CLEAR_STEP).mean(axis=2) for way in (outside - inside, inside - outside))
    glow = np.percentile(outside.reshape(len(quads), -1), 25, axis=1) / white
    share = np.array([abs(cv2.contourArea(quad)) for quad in quads]) / soft.size
    straight = straightness(soft, quads)
    sheet_like = (straight.mean(axis=1) > 0.5) & (np.sort(straight, axis=1)[:, 1] > 0.4)
    # A blurred photo's edges wander, but the box around them is even and the step is there all along; the tissue
    # around a lung is neither.
    framed = (darker.min(axis=1) > 0.93) & (_unevenness(outside).mean(axis=1) < 0.025 * white)
    on_a_box = (darker.min(axis=1) > 0.45) & (darker.mean(axis=1) > 0.7) & (glow > 0.6) & (sheet_like | framed)
    surround = _surround_level(soft)
    visible = (np.abs(outside - inside) > FAINT_STEP).mean(axis=2)
    alone = (np.abs(outside - surround) < 3 * FAINT_STEP).mean(axis=2)
    in_the_dark = (surround < 0.5 * white) & (alone.min(axis=1) > 0.6) & (alone.mean(axis=1) > 0.8)
    in_the_dark &= (visible.min(axis=1) > 0.2) & (visible.mean(axis=1) > 0.55)
    # A light box's own outline is bright and even along its whole inner edge.
    level, evenness = np.median(inside, axis=2), inside.std(axis=2)
    in_the_dark &= ~((level.min(axis=1) > 0.75 * white) & (evenness.max(axis=1) < 0.1 * white))
    merits = np.where(in_the_dark, 0.5 * visible.mean(axis=1) + 0.5 * alone.mean(axis=1) + share, 0.0)
    merits = np.where(on_a_box, 2.0 + darker.mean(axis=1) + glow + share, merits)
    return np.asarray(np.where(possible, merits, 0.0), np.float64)


def _surround_level(soft: NDArray[np.generic]) -> float:
    """The brightness of most of the photo's own rim."""
    rim = max(2, round(0.02 * max(soft.shape)))
    parts = (soft[:rim], soft[-rim:], soft[:, :rim], soft[:, -rim:])
    return float(np.median(np.concatenate([part.ravel() for part in parts])))


def _unevenness(beside: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far brightness along each side (n, 4) strays from a straight slope: its standard deviation."""
    along = np.arange(beside.shape[2]) - (beside.shape[2] - 1) / 2
    slope = (beside * along).sum(axis=2) / (along**2).sum()
    return np.asarray((beside - slope[..., None] * along).std(axis=2))


def _is_inside_a_film(small: Grey) -> bool:
    """Whether a photo without a film's outline is cropped inside one: detail nearly everywhere.

    A lit box without a film, a wall or a room is smooth but for a few outlines, so half of its places are hardly
    brighter or darker than what is around them.
    """
    fine = np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 2.0), np.float32)
    around = cv2.GaussianBlur(fine, (0, 0), 8.0)
    light = np.maximum(around, 0.15 * max(float(np.percentile(fine, 99.5)), 1.0))
    return float(np.median(np.abs(fine - around) / light)) > LEAST_DETAIL
