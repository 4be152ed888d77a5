"""The film's four corners in a photo.

Coarse on a small copy: outlines of everything that is darker or brighter than a row of thresholds (as seen, and
relative to the light around it) are turned into quadrilaterals, and each is judged by the step in brightness across
its four sides. Refined on the working picture: the steepest step along many normals of each side, and a line through
them that outliers cannot bend. Where no film edge is to be seen, the photo is either cropped inside the film (then
the whole photo is the film) or holds none.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Corners, Grey, Picture, Point, Reason, Refusal

Quad = NDArray[np.float32]
"""Four corners (4, 2) as x, y in the order TL TR BR BL."""

COARSE_SIDE = 400
"""Longest side in pixels of the small copy."""

LEAST_AREA = 0.06
"""A film covers at least this share of the photo; a smaller one is too far away to read."""

_SAMPLES = np.linspace(0.06, 0.94, 40, dtype=np.float32)
"""Places along a side where its step is measured; the ends are left to rounded corners and clips."""


@dataclass(frozen=True, eq=False)
class _Candidate:
    quad: Quad
    merit: float


def find(picture: Picture) -> Corners | Refusal:
    """The film's corners in photo pixels, or a Refusal when there is no film to see."""
    small, factor = _small(picture.pixels)
    best = _best_candidate(small)
    if best is None:
        if _is_inside_a_film(small):
            return _corners(_whole(picture.width, picture.height), whole_photo=True)
        return Refusal(
            Reason.NO_FILM,
            "No film is to be seen. Lay the film flat on the lit box, all four edges in the picture.",
        )
    quad = _refine(small, best.quad, reach=2.5)
    quad = _refine(picture.pixels, quad * factor, reach=1.5 * factor)
    scale = np.array([picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0]], np.float32)
    return _corners(quad * scale, whole_photo=False)


def _corners(quad: Quad, *, whole_photo: bool) -> Corners:
    points = [Point(float(x), float(y)) for x, y in quad]
    return Corners(points[0], points[1], points[2], points[3], whole_photo)


def _whole(width: int, height: int) -> Quad:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _small(pixels: Grey) -> tuple[Grey, float]:
    """A copy whose longest side is COARSE_SIDE, and how many working pixels one of its pixels is."""
    factor = max(pixels.shape) / COARSE_SIDE
    if factor <= 1:
        return pixels, 1.0
    size = (round(pixels.shape[1] / factor), round(pixels.shape[0] / factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def _best_candidate(small: Grey) -> _Candidate | None:
    soft = cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32)
    white = float(np.percentile(soft, 99.5))
    candidates = [_judge(soft, quad, white) for quad in _quads(small)]
    good = [candidate for candidate in candidates if candidate is not None]
    return max(good, key=lambda candidate: candidate.merit, default=None)


def _quads(small: Grey) -> list[Quad]:
    """Every large four-sided outline at any threshold, without near-repeats."""
    height, width = small.shape
    soft = cv2.medianBlur(small, 5)
    around = cv2.GaussianBlur(cv2.dilate(soft, np.ones((31, 31), np.uint8)), (0, 0), 12)
    relative = cv2.divide(soft, around, scale=255)
    low, high = np.percentile(soft, (1, 99.5))
    levels = [(soft, level) for level in np.linspace(low + 4, high - 2, 20)]
    levels += [(relative, level) for level in np.linspace(130, 250, 12)]
    found: list[Quad] = []
    for picture, level in levels:
        bright = cv2.threshold(picture, float(level), 255, cv2.THRESH_BINARY)[1]
        for smooth in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):  # cuts thin bridges in the light, then in the dark
            mask = cv2.morphologyEx(bright, smooth, np.ones((5, 5), np.uint8))
            for outline in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
                quad = _quad(outline, width * height)
                if quad is not None and not any(np.abs(quad - other).max() < 3 for other in found):
                    found.append(quad)
    return found


def _quad(outline: NDArray[np.int32], photo_area: int) -> Quad | None:
    """The outline as a quadrilateral, if that is what it is."""
    x, y, width, height = cv2.boundingRect(outline)
    if width * height < LEAST_AREA * photo_area:
        return None
    hull = cv2.convexHull(outline)
    area = cv2.contourArea(hull)
    if area < LEAST_AREA * photo_area:
        return None
    polygon = cv2.approxPolyN(hull, 4, ensure_convex=True)
    if polygon is None or polygon.reshape(-1, 2).shape[0] != 4:
        return None
    quad = _ordered(polygon.reshape(4, 2).astype(np.float32))
    if abs(cv2.contourArea(quad)) > 1.35 * area or not _is_film_shaped(quad):
        return None
    return quad


