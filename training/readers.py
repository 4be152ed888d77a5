"""Who reads a split: the ensemble, its members and the plain recipe, each at one precision, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.film.prepare import prepare
from device.reading.contract import Bundle, Statement
from device.reading.ensemble import sharpened
from device.reading.member import softmax
from device.reading.outcome import decide
from device.values import InputSpec, Score
from training.at_int8 import at_int8
from training.convert import LiteModel, to_float32, to_int8_by_rounding
from training.data.sources import DataError, Row
from training.evaluate import VIEWS, Judgement, without_films
from training.recipe import Recipe, load_recipe
from training.run import calibration_inputs, kept_recipe, load_member

BY_TFLITE = "int8 by TFLite alone"
PER_TENSOR = "int8 by TFLite alone, per tensor"
"""TFLite's own rounding, with a scale for each channel of a layer's weights or one for all of them."""

HARD_VOTE = "hard vote"
"""The members with one vote each, to compare the ensemble with."""

REFUSED = "refused"
"""What is said of a film that the kiosk refused, beside the names of outcomes."""

LEAST_TO_JUDGE = 20
"""Films of a finding from which its own figures are worth looking at."""

Scores = dict[str, NDArray[np.float64]]
"""View -> scores (films, findings), not-a-number where the film was refused."""

Guesses = dict[str, NDArray[np.intp]]
"""View -> the likeliest finding of each film, -1 where it was refused."""


@dataclass(frozen=True, eq=False)
class Films:
    """The films that every reader was asked about, in one order."""

    findings: tuple[str, ...]
    truth: NDArray[np.intp]
    origins: NDArray[np.str_]
    groups: NDArray[np.str_]

    def named(self, place: int) -> str:
        """A finding's name, with a word of warning where it has too few films for its figures to mean much."""
        few = (self.truth == place).sum() < LEAST_TO_JUDGE
        return self.findings[place] + (" (too few to judge)" if few else "")

    @classmethod
    def of(cls, rows: Sequence[Row], findings: tuple[str, ...]) -> Films:
        """Films of which one finding is known."""
        return cls(
            findings,
            np.array([findings.index(row.findings[0]) for row in rows]),
            np.array([row.origin for row in rows]),
            np.array([row.group for row in rows]),
        )


@dataclass(frozen=True, eq=False)
class Reader:
    """A member, the ensemble or the yardstick, at one precision; `said` holds each film's outcome by view."""

    name: str
    precision: str
    scores: Scores
    said: dict[str, tuple[str, ...]]

    @cached_property
    def guesses(self) -> Guesses:
        """The likeliest finding, whatever its score."""
        return {
            view: np.where(np.isnan(scores[:, 0]), -1, np.argmax(scores, axis=1))
            for view, scores in self.scores.items()
        }


@dataclass(frozen=True, eq=False)
class Answers:
    """What every reader answered on one split. The first reader is the ensemble as the device read."""

    split: str
    films: Films
    judgements: tuple[Judgement, ...]
    readers: tuple[Reader, ...]

    @property
    def ensemble(self) -> Reader:
        """The bundle itself."""
        return self.readers[0]

    @property
    def ensembles(self) -> tuple[Reader, ...]:
        """The bundle itself and, where the run keeps the files, the same at float32."""
        return tuple(reader for reader in self.readers if reader.name == self.ensemble.name)

    def without_films(self) -> Answers:
        """The same without pixels."""
        return replace(self, judgements=without_films(self.judgements))


def answers(
    split: str,
    bundle: Bundle,
    run: Path,
    judgements: tuple[Judgement, ...],
    yardstick: str = "",
    *,
    per_tensor: bool = False,
) -> Answers:
    """The bundle's answers on judged films, with those of the fitted recipe `yardstick` if one is named.

    `per_tensor` adds what TFLite's own rounding makes of every network whose weights the run keeps, with a scale for
    each channel and, the older way, one for each tensor.
    """
    films = Films.of([one.row for one in judgements if one.view == VIEWS[0]], bundle.findings)
    readers = _of_bundle(bundle, run, judgements)
    if per_tensor:
        readers += _rounded(bundle, run, judgements)
    if yardstick:
        readers += _plain(yardstick, bundle, run, judgements, per_tensor=per_tensor)
    return Answers(split, films, judgements, tuple(readers))


