"""Whether more than one film lies on the box: then nobody can say whose film would be read.

Whatever is around the found film (the lit box, or a mask's even dark) is followed as far as it goes. What it leaves
out is a sheet if it is large, solid, bordered by those same surroundings on three sides at least, and no more even than
a film is. A room beyond the box's edge, a hand, a clip or a label fails one of these; so does a film of which only a
strip is in the photo, as on a box with room for several. Films that lie close together may have been found as one; then
the surroundings show between them.

In rendered scenes of validation films (the other film six tenths in the photo or more) 84 of 85 were refused; none of
the 772 validation films' own files, of 95 real film photos, and of 181 films with any fault at any level was.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.quads import quad_of
from device.film.refusals import REFUSALS
from device.film.shrink import shrunk
from device.values import Corners, Grey, Picture, Reason, Refusal

Outline = NDArray[np.int32]
"""A closed line of places (n, 1, 2)."""

SMALL_SIDE = 200
"""Longest side in pixels of the copy that is looked at."""

SMOOTH_STEP = 3
"""Grey levels from one pixel of the copy to the next that the surroundings may change by; a film's edge does more."""

WALL = 16
"""Grey levels that a place may lie below its neighbours (above, in the dark): more is the edge of a film. Without it
one could come in along an edge, whose brightness slowly changes as it crosses the pixels aslant."""

ALIKE = 0.06
"""Share by which the brightness beside the film may differ from most of it and still be that of the surroundings."""

LEAST_SIZE = 0.45
"""Share of the found film's area from which on another sheet could be meant."""

LEAST_SOLID = 0.9
"""Share of its hull that a sheet fills."""

LEAST_COVERED = 0.75
"""Share of the found film that the sheets in it must cover: lungs, which bright tissue may part, cover less."""

LEAST_BORDERED = 0.7
"""Share of a side along which the surroundings are to be seen, for the side to count."""

LEAST_DETAIL = 6.0
"""Standard deviation in grey levels of a sheet's inside: less is a bare card, or a room's dark."""


@dataclass(frozen=True)
class _Sheet:
    """Something film-like: its area in the copy's pixels, and whether it lies in the found film."""

    area: float
    found: bool


def assess_neighbours(picture: Picture, corners: Corners) -> Refusal | None:
    """A refusal when another film lies beside the found one, or was found together with it as one."""
    if corners.whole_photo:
        return None
    small, quad = _small(picture, corners)
    sheets = _sheets(small, quad)
    area = cv2.contourArea(quad)
    beside = any(not sheet.found and sheet.area > LEAST_SIZE * area for sheet in sheets)
    together = [sheet.area for sheet in sheets if sheet.found]
    together = [one for one in together if one > LEAST_SIZE * max(together)]
    if not beside and (len(together) < 2 or sum(together) < LEAST_COVERED * area):
        return None
    return REFUSALS[Reason.SEVERAL_FILMS]


def _small(picture: Picture, corners: Corners) -> tuple[Grey, NDArray[np.float32]]:
    """A small copy, and the found film's corners (4, 2) in it."""
    factor = max(1.0, max(picture.pixels.shape) / SMALL_SIDE)
    size = (round(picture.pixels.shape[1] / factor), round(picture.pixels.shape[0] / factor))
    small = shrunk(picture.pixels, *size)
    scale = np.array([size[0] / picture.width, size[1] / picture.height])
    quad = quad_of(corners) * scale
    return small, quad.astype(np.float32)


def _sheets(small: Grey, quad: NDArray[np.float32]) -> list[_Sheet]:
    film = np.zeros_like(small)
    cv2.fillConvexPoly(film, np.round(_grown(quad, 1.5)).astype(np.int32), 1)
    # Beside the found film it counts as surroundings, as the two may touch; within it only what shows between films.
    return [
        *_sheets_in(small, _surroundings(small, quad, walls=True) | film, quad, found=False),
        *_sheets_in(small, _surroundings(small, quad, walls=False) | (1 - film), quad, found=True),
    ]


