"""The scout's lessons: what is shown of each film, what is wanted of it, and what is made of what was learnt."""

from __future__ import annotations

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from device.reading.contract import SIGHT_ANSWERS
from device.values import Reason
from tests.films import chest, film_rows
from tests.training.recipes import TINY
from training.data.faults import Fault
from training.data.sights import CELLS, FIT, REASONS, SIDE, SIGHTS, Sights, sights
from training.scout import overlaps, refuse_from, sight_batches


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Sights:
    folder = tmp_path_factory.mktemp("sights")
    rows = film_rows(folder, 8)
    others = folder / "others"
    others.mkdir()
    with (others / "index.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "kind", "note"))
        for number in range(12):
            kind = "document" if number % 2 else "chest-lateral"
            cv2.imwrite(str(others / f"{number}.png"), chest(20 + number))
            writer.writerow((f"{number}.png", kind, ""))
    made = sights(rows, others, "train", 1, folder)
    again = sights(rows, others, "train", 1, folder)
    assert np.array_equal(made.photos, again.photos)
    return made


def test_every_film_is_seen_fit_spoilt_and_otherwise(lessons: Sights) -> None:
    assert lessons.photos.shape[1:] == (SIDE, SIDE)
    assert lessons.film.shape[1:] == (CELLS, CELLS)
    answers = lessons.answers[: 8 * SIGHTS].reshape(8, SIGHTS)
    assert (answers[:, :2] == FIT).all()
    spoilt = {SIGHT_ANSWERS.index(reason.value) for reason in REASONS.values()}
    assert set(answers[:, 2:5].ravel()) <= spoilt
    assert len(set(answers[:, 2:5].ravel())) >= 6
    assert not set(answers[:, 5]) & spoilt


def test_every_fault_has_a_reason_that_the_scout_can_give() -> None:
    assert set(REASONS) == set(Fault)
    assert set(SIGHT_ANSWERS[1:]) == {reason.value for reason in REASONS.values()} | {
        Reason.NO_FILM.value,
        Reason.SEVERAL_FILMS.value,
    }


def test_film_is_where_the_photo_shows_it(lessons: Sights) -> None:
    none = lessons.answers == SIGHT_ANSWERS.index(Reason.NO_FILM.value)
    assert none.any()
    assert (lessons.film[none] == 0).all()
    fit = lessons.film[lessons.answers == FIT]
    assert (fit.mean(axis=(1, 2)) > 0.1 * 255).all()
    # On a lit box the film is the darker: what is called film must be.
    darker = []
    for photo, film, answer in zip(lessons.photos, lessons.film, lessons.answers, strict=True):
        cells = cv2.resize(photo, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        if answer == FIT and 20 < film.mean() < 235 and np.median(cells[film == 0]) > 200:
            darker.append(np.median(cells[film == 255]) < np.median(cells[film == 0]) - 20)
    assert len(darker) >= 3
    assert all(darker)


def test_a_batch_turns_the_film_with_its_photo() -> None:
    photos, film = np.zeros((1, SIDE, SIDE), np.uint8), np.zeros((1, CELLS, CELLS), np.uint8)
    photos[0, : SIDE // 2, : SIDE // 4] = 200
    film[0, : CELLS // 2, : CELLS // 4] = 255
    lessons = Sights(photos, film, np.array([3]))
    recipe = replace(TINY, side=SIDE, channels=3, tone="plain", batch=24)
    inputs, wanted = sight_batches(recipe, lessons)(5)
    assert inputs.shape == (24, SIDE, SIDE, 3)
    assert (wanted[:, -1] == 3).all()
    ways = set()
    for one, want in zip(inputs, wanted[:, :-1].reshape(-1, CELLS, CELLS), strict=True):
        bright = cv2.resize(one[..., 0], (CELLS, CELLS), interpolation=cv2.INTER_AREA) > 0
        assert np.array_equal(bright, want > 0.5)
        ways.add(want.tobytes())
    assert len(ways) == 8
    assert np.array_equal(sight_batches(recipe, lessons)(5)[0], inputs)


def test_overlap_counts_what_both_hold_of_what_either_holds() -> None:
    truth = np.zeros((3, 4, 4), np.uint8)
    truth[:2, :2] = 255
    seen = np.zeros((3, 4, 4), bool)
    seen[0, :2], seen[1, 1:3] = True, True
    # The third has no film, so nothing can be missed.
    assert overlaps(seen, truth) == pytest.approx([1.0, 1 / 3])


def test_the_scout_refuses_no_more_fit_photos_than_it_may() -> None:
    rng = np.random.default_rng(1)
    scores = np.full((2000, len(SIGHT_ANSWERS)), 0.001)
    answers = np.full(2000, FIT, np.intp)
    scores[:, 5] = rng.random(2000) ** 8
    limit = refuse_from(scores, answers)
    assert 0.5 <= limit <= 0.98
    assert (scores[:, 5] >= limit).mean() <= 0.004
    # Photos that are to be refused have no say in it.
    scores[:1000, 5], answers[:1000] = 0.99, 5
    scores[1000:, 5] = 0.0
    assert refuse_from(scores, answers) == 0.5
