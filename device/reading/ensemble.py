"""The members of one bundle, answering as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.errors import BundleFault
from device.film.grey import read_kept_film
from device.film.sight import Sight
from device.reading.activation import heat_maps
from device.reading.contract import Bundle, Reference
from device.reading.gate import Gate
from device.reading.inputs import Inputs
from device.reading.member import Member, RawVote, softmax
from device.reading.outcome import decide, possible
from device.reading.scout import Scout
from device.values import Film, Picture, Reading, Refusal, Score, Vote


@dataclass(frozen=True, eq=False)
class _Answer:
    """One member's calibrated scores (findings,) with its raw answer."""

    scores: NDArray[np.float64]
    raw: RawVote


class Ensemble:
    """Loads every member, the gate and the scout, each in its own interpreter; reads films from any thread."""

    def __init__(self, bundle: Bundle) -> None:
        """Load the members and prove them on the bundle's reference films. Raises BundleFault."""
        self.bundle = bundle
        self._members = tuple(Member(spec) for spec in bundle.members)
        self._inputs = Inputs()
        self._gate = Gate(bundle.gate, self._inputs) if bundle.gate else None
        self._scout = Scout(bundle.scout) if bundle.scout else None
        for reference in bundle.references:
            self._prove(reference)

    def look(self, picture: Picture) -> Sight | None:
        """What the bundle's scout makes of the whole photo; None without a scout."""
        return self._scout.look(picture) if self._scout else None

    def upright(self, film: Film, sight: Sight | None = None) -> Film | Refusal:
        """The film turned upright by the bundle's gate, or why it cannot be read; as it is without a gate. For what is
        hardly wrong by the scout's `sight` of the photo the gate does not refuse."""
        return self._gate.upright(film, sight) if self._gate else film

    def read(self, film: Film) -> Reading:
        """Every member's vote on an upright film, weighed, calibrated and decided."""
        # One after the other, each on every core: the largest member alone would keep but one of them busy.
        answers = [_answer(member, self._inputs.of(film, member.spec.input)) for member in self._members]
        table = np.stack([answer.scores for answer in answers])
        weights = np.array([member.spec.weight for member in self._members])
        scores = self._named(sharpened(weights @ table, self.bundle.temperature))
        return Reading(
            outcome=decide(scores, self.bundle.statements),
            scores=scores,
            possible=possible(scores, self.bundle.possible_from),
            votes=tuple(
                Vote(member.spec.name, self._named(answer.scores))
                for member, answer in zip(self._members, answers, strict=True)
            ),
            spread=float(table.std(axis=0).max()),
            heat_maps=heat_maps(
                self.bundle.findings,
                [answer.raw.maps for answer in answers],
                weights,
                [self._inputs.part(film, member.spec.input) for member in self._members],
            ),
            bundle=self.bundle.id,
        )

    def _named(self, values: NDArray[np.float64]) -> tuple[Score, ...]:
        return tuple(Score(finding, float(value)) for finding, value in zip(self.bundle.findings, values, strict=True))

    def _prove(self, reference: Reference) -> None:
        """Read a reference film and compare: a runtime that computes something else must not serve."""
        film = read_kept_film(reference.file)
        if film is None:
            raise BundleFault(f"{reference.file} is no picture; wanted a reference film. Copy the bundle again.")
        found = self.read(film).scores
        for score, wanted in zip(found, reference.scores, strict=True):
            if abs(score.value - wanted.value) > reference.tolerance:
                raise BundleFault(
                    f"The reference film {reference.file.name} gives {score.finding} {score.value:.3f} here; wanted "
                    f"{wanted.value:.3f} within {reference.tolerance}. This board computes something else than where "
                    "the bundle was made: install the locked versions again, or use a bundle made for it."
                )


def sharpened(scores: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Scores (..., findings) of a vote, calibrated by a temperature: the mean of members that are each sure of
    something else is less sure than it is often right."""
    return softmax(np.log(np.maximum(scores, 1e-9)), temperature)


def _answer(member: Member, tensor: NDArray[np.float32]) -> _Answer:
    raw = member.answer(tensor)
    return _Answer(softmax(raw.logits, member.spec.temperature), raw)
