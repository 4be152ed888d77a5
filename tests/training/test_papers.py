"""Both papers' page: it is what the kept scores say, and its ensemble is weighed by validation alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.training.pages import BENCHMARKS, benchmark, printed


def test_the_committed_page_is_what_the_kept_scores_say() -> None:
    assert printed("papers.py", "--kept") == (BENCHMARKS / "papers.md").read_text(encoding="utf-8")


def test_what_is_not_fitted_yet_is_told_and_stands_without_figures(tmp_path: Path) -> None:
    shutil.copytree(BENCHMARKS / "papers", tmp_path / "kept")
    for kind in ("csv", "json"):
        (tmp_path / "kept" / f"three_class_custom_cnn.{kind}").unlink()
    page = printed("papers.py", "--kept", "--out", tmp_path / "kept")
    assert "Printed with `--kept`: three_class_custom_cnn" in page
    rows = [line for line in page.splitlines() if line.startswith("| three_class_custom_cnn | ")]
    assert len(rows) == 4
    assert all(row.endswith("| not fitted yet | not fitted yet |") for row in rows)
    # Without one of its members there is no ensemble.
    assert "Is the ensemble at least as good" not in page


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return benchmark("paper_three", monkeypatch)


def test_weights_come_from_validation_and_never_from_test(three: ModuleType) -> None:
    from paper_answers import Said  # type: ignore[import-not-found]

    rng = np.random.default_rng(1)
    truth = np.arange(300) % 3

    def said(right: float) -> object:
        """Surely right on that share of films, surely wrong on the others."""
        named = np.where(rng.random(300) < right, truth, (truth + 1) % 3)
        scores = np.full((300, 3), 0.05)
        scores[np.arange(300), named] = 0.9
        return Said(("COVID-19", "NORMAL", "PNEUMONIA"), truth, np.array([str(n) for n in truth]), {"float32": scores})

    names = list(three.MEMBERS.values())
    # The first does best on validation and worst on test: an ensemble that follows it has not looked at the test.
    answers = {name: {"validation": said(0.6), "test": said(0.9)} for name in names}
    answers[names[0]] = {"validation": said(0.95), "test": said(0.3)}
    made = three.with_ensembles(answers)

    def share(name: str, split: str) -> float:
        return float((made[name][split].scores["float32"].argmax(axis=1) == truth).mean())

    assert share(three.WEIGHED, "validation") >= share(three.MEAN, "validation")
    assert share(three.WEIGHED, "validation") >= share(names[0], "validation")
    assert share(three.WEIGHED, "test") < 0.6 < share(three.MEAN, "test")
    # Other test films change nothing of what validation chose.
    films = made[three.WEIGHED]["validation"].scores["float32"]
    turned = {name: replace(one["test"], truth=one["test"].truth[::-1]) for name, one in answers.items()}
    other = {name: {**one, "test": turned[name]} for name, one in answers.items()}
    assert np.array_equal(three.with_ensembles(other)[three.WEIGHED]["validation"].scores["float32"], films)


def test_a_missing_member_leaves_the_others_as_they_are(three: ModuleType) -> None:
    one = {"three_class_mobilenet": {"test": object()}}
    assert three.with_ensembles(one) == one
