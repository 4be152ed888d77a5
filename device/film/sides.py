"""The sides of quadrilaterals in a picture: sampled, judged by the step across them, and moved onto it.

Everything here works on many quadrilaterals at once, shape (n, 4, 2) as x, y in the order TL TR BR BL: finding a film
means looking at a hundred of them, and one array operation costs little more for all than for one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.order import medians

Quads = NDArray[np.float32]
"""Quadrilaterals (n, 4, 2)."""

_SAMPLES = np.linspace(0.06, 0.94, 40, dtype=np.float32)
"""Places along a side where its step is measured; the ends are left to rounded corners and clips."""

_NEXT = np.array([1, 2, 3, 0])
_LAST = np.array([3, 0, 1, 2])
_OUTER_STEP = 0.25
"""Share of the steepest step that one farther out must have to be taken for the film's edge: a clear border before a
lit box has a third of the step that the picture beside it has, or somewhat less."""

_OUTER_FAINT = 2.5
"""Grey levels a sample: a fainter step must have half of the steepest, for noise has a quarter of it."""

_ONE_WAY = 0.8
"""Share of a side along which brightness must change one way for steps the other way not to count."""

_LEAST_STEP = 0.4
"""Grey levels a sample: a step that is less steep than this says nothing about where a side is."""


def side_lengths(quads: NDArray[np.floating]) -> NDArray[np.float32]:
    """The lengths (n, 4) of top, right, bottom and left."""
    return np.asarray(np.linalg.norm(quads[:, _NEXT] - quads, axis=2), np.float32)


def clockwise(quads: Quads) -> Quads:
    """Clockwise as seen, from the corner nearest the photo's upper left."""
    from_middle = quads - quads.mean(axis=1, keepdims=True)
    turn = np.argsort(np.arctan2(from_middle[..., 1], from_middle[..., 0]), axis=1)
    clockwise = np.take_along_axis(quads, turn[..., None], axis=1)
    first = clockwise.sum(axis=2).argmin(axis=1)
    places = (first[:, None] + np.arange(4)) % 4
    return np.take_along_axis(clockwise, places[..., None], axis=1)


def areas(quads: NDArray[np.floating]) -> NDArray[np.float64]:
    """The areas (n,) of quadrilaterals in square pixels."""
    x, y = np.moveaxis(np.asarray(quads, np.float64), 2, 0)
    return np.asarray(0.5 * np.abs((x * y[:, _NEXT] - y * x[:, _NEXT]).sum(axis=1)))


def are_film_shaped(quads: Quads) -> NDArray[np.bool_]:
    """Whether a rectangular sheet can look like this (n,): near-right angles, opposite sides alike, no strip."""
    cosines, unlike = skews(quads)
    lengths = side_lengths(quads)
    no_strip = lengths.min(axis=1) > 0.3 * lengths.max(axis=1)
    return np.asarray(no_strip & (cosines < 0.38) & (unlike < 0.4))


