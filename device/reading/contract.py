"""What a bundle holds, as facts: its members, its gate and scout, what it may say and what that was proved with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from device.values import InputSpec, Reason, Score

_TURNS = ("upright", "turned-left", "upside-down", "turned-right")
LIES = tuple(side + polarity + turn for side in ("", "mirrored-") for polarity in ("", "negative-") for turn in _TURNS)
"""How a frontal chest film can lie: its head's way, as a negative, mirrored (back to front), in every mixture."""

GATE_ANSWERS = (*LIES, "not-a-chest-film", "glare", "hand", "bands", "blurred", "shaken")
"""What the gate can say of a film, in the order of its outputs: how it lies, or why it cannot be read."""

SIGHT_ANSWERS = ("fit", *(reason.value for reason in (
    Reason.NO_FILM, Reason.SEVERAL_FILMS, Reason.BLURRED, Reason.MOTION, Reason.GLARE, Reason.TOO_BRIGHT,
    Reason.TOO_DARK, Reason.UNEVEN, Reason.TOO_SMALL, Reason.CUT_OFF, Reason.BANDS, Reason.COVERED,
)))  # fmt: skip
"""What the scout can say of a whole photo, in the order of its outputs after the film's place."""

NOT_A_FILM, GLARE, HAND, BANDS, BLURRED, SHAKEN = range(len(LIES), len(GATE_ANSWERS))
"""Places in GATE_ANSWERS of the reasons to refuse."""


@dataclass(frozen=True)
class Statement:
    """What an outcome may say: one finding by its own name, or a named group of findings; and the score from which it
    is said, together for a group. None: never, for too few films showed that it would be right. `promise` is its own
    share of outcomes that are right, where that is another than the bundle's."""

    name: str
    findings: tuple[str, ...]
    said_from: float | None
    promise: float | None = None


@dataclass(frozen=True)
class ShortcutAudit:
    """What the bundle's accuracy rests on: points of balanced accuracy that it loses when the lungs are blacked out,
    and whether that is enough to say that it reads the lungs."""

    passed: bool
    lost: float


@dataclass(frozen=True)
class MemberSpec:
    """One TFLite file: where it lies, what it takes and gives, and how its vote counts.

    A `mirrored` member looks at every film twice, as it is and mirrored, and votes with the mean.
    """

    name: str
    file: Path
    sha256: str
    precision: str
    architecture: str
    input: InputSpec
    outputs: int
    maps: tuple[int, int]
    weight: float
    temperature: float
    mirrored: bool = False


@dataclass(frozen=True)
class GateSpec:
    """The gate's file, the scores from which it refuses a film, one for each of the answers after LIES, and the share
    of its likeliest lie from which a film is taken for mirrored."""

    member: MemberSpec
    refuse_from: tuple[float, ...]
    mirrored_from: float


@dataclass(frozen=True)
class ScoutSpec:
    """The scout's file, and the score from which it refuses a photo by itself.

    Its first output is the film's place, the others are SIGHT_ANSWERS.
    """

    member: MemberSpec
    refuse_from: float


@dataclass(frozen=True)
class Reference:
    """A film with the scores that the whole ensemble must give it, within `tolerance`."""

    file: Path
    scores: tuple[Score, ...]
    tolerance: float


@dataclass(frozen=True)
class Bundle:
    """A verified bundle. `id` is the hash of the manifest's content, which holds every file's hash.

    `temperature` sharpens or flattens what the members say together. `statements` are what an outcome may say,
    `promise` the share of outcomes that are right on films like those it was calibrated on. `possible_from` has, for
    each finding, the score from which it cannot be ruled out, None where too few films were known to promise anything.
    `audit` is None where nobody has looked. `children` are the findings learned nearly only from children's films.
    """

    folder: Path
    id: str
    findings: tuple[str, ...]
    statements: tuple[Statement, ...]
    promise: float
    temperature: float
    possible_from: tuple[float | None, ...]
    audit: ShortcutAudit | None
    members: tuple[MemberSpec, ...]
    gate: GateSpec | None
    scout: ScoutSpec | None
    references: tuple[Reference, ...]
    card: str
    children: tuple[str, ...] = ()
