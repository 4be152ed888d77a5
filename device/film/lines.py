"""Straight lines in a small picture, and the quadrilaterals that they may form.

A film's edges are the long straight lines of its photo, whatever lies around it: on the lit box, in the dark beside a
lamp's reflection, under clips and labels. Segments that lie along one line are taken together, so that a side which a
clip breaks is still one side.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.merit import near_the_photo
from device.film.sides import Quads, areas
from device.values import Grey

MOST_LINES = 14
"""Lines that are tried as sides, the longest first, beside the photo's own edges: of 201 films rendered in the dark no
more were found with 20."""

MOST_SEGMENTS = 80
"""Segments that are sorted into lines, the longest first."""

MOST_QUADS = 24
"""Quadrilaterals that are worth a closer look: of some 300 films the right one was at worst in the 23rd place."""

LEAST_SUPPORT = 0.35
"""Share of a quadrilateral's sides that segments must run along."""

ALONG = 2.0
"""Pixels of the small copy from a line within which a segment lies along it."""

LEAST_SEGMENT, LEAST_LINE = 0.02, 0.06
"""Shares of the photo's longer side: what is shorter is texture."""

EDGE_SUPPORT = 0.5
"""How much of a segment the photo's own edge counts for: a film that runs out of the photo ends there."""

Places = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Lines:
    """Lines in a picture: normal . place = offset.

    Of each of the n lines `covered` tells how many of its first pixels, counted from -`reach` in the direction
    (-normal y, normal x), segments lie along.
    """

    normals: Places
    offsets: NDArray[np.float64]
    covered: NDArray[np.float64]
    reach: int


def clear_quads(small: Grey, least_share: float) -> Quads:
    """The quadrilaterals (n, 4, 2) of at least a share of the photo that its clear straight lines form, best first."""
    # Of 143 films on a lit box all but 3 were among these; with OpenCV's 0.8 and 2.0 all but 6, in a third more time.
    return _quads(small, _segments(small, 0.7, 3.0), least_share)


def faint_quads(small: Grey, least_share: float) -> Quads:
    """The same of lines of which many are faint: a film in the dark has a step of a few grey levels."""
    return _quads(small, _segments(small, 1.0, 1.0), least_share)


def _segments(small: Grey, scale: float, quantisation: float) -> Places:
    """The longest straight segments (n, 4) as x, y of both ends: places where brightness changes in one direction, at
    least by `quantisation` over the sine of its tolerance (von Gioi and others, "LSD", 2010), in a copy that is
    smaller by `scale`."""
    size = (round(small.shape[1] * scale), round(small.shape[0] * scale))
    copy = small if scale == 1 else cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 1.0, 0.6, quantisation).detect(copy)[0]
    if found is None:
        return np.empty((0, 4))
    # OpenCV counts from pixel centres.
    segments: Places = (np.asarray(found, np.float64).reshape(-1, 4) + 0.5) / scale
    lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    longest = np.argsort(-lengths)[:MOST_SEGMENTS]
    kept = longest[lengths[longest] > LEAST_SEGMENT * max(small.shape)]
    return np.asarray(segments[kept])


def _quads(small: Grey, segments: Places, least_share: float) -> Quads:
    lines = _lines(segments, small.shape)
    sides = _fours(lines, 0.3 * float(np.sqrt(least_share * small.size)))
    corners = _crossings(lines, sides)
    kept = near_the_photo(small.shape, corners) & (areas(corners) > least_share * small.size)
    corners = corners[kept]
    support = _support(lines, sides[kept], corners)
    best = np.argsort(-support)[:MOST_QUADS]
    return np.asarray(corners[best[support[best] > LEAST_SUPPORT]], np.float32)


def _lines(segments: Places, shape: tuple[int, ...]) -> _Lines:
    """The lines that most of the segments' length lies along, and the photo's own edges."""
    starts, ends = segments[:, :2], segments[:, 2:]
    lengths = np.hypot(ends[:, 0] - starts[:, 0], ends[:, 1] - starts[:, 1])
    normals, offsets = _across(starts, ends, lengths)
    beside = np.maximum(np.abs(normals @ starts.T - offsets[:, None]), np.abs(normals @ ends.T - offsets[:, None]))
    free = np.ones(len(segments), bool)
    reach = 2 * max(shape)
    height, width = shape[:2]
    found = [((0.0, 1.0), 0.0), ((1.0, 0.0), float(width)), ((0.0, 1.0), float(height)), ((1.0, 0.0), 0.0)]
    steps = [np.full(2 * reach, EDGE_SUPPORT)] * 4
    while len(found) < MOST_LINES + 4:
        totals = np.where(free, ((beside < ALONG) & free) @ lengths, 0)
        if not len(totals) or totals.max() < LEAST_LINE * max(shape):
            break
        first = int(np.argmax(totals))
        mine = (beside[first] < ALONG) & free
        normal, offset = _fitted(starts[mine], ends[mine], lengths[mine])
        mine = free & (np.abs(starts @ normal - offset) < ALONG) & (np.abs(ends @ normal - offset) < ALONG)
        mine[first] = True
        found.append(((float(normal[0]), float(normal[1])), offset))
        steps.append(_covered(normal, starts[mine], ends[mine], reach))
        free &= ~mine
    return _Lines(
        np.array([normal for normal, _ in found]), np.array([offset for _, offset in found]),
        np.cumsum(steps, axis=1), reach,
    )  # fmt: skip


