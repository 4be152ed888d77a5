"""The three-class paper's Table III with ours beside it, and its ensemble; see `papers.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import paper_rows as paper
from numpy.typing import NDArray
from paper_answers import EPOCHS, FLOAT32, SPLITS, Said

from device.reading.member import softmax
from training.calibrate import best_temperature, best_weights
from training.metrics import Figure, accuracy, auc, class_figures, with_interval, with_intervals

MEAN, WEIGHED = "ensemble, mean of scores", "ensemble, weights from validation"

MEMBERS = {
    "three_class_mobilenet": "three_class_mobilenet",
    "three_class_resnet50": "three_class_resnet50_scratch",
    "three_class_resnet152": "three_class_resnet152_scratch",
    "three_class_custom_cnn": "three_class_custom_cnn",
}
"""The paper's ensemble, and the recipes that stand for it here. Its ViT is not in it."""

VIT = "three_class_vit"

NOT_YET = "not fitted yet"

Answers = dict[str, Said]
"""What one recipe says, by split."""


def with_ensembles(answers: Mapping[str, Answers]) -> dict[str, Answers]:
    """The members' answers, those of their ensembles after them: all alike, and with temperatures and weights that
    validation films chose. As they are where a member has not been fitted yet."""
    if not set(MEMBERS.values()) <= set(answers):
        return dict(answers)
    members = [answers[name] for name in MEMBERS.values()]
    validation = [_logs(member["validation"]) for member in members]
    allowed = np.eye(len(members[0]["validation"].findings), dtype=np.float32)[members[0]["validation"].truth]
    temperatures = [best_temperature(logits, allowed) for logits in validation]
    calibrated = [softmax(logits, one) for logits, one in zip(validation, temperatures, strict=True)]
    weights = best_weights(calibrated, allowed)
    made = dict(answers)
    for split, first in members[0].items():
        scores = [member[split].scores[FLOAT32] for member in members]
        soft = [softmax(_logs(member[split]), one) for member, one in zip(members, temperatures, strict=True)]
        voted = np.asarray(sum(weight * one for weight, one in zip(weights, soft, strict=True)))
        made.setdefault(MEAN, {})[split] = replace(first, scores={FLOAT32: np.mean(scores, axis=0)})
        made.setdefault(WEIGHED, {})[split] = replace(first, scores={FLOAT32: voted})
    return made


def _logs(said: Said) -> NDArray[np.float64]:
    return np.log(np.maximum(said.scores[FLOAT32], 1e-9))


def table(answers: Mapping[str, Answers]) -> Iterator[str]:
    """Table III: the paper's two data sets, and ours."""
    heads = ["data set 1", "data set 2", "here, validation", "here, test"]
    yield "| model | finding | epochs here | " + " | ".join(f"{one}: P, R, F1; accuracy" for one in heads) + " |"
    yield "|---|---|---|---|---|---|---|"
    for theirs, ours in (*MEMBERS.items(), (paper.ENSEMBLE, MEAN), (paper.ENSEMBLE, WEIGHED), (VIT, VIT)):
        for place, finding in enumerate(paper.THREE_CLASS_FINDINGS):
            cells = [_paper_cell(theirs, number, place) for number in range(2)]
            cells += [_our_cell(answers[ours][split], finding) if ours in answers else NOT_YET for split in SPLITS]
            yield f"| {ours} | {finding} | {EPOCHS.get(ours, '')} | " + " | ".join(cells) + " |"
        cells = [f"**{100 * paper.THREE_CLASS[theirs][number][0]:.2f}**" for number in range(2)]
        cells += [f"**{_percent(_right(answers[ours][split]))}**" if ours in answers else NOT_YET for split in SPLITS]
        yield f"| {ours} | all | {EPOCHS.get(ours, '')} | " + " | ".join(cells) + " |"


def _paper_cell(name: str, number: int, place: int) -> str:
    digits = 4 if name == paper.ENSEMBLE else 2
    return ", ".join(f"{one:.{digits}f}" for one in paper.THREE_CLASS[name][number][1][place])


