"""The scout: a photo at a glance. Where its film is, what is likeliest wrong, and what is then said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from device import demo
from device.examine import examine
from device.film.refusals import REFUSALS, named, settled
from device.film.sight import Sight
from device.reading import scout as scout_room
from device.reading.bundle import load_bundle
from device.reading.contract import SIGHT_ANSWERS, MemberSpec, ScoutSpec
from device.reading.ensemble import Ensemble
from device.reading.member import RawVote
from device.reading.scout import Scout
from device.values import Film, InputSpec, Picture, Reason, Refusal
from tests.films import as_photo
from training.data.chexphoto import Transform, transformed

CELLS = 20
INPUT = InputSpec(side=32, channels=3, fit="stretch", tone="plain", low=-1.0, high=1.0)


def says(answer: str, score: float, *, at: tuple[int, int] = (10, 10)) -> type:
    """A scout's member that sees film in the middle, and gives one answer that score for what lies at a place."""

    class Member:
        def __init__(self, spec: MemberSpec) -> None:
            self.spec = spec

        def answer(self, tensor: NDArray[np.float32]) -> RawVote:
            assert tensor.shape == (1, 32, 32, 3)
            maps = np.full((CELLS, CELLS, 1 + len(SIGHT_ANSWERS)), -9.0, np.float32)
            maps[4:16, 6:14, 0] = 9.0
            place = 1 + SIGHT_ANSWERS.index(answer)
            maps[at[0], at[1], place] = 20.0
            logits = np.full(1 + len(SIGHT_ANSWERS), np.log((1 - score) / (len(SIGHT_ANSWERS) - 1)), np.float32)
            logits[place] = np.log(score)
            return RawVote(logits, maps)

    return Member


def look(monkeypatch: pytest.MonkeyPatch, member: type, shape: tuple[int, int] = (90, 120)) -> Sight:
    monkeypatch.setattr(scout_room, "Member", member)
    spec = replace(load_bundle(demo.BUNDLE).members[0], input=INPUT, temperature=1.0)
    scout = Scout(ScoutSpec(spec, refuse_from=0.9))
    return scout.look(Picture(np.full(shape, 90, np.uint8), 1, shape[1], shape[0]))


def test_the_film_is_where_the_first_map_says(monkeypatch: pytest.MonkeyPatch) -> None:
    film = look(monkeypatch, says("fit", 0.9)).film
    assert film.shape == (CELLS, CELLS)
    assert (film[4:16, 6:14] > 0.99).all()
    assert film.sum() == pytest.approx(12 * 8, rel=0.01)


@pytest.mark.parametrize("answer", SIGHT_ANSWERS[1:])
@pytest.mark.parametrize(("score", "seen", "sure"), [(0.45, False, False), (0.7, True, False), (0.95, True, True)])
def test_a_fault_is_named_from_a_half_on_and_sure_from_its_limit(
    monkeypatch: pytest.MonkeyPatch, answer: str, score: float, seen: bool, sure: bool
) -> None:
    sight = look(monkeypatch, says(answer, score))
    assert (sight.fault is not None, sight.sure) == (seen, sure)
    if sight.fault is not None:
        assert sight.fault.reason.value == answer
        assert "{" not in sight.fault.say


@pytest.mark.parametrize(
    ("at", "place"), [((5, 7), "on the upper left"), ((14, 12), "on the lower right"), ((10, 10), "in the middle")]
)
def test_glare_is_placed_on_the_film_not_in_the_photo(
    monkeypatch: pytest.MonkeyPatch, at: tuple[int, int], place: str
) -> None:
    fault = look(monkeypatch, says("glare", 0.95, at=at)).fault
    assert fault is not None
    assert fault.say.startswith(f"Glare {place}. ")


def test_a_picture_smaller_than_the_input_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(monkeypatch, says("fit", 0.9), shape=(20, 25)).fault is None


EMPTY = np.zeros((2, 2), np.float32)
GLARE, MOTION, CUT_OFF = (REFUSALS[reason] for reason in (Reason.GLARE, Reason.MOTION, Reason.CUT_OFF))
AT_THE_TOP = Refusal(Reason.CUT_OFF, "The film is cut off at the top of the photo.")


@pytest.mark.parametrize(
    ("measured", "sight", "said"),
    [
        (None, None, None),
        (MOTION, None, MOTION),
        (MOTION, Sight(EMPTY), MOTION),
        (None, Sight(EMPTY, GLARE), None),
        (None, Sight(EMPTY, GLARE, sure=True), GLARE),
        (MOTION, Sight(EMPTY, GLARE), GLARE),
        # What was measured tells more: which side.
        (AT_THE_TOP, Sight(EMPTY, CUT_OFF, sure=True), AT_THE_TOP),
    ],
)
def test_the_scout_names_what_was_measured_and_refuses_alone_only_where_it_is_sure(
    measured: Refusal | None, sight: Sight | None, said: Refusal | None
) -> None:
    assert settled(measured, sight) is said


@pytest.mark.parametrize("level", [3, 4])
def test_bands_too_fine_for_the_scout_are_refused_by_the_gate(
    level: int, ensemble: Ensemble, films: tuple[Film, ...]
) -> None:
    reasons = []
    for number, film in enumerate(films):
        banded = as_photo(transformed(film.pixels, Transform.MOIRE, level, number), "screen.png")
        refusal = examine(banded, ensemble).refusal
        reasons.append(refusal.reason if refusal else None)
    assert reasons == [Reason.BANDS] * 2


def test_a_refusal_for_bands_keeps_its_name_where_the_scout_is_not_sure() -> None:
    bands, shaken = REFUSALS[Reason.BANDS], REFUSALS[Reason.MOTION]
    film = np.zeros((4, 4), np.float32)
    assert named(bands, Sight(film, shaken)) is bands
    assert named(bands, Sight(film, shaken, sure=True)) is shaken
    assert named(REFUSALS[Reason.GLARE], Sight(film, shaken)) is shaken
