"""What the bundle says at hospitals that nothing was learnt from: what a clinic of one's own may expect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from device.reading.contract import Bundle
from device.values import UNCERTAIN
from training.evaluate import VIEWS, Judgement, top
from training.evidence.hospitals import Hospital
from training.metrics import accuracy, wilson, with_interval
from training.readers import REFUSED
from training.report.believed import holds
from training.report.document import Cell, Section, Table

Met = Sequence[tuple[Hospital, Sequence[Judgement]]]
"""Hospitals, and what was said of their films."""

TOGETHER = "all"


def never_met(met: Met, bundle: Bundle) -> Section:
    """Each hospital's figures and what was said there, then all of them together."""
    copies = sum(one.copies for one, _ in met)
    left_out = f" Left out as copies of films that the bundle was made or measured with: {copies}." if copies else ""
    return Section(
        "At hospitals that it has never met",
        (
            "Films of hospitals that nothing was learnt from, each as its own file (clean) and as a rendered photo. "
            "Named: the share whose likeliest finding, whatever its score, is what they show. Normal or not: the share "
            "rightly told normal from anything else so. A refused film counts as read wrong. Right: the share of the "
            f"outcomes given that are right; {bundle.promise:.0%} are promised of films like those that the bundle was "
            "calibrated on, and nothing of others. Intervals: 95%, bootstrap over patients where they are told apart, "
            f"else over films; of what is right, Wilson.{left_out}",
            _figures(met, bundle),
            _said(met, bundle),
        ),
    )


def in_a_line(met: Met, bundle: Bundle) -> str:
    """How many of the outcomes given were right on photos, in words."""
    photos = [one for _, judged in met for one in judged if one.view == VIEWS[-1]]
    right = _given(photos, bundle)
    share = f"{np.mean(right):.0%} of the outcomes given" if right else "none of the outcomes, for none was given,"
    return f"of {len(photos)} such photos, of {len(met)} {'hospital' if len(met) == 1 else 'hospitals'}, {share}"


def _figures(met: Met, bundle: Bundle) -> Table:
    every = [one for _, judged in met for one in judged]
    named: list[tuple[str, Sequence[Judgement]]] = [(hospital.name, judged) for hospital, judged in met]
    lines = []
    for name, judged in named + [(TOGETHER, every)] * (len(met) > 1):
        for view in VIEWS:
            lines.append((name, *_line([one for one in judged if one.view == view], view, bundle)))
    heads = ("hospital", "films", "view", "refused", "named", "normal or not", "outcomes given", "right", "interval")
    return Table("hospitals", heads, tuple(lines))


def _line(judged: Sequence[Judgement], view: str, bundle: Bundle) -> tuple[Cell, ...]:
    truth = np.array([bundle.findings.index(one.row.name) for one in judged])
    guess = np.array([top(one) for one in judged])
    # Films of different hospitals may share a name, and be different patients.
    patients = np.array([f"{one.row.origin}/{one.row.group}" for one in judged])

    def named(rows: NDArray[np.intp]) -> float:
        return accuracy(truth[rows], guess[rows], len(bundle.findings))

    told: Cell = ""
    if "NORMAL" in bundle.findings:
        normal = bundle.findings.index("NORMAL")
        right_told = (guess >= 0) & ((guess == normal) == (truth == normal))
        told = with_interval(lambda rows: float(right_told[rows].mean()), patients)
    right = _given(judged, bundle)
    low, high = wilson(sum(right), len(right))
    share = (f"{np.mean(right):.3f}", f"{low:.3f} to {high:.3f}") if right else ("", "")
    return len(judged), view, int((guess < 0).sum()), with_interval(named, patients), told, len(right), *share


def _given(judged: Sequence[Judgement], bundle: Bundle) -> list[bool]:
    """Of each outcome that was given, whether it is right."""
    return [holds(one, bundle) for one in judged if one.reading and one.reading.outcome.name != UNCERTAIN]


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
