"""What a photo of the bare, lit box tells: how bright, even, tinted, dirty and sharp it is.

Brightness is in grey levels (0 to 255) as the camera gives them, evenness and spots are shares of those: a camera's
tone curve is nearly a power law, under which a box that is half as bright in one corner gives the same share of grey
there whatever lies on it. A bare box has little to focus on; its own edges are all there is, where they are to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.box_edges import edge_width
from device.film.sides import clockwise
from device.values import Grey, Picture, Point

Cells = NDArray[np.float32]
"""A small map (rows, columns) laid over the whole photo."""

CELLS = 64
"""Cells along the photo's longer side: fine enough for the bands of five tubes, too coarse for dirt to show in them."""

LEAST_CELLS = 60
"""Cells wholly on the box that its light can be told from."""

SPOILT = 0.05
"""Share by which a cell differs from the middling one around it when more than half of it is dirt."""

LIT = 0.45
"""Share of the box's brightest grey levels above which a place is lit; a room's light on the frame stays below."""

LEAST_AREA = 0.06
"""Share of the photo that a box covers at least; a film that is smaller is refused as well."""

LEAST_LEVEL = 30.0
"""Grey levels of the brightest places below which no lit box is to be seen."""

WHITE = 252
SPOT = 0.05
"""Share by which a spot is darker or brighter than the box around it: half of that is noise in a good photo."""

SPOT_SIDE = 0.0015
"""Share of the photo's longer side: smaller spots are grain. Two photo pixels in 1400, half a millimetre on a box."""


@dataclass(frozen=True)
class Spot:
    """Dirt: where, in photo pixels; how wide, in photo pixels; how much darker (negative) or brighter, as a share."""

    at: Point
    width: float
    contrast: float


@dataclass(frozen=True)
class Measures:
    """What was measured, the pictures apart.

    `level` is the lit area's median in grey levels and `clipped` the share of it at the camera's white; `exposure` is
    seconds times gain (1 at ISO 100), None where the photo does not tell; `evenness` the darkest cell as a share of the
    brightest; `red` and `blue` those channels' means as shares of green; `steepest` the largest change of brightness
    across two cells, as a share, the box's broad fall-off taken out; `edge` how wide the box's sharpest edge is, as a
    share of the photo's longer side, None where no edge is to be seen.
    """

    level: float
    clipped: float
    exposure: float | None
    evenness: float
    red: float
    blue: float
    steepest: float
    spots: tuple[Spot, ...]
    edge: float | None


@dataclass(frozen=True, eq=False)
class BareBox:
    """A measured bare box in a photo of `width` x `height` pixels.

    `box` are its corners in photo pixels (TL TR BR BL), `surface` its light in grey levels over the whole photo,
    carried on smoothly where the box is not.
    """

    width: int
    height: int
    box: tuple[Point, Point, Point, Point]
    surface: Cells
    measures: Measures