def _ordered(points: NDArray[np.float32]) -> Quad:
    """Clockwise as seen, from the corner nearest the photo's upper left."""
    middle = points.mean(axis=0)
    angles = np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0])
    points = points[np.argsort(angles)]
    return np.roll(points, -int(np.argmin(points.sum(axis=1))), axis=0)


def _is_film_shaped(quad: Quad) -> bool:
    """Whether a rectangular sheet can look like this: near-right angles, opposite sides alike, not a strip."""
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(sides, axis=1)
    if lengths.min() < 0.3 * lengths.max():
        return False
    units = sides / lengths[:, None]
    cosines = np.abs((units * np.roll(units, -1, axis=0)).sum(axis=1))
    opposite = lengths[:2] / lengths[2:]
    return bool(cosines.max() < 0.5 and opposite.min() > 0.55 and opposite.max() < 1.8)


def _judge(soft: NDArray[np.float32], quad: Quad, white: float) -> _Candidate | None:
    """How well a quadrilateral stands as a film: a steady step on every side, and the box's light around it."""
    height, width = soft.shape
    fitted = _refine(soft, quad, reach=2.5)
    if not _is_film_shaped(fitted):
        return None
    if fitted.min() < -4 or fitted[:, 0].max() > width + 4 or fitted[:, 1].max() > height + 4:
        return None
    outside, inside = _beside(soft, fitted, 3.0), _beside(soft, fitted, -3.0)
    step = outside - inside
    darker_inside = _support(step)
    brighter_inside = _support(-step)
    glow = float(np.percentile(outside, 25)) / max(white, 1.0)
    # A film holds the box's light back, so the usual film is darker than what is around it, and what is around it
    # is about the brightest there is. A film on a masked box is the one bright thing in the dark.
    if darker_inside.min() > 0.45 and darker_inside.mean() > 0.7 and glow > 0.6:
        return _Candidate(fitted, 2.0 + float(darker_inside.mean()) + glow + _area_share(fitted, soft))
    if brighter_inside.min() > 0.3 and brighter_inside.mean() > 0.65 and glow < 0.5 and not _is_box(inside, white):
        return _Candidate(fitted, float(brighter_inside.mean()) + _area_share(fitted, soft))
    return None


def _area_share(quad: Quad, picture: NDArray[np.float32]) -> float:
    return float(abs(cv2.contourArea(quad))) / picture.size


