"""Curation: of all the pictures that sources offer, those that are worth learning from, each once.

A picture that fails a rule is left out, and said to be, with the rule. The same film twice is kept once; where its
copies contradict each other in what they show, nobody knows, and none is kept. Nothing is copied or changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.film.quality import LEAST_CONTRAST
from training.data.duplicates import LEAST_ALIKE, clusters, joined_names, same_files, same_films
from training.data.layouts import recognised
from training.data.looks import THUMB, Look, Looks, look, ranks
from training.data.sources import DataError, Row, read_table
from training.data.workers import fresh_workers

LEAST_SIDE = 160
"""Pixels on the shorter side: the largest member's input."""

MOST_COLOUR = 8.0
"""Grey levels that a picture's channels may lie apart on average: JPEG's own colours are 1 or 2."""

LEAST_HIGH = 60.0
"""Grey level that a twentieth of a picture must reach; of 5,111 real films the darkest reached 111."""

MOST_CLIPPED = 0.2
"""Share of a picture's middle that may be at the end of the scale: of 5,111 real films one was whiter and two darker,
and one looks at them and agrees."""

MOST_UNLIKE = -0.25
"""Correlation with the mean of all pictures below which one is a negative: of 5,111 real films none was below -0.05,
and half of them turned into negatives would be below -0.7."""

_CHUNK = 64
"""Pictures that a process looks at in one go, and that are kept in one go."""


@dataclass(frozen=True)
class Rule:
    """One reason to leave a picture out. `fails` judges a look; film photos are spared where `spares_photos`."""

    name: str
    says: str
    fails: Callable[[Look], bool]
    spares_photos: bool = False


RULES = (
    Rule("unreadable", "cannot be decoded as a picture", lambda one: one.width == 0),
    Rule(
        "too-small",
        f"shorter side under {LEAST_SIDE} pixels",
        lambda one: min(one.width, one.height) < LEAST_SIDE,
    ),
    Rule(
        "not-grey",
        f"channels more than {MOST_COLOUR:g} levels apart on average",
        lambda one: one.colour > MOST_COLOUR,
        spares_photos=True,
    ),
    Rule(
        "blank",
        f"under {LEAST_CONTRAST:g} levels from its 5th to its 95th percentile",
        lambda one: one.high - one.low < LEAST_CONTRAST,
    ),
    Rule(
        "over-exposed",
        f"over {MOST_CLIPPED:.0%} of its middle white",
        lambda one: one.white > MOST_CLIPPED,
    ),
    Rule(
        "under-exposed",
        f"over {MOST_CLIPPED:.0%} of its middle black, or 95th percentile under {LEAST_HIGH:g}",
        lambda one: one.black > MOST_CLIPPED or one.high < LEAST_HIGH,
    ),
)
"""In the order in which they are asked: the first that fails names the reason."""

INVERTED = "inverted"
EXACT, NEAR, CONTRADICTORY = "exact-duplicate", "near-duplicate", "contradictory"
SAYS = {rule.name: rule.says for rule in RULES} | {
    INVERTED: f"correlates less than {MOST_UNLIKE} with the mean of all pictures: a negative",
    EXACT: "the same file as one that is kept",
    NEAR: f"the same film as one that is kept: ranks correlate at least {LEAST_ALIKE}",
    CONTRADICTORY: "copies of one film that are said to show different findings: none is kept",
}
"""Every reason, in words."""


@dataclass(frozen=True)
class Verdict:
    """What became of one picture: kept (`reason` empty), or left out; `like` is the path of the copy that is kept, or
    that it contradicts. A kept row's findings are what all its copies allow, its group is theirs joined."""

    row: Row
    reason: str = ""
    like: str = ""


