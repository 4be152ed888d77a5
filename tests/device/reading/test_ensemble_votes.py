"""Members that answer as one: weighed, calibrated, in order, from any thread, and only if they prove themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from device import demo
from device.errors import BundleFault
from device.film.prepare import prepare
from device.reading.bundle import load_bundle
from device.reading.contract import MemberSpec
from device.reading.ensemble import Ensemble, sharpened
from device.reading.member import Member, softmax
from device.values import Film, Reading
from tests.bundles import Manifest, demo_copy, edit, sha256


def values(scores: tuple) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([score.value for score in scores])


def names(scores: tuple) -> tuple[str, ...]:  # type: ignore[type-arg]
    return tuple(score.finding for score in scores)


def two_of_the_first(manifest: Manifest) -> None:
    """The same file twice, under two names, with weights and temperatures of their own, and no gate."""
    first = manifest["members"][0]
    manifest["members"] = [
        {**first, "name": "calm", "weight": 0.25, "temperature": 2.0},
        {**first, "name": "bold", "weight": 0.75, "temperature": 0.5},
    ]
    manifest["references"], manifest["gate"], manifest["temperature"] = [], None, 1.0


def test_a_vote_is_calibrated_by_its_own_temperature() -> None:
    scores = np.array([0.6, 0.3, 0.1])
    assert sharpened(scores, 1.0) == pytest.approx(scores)
    # At half the temperature scores count by their squares.
    assert sharpened(scores, 0.5) == pytest.approx(scores**2 / (scores**2).sum())
    assert np.isfinite(sharpened(np.array([1.0, 0.0]), 0.5)).all()


@pytest.fixture
def two(tmp_path: Path) -> Ensemble:
    return Ensemble(load_bundle(demo_copy(tmp_path, two_of_the_first)))


def test_a_reading_holds_together(ensemble: Ensemble, films: tuple[Film, ...]) -> None:
    findings = ensemble.bundle.findings
    for film in films:
        reading = ensemble.read(film)
        assert names(reading.scores) == findings
        assert values(reading.scores).sum() == pytest.approx(1)
        assert [vote.member for vote in reading.votes] == [member.name for member in ensemble.bundle.members]
        for vote in reading.votes:
            assert names(vote.scores) == findings
            assert values(vote.scores).sum() == pytest.approx(1)
            assert values(vote.scores).min() >= 0
        assert tuple(heat_map.finding for heat_map in reading.heat_maps) == findings
        cells = np.array([heat_map.cells for heat_map in reading.heat_maps])
        assert cells.shape[1] == reading.heat_maps[0].rows * reading.heat_maps[0].columns
        assert cells.min() >= 0
        assert cells.max() == 1
        assert reading.bundle == ensemble.bundle.id


def test_votes_are_weighed_and_calibrated(two: Ensemble, films: tuple[Film, ...]) -> None:
    reading = two.read(films[0])
    calm, bold = (values(vote.scores) for vote in reading.votes)
    assert [vote.member for vote in reading.votes] == ["calm", "bold"]
    assert values(reading.scores) == pytest.approx(0.25 * calm + 0.75 * bold)
    assert reading.spread == pytest.approx(np.abs(calm - bold).max() / 2)
    # The same logits under two temperatures: log scores differ by the temperatures' ratio, 2.0 to 0.5.
    steps = [np.diff(np.log(scores)) for scores in (calm, bold)]
    assert steps[1] == pytest.approx(4 * steps[0])
    assert calm.max() < bold.max()


def test_a_vote_is_the_members_own_answer_to_the_prepared_film(ensemble: Ensemble, films: tuple[Film, ...]) -> None:
    for spec, vote in zip(ensemble.bundle.members, ensemble.read(films[0]).votes, strict=True):
        raw = Member(spec).answer(prepare(films[0].pixels, spec.input))
        assert raw.maps.shape == (*spec.maps, spec.outputs)
        assert raw.logits == pytest.approx(raw.maps.mean(axis=(0, 1)))
        assert values(vote.scores) == pytest.approx(softmax(raw.logits, spec.temperature))


def test_many_threads_get_the_answers_that_one_gets(two: Ensemble, films: tuple[Film, ...]) -> None:
    shifted = [replace(film, pixels=np.roll(film.pixels, 9 * shift, axis=1)) for film in films for shift in range(4)]
    alone = [two.read(film) for film in shifted]
    assert len({reading.scores for reading in alone}) > len(films)
    with ThreadPoolExecutor(6) as pool:
        together: list[Reading] = list(pool.map(two.read, shifted * 3))
    assert together == alone * 3


def test_the_same_film_is_read_the_same_twice(ensemble: Ensemble, films: tuple[Film, ...]) -> None:
    assert ensemble.read(films[0]) == ensemble.read(films[0])


def test_without_a_gate_a_film_stays_as_it_lies(two: Ensemble, films: tuple[Film, ...]) -> None:
    assert two.upright(films[0]) is films[0]


@pytest.mark.parametrize("off", [0.3, -0.3])
def test_a_reference_film_that_reads_otherwise_is_a_fault(tmp_path: Path, off: float) -> None:
    def promise_otherwise(manifest: Manifest) -> None:
        scores = manifest["references"][-1]["scores"]
        scores["NORMAL"] += off

    name = load_bundle(demo.BUNDLE).references[-1].file.name
    with pytest.raises(
        BundleFault,
        match=rf"reference film {name} gives NORMAL \d\.\d+ here; wanted -?\d\.\d+ within 0\.05\. This board computes",
    ):
        Ensemble(load_bundle(demo_copy(tmp_path, promise_otherwise)))


def test_a_reference_film_that_is_no_picture_is_a_fault(tmp_path: Path) -> None:
    copy = demo_copy(tmp_path)
    film = load_bundle(copy).references[0].file
    film.write_text("no picture")
    edit(copy, lambda manifest: manifest["references"][0].__setitem__("sha256", sha256(film)))
    with pytest.raises(BundleFault, match=rf"{film.name} is no picture; wanted a reference film"):
        Ensemble(load_bundle(copy))


def first_member(**facts: object) -> MemberSpec:
    return replace(load_bundle(demo.BUNDLE).members[0], **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda spec: replace(spec, input=replace(spec.input, side=spec.input.side + 1)),
            r"has \{'film': \(1, \d+, \d+, \d\)\}; wanted 'film' of shape",
        ),
        (lambda spec: replace(spec, outputs=5), r"'scores': \(1, 6\).*; wanted 'scores' of shape \(1, 5\)"),
        (lambda spec: replace(spec, maps=(1, 1)), r"wanted 'maps' of shape \(1, 1, 1, 6\), as the manifest says"),
    ],
)
def test_a_member_whose_tensors_are_not_the_manifests_is_a_fault(
    change: Callable[[MemberSpec], MemberSpec], message: str
) -> None:
    with pytest.raises(BundleFault, match=message):
        Member(change(first_member()))


@pytest.mark.parametrize("content", [b"", b"not a model", "half"])
def test_a_file_that_is_no_model_is_a_fault(tmp_path: Path, content: bytes | str) -> None:
    file = tmp_path / "member.tflite"
    shutil.copy(first_member().file, file)
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(content if isinstance(content, bytes) else half)
    with pytest.raises(BundleFault, match=r"member\.tflite cannot be run \(.*\); wanted a TFLite file with"):
        Member(first_member(file=file))


def test_softmax_is_steady_for_large_logits() -> None:
    assert softmax(np.array([1000.0, 0.0, -1000.0], np.float32), 1.0) == pytest.approx([1, 0, 0])
    assert softmax(np.array([1.0, 2.0], np.float32), 2.0) == pytest.approx([0.377541, 0.622459], abs=1e-6)