def skews(quads: Quads) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far quadrilaterals are from rectangles: the largest cosine of their angles (n,), and by what share one side
    is longer than the opposite one (n,).

    Of 5000 films drawn by lot, tilted by up to 30 degrees, 99 in a hundred had less than 0.24 and 0.18, the most skewed
    0.34 and 0.25.
    """
    sides, lengths = quads[:, _NEXT] - quads, np.maximum(side_lengths(quads), 1e-3)
    units = sides / lengths[:, :, None]
    cosines = np.abs((units * units[:, _NEXT]).sum(axis=2)).max(axis=1)
    opposite = lengths[:, :2] / lengths[:, 2:]
    return cosines, np.maximum(opposite, 1 / opposite).max(axis=1) - 1


def brightness_beside(pixels: NDArray[np.generic], quads: Quads, distance: float) -> NDArray[np.float32]:
    """Brightness (n, 4, samples) at a distance in pixels outside (or, negative, inside) the sides."""
    places, normals = _normals(quads)
    return sampled(pixels, places + distance * normals[:, :, None])


def moved_out(quads: Quads, distance: float) -> Quads:
    """Every side moved outwards by so many pixels."""
    places, normals = _normals(quads)
    ends = places[:, :, [0, -1]] + distance * normals[:, :, None]
    return np.asarray(join(ends), np.float32)


def moved_onto_steps(
    pixels: NDArray[np.generic], quads: Quads, reach: float, unseen: NDArray[np.bool_] | None = None
) -> Quads:
    """Every side moved to the outermost steep step within `reach` pixels of it; one that shows none, or that is
    `unseen` (n or 1, 4), stays."""
    places, normals = _normals(quads)
    shifts, strengths = _steps(pixels, places, normals, reach)
    if unseen is not None:
        strengths = np.where(np.reshape(unseen, (-1, 4))[..., None], 0, strengths)
    refined = join(_lines(places, normals, *_straight(shifts, strengths)))
    near = np.linalg.norm(refined - quads, axis=2).max(axis=1) < 4 * reach
    return np.asarray(
        np.where((np.isfinite(refined).all(axis=(1, 2)) & near)[:, None, None], refined, quads), np.float32
    )


def places_along(quads: Quads) -> NDArray[np.float32]:
    """The places (n, 4, samples, 2) along the sides that everything here looks at."""
    return _normals(quads)[0]


def lie_inside(shape: tuple[int, ...], quads: Quads, distance: float) -> NDArray[np.bool_]:
    """Whether the places that `brightness_beside` looks at lie in a picture of that shape: (n, 4, samples)."""
    places, normals = _normals(quads)
    beside = places + distance * normals[:, :, None]
    return np.asarray(((beside >= 0) & (beside <= (shape[1], shape[0]))).all(axis=3))


def straightness(pixels: NDArray[np.generic], quads: Quads) -> NDArray[np.float64]:
    """The share (n, 4) of each side along which the steepest step lies on the side itself.

    The edge of a sheet is straight; the outline of a lung, which may be as steep, is not.
    """
    shifts, strengths = _steps(pixels, *_normals(quads), reach=3.0)
    return np.asarray(((np.abs(shifts) < 0.8) & (strengths > _LEAST_STEP)).mean(axis=2))


def _steps(
    pixels: NDArray[np.generic], places: NDArray[np.float32], normals: NDArray[np.float32], reach: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How far from each place the steepest step lies, and how steep it is: both (n, 4, samples)."""
    offsets = np.linspace(-reach, reach, max(9, 2 * round(2 * reach) + 1), dtype=np.float32)
    grid = places[..., None, :] + offsets[:, None] * normals[:, :, None, None]
    profiles = sampled(pixels, grid)
    soft = cv2.blur(profiles.reshape(-1, offsets.size), (3, 1)).reshape(profiles.shape)
    # What lies beside a place along the side has its step at nearly the same distance, and another noise.
    soft[:, :, 1:-1] = (soft[:, :, :-2] + soft[:, :, 1:-1] + soft[:, :, 2:]) / 3
    slopes = np.diff(soft, axis=3)
    nets = slopes.sum(axis=3)
    rises = np.sign(medians(nets))
    # Before a lit box every film is the darker. In the dark its lungs may be as dark as the room, its bones brighter.
    one_way = (nets * rises[..., None] > 0).mean(axis=2) > _ONE_WAY
    return _steepest(np.where(one_way[..., None, None], slopes * rises[..., None, None], np.abs(slopes)), offsets)


def _normals(quads: Quads) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sample places (n, 4, samples, 2) along the sides, and the sides' outward unit normals (n, 4, 2)."""
    ends = quads[:, _NEXT]
    places = quads[:, :, None] + _SAMPLES[:, None] * (ends - quads)[:, :, None]
    sides = (ends - quads) / np.maximum(side_lengths(quads), 1e-3)[:, :, None]
    return places.astype(np.float32), np.stack([sides[..., 1], -sides[..., 0]], axis=2).astype(np.float32)


