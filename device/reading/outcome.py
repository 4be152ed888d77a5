"""What a reading says: the narrowest statement that its scores carry, and what it cannot rule out."""

from __future__ import annotations

from collections.abc import Sequence

from device.reading.contract import Statement
from device.values import UNCERTAIN, Outcome, OutcomeKind, Score


def decide(scores: Sequence[Score], statements: Sequence[Statement]) -> Outcome:
    """The narrowest statement that holds the likeliest finding and reaches its own score, else UNCERTAIN."""
    best = max(scores, key=lambda score: score.value)
    for statement in sorted(statements, key=lambda statement: len(statement.findings)):
        if statement.said_from is None or best.finding not in statement.findings:
            continue
        together = sum(score.value for score in scores if score.finding in statement.findings)
        if together >= statement.said_from:
            kind = OutcomeKind.FINDING if len(statement.findings) == 1 else OutcomeKind.GROUP
            return Outcome(kind, statement.name, min(1.0, together))
    return Outcome(OutcomeKind.UNCERTAIN, UNCERTAIN, best.value)


def possible(scores: Sequence[Score], possible_from: Sequence[float | None]) -> tuple[str, ...]:
    """The findings that cannot be ruled out, in the bundle's order: the class-conditional conformal set of Vovk et al.

    Of films that show a finding, its limit keeps it in the set as often as the bundle promises; one without a limit,
    of which too few films were known, is there only as the likeliest, which always is.
    """
    best = max(scores, key=lambda score: score.value)
    return tuple(
        score.finding
        for score, limit in zip(scores, possible_from, strict=True)
        if score is best or (limit is not None and score.value >= limit)
    )