def gather(
    sources: Sequence[Path], findings: tuple[str, ...], groups: dict[str, tuple[str, ...]]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Every picture of all sources, known collections and others, and what differs from their descriptions."""
    rows: list[Row] = []
    said: list[str] = []
    for source in sources:
        layout = recognised(source) if source.is_dir() else None
        if layout is None:
            rows += read_table(source, findings, groups)
        else:
            rows += layout.rows(source)
            said += layout.mismatches(source)
    names = {name for row in rows for name in row.findings} - set(findings)
    if names:
        raise DataError(f"The classes {', '.join(sorted(names))} are none that the recipe knows. Add them to it.")
    twice = [path for path, count in Counter(row.path.resolve() for row in rows).items() if count > 1]
    if twice:
        raise DataError(f"{twice[0]} is in two of the sources; wanted every picture once. Name the outer folder only.")
    return tuple(rows), tuple(said)


def look_at_all(paths: Sequence[Path], kept: Looks, *, workers: int | None = None) -> None:
    """Look at every picture that is not known yet, on all cores; what is done when it is broken off stays done."""
    fresh = kept.missing(paths)
    with (
        fresh_workers(workers) as pool,
        tqdm(total=len(paths), initial=len(paths) - len(fresh), desc="looking", unit="picture") as bar,
    ):
        chunks = (fresh[start : start + _CHUNK] for start in range(0, len(fresh), _CHUNK))
        waiting = [pool.submit(_look_at, chunk) for chunk in islice(chunks, 8)]
        while waiting:
            made = waiting.pop(0).result()
            waiting += [pool.submit(_look_at, chunk) for chunk in islice(chunks, 1)]
            kept.add(made)
            bar.update(len(made))


def _look_at(paths: list[Path]) -> list[Look]:
    return [look(path) for path in paths]


def judge(rows: Sequence[Row], kept: Looks) -> tuple[Verdict, ...]:
    """What becomes of every row, in their order; all must have been looked at."""
    looks = kept.of(row.path for row in rows)
    reasons = [_failed(row, one) for row, one in zip(rows, looks, strict=True)]
    _find_negatives(rows, reasons, kept)
    verdicts = [Verdict(row, reason) for row, reason in zip(rows, reasons, strict=True)]
    good = [place for place, reason in enumerate(reasons) if not reason]
    paths = [rows[place].path for place in good]
    facts: list[_Copy] = []
    ranked = np.empty((len(good), THUMB * THUMB), np.uint16)
    for at, copy in enumerate(kept.of(paths)):
        facts.append(_Copy(copy.sha256, copy.phash, copy.width * copy.height))
        ranked[at] = ranks(copy.pixels()).ravel()
    pairs = list(same_files([one.sha256 for one in facts]))
    pairs += same_films(np.array([one.phash for one in facts], np.int64), ranked)
    for members in clusters(len(good), pairs):
        settled = _settled([verdicts[good[one]].row for one in members], [facts[one] for one in members])
        for one, verdict in zip(members, settled, strict=True):
            verdicts[good[one]] = verdict
    return tuple(_joined(verdicts, rows, good, pairs))


@dataclass(frozen=True)
class _Copy:
    """What tells one copy of a film from another."""

    sha256: str
    phash: int
    area: int


def _failed(row: Row, one: Look) -> str:
    return next((rule.name for rule in RULES if rule.fails(one) and not (row.photo and rule.spares_photos)), "")


def _find_negatives(rows: Sequence[Row], reasons: list[str], kept: Looks) -> None:
    """Name the pictures that are unlike the mean of all: two passes, one picture at a time."""
    good = [place for place, reason in enumerate(reasons) if not reason]
    paths = [rows[place].path for place in good]
    mean = np.zeros(1, np.float64)
    for one in kept.of(paths):
        mean = mean + _standard(one)
    for place, one in zip(good, kept.of(paths), strict=True):
        if not rows[place].photo and float(_standard(one) @ mean) < MOST_UNLIKE * float(np.linalg.norm(mean)):
            reasons[place] = INVERTED


def _standard(one: Look) -> NDArray[np.float64]:
    """The thumb as a vector of mean 0 and length 1."""
    flat = one.pixels().astype(np.float64).ravel()
    flat -= flat.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-9))


def _settled(rows: list[Row], copies: list[_Copy]) -> Iterator[Verdict]:
    """Of copies of one film keep the largest, with the findings that all of them allow; or none."""
    allowed = tuple(name for name in rows[0].findings if all(name in row.findings for row in rows))
    # A real photo of a film is never trained on and never left out: it is what a bundle is tried with.
    best = max(range(len(rows)), key=lambda place: (rows[place].photo, copies[place].area, -place))
    for place, (row, copy) in enumerate(zip(rows, copies, strict=True)):
        if row.photo:
            yield Verdict(row)
        elif not allowed:
            others = (other for other in rows if not set(other.findings) & set(row.findings))
            yield Verdict(row, CONTRADICTORY, str(next(others, rows[place - 1]).path))
        elif place == best:
            yield Verdict(replace(row, findings=allowed))
        else:
            yield Verdict(row, EXACT if copy.sha256 == copies[best].sha256 else NEAR, str(rows[best].path))


def _joined(
    verdicts: list[Verdict], rows: Sequence[Row], good: list[int], pairs: Sequence[tuple[int, int]]
) -> Iterator[Verdict]:
    """The verdicts with the groups of patients joined whose films were found to be the same."""
    together = joined_names((rows[good[one]].group, rows[good[other]].group) for one, other in pairs)
    for verdict in verdicts:
        group = together.get(verdict.row.group, verdict.row.group)
        yield replace(verdict, row=replace(verdict.row, group=group))


def counts(verdicts: Sequence[Verdict]) -> dict[str, Counter[str]]:
    """How many pictures of each origin were kept (under "") or left out for each reason."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        found[verdict.row.origin][verdict.reason] += 1
    return dict(found)