def _of_bundle(bundle: Bundle, run: Path, judgements: tuple[Judgement, ...]) -> list[Reader]:
    """The ensemble and its members at int8, as the device read them, and at float32 where the run keeps the files."""
    said = tuple(one.reading.outcome.name if one.reading else REFUSED for one in judgements)
    readers = [Reader("ensemble", "int8", _scores(bundle, judgements), by_view(judgements, said))]
    if len(bundle.members) > 1:
        readers.append(_reader(HARD_VOTE, "int8", bundle, judgements, _hard_vote(bundle, judgements)))
    together, singles = [], []
    for member in bundle.members:
        singles.append(_reader(member.name, "int8", bundle, judgements, _scores(bundle, judgements, member.name)))
        path = run / member.name / "float32.tflite"
        if path.is_file():
            logits = asked(LiteModel(path.read_bytes()), judgements, member.input, mirrored=member.mirrored)
            scores = softmax(logits, member.temperature)
            together.append(member.weight * scores)
            singles.append(_reader(member.name, "float32", bundle, judgements, _seen(judgements, scores)))
    if len(together) == len(bundle.members):
        scores = sharpened(np.sum(together, axis=0), bundle.temperature)
        readers.append(_reader("ensemble", "float32", bundle, judgements, _seen(judgements, scores)))
    return readers + singles


def _rounded(bundle: Bundle, run: Path, judgements: tuple[Judgement, ...]) -> list[Reader]:
    """Members at int8 as TFLite makes it by itself, both ways, where the run keeps their weights."""
    readers = []
    for member in bundle.members:
        recipe = kept_recipe(run, member.name)
        if recipe is None:
            continue
        model, films = load_member(recipe, run, len(recipe.findings)), calibration_inputs(recipe, run)
        for precision, one_scale in ((BY_TFLITE, False), (PER_TENSOR, True)):
            content = LiteModel(to_int8_by_rounding(model, films, per_tensor=one_scale))
            logits = asked(content, judgements, member.input, mirrored=member.mirrored)
            scores = _seen(judgements, softmax(logits, member.temperature))
            readers.append(_reader(member.name, precision, bundle, judgements, scores))
    return readers


def _plain(
    name: str, bundle: Bundle, run: Path, judgements: tuple[Judgement, ...], *, per_tensor: bool
) -> list[Reader]:
    """The plain recipe on the same straightened films: float32, int8 as ours is made, and int8 as TFLite makes it."""
    recipe = plain_recipe(name, bundle.findings)
    model, films = load_member(recipe, run, len(recipe.findings)), calibration_inputs(recipe, run)
    files = {
        "float32": to_float32(model),
        "int8": at_int8(recipe, model, run),
        BY_TFLITE: to_int8_by_rounding(model, films),
    }
    if per_tensor:
        files[PER_TENSOR] = to_int8_by_rounding(model, films, per_tensor=True)
    readers = []
    for precision, content in files.items():
        logits = asked(LiteModel(content), judgements, recipe.input, mirrored=recipe.mirrored)
        scores = _seen(judgements, softmax(logits, 1.0))
        said = _said(scores, recipe.findings, _statements(recipe, bundle))
        readers.append(Reader(f"plain {recipe.name}", precision, scores, said))
    return readers


def _statements(recipe: Recipe, bundle: Bundle) -> tuple[Statement, ...]:
    """What the plain recipe may say: the bundle's own, or as its paper has it."""
    if not recipe.uncertain_below:
        return bundle.statements
    return tuple(Statement(finding, (finding,), recipe.uncertain_below) for finding in recipe.findings)


