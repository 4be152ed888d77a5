"""What the bundle says at hospitals that nothing was learnt from: what a clinic of one's own may expect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from device.reading.contract import Bundle
from device.values import UNCERTAIN
from training.evaluate import VIEWS, Judgement, top
from training.evidence.hospitals import LEAST_SIDE, Hospital
from training.metrics import with_interval
from training.readers import REFUSED
from training.report.believed import holds, is_given
from training.report.document import Cell, Section, Table

Met = Sequence[tuple[Hospital, Sequence[Judgement]]]
"""Hospitals, and what was said of their films."""

TOGETHER = "all"


def elsewhere(met: Met, bundle: Bundle, about: str = "") -> Section:
    """Each hospital's figures and what was said there, then all of them together; `about` is what their folder says of
    them."""
    return Section(
        "At other hospitals",
        (
            "Films of hospitals that nothing was learnt from, each as it is (clean) and as a rendered photo. Enlarged: "
            f"so many had a short side below {LEAST_SIDE} pixels and were enlarged to it, where a kiosk would refuse "
            "the smallest. Named: the share whose likeliest finding, whatever its score, is what they show. Normal or "
            "not: the share rightly told normal from anything else so. A refused film counts as read wrong. Right: the "
            f"share of the outcomes given that are right; {bundle.promise:.0%} are promised of films like those that "
            "the bundle was calibrated on, and nothing of others. Intervals: 95%, bootstrap over patients where they "
            f"are told apart, else over films.{_left_out(met)}",
            *([about] if about else []),
            _figures(met, bundle),
            _said(met, bundle),
        ),
    )


def in_a_line(met: Met, bundle: Bundle) -> str:
    """How many photos were given an outcome, and how many of these were right, in words."""
    photos = [one for _, judged in met for one in judged if one.view == VIEWS[-1]]
    right = [_is_right(one, bundle) for one in photos if is_given(one)]
    share = f", and {np.mean(right):.0%} of these were right" if right else ""
    hospitals = "1 hospital" if len(met) == 1 else f"{len(met)} hospitals"
    return f"of {len(photos)} rendered photos of films of {hospitals}, {len(right)} were given an outcome{share}"


def _left_out(met: Met) -> str:
    """How many films were left out, and why."""
    why = {
        "copies of films that the bundle was made or measured with": sum(one.copies for one, _ in met),
        "photos by a camera": sum(one.photos for one, _ in met),
        "films of a finding that is unsure, or that the bundle does not tell": sum(one.unsure for one, _ in met),
    }
    told = ", ".join(f"{count} {reason}" for reason, count in why.items() if count)
    return f" Left out: {told}." if told else ""


def _figures(met: Met, bundle: Bundle) -> Table:
    hospitals = [(hospital.name, hospital.small, [(hospital, judged)]) for hospital, judged in met]
    if len(met) > 1:
        hospitals.append((TOGETHER, sum(small for _, small, _ in hospitals), list(met)))
    lines = [(name, small, *_line(some, view, bundle)) for name, small, some in hospitals for view in VIEWS]
    heads = ("hospital", "enlarged", "films", "view", "refused", "named", "normal or not", "outcomes given", "right")
    return Table("hospitals", heads, tuple(lines))


def _line(met: Met, view: str, bundle: Bundle) -> tuple[Cell, ...]:
    seen = [(hospital.name, one) for hospital, judged in met for one in judged if one.view == view]
    judged = [one for _, one in seen]
    # Two hospitals may call different patients by one name.
    patients = np.array([f"{name}/{one.row.group}" for name, one in seen])
    truth = np.array([bundle.findings.index(one.row.name) for one in judged])
    guess = np.array([top(one) for one in judged])
    told: Cell = ""
    if "NORMAL" in bundle.findings:
        normal = bundle.findings.index("NORMAL")
        told = _share((guess >= 0) & ((guess == normal) == (truth == normal)), patients)
    given = np.array([is_given(one) for one in judged])
    right = np.array([_is_right(one, bundle) for one in judged])[given]
    refused, named = int((guess < 0).sum()), _share(guess == truth, patients)
    return len(judged), view, refused, named, told, len(right), _share(right, patients[given])


def _share(holds_of: NDArray[np.bool_], patients: NDArray[np.str_]) -> Cell:
    """The share of films of which something holds; nothing where there are none."""
    return with_interval(lambda rows: float(holds_of[rows].mean()), patients) if len(holds_of) else ""


def _is_right(one: Judgement, bundle: Bundle) -> bool:
    return is_given(one) and holds(one, bundle)


def _said(met: Met, bundle: Bundle) -> Table:
    words = [statement.name for statement in bundle.statements] + [UNCERTAIN, REFUSED]
    lines: list[tuple[Cell, ...]] = []
    for hospital, judged in met:
        for finding in (name for name in bundle.findings if any(row.name == name for row in hospital.rows)):
            for view in VIEWS:
                these = [one for one in judged if (one.row.name, one.view) == (finding, view)]
                said = Counter(one.reading.outcome.name if one.reading else REFUSED for one in these)
                lines.append((hospital.name, finding, view, len(these), *(said[word] or "" for word in words)))
    heard = [place for place, word in enumerate(words) if any(line[4 + place] for line in lines)]
    heads = ("hospital", "shown", "view", "films", *(words[place] for place in heard))
    return Table(
        "said-at-hospitals", heads, tuple((*line[:4], *(line[4 + place] for place in heard)) for line in lines)
    )