def sampled(pixels: NDArray[np.generic], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Brightness at places (..., 2) by linear interpolation; pixel centres lie at half numbers."""
    # OpenCV remaps no picture wider than 32767, and rows of a few hundred places are as quick as one long one.
    flat = places.reshape(-1, places.shape[-2], 2) - np.float32(0.5)
    source = np.asarray(pixels, np.float32) if pixels.dtype != np.uint8 else np.asarray(pixels, np.uint8)
    across, down = np.ascontiguousarray(flat[..., 0]), np.ascontiguousarray(flat[..., 1])
    rows = 16_000
    parts = [
        cv2.remap(source, across[i : i + rows], down[i : i + rows], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for i in range(0, len(flat), rows)
    ]
    return np.concatenate(parts).astype(np.float32).reshape(places.shape[:-1])


def _steepest(
    slopes: NDArray[np.float32], offsets: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each profile rises most, finer than a sample by a parabola, and how steeply: both (n, 4, samples)."""
    strengths = slopes.max(axis=3)
    # A film with a clear border has two steps close together; its edge is the outer one, even if it is the weaker.
    enough = np.maximum(_OUTER_STEP * strengths, np.minimum(0.5 * strengths, _OUTER_FAINT))
    tops = slopes > enough[..., None]
    tops[..., 1:] &= slopes[..., 1:] >= slopes[..., :-1]
    tops[..., :-1] &= slopes[..., :-1] >= slopes[..., 1:]
    outermost = slopes.shape[3] - 1 - np.argmax(tops[..., ::-1], axis=3)
    peak = np.clip(outermost, 1, slopes.shape[3] - 2)
    left, top, right = (np.take_along_axis(slopes, (peak + k)[..., None], 3)[..., 0] for k in (-1, 0, 1))
    bend = left - 2 * top + right
    finer = np.where(bend < -1e-6, 0.5 * (left - right) / np.where(bend < -1e-6, bend, 1), 0)
    middles = (offsets[:-1] + offsets[1:]) / 2
    shifts = middles[peak] + np.clip(finer, -0.5, 0.5) * (offsets[1] - offsets[0])
    return np.asarray(shifts, np.float32), np.asarray(strengths, np.float32)


def _straight(
    shifts: NDArray[np.float32], strengths: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A straight line of shifts along each side, as slope and middle (n, 4), that outliers cannot bend."""
    x = _SAMPLES - _SAMPLES.mean()
    y = shifts
    clear = strengths > _LEAST_STEP
    keep = clear & (strengths > 0.3 * medians(strengths, keepdims=True))
    slope = middle = np.zeros(y.shape[:2], np.float32)
    for _ in range(3):
        enough = keep.sum(axis=2) >= 8
        weight = keep / np.maximum(keep.sum(axis=2, keepdims=True), 1).astype(np.float32)
        mean_x, mean_y = (weight * x).sum(axis=2), (weight * y).sum(axis=2)
        from_x = x - mean_x[..., None]
        spread = np.maximum((weight * from_x**2).sum(axis=2), 1e-9)
        slope = np.where(enough, (weight * from_x * (y - mean_y[..., None])).sum(axis=2) / spread, 0)
        middle = np.where(enough, mean_y - slope * mean_x, 0)
        residual = np.abs(y - (slope[..., None] * x + middle[..., None]))
        typical = medians(np.where(keep, residual, residual.max(axis=2, keepdims=True)), keepdims=True)
        keep = clear & (residual < np.maximum(0.35, 2.0 * typical)) & enough[..., None]
    return np.asarray(slope, np.float32), np.asarray(middle, np.float32)


def _lines(
    places: NDArray[np.float32],
    normals: NDArray[np.float32],
    slope: NDArray[np.float32],
    middle: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Two places on each of the moved sides, (n, 4, 2, 2)."""
    half = float(_SAMPLES[-1] - _SAMPLES[0]) / 2
    first = places[:, :, 0] + (middle - half * slope)[..., None] * normals
    last = places[:, :, -1] + (middle + half * slope)[..., None] * normals
    return np.stack([first, last], axis=2)


def join(sides: NDArray[np.floating]) -> NDArray[np.float64]:
    """The corners (n, 4, 2) where sides cross that are given by two places each, (n, 4, 2, 2); not-a-number where two
    run alongside."""
    first, along = np.asarray(sides[:, :, 0], np.float64), np.asarray(sides[:, :, 1] - sides[:, :, 0], np.float64)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    across = np.stack([along[..., 1], -along[..., 0]], axis=2)
    lines = np.concatenate([across, (across * first).sum(axis=2, keepdims=True)], axis=2)
    return _meet(lines[:, _LAST], lines)


def _meet(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where lines cross (n, 4, 2); not-a-number when they run alongside."""
    (a, b, c), (d, e, f) = np.moveaxis(one, 2, 0), np.moveaxis(other, 2, 0)
    turn = a * e - b * d
    turn = np.where(np.abs(turn) < 0.1, np.nan, turn)
    return np.stack([(c * e - b * f) / turn, (a * f - c * d) / turn], axis=2)
