"""The film's four corners in a photo.

Coarse on a small copy: the quadrilaterals that its clear straight lines form are judged by the step in brightness
across their four sides. Where none is a film for sure, so are those of faint lines, and the outlines of everything that
is darker or brighter than a row of thresholds (as seen, and relative to the light around it). Refined on the working
picture: the steepest step along many normals of each side, and a line through them that outliers cannot bend. Where no
film edge is to be seen, the photo is either cropped inside the film (then the whole photo is the film) or holds none.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.lines import clear_quads, faint_quads
from device.film.merit import BESIDE, CLEAR_FILM_LEVEL, ON_A_BOX, film_merits, unseen_sides
from device.film.outlines import NO_QUADS, hull_quads, large_outlines
from device.film.quads import corners_of
from device.film.shrink import shrunk
from device.film.sides import Quads, are_film_shaped, areas, brightness_beside, clockwise, moved_onto_steps
from device.values import Corners, Grey, Picture, Reason, Refusal, Side

COARSE_SIDE = 400
"""Longest side in pixels of the small copy."""

LEAST_AREA = 0.06
"""A film covers at least this share of the photo; a smaller one is too far away to read."""

BORDER_REACH = 4.0
"""Pixels of the small copy that a film's edge may lie outside the quadrilateral found: a clear border is as narrow."""

FAR_AREA = 0.0025
"""Share of the photo that a film far away still covers."""

FAR_SIDE = 2 * COARSE_SIDE
"""Longest side in pixels of the copy in which a film far away is looked for."""

MOST_OUTSIDE = 0.03
"""How far a corner may lie outside the photo before the film is cut off, as a share of its diagonal: a little more
than the 0.015 that a careful technician leaves out."""

BOX_MARGIN = 0.035
"""How far a light box reaches beyond a film at least, as a share of the film's diagonal."""

MOST_CUT_OFF = 0.65
"""A film that runs over the photo's edge and fills more of the photo than this is cropped on purpose."""

LEAST_DETAIL = 0.006
"""How far half of a film's places differ from what is around them, as a share of its light.

Of 150 films, cropped by lot, all but one lay above 0.0086; of 50 rendered boxes without a film all lay below 0.005.
"""


def find(picture: Picture, *, quick: bool = False) -> Corners | Refusal:
    """The film's corners in photo pixels, or a Refusal when there is no film to see.

    A `quick` look, for frames that come and go, does not look for a film whose edges are faint.
    """
    small, factor = _small(picture.pixels)
    best = _best(small, quick=quick)
    if best is None:
        if _is_inside_a_film(small):
            return Corners.of_whole_photo(picture.width, picture.height)
        if not quick and _is_far(_small(picture.pixels, FAR_SIDE)[0]):
            return Refusal(
                Reason.TOO_SMALL, "The film is far away. Move the camera closer until the film fills the picture."
            )
        return Refusal(
            Reason.NO_FILM,
            "No film is to be seen. Lay the film flat on the lit box, all four edges in the picture.",
        )
    unseen = unseen_sides(small.shape, best[None])[0]
    if unseen.any() and cv2.contourArea(best) > MOST_CUT_OFF * small.size:
        return Corners.of_whole_photo(picture.width, picture.height)
    quad = moved_onto_steps(small, best[None], reach=BORDER_REACH, unseen=unseen)
    quad = moved_onto_steps(picture.pixels, quad * np.float32(factor), reach=1.5 * factor, unseen=unseen)[0]
    scale = np.array([picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0]], np.float32)
    cut_off = tuple(side for side, is_cut in zip(Side, unseen | _outside(picture, quad), strict=True) if is_cut)
    return replace(corners_of(quad * scale), cut_off=cut_off)