def _our_cell(said: Said, finding: str) -> str:
    figures = class_figures(said.truth, _guess(said), len(said.findings))
    return ", ".join(f"{one:.2f}" for one in figures[said.findings.index(finding)])


def _guess(said: Said) -> NDArray[np.intp]:
    return np.asarray(said.scores[FLOAT32].argmax(axis=1))


def _right(said: Said) -> Figure:
    guess = _guess(said)
    return with_interval(lambda rows: accuracy(said.truth[rows], guess[rows], 3), said.groups)


def _percent(figure: Figure) -> str:
    return f"{100 * figure.value:.2f} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def against_best(answers: Mapping[str, Answers]) -> Iterator[str]:
    """Points of accuracy that each ensemble is ahead of the member that does best on validation, film by film."""
    best = max(MEMBERS.values(), key=lambda name: _right(answers[name]["validation"]).value)
    yield f"| ensemble | ahead of {best}, validation | ahead, test |"
    yield "|---|---|---|"
    for name in (MEAN, WEIGHED):
        cells = [_ahead(answers[name][split], answers[best][split]) for split in SPLITS]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _ahead(one: Said, other: Said) -> str:
    more = (_guess(one) == one.truth).astype(float) - (_guess(other) == other.truth)
    figure = with_interval(lambda rows: 100 * float(more[rows].mean()), one.groups)
    return f"{figure.value:+.2f} ({figure.low:+.1f} to {figure.high:+.1f})"


def others(answers: Mapping[str, Answers]) -> Iterator[str]:
    """Table IV: other works, each on data of its own, the paper's ensemble, and ours on test films."""
    yield "| whose | network | classes | accuracy | precision | recall | F1 |"
    yield "|---|---|---|---|---|---|---|"
    for network, classes, *figures in paper.TABLE_IV:
        cells = ["" if figure is None else f"{figure:.4f}" for figure in figures]
        yield f"| the paper | {network} | {classes} | " + " | ".join(cells) + " |"
    said = answers[WEIGHED]["test"]
    _, mean, _ = np.split(class_figures(said.truth, _guess(said), len(said.findings)), [-2, -1])
    figures = " | ".join(f"{figure:.4f}" for figure in (_right(said).value, *mean[0]))
    yield f"| here | {WEIGHED} | {len(said.findings)} | {figures} |"


def confusions(answers: Mapping[str, Answers]) -> Iterator[str]:
    """Figure 6: the member that does best on validation, and the ensemble, on test films."""
    best = max(MEMBERS.values(), key=lambda name: _right(answers[name]["validation"]).value)
    for name in (best, WEIGHED):
        said = answers[name]["test"]
        yield f"\n{name}, test films:\n"
        yield "| shows \\ said | " + " | ".join(said.findings) + " |"
        yield "|---|" + "---|" * len(said.findings)
        for place, finding in enumerate(said.findings):
            counts = np.bincount(_guess(said)[said.truth == place], minlength=len(said.findings))
            yield f"| {finding} | " + " | ".join(str(count) for count in counts) + " |"


def curves(answers: Mapping[str, Answers]) -> Iterator[str]:
    """Figure 7 as numbers: the area under each model's one-vs-rest ROC curve on test films."""
    yield "| model | " + " | ".join(paper.THREE_CLASS_FINDINGS) + " |"
    yield "|---|" + "---|" * len(paper.THREE_CLASS_FINDINGS)
    for name in (one for one in (*MEMBERS.values(), MEAN, WEIGHED, VIT) if one in answers):
        said = answers[name]["test"]
        places = [said.findings.index(finding) for finding in paper.THREE_CLASS_FINDINGS]

        def areas(rows: NDArray[np.intp], said: Said = said, places: list[int] = places) -> NDArray[np.float64]:
            return np.array([auc(said.truth[rows] == place, said.scores[FLOAT32][rows, place]) for place in places])

        yield f"| {name} | " + " | ".join(str(figure) for figure in with_intervals(areas, said.groups)) + " |"
