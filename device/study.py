"""What a kiosk keeps of one film: the study, for whom it was read, and what people said of it since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from device.values import Corners, Reading, Refusal, Timing

LONGEST_REFERENCE = 64
"""Letters in a patient reference: more than any clinic's number or barcode has."""

LONGEST_NOTE = 2000
"""Letters in a note: a page of handwriting."""


class AgeGroup(str, Enum):
    """Whose chest it is. Some findings were learned nearly only from children's films."""

    CHILD = "child"
    ADULT = "adult"


@dataclass(frozen=True)
class Patient:
    """For whom a film is read, as far as it was said: the clinic's own reference (no name is asked for) and an age."""

    reference: str = ""
    age: AgeGroup | None = None


UNSAID = Patient()
"""Nobody said for whom."""


class Verdict(str, Enum):
    """What a person made of a reading: the ground for how often it is right here."""

    AGREED = "agreed"
    NOT_AGREED = "not-agreed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Judgement:
    """A verdict, when it was given, and the finding that was there in truth where that is known (else empty).

    Confirmed means by a test, such as sputum or PCR, and names the finding that the test found.
    """

    verdict: Verdict
    judged_at: datetime
    finding: str = ""


@dataclass(frozen=True)
class Study:
    """One film's record on the kiosk: a reading or a refusal, never both. Its photo and film lie in the store.

    `deleted_at` is set while a deleted study may still be brought back; `read_by` is who had it read.
    """

    id: str
    read_at: datetime
    photo_name: str
    corners: Corners | None
    reading: Reading | None
    refusal: Refusal | None
    timings: tuple[Timing, ...]
    bundle: str
    patient: Patient = UNSAID
    note: str = ""
    judgement: Judgement | None = None
    deleted_at: datetime | None = None
    read_by: str = ""


@dataclass(frozen=True)
class Search:
    """Which studies are wanted: all that fit everything that is given.

    `reference` is a part of the patient reference, in any case; `since` (included) and `before` (not included) are
    times with a zone; `outcome` is an outcome's name, `refused` only those that were not read; `deleted` asks for the
    deleted ones instead of the others, of these `deleted_before` for those deleted before that time.
    """

    reference: str = ""
    since: datetime | None = None
    before: datetime | None = None
    outcome: str = ""
    refused: bool = False
    deleted: bool = False
    deleted_before: datetime | None = None


STANDING = Search()
"""Every study that is not deleted."""


@dataclass(frozen=True)
class Rules:
    """How long studies are kept: read ones `keep_days` (0: for good), deleted ones `undo_days`; with `make_room` the
    oldest go when less than `free_megabytes` of the disk are free."""

    keep_days: int
    undo_days: int
    make_room: bool
    free_megabytes: int


FOR_GOOD = Rules(keep_days=0, undo_days=30, make_room=False, free_megabytes=0)
"""Nothing goes but what somebody deleted."""


class RemovalReason(str, Enum):
    """Why a study is gone for good."""

    DELETED = "deleted"
    AGE = "age"
    ROOM = "room"


@dataclass(frozen=True)
class Removal:
    """A study that is gone for good: all that is still known of it."""

    id: str
    read_at: datetime
    removed_at: datetime
    reason: RemovalReason
