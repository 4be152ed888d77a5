"""What a reading says: the narrowest statement that its scores carry."""

from __future__ import annotations

from collections.abc import Sequence

from device.reading.bundle import Group
from device.values import UNCERTAIN, Outcome, OutcomeKind, Score


def decide(scores: Sequence[Score], threshold: float, groups: Sequence[Group]) -> Outcome:
    """One finding if it reaches the threshold, else the smallest group that reaches its own, else UNCERTAIN."""
    best = max(scores, key=lambda score: score.value)
    if best.value >= threshold:
        return Outcome(OutcomeKind.FINDING, best.finding, best.value)
    for group in sorted(groups, key=lambda group: len(group.findings)):
        together = sum(score.value for score in scores if score.finding in group.findings)
        if together >= group.threshold:
            return Outcome(OutcomeKind.GROUP, group.name, min(1.0, together))
    return Outcome(OutcomeKind.UNCERTAIN, UNCERTAIN, best.value)
