"""The facts that pass between rooms: frozen dataclasses and enums, nothing else.

Words mean here what the README's table of words says. Pixels are numpy arrays; a dataclass that holds one
compares by identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""A grey picture, shape (height, width), 0 black to 255 white."""

UNCERTAIN = "UNCERTAIN"
"""The outcome when no finding and no group reaches its threshold."""


class Status(str, Enum):
    """What the kiosk is doing. A light shows it; no status stands for one disease."""

    STARTING = "starting"
    READY = "ready"
    READING = "reading"
    DONE_NORMAL = "done-normal"
    DONE_FINDING = "done-finding"
    UNCERTAIN = "uncertain"
    RETAKE = "retake"
    FAULT = "fault"


class Reason(str, Enum):
    """Why a photo was not read: fixed words, part of the `filmside read --json` contract."""

    NOT_A_PICTURE = "not-a-picture"
    TOO_SMALL = "too-small"
    TOO_LARGE = "too-large"
    NO_FILM = "no-film"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    BLURRED = "blurred"
    MOTION = "motion"
    CUT_OFF = "cut-off"
    SEVERAL_FILMS = "several-films"
    UNEVEN = "uneven"
    GLARE = "glare"
    COVERED = "covered"
    BANDS = "bands"
    NOT_A_CHEST_FILM = "not-a-chest-film"


@dataclass(frozen=True)
class Refusal:
    """Why a photo was not read, and the one thing to do next. A normal event, no error."""

    reason: Reason
    say: str


@dataclass(frozen=True, eq=False)
class Photo:
    """The full-size picture as it came in: encoded bytes, kept and never altered."""

    name: str
    encoded: bytes


@dataclass(frozen=True, eq=False)
class Frame:
    """A small live-view picture as JPEG bytes; never kept, never read.

    `width` and `height` are those of the photo that the camera would take, in photo pixels.
    """

    encoded: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Locked:
    """What a camera held fixed in its last photo, verified, and what it has no control for; in a person's words."""

    held: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Picture:
    """A photo decoded for finding: grey pixels, `shrink` times smaller than the photo on each side.

    `width` and `height` are the photo's own, in photo pixels, upright by its EXIF tag.
    """

    pixels: Grey
    shrink: int
    width: int
    height: int


@dataclass(frozen=True)
class Point:
    """A place in photo pixels: x to the right, y down, (0, 0) the outer corner of the first pixel."""

    x: float
    y: float


class Side(str, Enum):
    """A side of the film as it lies in the photo, in the order of the corners."""

    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"
    LEFT = "left"


@dataclass(frozen=True)
class Lie:
    """How a film lay: its head up, left, down or right (0 to 3 quarter turns), as a negative, mirrored (back to front,
    as seen once it is turned upright). The film itself has been put right."""

    quarter_turns: int = 0
    negative: bool = False
    mirrored: bool = False

    def words(self) -> str:
        """One sentence for a person, empty where the film lay as it should."""
        turned = ("", "turned to the left", "upside down", "turned to the right")[self.quarter_turns]
        ways = [way for way in (turned, self.mirrored and "back to front", self.negative and "a negative") if way]
        return f"The film was {' and '.join(ways)}: it was put right before it was read." if ways else ""


@dataclass(frozen=True)
class Corners:
    """The film's four corners in photo pixels, named as on the upright film.

    `whole_photo` is true when no film edge is to be seen: then the whole photo is the film. `cut_off` names the sides
    that lie beyond the photo's edge, where others are to be seen; their corners lie on that edge. `lie` says how the
    film lay in the photo.
    """

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point
    whole_photo: bool = False
    cut_off: tuple[Side, ...] = ()
    lie: Lie = Lie()

    @classmethod
    def of_whole_photo(cls, width: int, height: int) -> Corners:
        """The corners of a photo that is all film."""
        right, bottom = float(width), float(height)
        return cls(Point(0.0, 0.0), Point(right, 0.0), Point(right, bottom), Point(0.0, bottom), whole_photo=True)

    def points(self) -> tuple[Point, Point, Point, Point]:
        """The corners in the order TL TR BR BL."""
        return self.top_left, self.top_right, self.bottom_right, self.bottom_left


@dataclass(frozen=True, eq=False)
class Film:
    """The X-ray sheet, straightened: grey, upright, bones bright."""

    pixels: Grey
    corners: Corners


@dataclass(frozen=True, eq=False)
class Coaching:
    """What a frame says to the technician: the film as it lies there, one thing to do next, and whether it is ready.

    `film` is None where none is seen. Its corners are in pixels of the photo that would be taken, `width` x `height`.
    `ready` means that this photo would pass.
    """

    film: Film | None
    say: str
    ready: bool
    width: int
    height: int


@dataclass(frozen=True)
class Score:
    """A calibrated number 0..1 for one finding."""

    finding: str
    value: float


@dataclass(frozen=True)
class Vote:
    """One member's scores for one film, in the bundle's order of findings."""

    member: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class HeatMap:
    """Where a film speaks for one finding: rows x columns of 0..1, row by row, the ensemble's weighed mean."""

    finding: str
    rows: int
    columns: int
    cells: tuple[float, ...]


class OutcomeKind(str, Enum):
    """What sort of statement an outcome is."""

    FINDING = "finding"
    GROUP = "group"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Outcome:
    """What a reading says: one finding, a named group of findings, or UNCERTAIN.

    `score` is that of the finding or group; for UNCERTAIN, of the likeliest finding.
    """

    kind: OutcomeKind
    name: str
    score: float


@dataclass(frozen=True)
class Timing:
    """How long one stage of a reading took."""

    stage: str
    milliseconds: float


@dataclass(frozen=True)
class Reading:
    """The ensemble's answer for one film.

    `scores`, in the bundle's order, add up to 1; `spread` is the largest standard deviation of the members'
    scores over the findings (0: all agree); `heat_maps` holds one map a finding, in the same order. `possible` are the
    findings that cannot be ruled out; empty in readings kept before there was such a set.
    """

    outcome: Outcome
    scores: tuple[Score, ...]
    votes: tuple[Vote, ...]
    spread: float
    heat_maps: tuple[HeatMap, ...]
    bundle: str
    possible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One line of `filmside doctor`: what was looked at, what was found, what to do (empty when well)."""

    name: str
    well: bool
    found: str
    to_do: str = ""


@dataclass(frozen=True)
class InputSpec:
    """What a member's input wants of a film; `film.prepare` makes it, on the device as in training.

    `side` is the square input's side in pixels and `channels` 1 or 3 (grey repeated). `fit` is "stretch" (the whole
    film, squashed to the square) or "shortest" (the middle square, as Edge Impulse's "fit shortest axis"). `tone` is
    "even" (borders trimmed, percentile stretch, CLAHE) or "plain" (grey as it is). Values run from `low` to `high`.
    """

    side: int
    channels: int
    fit: str
    tone: str
    low: float
    high: float
