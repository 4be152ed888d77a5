"""The narrowest statement that the scores carry, and what they cannot rule out."""

from __future__ import annotations

import pytest

from device.reading.contract import Statement
from device.reading.outcome import decide, possible
from device.values import UNCERTAIN, Outcome, OutcomeKind, Score

NAMES = ("COVID-19", "NORMAL", "BACTERIAL", "VIRAL")
SINGLES = tuple(Statement(name, (name,), 0.6) for name in NAMES)
PNEUMONIA = Statement("PNEUMONIA", ("BACTERIAL", "VIRAL"), 0.7)
ABNORMAL = Statement("ABNORMAL", ("COVID-19", "BACTERIAL", "VIRAL"), 0.9)


def named(*values: float) -> tuple[Score, ...]:
    return tuple(Score(name, value) for name, value in zip(NAMES, values, strict=True))


def said(*values: float) -> Outcome:
    # The wide group comes first: it is size, not order, that decides.
    return decide(named(*values), (ABNORMAL, PNEUMONIA, *SINGLES))


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        ((0.75, 0.25, 0.0, 0.0), Outcome(OutcomeKind.FINDING, "COVID-19", 0.75)),
        ((0.1, 0.8, 0.1, 0.0), Outcome(OutcomeKind.FINDING, "NORMAL", 0.8)),
        ((0.0, 0.25, 0.5, 0.25), Outcome(OutcomeKind.GROUP, "PNEUMONIA", 0.75)),
        ((0.5, 0.0625, 0.1875, 0.25), Outcome(OutcomeKind.GROUP, "ABNORMAL", 0.9375)),
        ((0.25, 0.5, 0.125, 0.125), Outcome(OutcomeKind.UNCERTAIN, UNCERTAIN, 0.5)),
    ],
)
def test_the_narrowest_statement_is_said(scores: tuple[float, ...], outcome: Outcome) -> None:
    assert said(*scores) == outcome


def test_a_score_at_its_own_limit_is_enough() -> None:
    assert said(0.6, 0.4, 0.0, 0.0).name == "COVID-19"
    assert said(0.6 - 1e-9, 0.4 + 1e-9, 0.0, 0.0).kind is OutcomeKind.UNCERTAIN
    strict = (Statement("COVID-19", ("COVID-19",), 0.9), Statement("NORMAL", ("NORMAL",), 0.5))
    assert decide(named(0.8, 0.2, 0.0, 0.0), strict).kind is OutcomeKind.UNCERTAIN
    assert decide(named(0.2, 0.8, 0.0, 0.0), strict).name == "NORMAL"


def test_a_group_is_said_only_where_it_holds_the_likeliest_finding() -> None:
    low = Statement("PNEUMONIA", ("BACTERIAL", "VIRAL"), 0.5)
    assert decide(named(0.0, 0.45, 0.3, 0.25), (low,)).kind is OutcomeKind.UNCERTAIN
    assert decide(named(0.0, 0.4, 0.41, 0.19), (low,)).name == "PNEUMONIA"


def test_what_promises_nothing_is_never_said() -> None:
    never = Statement("COVID-19", ("COVID-19",), None)
    assert decide(named(1.0, 0.0, 0.0, 0.0), (never,)).kind is OutcomeKind.UNCERTAIN


def test_of_equal_scores_the_bundles_order_decides() -> None:
    assert decide(named(0.5, 0.5, 0.0, 0.0), tuple(Statement(n, (n,), 0.5) for n in NAMES)).name == "COVID-19"


def test_a_groups_score_never_passes_1() -> None:
    tenths = tuple(Score(name, 0.1) for name in "ABCDEFGHIJ")
    assert decide(tenths, (Statement("ALL", tuple("ABCDEFGHIJ"), 0.9),)).score <= 1


def test_what_reaches_its_limit_cannot_be_ruled_out() -> None:
    limits = (0.3, 0.2, 0.1, 0.1)
    assert possible(named(0.3, 0.19, 0.5, 0.01), limits) == ("COVID-19", "BACTERIAL")
    assert possible(named(0.05, 0.8, 0.05, 0.1), limits) == ("NORMAL", "VIRAL")


def test_of_what_nothing_can_be_promised_only_the_likeliest_is_named() -> None:
    assert possible(named(0.4, 0.3, 0.2, 0.1), (0.9, None, 0.2, None)) == ("COVID-19", "BACTERIAL")
    assert possible(named(0.2, 0.5, 0.2, 0.1), (0.9, None, 0.9, None)) == ("NORMAL",)


def test_the_likeliest_is_never_ruled_out() -> None:
    assert possible(named(0.4, 0.3, 0.2, 0.1), (0.9, 0.9, 0.9, 0.9)) == ("COVID-19",)
