"""What asking more of NORMAL gives and costs, counted by hand."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from tests.training.pages import BENCHMARKS, benchmark


@pytest.fixture
def promise(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return benchmark("normal_promise", monkeypatch)


def line(shown: str, said: str, normal: str, view: str = "photo") -> dict[str, str]:
    return {"view": view, "finding": shown, "outcome": said, "ours: NORMAL": normal}


def test_what_falls_below_is_said_of_nobody(promise: ModuleType) -> None:
    of = promise.photos(
        [
            line("NORMAL", "NORMAL", "0.95"),
            line("NORMAL", "NORMAL", "0.75"),
            line("NORMAL", "UNCERTAIN", "0.60"),
            line("COVID-19", "NORMAL", "0.80"),
            line("PNEUMONIA-VIRAL", "PNEUMONIA", "0.10"),
            line("TUBERCULOSIS", "", ""),
            line("TUBERCULOSIS", "NORMAL", "0.99", view="clean"),
        ],
        "ours: ",
    )
    assert promise.told(of, 0.7) == ("2 of 3", "1 of 3 (33%)", "75.0% of 4")
    assert promise.told(of, 0.9) == ("1 of 3", "0 of 3 (0%)", "100.0% of 2")
    # Where only a group is known, or something else, nobody can say which outcomes are right.
    unsure = promise.photos([line("ABNORMAL", "NORMAL", "0.95"), line("ABNORMAL", "COVID-19", "0.02")], "ours: ")
    assert promise.told(unsure, 0.7) == ("", "1 of 2 (50%)", "")


def test_the_limit_is_the_one_that_a_bundle_is_given(promise: ModuleType) -> None:
    rng = np.random.default_rng(3)
    lines = []
    for number, score in enumerate(rng.uniform(0.5, 1.0, 600)):
        right = rng.random() < score
        scores = {f"ensemble:{finding}": "0" for finding in promise.FINDINGS}
        scores |= {"ensemble:NORMAL": f"{score}", "ensemble:COVID-19": f"{1 - score}"}
        for view in ("clean", "photo"):
            told = {"film": str(number), "view": view, "outcome": "NORMAL"}
            lines.append(told | {"finding": "NORMAL" if right else "COVID-19"} | scores)
    usual, strict = (promise.limit(lines, share) for share in (0.9, 0.95))
    assert 0.7 < usual < 0.9 < strict


def test_the_page_has_the_places_whose_answers_are_kept(promise: ModuleType) -> None:
    page = (BENCHMARKS / "normal_promise.md").read_text(encoding="utf-8")
    for name, tables in promise.ELSEWHERE.items():
        kept = [row for table in tables for row in promise._lines(BENCHMARKS / "unseen" / table)]
        # At the share that the bundle was proved with, its own limit says what it said.
        normal, others, right = promise.told(promise.photos(kept, "Filmside: "), 0.0)
        assert f"| {name} | {normal} | {others} | {right} |" in page
