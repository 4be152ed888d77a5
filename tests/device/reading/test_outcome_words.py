"""The narrowest statement that the scores carry."""

from __future__ import annotations

import pytest

from device.reading.bundle import Group
from device.reading.outcome import decide
from device.values import UNCERTAIN, Outcome, OutcomeKind, Score

PNEUMONIA = Group("PNEUMONIA", ("BACTERIAL", "VIRAL"), 0.7)
ABNORMAL = Group("ABNORMAL", ("COVID-19", "BACTERIAL", "VIRAL"), 0.9)


def said(covid: float, normal: float, bacterial: float, viral: float) -> Outcome:
    scores = (Score("COVID-19", covid), Score("NORMAL", normal), Score("BACTERIAL", bacterial), Score("VIRAL", viral))
    # The wide group comes first: it is size, not order, that decides.
    return decide(scores, 0.6, (ABNORMAL, PNEUMONIA))


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


def test_a_score_at_its_threshold_is_enough() -> None:
    assert said(0.6, 0.4, 0.0, 0.0).name == "COVID-19"
    assert said(0.6 - 1e-9, 0.4 + 1e-9, 0.0, 0.0).kind is OutcomeKind.UNCERTAIN
    assert decide((Score("A", 0.5), Score("B", 0.25), Score("C", 0.25)), 0.6, (Group("AB", ("A", "B"), 0.75),)) == (
        Outcome(OutcomeKind.GROUP, "AB", 0.75)
    )


def test_of_equal_scores_the_bundles_order_decides() -> None:
    assert decide((Score("A", 0.5), Score("B", 0.5)), 0.5, ()) == Outcome(OutcomeKind.FINDING, "A", 0.5)


def test_a_groups_score_never_passes_1() -> None:
    tenths = tuple(Score(name, 0.1) for name in "ABCDEFGHIJ")
    assert decide(tenths, 0.6, (Group("ALL", tuple("ABCDEFGHIJ"), 0.9),)).score <= 1


def test_a_group_that_must_never_be_said_needs_everything() -> None:
    scores = (Score("A", 0.5), Score("B", 0.499), Score("C", 0.001))
    assert decide(scores, 0.6, (Group("AB", ("A", "B"), 1.0),)).kind is OutcomeKind.UNCERTAIN