def _outside(picture: Picture, quad: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Beyond which edges of the photo (4,), as Side names them, a corner of a film (4, 2) in working pixels lies."""
    least = MOST_OUTSIDE * float(np.linalg.norm(quad[2] - quad[0]))
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    height, width = picture.pixels.shape
    return np.array([top < -least, right > width + least, bottom > height + least, left < -least])


def _small(pixels: Grey, side: int = COARSE_SIDE) -> tuple[Grey, float]:
    """A copy whose longest side is that many pixels, and how many working pixels one of its pixels is."""
    factor = max(pixels.shape) / side
    if factor <= 1:
        return pixels, 1.0
    return shrunk(pixels, round(pixels.shape[1] / factor), round(pixels.shape[0] / factor)), factor


def _best(small: Grey, *, quick: bool) -> NDArray[np.float32] | None:
    """The quadrilateral (4, 2) that is most like a film, None when none is."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)
    quads, merits, sure = _judged(soft, [clear_quads(small, LEAST_AREA)])
    if not sure and not quick:
        # Faint lines, and what is darker or brighter than its surroundings without a straight edge to be seen.
        more = [quads, faint_quads(small, LEAST_AREA), *map(hull_quads, large_outlines(small, LEAST_AREA))]
        more_quads, more_merits, _ = _judged(soft, more, wide=True)
        quads, merits = np.concatenate([quads, more_quads]), np.concatenate([merits, more_merits])
    if not len(quads) or merits.max() <= 0:
        return None
    return np.asarray(quads[_with_its_border(soft, quads, merits, int(np.argmax(merits)))], np.float32)


def _is_far(small: Grey) -> bool:
    """Whether there is a film too small to be looked for."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.7), np.float32)
    outlines = large_outlines(small, FAR_AREA)
    quads, merits, _ = _judged(soft, [hull_quads(outline) for outline in outlines], FAR_AREA)
    return bool(len(quads)) and bool(merits.max() > 0)


def _judged(
    soft: NDArray[np.float32], found: list[Quads], least_share: float = LEAST_AREA, *, wide: bool = False
) -> tuple[Quads, NDArray[np.float64], bool]:
    """The quadrilaterals that can be a sheet, without near-repeats, moved onto the steps near them; their merits; and
    whether the best is a film for sure."""
    quads = clockwise(np.concatenate(found)) if found else NO_QUADS
    quads = quads[are_film_shaped(quads) & (areas(quads) >= least_share * soft.size)]
    if not len(quads):
        return quads, np.empty(0), False
    alike = np.abs(quads[:, None] - quads[None]).max(axis=(2, 3)) < 2.5
    quads = quads[~np.triu(alike, 1).any(axis=0)]
    if wide:
        quads = np.concatenate([quads, moved_onto_steps(soft, quads, 5.0, unseen_sides(soft.shape, quads))])
    quads = moved_onto_steps(soft, quads, 2.5, unseen_sides(soft.shape, quads))
    merits, sure = film_merits(soft, quads, least_share)
    return quads, merits, bool(sure[np.argmax(merits)])


def _with_its_border(soft: NDArray[np.float32], quads: Quads, merits: NDArray[np.float64], best: int) -> int:
    """The place of the best quadrilateral, or of one around it that is alone in the dark.

    A dark picture in a bright frame in the dark is a film on a lit box, or a part of a film, its clear border perhaps,
    on a masked box. Clear film lets less than three quarters of the light through, so the frame of a part of a film is
    no white; and a box reaches farther than the film on all four sides.
    """
    frame = float(np.median(brightness_beside(soft, quads[best][None], BESIDE)))
    if merits[best] < ON_A_BOX or frame > CLEAR_FILM_LEVEL:
        return best
    inner = quads[best]
    size = float(np.linalg.norm(inner[2] - inner[0]))
    middles = (inner + np.roll(inner, -1, axis=0)) / 2
    sizes = areas(quads)
    around = (merits > 0) & (merits < ON_A_BOX) & (sizes > sizes[best])
    for place in np.flatnonzero(around):
        gaps = [cv2.pointPolygonTest(quads[place], point.tolist(), True) for point in middles]
        around[place] = min(gaps) > -2 and float(np.median(gaps)) < BOX_MARGIN * size
    return int(np.argmax(np.where(around, merits, 0))) if around.any() else best


def _is_inside_a_film(small: Grey) -> bool:
    """Whether a photo without a film's outline is cropped inside one: detail nearly everywhere.

    A lit box without a film, a wall or a room is smooth but for a few outlines, so half of its places are hardly
    brighter or darker than what is around them.
    """
    fine = np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 2.0), np.float32)
    # A wide blur loses nothing in a copy of a quarter of the size, and takes far less time.
    quarter = cv2.GaussianBlur(cv2.resize(fine, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), (0, 0), 2.0)
    around = cv2.resize(quarter, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    light = np.maximum(around, 0.15 * max(float(np.percentile(fine, 99.5)), 1.0))
    return float(np.median(np.abs(fine - around) / light)) > LEAST_DETAIL