def _support(step: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of each side (4,) along which the step is well above what the eye would take for noise."""
    return np.asarray((step > 7.0).mean(axis=1), np.float32)


def _is_box(inside: NDArray[np.float32], white: float) -> bool:
    """Whether a bright outline is the light box's own: along its whole inner edge it is bright and even."""
    level = np.median(inside, axis=1)
    return bool(level.min() > 0.75 * white and inside.std(axis=1).max() < 0.1 * white)


def _normals(quad: Quad) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sample places (4, n, 2) along the sides and the sides' outward unit normals (4, 2)."""
    ends = np.roll(quad, -1, axis=0)
    places = quad[:, None] + _SAMPLES[None, :, None] * (ends - quad)[:, None]
    sides = (ends - quad) / np.linalg.norm(ends - quad, axis=1, keepdims=True)
    return places.astype(np.float32), np.column_stack([sides[:, 1], -sides[:, 0]]).astype(np.float32)


def _beside(soft: NDArray[np.float32], quad: Quad, distance: float) -> NDArray[np.float32]:
    """Brightness (4, n) at a distance outside (or, negative, inside) the sides."""
    places, normals = _normals(quad)
    return _sample(soft, places + distance * normals[:, None])


def _sample(pixels: NDArray[np.generic], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Brightness at places (..., 2) by linear interpolation; pixel centres lie at half numbers."""
    flat = places.reshape(1, -1, 2) - 0.5
    values = cv2.remap(pixels, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, np.float32).reshape(places.shape[:-1])


def _refine(pixels: NDArray[np.generic], quad: Quad, reach: float) -> Quad:
    """Move each side to the steepest step within `reach` pixels of it; keep a side that shows none."""
    places, normals = _normals(quad)
    offsets = np.linspace(-reach, reach, max(9, 2 * round(2 * reach) + 1), dtype=np.float32)
    grid = places[:, :, None] + offsets[None, None, :, None] * normals[:, None, None]
    profiles = _sample(pixels, grid)
    slopes = np.diff(cv2.blur(profiles.reshape(-1, profiles.shape[-1]), (3, 1)).reshape(profiles.shape), axis=2)
    lines = [
        _line(places[side], normals[side], offsets, slopes[side], float(np.sign(np.median(slopes[side].sum(axis=1)))))
        for side in range(4)
    ]
    refined = np.array([_meet(lines[side - 1], lines[side]) for side in range(4)], np.float32)
    moved = np.linalg.norm(refined - quad, axis=1).max()
    return refined if np.isfinite(refined).all() and moved < 4 * reach else quad


def _line(
    places: NDArray[np.float32],
    normal: NDArray[np.float32],
    offsets: NDArray[np.float32],
    slopes: NDArray[np.float32],
    sign: float,
) -> NDArray[np.float64]:
    """The side as (nx, ny, c) with nx x + ny y = c: through the steepest places, outliers left out."""
    rising = slopes * (sign or 1.0)
    peak = rising.argmax(axis=1)
    middles = (offsets[:-1] + offsets[1:]) / 2
    moved = middles[peak] + _below_pixel(rising, peak) * float(offsets[1] - offsets[0])
    strength = rising.max(axis=1)
    keep = strength > max(0.3 * float(np.median(strength)), 0.4)
    if keep.sum() < 8:
        return np.array([normal[0], normal[1], float(normal @ places.mean(axis=0))])
    along = _SAMPLES - _SAMPLES.mean()
    slope, shift = 0.0, 0.0
    for _ in range(6):
        slope, shift = _straight(along[keep], moved[keep])
        residual = np.abs(moved - (slope * along + shift))
        limit = max(0.35, 2.0 * float(np.median(residual[keep])))
        closer = (residual < limit) & (strength > 0.4)
        if closer.sum() < 8 or np.array_equal(closer, keep):
            break
        keep = closer
    first = places[0] + (slope * along[0] + shift) * normal
    last = places[-1] + (slope * along[-1] + shift) * normal
    direction = (last - first) / np.linalg.norm(last - first)
    across = np.array([direction[1], -direction[0]])
    return np.array([across[0], across[1], float(across @ first)])


def _straight(x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[float, float]:
    """Slope and shift of the least-squares line through the points."""
    from_middle = x - x.mean()
    slope = float(from_middle @ y) / max(float(from_middle @ from_middle), 1e-9)
    return slope, float(y.mean() - slope * x.mean())


def _below_pixel(rising: NDArray[np.float32], peak: NDArray[np.intp]) -> NDArray[np.float32]:
    """Where a parabola through the steepest step and its neighbours has its top, in steps, -0.5 to 0.5."""
    inner = np.clip(peak, 1, rising.shape[1] - 2)
    row = np.arange(rising.shape[0])
    left, top, right = rising[row, inner - 1], rising[row, inner], rising[row, inner + 1]
    bend = left - 2 * top + right
    shift = np.where(np.abs(bend) > 1e-6, 0.5 * (left - right) / np.where(np.abs(bend) > 1e-6, bend, 1), 0)
    return np.asarray(np.clip(np.where(inner == peak, shift, 0), -0.5, 0.5), np.float32)


def _meet(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where two lines cross; not-a-number when they run alongside."""
    matrix = np.stack([one[:2], other[:2]])
    if abs(np.linalg.det(matrix)) < 0.1:
        return np.full(2, np.nan)
    return np.asarray(np.linalg.solve(matrix, np.array([one[2], other[2]])))


def _is_inside_a_film(small: Grey) -> bool:
    """Whether a photo without a film's outline is cropped inside one: a spread of greys, no sheet of bare light."""
    soft = cv2.GaussianBlur(small, (0, 0), 2.0).astype(np.float32)
    white = max(float(np.percentile(soft, 99.5)), 1.0)
    flat = np.abs(cv2.Laplacian(soft, cv2.CV_32F, ksize=5)) < 0.02 * white
    bare = float(((soft > 0.93 * white) & flat).mean())
    return bare < 0.45 and float(soft.std()) > 0.07 * white
