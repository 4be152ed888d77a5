"""What is chosen on validation, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibrate import best_temperature, best_weights, possible_from, said_from
from training.metrics import log_loss


def over_sure(films: int = 4000, sureness: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `sureness` times as large as the truth was drawn by."""
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(films, 3))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (rng.random(films)[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    return sureness * logits, np.eye(3, dtype=np.float32)[truth]


def test_the_best_temperature_undoes_over_sureness() -> None:
    logits, allowed = over_sure()
    assert best_temperature(logits, allowed) == pytest.approx(3, rel=0.12)
    assert best_temperature(logits / 6, allowed) == pytest.approx(0.5, rel=0.12)
    assert best_temperature(np.zeros((5, 3)), allowed[:5]) == 1.0


def test_a_temperature_is_kept_only_where_it_lowers_the_calibration_error() -> None:
    # 90 of 100 films are right at a score of 0.9, as they should be; 8 of 10 at one of 0.99999. What these two errors
    # cost in log loss would be paid for by all the others' calibration.
    logits = np.log(np.concatenate([np.tile([0.9, 0.1], (100, 1)), np.tile([0.99999, 0.00001], (10, 1))]))
    wrong = np.isin(np.arange(110), [*range(10), 100, 101])
    allowed = np.eye(2, dtype=np.float32)[wrong.astype(int)]
    assert min(log_loss(logits / warm, allowed) for warm in (1.2, 1.5, 2.0)) < log_loss(logits, allowed)
    assert best_temperature(logits, allowed) == 1.0


def test_the_best_weights_favour_who_is_right_and_silence_nobody() -> None:
    logits, allowed = over_sure(600, 1.0)
    good = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    bad = good[::-1]
    weights = best_weights([bad, good, bad], allowed)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) == pytest.approx(0.05)
    assert weights[1] == pytest.approx(0.9)
    assert best_weights([good], allowed) == (1.0,)


def knows(finding: int, truth: np.ndarray) -> np.ndarray:
    """Scores of a member that knows one finding of three when it sees it, and nothing of the others."""
    scores = np.full((len(truth), 3), 1 / 3)
    scores[truth == finding] = [0.9 if place == finding else 0.05 for place in range(3)]
    return scores


def test_in_the_vote_a_finding_counts_as_much_as_another_unless_it_has_hardly_a_film() -> None:
    truth = np.repeat([0, 1, 2], [300, 60, 19])
    members = [knows(finding, truth) for finding in range(3)]
    common, rarer, hardly = best_weights(members, np.eye(3, dtype=np.float32)[truth])
    assert abs(common - rarer) <= 0.051  # a step of the grid
    assert hardly == pytest.approx(0.05)
    # Of sixty photos of twenty films that is enough, of as many of ten it is not.
    assert best_weights(members[:2], np.eye(3, dtype=np.float32)[truth], views=3) == (0.5, 0.5)
    assert best_weights(members[:2], np.eye(3, dtype=np.float32)[truth], views=6) == (0.95, 0.05)


def tells(truth: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Scores of a member that knows how sure it may be of which of two findings a film shows."""
    seen = np.where(truth, 1.0, -1.0) + noise * rng.normal(size=len(truth))
    second = 1 / (1 + np.exp(-2 * seen / noise**2))
    return np.stack([1 - second, second], axis=1)


def test_a_lesser_member_is_heard_although_the_vote_is_less_sure_with_it() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 4000)
    good, lesser = tells(truth, 0.7, rng), tells(truth, 1.0, rng)
    weights = best_weights([good, lesser], np.eye(2, dtype=np.float32)[truth])

    def right(first: float) -> float:
        return float(((first * good + (1 - first) * lesser).argmax(axis=1) == truth).mean())

    # By the loss of the vote as it is, before a temperature makes it as sure as it may be, 0.85 were the best.
    assert 0.5 < weights[0] < 0.7
    assert right(weights[0]) > right(0.85) + 0.01
    assert right(0.85) > right(1.0)


def test_a_statement_is_said_from_where_it_keeps_its_promise() -> None:
    together = np.linspace(0.3, 0.99, 700)
    right = np.random.default_rng(1).random(700) < together
    limit = said_from(together, right, 0.9)
    assert limit is not None
    said = together >= limit
    assert 0.7 < limit < 0.95
    assert right[said].mean() >= 0.9
    # A hundredth lower it would break.
    below = together >= limit - 0.01
    assert (~right[below]).sum() + 1 > 0.1 * (below.sum() + 1)


def test_few_films_promise_nothing() -> None:
    sure = np.full(30, 0.9)
    assert said_from(sure, np.ones(30, bool), 0.9) == 0.5
    assert said_from(sure[:19], np.ones(19, bool), 0.9) is None
    assert said_from(sure, np.zeros(30, bool), 0.9) is None
    # Two errors of thirty are 7%; a third, which may be one away, would be 10% of all there are.
    assert said_from(sure, np.arange(30) >= 2, 0.9) == 0.5
    assert said_from(sure, np.arange(30) >= 3, 0.9) is None


def test_a_statement_is_said_from_where_the_films_file_bears_it_out() -> None:
    together, right = np.linspace(0.6, 0.99, 200), np.ones(200, bool)
    on_file = np.where(together < 0.8, 0.0, together)
    assert said_from(together, right, 0.9) == 0.5
    limit = said_from(together, right, 0.9, on_file)
    assert limit is not None
    assert 0.78 < limit <= 0.8
    said = together >= limit
    assert (on_file[said] < limit).mean() <= 0.05
    # Not known is neither: as if those films were not there.
    assert said_from(together, right, 0.9, np.where(together < 0.8, np.nan, together)) == 0.5


def test_two_photos_do_not_silence_a_finding_with_few_films() -> None:
    together, right = np.full(30, 0.9), np.ones(30, bool)
    # Two of thirty are more than one in twenty, and no proof of it; three are.
    assert said_from(together, right, 0.9, np.where(np.arange(30) < 2, 0.0, together)) == 0.5
    assert said_from(together, right, 0.9, np.where(np.arange(30) < 3, 0.0, together)) is None


def test_what_is_possible_holds_each_findings_own_films() -> None:
    rng = np.random.default_rng(2)

    def films(count: int) -> tuple[np.ndarray, np.ndarray]:
        truth = np.repeat([0, 1], [count, count // 10])
        scores = rng.dirichlet([1, 1], len(truth))
        # The rare finding is read far worse: one limit for all would give it away.
        scores[np.arange(len(truth)), truth] += np.where(truth == 0, 3.0, 0.2)
        return scores / scores.sum(axis=1, keepdims=True), truth

    limits = possible_from(*films(5000), 0.9)
    scores, truth = films(5000)
    for finding in (0, 1):
        kept = scores[truth == finding, finding] >= limits[finding]
        assert 0.86 < kept.mean() < 0.94
    assert limits[0] > 2 * limits[1]
    # Eight films may all lie above what the next one has.
    assert possible_from(scores[:8], truth[:8], 0.9) == (None, None)