def _sheets_in(small: Grey, around: Grey, quad: NDArray[np.float32], *, found: bool) -> list[_Sheet]:
    """The sheets that these surroundings leave out."""
    rest = cv2.morphologyEx(1 - around, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    seen = np.asarray(cv2.dilate(around, np.ones((3, 3), np.uint8)), np.uint8)
    least = 0.2 * cv2.contourArea(quad)
    outlines = cv2.findContours(rest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    large = [(np.asarray(one, np.int32), cv2.contourArea(one)) for one in outlines]
    return [_Sheet(area, found) for one, area in large if area > least and _is_sheet(small, seen, one)]


def _grown(quad: NDArray[np.float32], pixels: float) -> NDArray[np.float32]:
    """The quadrilateral with its corners moved outwards."""
    out = quad - quad.mean(axis=0)
    return np.asarray(quad + pixels * out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)


def _surroundings(small: Grey, quad: NDArray[np.float32], *, walls: bool) -> Grey:
    """1 wherever one comes from right beside the film without crossing an edge, (h, w).

    With `walls` nor along one, which closes the narrowest gaps.
    """
    height, width = small.shape
    ring = _grown(quad, 3.5)
    shares = np.array([0.2, 0.35, 0.5, 0.65, 0.8])[:, None, None]
    places = np.round(ring + shares * (np.roll(ring, -1, axis=0) - ring)).astype(int).reshape(-1, 2)
    places = places[((places >= 0) & (places < (width, height))).all(axis=1)]
    if not len(places):
        return np.zeros_like(small)
    levels = small[places[:, 1], places[:, 0]].astype(float)
    # A place beside the film may already be another film, where the two lie close together.
    most = float(np.median(levels))
    closed = _walls(small, quad, most) if walls else np.zeros_like(small)
    reached = cv2.copyMakeBorder(closed, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    for x, y in places[np.abs(levels - most) < ALIKE * most + SMOOTH_STEP]:
        if not reached[y + 1, x + 1]:
            flags = 8 | cv2.FLOODFILL_MASK_ONLY | (2 << 8)
            cv2.floodFill(small, reached, (int(x), int(y)), 0, SMOOTH_STEP, SMOOTH_STEP, flags)
    return np.asarray(reached[1:-1, 1:-1] == 2, np.uint8)


def _walls(small: Grey, quad: NDArray[np.float32], around: float) -> Grey:
    """1 on the film's side of every edge, seen from surroundings of that brightness, (h, w)."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    x, y = np.clip(quad.mean(axis=0), 0, (small.shape[1] - 1, small.shape[0] - 1)).astype(int)
    if around > small[y, x]:
        step = cv2.subtract(cv2.dilate(small, cross), small)
    else:
        step = cv2.subtract(small, cv2.erode(small, cross))
    return np.asarray(step > WALL, np.uint8)


def _is_sheet(small: Grey, seen: Grey, outline: Outline) -> bool:
    """Whether what has this outline lies on the surroundings like a sheet, and is as uneven as a film.

    `seen` is 1 where the surroundings are, or right beside them.
    """
    hull = cv2.convexHull(outline)
    if cv2.contourArea(outline) < LEAST_SOLID * cv2.contourArea(hull):
        return False
    polygon = np.asarray(cv2.approxPolyDP(hull, 3.0, True), np.float32)[:, 0]
    least = 0.25 * np.sqrt(cv2.contourArea(hull))
    ends = np.roll(polygon, -1, axis=0)
    long = np.linalg.norm(ends - polygon, axis=1) > least
    middle = polygon.mean(axis=0)
    bordered = sum(_is_bordered(seen, *side, middle) for side in zip(polygon[long], ends[long], strict=True))
    inside = np.zeros_like(small)
    cv2.fillConvexPoly(inside, np.round(middle + 0.85 * (polygon - middle)).astype(np.int32), 1)
    return bordered >= 3 and float(small[inside > 0].std()) > LEAST_DETAIL


def _is_bordered(
    seen: Grey, first: NDArray[np.float32], last: NDArray[np.float32], middle: NDArray[np.float32]
) -> bool:
    """Whether the surroundings are to be seen right beyond a side, away from the sheet's middle; what lies beyond the
    photo's own edge is none of them."""
    along = (last - first) / np.linalg.norm(last - first)
    normal = np.array([along[1], -along[0]])
    normal = normal if normal @ (first - middle) > 0 else -normal
    places = np.round(first + 2 * normal + np.linspace(0.1, 0.9, 24)[:, None] * (last - first)).astype(int)
    inside = ((places >= 0) & (places < seen.shape[::-1])).all(axis=1)
    x, y = places[inside].T
    return float(seen[y, x].sum()) > LEAST_BORDERED * len(places)
