"""Metrics against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from device.values import Corners, Film, InputSpec, Outcome, OutcomeKind, Reading, Reason, Refusal
from training.data.sources import Row
from training.evaluate import VIEWS, Judgement, scene_of
from training.metrics import (
    Bin,
    Figure,
    accuracy,
    auc,
    calibration_error,
    class_figures,
    confusion,
    error_of_exact,
    f1_of_each,
    log_loss,
    loss_of_scores,
    macro_f1,
    reliability,
    roc,
    wilson,
    with_interval,
    with_intervals,
)
from training.readers import REFUSED, Films, Reader, asked
from training.recipe import FINDINGS
from training.report.tables import alike_by_surround, film_by_film, said_the_same

TRUTH = np.array([0, 0, 0, 1, 1, 2])
GUESS = np.array([0, 0, 1, 1, -1, 0])
"""Two of three right, one of two with one refused, none of one."""


def test_accuracy_counts_a_refusal_as_wrong() -> None:
    assert accuracy(TRUTH, GUESS, 3) == pytest.approx(3 / 6)


def test_what_the_kiosk_refused_is_asked_of_no_reader() -> None:
    """Else a member at float32 is credited with films that the same member at int8 was never shown."""
    row, pixels = Row(Path("a.png"), ("NORMAL",), "", "p1"), np.zeros((9, 9), np.uint8)
    film = Film(pixels, Corners.of_whole_photo(9, 9))
    reading = Reading(Outcome(OutcomeKind.FINDING, "NORMAL", 0.9), (), (), 0.0, (), "bundle")
    read = Judgement(row, "clean", film, reading, None)
    refused = Judgement(row, "clean", film, None, Refusal(Reason.GLARE, "Glare on the left. Move the lamp."))
    logits = asked(Always([0.2, 0.8]), (read, refused), InputSpec(8, 1, "stretch", "plain", 0, 1), mirrored=False)  # type: ignore[arg-type]
    assert logits[0, :2] == pytest.approx([0.2, 0.8])
    assert np.isnan(logits[1]).all()
    assert reader("a", {"clean": logits}).guesses["clean"].tolist() == [1, -1]


class Always:
    """A model that says the same of every film."""

    outputs: ClassVar = {"maps": {"shape": (1, 1, 1, len(FINDINGS))}}

    def __init__(self, logits: list[float]) -> None:
        self._logits = np.array([logits + [-9.0] * (len(FINDINGS) - len(logits))], np.float32)

    def logits(self, inputs: np.ndarray, *, mirrored: bool) -> np.ndarray:
        return self._logits


def reader(name: str, scores: dict[str, np.ndarray]) -> Reader:
    return Reader(name, "int8", scores, {})


def sure_of(guesses: list[int]) -> np.ndarray:
    """Scores that give these guesses, none for a -1."""
    return np.array([[np.nan, np.nan] if guess < 0 else np.eye(2)[guess] for guess in guesses])


def test_a_photos_outcome_beside_its_files_by_what_lies_around_the_film() -> None:
    said = {"clean": ("NORMAL", "A", REFUSED, "A") * 5, "photo": ("NORMAL", "UNCERTAIN", REFUSED, "A") * 5}
    films = Films(("A", "NORMAL"), np.zeros(20, np.intp), np.array(["x"] * 20), np.arange(20).astype(str))
    table = alike_by_surround(films, Reader("ensemble", "int8", {}, said))
    every, *parts = table.rows
    # A film that was refused both times was not read the same.
    assert every[:2] == ("every photo", 20)
    assert isinstance(every[2], Figure)
    assert every[2].value == 0.5
    assert sum(int(str(part[1])) for part in parts) == 20
    alike = [part[2].value * int(str(part[1])) for part in parts if isinstance(part[2], Figure)]
    assert sum(alike) == pytest.approx(10)
    for name, count, _ in parts:
        assert count == sum(scene_of(number).surround == name for number in range(20))


def test_the_interval_of_a_share() -> None:
    # Worked out by R's binom::binom.wilson.
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-4)
    assert wilson(0, 20)[0] == 0.0
    assert wilson(20, 20)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


def test_f1_of_each_finding() -> None:
    # 0: 2 hits, 3 true, 3 said. 1: 1 hit, 2 true, 2 said. 2: none. 3 does not occur.
    found = f1_of_each(TRUTH, GUESS, 4)
    assert found[:3] == pytest.approx([4 / 6, 2 / 4, 0])
    assert np.isnan(found[3])
    assert macro_f1(TRUTH, GUESS, 4) == pytest.approx((4 / 6 + 1 / 2 + 0) / 3)


def test_precision_recall_and_f1_with_their_means() -> None:
    found = class_figures(TRUTH, GUESS, 4)
    # 0: 2 hits of 3 said and 3 true; 1: 1 of 2 and 2; 2: never said, one true; 3 does not occur.
    assert found[:3] == pytest.approx(np.array([[2 / 3] * 3, [1 / 2] * 3, [0] * 3]))
    assert np.isnan(found[3]).all()
    assert found[4] == pytest.approx([(2 / 3 + 1 / 2) / 3] * 3)
    assert found[5] == pytest.approx([(3 * 2 / 3 + 2 * 1 / 2) / 6] * 3)
    # One more film of 2, taken for 0: the precision of 0 falls, its recall stays; recall weighed by films is accuracy.
    more = class_figures(np.append(TRUTH, 2), np.append(GUESS, 0), 3)
    assert more[0] == pytest.approx([2 / 4, 2 / 3, 4 / 7])
    assert more[4, 1] == pytest.approx(3 / 7)
    assert np.isnan(class_figures(TRUTH[:0], GUESS[:0], 2)).all()


def test_the_area_under_a_roc_curve_counts_a_tie_half() -> None:
    positive, scores = np.array([True, True, False, False]), np.array([0.9, 0.5, 0.5, 0.1])
    # Of four pairs three are in order and one is a tie.
    assert auc(positive, scores) == 3.5 / 4
    false, true = roc(positive, scores)
    assert false.tolist() == [0, 0, 0.5, 1]
    assert true.tolist() == [0, 0.5, 1, 1]
    assert (np.diff(false) * (true[1:] + true[:-1]) / 2).sum() == auc(positive, scores)
    assert auc(positive, np.zeros(4)) == 0.5
    assert auc(~positive, scores) == 0.5 / 4
    assert np.isnan(auc(np.ones(4, bool), scores))
    assert np.isnan(auc(np.zeros(0, bool), np.zeros(0)))


def test_reliability_has_a_bin_for_every_part_of_the_scores() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [1.0, 0.0]])
    first, *_, third, last = reliability(np.array([0, 1, 0, 0]), scores, bins=4)
    assert (first.films, third, last) == (0, Bin(1, 0.6, 1.0), Bin(3, pytest.approx(0.9), pytest.approx(2 / 3)))
    assert np.isnan(calibration_error(np.zeros(0, np.intp), np.zeros((0, 2))))


def test_the_loss_is_of_the_score_of_what_a_film_shows() -> None:
    assert loss_of_scores(np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]])) == pytest.approx(np.log(8) / 2)


def test_confusion_has_a_column_for_refusals() -> None:
    assert confusion(TRUTH, GUESS, 3).tolist() == [[2, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0]]


def test_calibration_error() -> None:
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    truth = np.array([0, 1, 0, 1])
    # Two films at 0.9 of which half are right, two at 0.6 of which all are.
    assert calibration_error(truth, scores) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)
    assert calibration_error(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]])) == 0


def test_exact_scores_err_by_chance_the_less_the_more_films_there_are() -> None:
    rng = np.random.default_rng(4)
    scores = rng.dirichlet(np.ones(4), size=400)
    few, many = error_of_exact(scores[:100], np.arange(100)), error_of_exact(scores, np.arange(400))
    assert 0 < many.low < many.value < many.high
    assert few.value == pytest.approx(2 * many.value, rel=0.3)
    # Two answers on each film err together: they are no more than half as many films.
    twice = error_of_exact(np.concatenate([scores[:100]] * 2), np.concatenate([np.arange(100)] * 2))
    assert (twice.value, twice.high) == pytest.approx((few.value, few.high))
    drawn = [calibration_error(np.array([rng.choice(4, p=one) for one in scores]), scores) for _ in range(20)]
    assert np.mean(drawn) == pytest.approx(many.value, rel=0.15)
    assert error_of_exact(np.eye(3), np.arange(3)).high == 0
    assert np.isnan(error_of_exact(scores[:0], np.arange(0)).value)


def test_log_loss_counts_every_finding_that_may_be() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]))
    one = np.array([[1, 0, 0], [0, 0, 1]], np.float32)
    assert log_loss(logits, one) == pytest.approx(-(np.log(0.5) + np.log(0.7)) / 2)
    several = np.array([[1, 1, 0], [0, 1, 1]], np.float32)
    assert log_loss(logits + 1000, several) == pytest.approx(-(np.log(0.8) + np.log(0.9)) / 2)


def test_an_interval_draws_whole_patients() -> None:
    right = np.array([1.0] * 10 + [0.0] * 10)

    def share(rows: np.ndarray) -> float:
        return float(right[rows].mean())

    # Two patients of ten films each: only 0, 1/2 and 1 can be drawn. Twenty patients lie much closer together.
    two = with_interval(share, np.array(["a"] * 10 + ["b"] * 10))
    twenty = with_interval(share, np.arange(20).astype(str))
    assert two == Figure(0.5, 0.0, 1.0)
    assert twenty.value == 0.5
    assert 0.2 <= twenty.low < 0.4
    assert 0.6 < twenty.high <= 0.8
    assert twenty == with_interval(share, np.arange(20).astype(str))
    assert str(Figure(0.5, 0.25, 0.75)) == "0.500 (0.250 to 0.750)"
    assert str(Figure(-1.04, -2, 0.06, "+.1f")) == "-1.0 (-2.0 to +0.1)"
    assert str(Figure(np.nan, np.nan, np.nan)) == ""


def test_several_measures_share_their_draws() -> None:
    right, groups = np.array([1.0, 0, 0, 1, 1, 0]), np.array(list("aabbcc"))
    first, second, never = with_intervals(
        lambda rows: np.array([right[rows].mean(), 1 - right[rows].mean(), np.nan]), groups
    )
    assert first == with_interval(lambda rows: float(right[rows].mean()), groups)
    assert (second.low, second.high) == pytest.approx((1 - first.high, 1 - first.low))
    assert np.isnan([never.value, never.low, never.high]).all()
    (nobody,) = with_intervals(lambda rows: np.array([np.nan]), groups[:0])
    assert np.isnan(nobody.low)


def test_readers_are_compared_film_by_film() -> None:
    truth = np.array([0, 0, 1, 1])
    films = Films(("A", "B"), truth, np.array(["one"] * 4), np.array(list("wxyz")))
    said = dict.fromkeys(VIEWS, ("A", "UNCERTAIN", "B", "A"))
    other = {"clean": ("A", "UNCERTAIN", "B", "B"), "photo": ("B", "B", "A", REFUSED)}
    better = replace(reader("ours", dict.fromkeys(VIEWS, sure_of([0, 0, 1, 0]))), said=said)
    worse = replace(reader("theirs", {"clean": sure_of([0, 1, 1, 1]), "photo": sure_of([1, 1, 0, -1])}), said=other)
    pairs = [(better, worse), (better, better), (worse, worse)]
    ahead, itself, _ = film_by_film(films, pairs).rows
    # On clean files each is right on three films, on photos three against none.
    assert ahead[:2] == ("ours int8", "theirs int8")
    assert [one.value for one in ahead[2:] if isinstance(one, Figure)] == pytest.approx([0.0, 0.0, 75.0, 100 * 11 / 15])
    assert [str(one) for one in itself[2:]] == ["+0.0 (+0.0 to +0.0)"] * 4
    # Two that are unsure of a film say the same of it, whatever they find likeliest; one that refuses says nothing that
    # the other says. A film that both refuse is the same to both.
    shares = [[one.value for one in row[2:] if isinstance(one, Figure)] for row in said_the_same(films, pairs).rows]
    assert shares == [[0.5, 0.75, 0.0, 0.0], [1.0] * 4, [1.0] * 4]
    assert (ahead[4].low, ahead[4].high) == pytest.approx((25.0, 100.0))