def measure(picture: Picture, colours: NDArray[np.uint8], exposure: float | None = None) -> BareBox | None:
    """Measure a photo of the bare box, None when no lit box is to be seen.

    `colours` is the same photo, of any size, shape (height, width, 3) in blue, green, red.
    """
    grey = picture.pixels
    lit = _lit(grey)
    if lit is None:
        return None
    longest = max(grey.shape)
    # The outermost rim is left out: there the light falls off into the frame.
    inner = cv2.erode(lit, np.ones((3, 3), np.uint8), iterations=max(1, longest // 50), borderValue=1)
    cells, valid = _cells(grey, np.asarray(inner, np.uint8))
    if valid.sum() < LEAST_CELLS:
        return None
    surface, rest = _surface(cells, valid)
    corners = _corners(lit)
    scale = np.array([picture.width / grey.shape[1], picture.height / grey.shape[0]], np.float32)
    level, inside = float(np.median(surface[valid])), grey[inner > 0]
    red, blue = _tint(colours)
    measures = Measures(
        level=level,
        clipped=float((inside >= WHITE).mean()),
        exposure=exposure,
        evenness=float(surface[valid].min() / surface[valid].max()),
        red=red,
        blue=blue,
        steepest=_steepest(rest, valid),
        spots=_spots(grey, surface, np.asarray(inner, np.uint8), scale),
        edge=edge_width(grey, corners),
    )
    first, second, third, last = (Point(float(x), float(y)) for x, y in corners * scale)
    return BareBox(picture.width, picture.height, (first, second, third, last), surface, measures)


def _lit(grey: Grey) -> NDArray[np.uint8] | None:
    """1 on the lit box, dirt on it included, 0 around it; None when there is none."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    bright = float(np.percentile(soft[::4, ::4], 99))
    if bright < LEAST_LEVEL:
        return None
    mask = cv2.threshold(soft, LIT * bright, 1, cv2.THRESH_BINARY)[1]
    outlines = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    largest = max(outlines, key=cv2.contourArea)
    if cv2.contourArea(largest) < LEAST_AREA * grey.size:
        return None
    lit = np.zeros(grey.shape, np.uint8)
    cv2.drawContours(lit, [largest], -1, 1, cv2.FILLED)
    return lit


def _corners(lit: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The lit area as a quadrilateral (4, 2) in working pixels, clockwise from the upper left."""
    outline = cv2.findContours(lit, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0]
    hull = cv2.convexHull(outline)
    quad = np.asarray(cv2.approxPolyN(hull, 4, ensure_convex=True), np.float32).reshape(-1, 2)
    if len(quad) != 4:
        quad = np.asarray(cv2.boxPoints(cv2.minAreaRect(hull)), np.float32)
    quad = np.clip(quad, 0, (lit.shape[1], lit.shape[0])).astype(np.float32)
    return np.asarray(clockwise(quad[None])[0], np.float32)


def _cells(grey: Grey, inner: NDArray[np.uint8]) -> tuple[Cells, NDArray[np.bool_]]:
    """The median grey level of each cell, and which cells lie wholly on the box."""
    rows, columns = cell_shape(*grey.shape)
    down = np.linspace(0, grey.shape[0], rows + 1).astype(int)
    across = np.linspace(0, grey.shape[1], columns + 1).astype(int)
    cells = np.zeros((rows, columns), np.float32)
    valid = np.zeros((rows, columns), np.bool_)
    for row in range(rows):
        for column in range(columns):
            part = (slice(down[row], down[row + 1]), slice(across[column], across[column + 1]))
            valid[row, column] = bool(inner[part].all())
            cells[row, column] = np.median(grey[part])
    return cells, valid


def cell_shape(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the cells over a photo of this shape."""
    longest = max(height, width)
    return max(2, round(CELLS * height / longest)), max(2, round(CELLS * width / longest))


def _surface(cells: Cells, valid: NDArray[np.bool_]) -> tuple[Cells, Cells]:
    """The box's light over the whole photo, smooth; and what of it no parabola tells, as logarithms.

    The parabola is taken out before smoothing and put back after: what is left is nearly flat, so that neither the rim
    of the box nor what lies beyond it is pulled towards the middle.
    """
    rows, columns = cells.shape
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    logs = np.log(np.maximum(cells, 1.0))
    # A cell that stands out from those beside it was spoilt by dirt.
    beside = cv2.medianBlur(_carried_on(logs, valid), 5)
    valid = valid & (np.abs(logs - beside) < SPOILT)
    parabola = terms @ np.linalg.lstsq(terms[valid], logs[valid], rcond=None)[0]
    rest = cv2.medianBlur(_carried_on(np.asarray(logs - parabola, np.float32), valid), 3)
    smooth = cv2.GaussianBlur(rest, (0, 0), 0.8, borderType=cv2.BORDER_REPLICATE)
    return np.minimum(np.exp(smooth + parabola), 255.0).astype(np.float32), np.asarray(rest, np.float32)


def _carried_on(cells: Cells, valid: NDArray[np.bool_]) -> Cells:
    """Cells that are not valid filled from the nearest that are, ring by ring."""
    filled, known = np.where(valid, cells, 0).astype(np.float32), valid.astype(np.float32)
    while not known.all():
        total = cv2.blur(filled * known, (3, 3), borderType=cv2.BORDER_CONSTANT)
        weight = cv2.blur(known, (3, 3), borderType=cv2.BORDER_CONSTANT)
        fresh = (known == 0) & (weight > 1e-6)
        filled[fresh] = total[fresh] / weight[fresh]
        known[fresh] = 1
    return filled


def _steepest(rest: Cells, valid: NDArray[np.bool_]) -> float:
    """The largest change across two cells that both lie on the box: an even light has none, a film's edge has."""
    down = np.abs(rest[2:] - rest[:-2])[valid[2:] & valid[:-2]]
    across = np.abs(rest[:, 2:] - rest[:, :-2])[valid[:, 2:] & valid[:, :-2]]
    return float(1 - np.exp(-np.concatenate([down, across, [0.0]]).max()))


def laid_over(cells: Cells, height: int, width: int) -> NDArray[np.float32]:
    """A map of cells as large as a picture, smooth between the cells' middles."""
    return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _spots(grey: Grey, surface: Cells, inner: NDArray[np.uint8], scale: NDArray[np.float32]) -> tuple[Spot, ...]:
    """Small places that differ from the light around them, the widest first."""
    soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
    share = (soft / np.maximum(laid_over(surface, *grey.shape), 1.0) - 1) * inner
    grain = 1.4826 * float(np.median(np.abs(share[inner > 0])))
    mask = (np.abs(share) > max(SPOT, 6 * grain)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)
    count, labels, facts, middles = cv2.connectedComponentsWithStats(mask, connectivity=8)
    least = (SPOT_SIDE * max(grey.shape)) ** 2
    spots = []
    for number in range(1, count):
        if facts[number, cv2.CC_STAT_AREA] < least:
            continue
        left, top, wide, high = (int(value) for value in facts[number, :4])
        part = (slice(top, top + high), slice(left, left + wide))
        values = np.asarray(share[part][labels[part] == number], np.float32)
        x, y = middles[number]
        at = Point(float((x + 0.5) * scale[0]), float((y + 0.5) * scale[1]))
        spots.append(Spot(at, float(max(wide, high) * scale.mean()), float(values[np.abs(values).argmax()])))
    return tuple(sorted(spots, key=lambda spot: -spot.width))


def _tint(colours: NDArray[np.uint8]) -> tuple[float, float]:
    """Red and blue as shares of green over the lit area, clipped places left out."""
    brightest = np.asarray(colours.max(axis=2), np.uint8)
    places = (brightest > LIT * float(np.percentile(brightest, 99))) & (brightest < WHITE)
    if not places.any():
        return 1.0, 1.0
    blue, green, red = (float(colours[..., channel][places].mean()) for channel in range(3))
    return red / max(green, 1.0), blue / max(green, 1.0)
