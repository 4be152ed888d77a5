"""The shortcut audit tells a reader of lungs from one of borders; what is promised holds on the films counted."""

from __future__ import annotations

import numpy as np
import pytest

from device.values import Corners, Film, Outcome, OutcomeKind, Reading, Score
from training.evidence.audit import audit, border_only, by_ensemble, without_lungs
from training.prove import statements
from training.recipe import FINDINGS

SIDE = 160


class Reader:
    """Says bacterial pneumonia where its part of the film is bright, NORMAL where it is dark."""

    def __init__(self, part: tuple[slice, slice]) -> None:
        self._part = part

    def read(self, film: Film) -> Reading:
        bright = film.pixels[self._part].mean() > 100
        names = ("PNEUMONIA-BACTERIAL", "NORMAL") if bright else ("NORMAL", "PNEUMONIA-BACTERIAL")
        scores = tuple(Score(name, 0.9 if name == names[0] else 0.1 / (len(FINDINGS) - 1)) for name in FINDINGS)
        return Reading(Outcome(OutcomeKind.FINDING, names[0], 0.9), scores, (), 0.0, (), "bundle")


LUNGS = (slice(60, 100), slice(60, 100))
LETTER = (slice(0, 9), slice(0, 9))


def films() -> tuple[list[Film], np.ndarray, np.ndarray]:
    """Films whose lungs and whose corner letter both say what they show."""
    made, truth = [], np.arange(40) % 2
    for sick in truth:
        pixels = np.full((SIDE, SIDE), 60, np.uint8)
        pixels[LUNGS] = pixels[LETTER] = 220 if sick else 60
        made.append(Film(pixels, Corners.of_whole_photo(SIDE, SIDE)))
    places = np.array([FINDINGS.index("NORMAL"), FINDINGS.index("PNEUMONIA-BACTERIAL")])
    return made, places[truth], np.arange(40).astype(str)


def test_a_reader_of_lungs_passes_and_loses_what_it_read() -> None:
    found = audit(by_ensemble(Reader(LUNGS)), *films())  # type: ignore[arg-type]
    assert found.passed
    assert found.whole.value == 1.0
    assert found.without_lungs.value == found.border_only.value == found.chance == 0.5
    assert found.lost == pytest.approx(50)
    assert found.films == 40


def test_a_reader_of_letters_fails() -> None:
    found = audit(by_ensemble(Reader(LETTER)), *films())  # type: ignore[arg-type]
    assert not found.passed
    assert found.without_lungs.value == found.border_only.value == 1.0
    assert found.lost == 0.0


def test_what_is_blacked_out() -> None:
    white = np.full((200, 100), 255, np.uint8)
    middle = without_lungs(white)
    assert middle[24].min() == middle[:, 11].min() == 255
    assert middle[25:175, 12:88].max() == 0
    border = border_only(white)
    assert border[11].min() == border[:, 5].min() == 255
    assert border[12:188, 6:94].max() == 0
    assert white.min() == 255


def test_statements_keep_their_promise_and_widen_where_they_must() -> None:
    rng = np.random.default_rng(5)
    bacterial, viral, normal = (FINDINGS.index(n) for n in ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL", "NORMAL"))
    truth = rng.choice([bacterial, viral, normal], 900)
    scores = np.full((900, len(FINDINGS)), 0.01)
    # NORMAL is told for sure; of pneumonia only that it is one.
    scores[truth == normal, normal] = 0.95
    sick = np.flatnonzero(truth != normal)
    guessed = rng.choice([bacterial, viral], len(sick))
    scores[sick, guessed] = 0.6
    scores[sick, np.where(guessed == viral, bacterial, viral)] = 0.36
    limits = {entry["name"]: entry["said_from"] for entry in statements(scores, scores, truth, FINDINGS)}
    assert list(limits)[: len(FINDINGS)] == list(FINDINGS)
    assert limits["NORMAL"] == 0.5
    assert limits["PNEUMONIA-BACTERIAL"] is None
    assert limits["PNEUMONIA-VIRAL"] is None
    assert limits["PNEUMONIA"] == 0.5
    assert limits["TUBERCULOSIS"] is None
    # Nothing is left for the widest group to be right about.
    assert limits["ABNORMAL"] is None


def test_a_statement_may_promise_more_than_the_others() -> None:
    rng = np.random.default_rng(7)
    places = [FINDINGS.index(name) for name in ("NORMAL", "COVID-19")]
    truth = rng.choice(places, 2000)
    sure = rng.uniform(0.5, 1.0, 2000)
    # Of what is said with a score of 0.9 nine of ten are right.
    said = np.where(rng.random(2000) < sure, truth, sum(places) - truth)
    scores = np.zeros((2000, len(FINDINGS)))
    scores[np.arange(2000), said], scores[np.arange(2000), sum(places) - said] = sure, 1 - sure
    before, after = (
        {entry["name"]: entry for entry in statements(scores, scores, truth, FINDINGS, promises)}
        for promises in ({}, {"NORMAL": 0.97})
    )
    assert after["NORMAL"]["said_from"] > before["NORMAL"]["said_from"] + 0.05
    asked = (said == places[0]) & (sure >= after["NORMAL"]["said_from"])
    assert (truth[asked] == places[0]).mean() >= 0.97
    assert after["NORMAL"]["right"] == 0.97
    assert after["COVID-19"] == before["COVID-19"]
    assert "right" not in before["NORMAL"]


def test_a_statement_that_the_films_file_does_not_bear_out_is_widened() -> None:
    rng = np.random.default_rng(6)
    bacterial, viral, normal = (FINDINGS.index(n) for n in ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL", "NORMAL"))
    truth = rng.choice([bacterial, normal], 600)
    scores = np.full((600, len(FINDINGS)), 0.01)
    scores[np.arange(600), truth] = 0.95
    on_files = scores.copy()
    # Right on every photo; but on its own file one in ten is called the other kind of pneumonia.
    other = np.flatnonzero(truth == bacterial)[::10]
    on_files[other, bacterial], on_files[other, viral] = 0.01, 0.95
    # A file that was not read speaks neither for nor against.
    on_files[np.flatnonzero(truth == normal)[::5]] = np.nan
    limits = {entry["name"]: entry["said_from"] for entry in statements(scores, on_files, truth, FINDINGS)}
    assert limits["NORMAL"] == 0.5
    assert limits["PNEUMONIA-BACTERIAL"] is None
    assert limits["PNEUMONIA"] == 0.5
    same = {entry["name"]: entry["said_from"] for entry in statements(scores, scores, truth, FINDINGS)}
    assert same["PNEUMONIA-BACTERIAL"] == 0.5
