"""The gate's lessons: films lie as their answer says, only what is badly spoilt is called so, thresholds keep their
promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from device import demo
from device.film.prepare import fit_square
from device.reading.contract import BLURRED, GATE_ANSWERS, GLARE, LIES, NOT_A_FILM, SHAKEN
from device.reading.gate import Gate, mirrored_shares, numbered_lie, put_right, turn_of
from device.values import Corners, Film, Grey, Lie
from tests.films import chest, film_rows
from tests.training.recipes import TINY
from training import prove as prove_room
from training import run as run_room
from training.data import augment
from training.data.cache import SIDE, CacheSpec
from training.data.others import Others, read_others
from training.data.sources import STORED_MIRRORED, Row
from training.data.split import Split
from training.data.spoilt import SPOILING, spoilt_squares
from training.evaluate import Judgement
from training.gate import (
    LEAST_DOUBT,
    NEVER_MIRRORED,
    Lessons,
    gate_batches,
    gate_judged,
    mirrored_from,
    poor,
    refuse_from,
    turned,
)

SQUARE = fit_square(chest(3), "stretch", SIDE, trim=True)


@pytest.mark.parametrize("answer", range(len(LIES)))
def test_the_device_undoes_what_the_lesson_did(answer: int) -> None:
    scores = np.full(len(GATE_ANSWERS), 0.001)
    scores[answer] = 0.9
    lie = numbered_lie(answer)
    assert lie == Lie(answer % 4, negative="negative" in LIES[answer], mirrored="mirrored" in LIES[answer])
    assert turn_of(scores) == replace(lie, mirrored=False)
    lying = Film(turned(SQUARE, answer), Corners.of_whole_photo(SIDE, SIDE))
    assert np.array_equal(put_right(lying, lie).pixels, SQUARE)


def test_a_square_is_called_blurred_or_shaken_only_where_it_is_badly_so() -> None:
    rng = np.random.default_rng(1)
    detail: dict[int, list[float]] = {0: [], BLURRED: [], SHAKEN: []}
    for _ in range(60):
        square, answer = poor(SQUARE, 0, rng)
        assert square.shape == SQUARE.shape
        soft = cv2.GaussianBlur(square.astype(np.float32), (0, 0), 1.5)  # what noise there is counts little
        detail[answer].append(float(cv2.Laplacian(soft, cv2.CV_32F).std() / soft.std()))
    assert min(len(values) for values in detail.values()) >= 10
    assert max(np.median(detail[BLURRED]), np.median(detail[SHAKEN])) < 0.7 * np.median(detail[0])


@pytest.fixture(scope="module", params=[SIDE, 250], ids=["most", "larger"])
def lessons(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lessons:
    folder, side = tmp_path_factory.mktemp("lessons"), request.param
    rows, spec = film_rows(folder, 2), CacheSpec("stretch", True, 0, 1, side)
    made = spoilt_squares(rows, spec, folder)
    assert made.shape == (2, len(SPOILING), 2, side, side)
    # Made once, and read again.
    assert np.array_equal(made, spoilt_squares(rows, spec, folder))
    others = Others(np.zeros((3, side, side), np.uint8), ("document",) * 3)
    square = cv2.resize(SQUARE, (side, side))
    return Lessons(np.stack([square[None], square[None]]), made, others)


def test_a_batch_has_films_spoilt_films_and_other_pictures(lessons: Lessons, monkeypatch: pytest.MonkeyPatch) -> None:
    mirrors, sizes = [], set()
    strong = augment.strong

    def watched(square, rng, *, mirror):  # type: ignore[no-untyped-def]
        mirrors.append(mirror)
        sizes.add(square.shape)
        return strong(square, rng, mirror=mirror)

    monkeypatch.setattr(augment, "strong", watched)
    inputs, allowed = gate_batches(replace(TINY, batch=200), lessons)(7)
    assert inputs.shape == (200, TINY.side, TINY.side, TINY.channels)
    # Augmentation must not mirror what is to be told from a mirrored film.
    assert mirrors == [False] * 200
    # Films made smaller from larger squares than the rest would be told by their sharpness.
    assert sizes == {lessons.others.squares.shape[1:]}
    counts = allowed.sum(axis=0)
    assert (allowed.sum(axis=1) == 1).all()
    assert (counts > 0).all(), dict(zip(GATE_ANSWERS, counts, strict=True))
    assert 30 < counts[NOT_A_FILM] < 75
    again = gate_batches(replace(TINY, batch=200), lessons)(7)
    assert np.array_equal(inputs, again[0])


def test_slightly_spoilt_films_are_judged_as_they_lie(lessons: Lessons) -> None:
    answers = gate_judged(TINY, lessons).allowed.argmax(axis=1)
    counts = np.bincount(answers, minlength=len(GATE_ANSWERS))
    assert list(counts[GLARE : GLARE + len(SPOILING)]) == [2] * len(SPOILING)
    assert counts[NOT_A_FILM] == 3
    assert counts[0] >= 2 + 2 * len(SPOILING)


def test_a_threshold_refuses_no_more_films_than_it_may() -> None:
    rng = np.random.default_rng(1)
    scores, answers = np.zeros((2000, len(GATE_ANSWERS))), np.zeros(2000, np.intp)
    scores[:, GLARE] = rng.random(2000) ** 8
    threshold = refuse_from(scores, answers, GLARE)
    assert 0.9 < threshold <= 0.98
    assert (scores[:, GLARE] >= threshold).mean() < 0.01
    # Films that are to be refused have no say in it.
    scores[:1000, GLARE], answers[:1000] = 0.99, GLARE
    scores[1000:, GLARE] = 0.0
    assert refuse_from(scores, answers, GLARE) == 0.5
    # Of what is no chest film the gate need not be as sure.
    assert refuse_from(scores, answers, NOT_A_FILM) == LEAST_DOUBT


def test_the_mirrored_share_is_of_the_likeliest_turn() -> None:
    scores, share = np.full((1000, len(GATE_ANSWERS)), 1e-6), np.linspace(0, 0.8, 1000)
    scores[:, 0], scores[:, len(LIES) // 2] = 1 - share, share
    assert mirrored_shares(scores) == pytest.approx(share, abs=1e-5)


def test_films_the_right_way_round_set_from_when_one_is_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = iter(np.linspace(0, 0.8, 100 * len(LIES) // 2))
    monkeypatch.setattr(Gate, "mirrored_share", lambda gate, film: next(shares))
    films = [Film(SQUARE, Corners.of_whole_photo(SIDE, SIDE))] * 100
    assert mirrored_from(demo.BUNDLE, films) == pytest.approx(0.8 * 0.99 + 0.02, abs=0.002)
    # Of nothing measured nothing is said.
    assert mirrored_from(demo.BUNDLE, []) == NEVER_MIRRORED


def test_the_gate_is_asked_of_every_way_to_lie_but_the_mirrored_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Grey] = []
    monkeypatch.setattr(Gate, "mirrored_share", lambda gate, film: asked.append(film.pixels) or 0.1)
    mirrored_from(demo.BUNDLE, [Film(SQUARE, Corners.of_whole_photo(SIDE, SIDE))])
    square = fit_square(SQUARE, "stretch", SIDE, trim=True)
    assert np.array_equal(asked, [turned(square, answer) for answer in range(len(LIES) // 2)])
    assert not any("mirrored" in answer for answer in LIES[: len(LIES) // 2])


def test_a_film_that_is_kept_mirrored_says_nothing_of_how_films_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = film_rows(tmp_path, 4)
    kept_so = tmp_path / f"{STORED_MIRRORED[0]}.png"
    rows[0].path.rename(kept_so)
    films = (replace(rows[0], path=kept_so), *rows[1:])
    assert [row.stored_mirrored for row in films] == [True, False, False, False]
    monkeypatch.setattr(run_room, "read_split", lambda run: Split((), films, (), ()))
    assert len(run_room.validation_films(replace(TINY, photos=0.0), tmp_path)) == 3


def test_what_a_bundle_promises_is_of_films_as_its_gate_lays_them(monkeypatch: pytest.MonkeyPatch) -> None:
    film = Film(SQUARE, Corners.of_whole_photo(SIDE, SIDE))
    over, straight = (Row(Path(name), ("NORMAL",), "", name) for name in ("over.png", "straight.png"))
    first, second = (object() for _ in range(2))

    class Turning:
        """A gate that calls one film mirrored, and members that say something else of it then."""

        def __init__(self, bundle: object) -> None:
            pass

        def upright(self, lying: Film) -> Film:
            return put_right(lying, Lie(mirrored=lying is film))

        def read(self, turned_over: Film) -> object:
            assert np.array_equal(turned_over.pixels, SQUARE[:, ::-1])
            return second

    monkeypatch.setattr(prove_room, "Ensemble", Turning)
    other = replace(film, pixels=SQUARE.copy())
    judged = (
        Judgement(over, "clean", film, first, None),
        Judgement(straight, "clean", other, first, None),
        Judgement(straight, "photo", None, None, None),
    )
    again = prove_room._as_the_gate_lays_them(demo.BUNDLE, judged)
    assert [one.reading for one in again] == [second, first, None]
    assert again[1:] == judged[1:]


def test_kinds_can_be_left_out(tmp_path: Path) -> None:
    lines = ["path,kind,note"]
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((40, 40), 9 * number, np.uint8))
        lines.append(f"{number}.png,{'document' if number % 2 else 'photo'},")
    (tmp_path / "index.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert set(read_others(tmp_path, "train").kinds) == {"document", "photo"}
    assert set(read_others(tmp_path, "train", but=frozenset({"photo"})).kinds) == {"document"}
    assert read_others(tmp_path, "train", side=250).squares.shape[1:] == (250, 250)
