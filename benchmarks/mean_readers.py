"""Fitted members that read together, at float32: the mean of their scores, for the benchmarks of other hospitals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.reading.member import softmax
from training.convert import LiteModel, to_float32
from training.evaluate import Judgement
from training.readers import REFUSED, asked
from training.recipe import FINDINGS, Recipe
from training.run import load_member

Reader = Sequence[tuple[Recipe, LiteModel]]
"""Fitted members that read together, each as its recipe's TFLite file at float32."""


def reader_of(recipes: Sequence[Recipe], run: Path) -> Reader:
    """The members of these recipes, with the weights that the run keeps."""
    return [(recipe, LiteModel(to_float32(load_member(recipe, run, len(recipe.findings))))) for recipe in recipes]


def mean_scores(reader: Reader, judgements: Sequence[Judgement]) -> NDArray[np.float64]:
    """The mean of the members' scores (films, FINDINGS); not-a-number where the kiosk refused."""
    told = [
        placed(softmax(asked(model, tuple(judgements), recipe.input, mirrored=recipe.mirrored), 1.0), recipe.findings)
        for recipe, model in reader
    ]
    return np.asarray(np.mean(told, axis=0), np.float64)


def placed(scores: NDArray[np.float64], findings: tuple[str, ...]) -> NDArray[np.float64]:
    """Scores of some findings (films, findings) among those of all (films, FINDINGS): nothing for a finding that was
    not learnt, and not-a-number for all of them where there are no scores."""
    whole = np.zeros((len(scores), len(FINDINGS)))
    whole[np.isnan(scores).any(axis=1)] = np.nan
    whole[:, [FINDINGS.index(finding) for finding in findings]] = scores
    return whole


def word(scores: NDArray[np.float64]) -> str:
    """The likeliest finding, or that there was nothing to be read."""
    return REFUSED if np.isnan(scores).any() else FINDINGS[int(scores.argmax())]