def _across(starts: Places, ends: Places, lengths: NDArray[np.float64]) -> tuple[Places, NDArray[np.float64]]:
    """The normals (n, 2) and offsets (n,) of the lines through segments."""
    ways = (ends - starts) / lengths[:, None]
    normals = np.column_stack([ways[:, 1], -ways[:, 0]])
    return normals, (normals * (starts + ends) / 2).sum(axis=1)


def _fitted(starts: Places, ends: Places, lengths: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The normal (2,) and offset of the line nearest to all places on the segments."""
    middles, halves, weight = (starts + ends) / 2, (ends - starts) / 2, lengths / lengths.sum()
    middle = weight @ middles
    away = middles - middle
    (xx, xy), (_, yy) = (away.T * weight) @ away + (halves.T * weight) @ halves / 3
    turn = 0.5 * np.arctan2(2 * xy, xx - yy)
    normal = np.array([-np.sin(turn), np.cos(turn)])
    return normal, float(normal @ middle)


def _covered(normal: NDArray[np.float64], starts: Places, ends: Places, reach: int) -> NDArray[np.float64]:
    """1 at each place along a line that a segment covers, 0 elsewhere."""
    way = np.array([-normal[1], normal[0]])
    first, last = (np.rint(places @ way).astype(int) + reach for places in (starts, ends))
    steps = np.zeros(2 * reach)
    for low, high in zip(np.minimum(first, last), np.maximum(first, last), strict=True):
        steps[low:high] = 1
    return steps


def _fours(lines: _Lines, apart: float) -> NDArray[np.intp]:
    """Lines (n, 4) that can be the sides of a film in turn: two pairs nearly alongside and apart, the pairs across."""
    turn = lines.normals @ lines.normals.T
    i, j = np.triu_indices(len(turn), 1)
    gaps = np.abs(lines.offsets[i] - np.sign(turn[i, j]) * lines.offsets[j])
    alongside = (np.abs(turn[i, j]) > 0.8) & (gaps > apart)
    i, j = i[alongside], j[alongside]
    one, other = np.triu_indices(len(i), 1)
    sides = np.column_stack([i[one], i[other], j[one], j[other]])
    turns = np.abs(turn)[sides, np.roll(sides, -1, axis=1)]
    return np.asarray(sides[turns.max(axis=1, initial=0) < 0.6])


def _crossings(lines: _Lines, sides: NDArray[np.intp]) -> Places:
    """The corners (n, 4, 2) that each side begins with."""
    one, other = np.roll(sides, 1, axis=1), sides
    n, m, c, d = lines.normals[one], lines.normals[other], lines.offsets[one], lines.offsets[other]
    determinant = n[..., 0] * m[..., 1] - n[..., 1] * m[..., 0]
    x = (c * m[..., 1] - d * n[..., 1]) / determinant
    y = (n[..., 0] * d - m[..., 0] * c) / determinant
    return np.stack([x, y], axis=2)


def _support(lines: _Lines, sides: NDArray[np.intp], corners: Places) -> NDArray[np.float64]:
    """The share of each quadrilateral's sides (n,) that segments lie along."""
    ways = np.stack([-lines.normals[:, 1], lines.normals[:, 0]], axis=1)[sides]
    first, last = (corners * ways).sum(axis=2), (np.roll(corners, -1, axis=1) * ways).sum(axis=2)
    places = np.clip(np.stack([first, last]) + lines.reach, 0, 2 * lines.reach - 1).astype(int)
    covered = np.abs(lines.covered[sides, places[1]] - lines.covered[sides, places[0]])
    return np.asarray(covered.sum(axis=1) / np.maximum(np.abs(last - first).sum(axis=1), 1e-6))