def plain_recipe(name: str, findings: tuple[str, ...]) -> Recipe:
    """The yardstick's recipe. Raises DataError when it tells other findings apart than the bundle does."""
    recipe = load_recipe(name)
    if recipe.findings != findings:
        raise DataError(
            f"The yardstick {name} tells {', '.join(recipe.findings)} apart, the bundle {', '.join(findings)}; "
            "wanted the same findings in the same order. Name another yardstick."
        )
    return recipe


def pairs(readers: Sequence[Reader]) -> list[tuple[Reader, Reader]]:
    """The ensemble against the plain recipe, and every reader at int8 against itself at float32."""
    at_float32 = {one.name: one for one in readers if one.precision == "float32"}
    at_int8 = [one for one in readers if one.precision.startswith("int8") and one.name in at_float32]
    plain = [one for one in readers if one.name.startswith("plain ")]
    return [(readers[0], one) for one in plain] + [(one, at_float32[one.name]) for one in at_int8]


def asked(
    model: LiteModel, judgements: tuple[Judgement, ...], spec: InputSpec, *, mirrored: bool
) -> NDArray[np.float32]:
    """A TFLite file's logits (films, findings) for the upright films; not-a-number where the kiosk refused.

    What the kiosk refused is asked of no reader, so that two readers differ by what they say and by nothing else.
    """
    return np.stack(
        [
            model.logits(prepare(one.film.pixels, spec), mirrored=mirrored)[0]
            if one.film and one.reading
            else np.full(model.outputs["maps"]["shape"][-1], np.nan, np.float32)
            for one in judgements
        ]
    )


def _scores(bundle: Bundle, judgements: tuple[Judgement, ...], member: str = "") -> Scores:
    """The scores as the device gave them, the ensemble's or one member's."""
    table = np.full((len(judgements), len(bundle.findings)), np.nan)
    for place, one in enumerate(judgements):
        if one.reading:
            of_member = (vote.scores for vote in one.reading.votes if vote.member == member)
            table[place] = [score.value for score in next(of_member, one.reading.scores)]
    return _seen(judgements, table)


def _hard_vote(bundle: Bundle, judgements: tuple[Judgement, ...]) -> Scores:
    """Each member has one vote, for its likeliest finding, and its score is the share of votes; of findings with as
    many the one that the members together find likelier is ahead by a hair."""
    members = [_scores(bundle, judgements, member.name) for member in bundle.members]
    soft = _scores(bundle, judgements)

    def shares(view: str) -> NDArray[np.float64]:
        votes = [np.eye(len(bundle.findings))[np.argmax(one[view], axis=1)] for one in members]
        table = np.asarray(0.999 * np.mean(votes, axis=0) + 0.001 * soft[view], np.float64)
        return np.where(np.isnan(soft[view]), np.nan, table)

    return {view: shares(view) for view in VIEWS}


def _seen(judgements: tuple[Judgement, ...], table: NDArray[np.float64]) -> Scores:
    return {view: table[[one.view == view for one in judgements]] for view in VIEWS}


def _reader(name: str, precision: str, bundle: Bundle, judgements: tuple[Judgement, ...], scores: Scores) -> Reader:
    """A reader whose outcomes are decided as the device would decide them on its scores."""
    return Reader(name, precision, scores, _said(scores, bundle.findings, bundle.statements))


def _said(scores: Scores, findings: tuple[str, ...], statements: tuple[Statement, ...]) -> dict[str, tuple[str, ...]]:
    return {view: tuple(_outcome(line, findings, statements) for line in table) for view, table in scores.items()}


def _outcome(line: NDArray[np.float64], findings: tuple[str, ...], statements: tuple[Statement, ...]) -> str:
    if np.isnan(line).any():
        return REFUSED
    scores = [Score(finding, float(value)) for finding, value in zip(findings, line, strict=True)]
    return decide(scores, statements).name


def by_view(judgements: tuple[Judgement, ...], said: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What was said of each judged film, by view."""
    return {view: tuple(word for one, word in zip(judgements, said, strict=True) if one.view == view) for view in VIEWS}
