"""Curves: ROC of each finding, reliability of the scores, how each fit went."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.evaluate import VIEWS
from training.kept import epochs_of
from training.metrics import auc, reliability, roc
from training.readers import HARD_VOTE, Answers
from training.report.classes import areas_of, read_only
from training.report.document import Drawing
from training.report.svg import COLOURS, INK, drawing
from training.report.tables import error_of_calibration

DASHES = ((0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (2, 1)), (0, (8, 2)))
SEEN_AS = {"clean": "clean films", "photo": "rendered photos"}


def _is_member(name: str) -> bool:
    return name != HARD_VOTE and not name.startswith("plain ")


def roc_curves(answers: Answers, view: str) -> Drawing:
    """One panel a finding against the rest: the int8 ensemble with its area's interval, and each of its members."""
    films, ensemble = answers.films, answers.ensemble
    members = [one for one in answers.readers[1:] if one.precision == "int8" and _is_member(one.name)]
    figures = areas_of(films, ensemble, view)

    def panel(axes: Axes, place: int) -> None:
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
        for number, reader in enumerate([*members, ensemble]):
            truth, scores, _ = read_only(films, reader.scores[view])
            positive = truth == place
            if 0 < positive.sum() < len(positive):
                (line,) = axes.plot(*roc(positive, scores[:, place]), linewidth=1.1)
                if reader is ensemble:
                    line.set(label=f"{reader.name} {figures[place]}", color=INK, linewidth=1.8)
                else:
                    area = auc(positive, scores[:, place])
                    line.set(label=f"{reader.name} {area:.3f}", color=COLOURS[3 - number % 4],
                             linestyle=DASHES[number % len(DASHES)])  # fmt: skip
        axes.set(title=films.named(place), xlim=(-0.02, 1), ylim=(0, 1.02), aspect="equal")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="lower right", fontsize=7, handlelength=1.8, borderaxespad=0.1)

    def draw(figure: Figure) -> None:
        columns = 3
        for place in range(len(films.findings)):
            axes = figure.add_subplot(-(-len(films.findings) // columns), columns, place + 1)
            panel(axes, place)
        figure.supxlabel("share of other films called so (false positive rate)", fontsize=9)
        figure.supylabel("share of its films called so (true positive rate)", fontsize=9)

    return drawing(
        f"ROC, {answers.split}, {SEEN_AS[view]}",
        "Each finding against the rest, over the films that were read. In the legends: the area under each curve, the "
        "ensemble's with its 95% interval over patients.",
        (9.4, 6.6),
        draw,
    )


def reliability_diagram(answers: Answers) -> Drawing:
    """The share read right against the top score, in 15 bins, with how many films lie in each."""

    def draw(figure: Figure) -> None:
        for place, view in enumerate(VIEWS):
            axes = figure.add_subplot(1, len(VIEWS), place + 1)
            truth, scores, _ = read_only(answers.films, answers.ensemble.scores[view])
            bins = reliability(truth, scores)
            middles = (np.arange(len(bins)) + 0.5) / len(bins)
            axes.bar(middles, [one.right for one in bins], 0.92 / len(bins), color=COLOURS[4], edgecolor=COLOURS[3])
            axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=(0, (4, 2)))
            axes.plot([one.score for one in bins], [one.right for one in bins], "o", color=INK, markersize=3)
            for middle, one in zip(middles, bins, strict=True):
                if one.films:
                    axes.text(middle, 1.03, str(one.films), ha="center", fontsize=7)
            error = error_of_calibration(answers.films, answers.ensemble.scores[view])
            axes.set(xlim=(0, 1), ylim=(0, 1.1), xlabel="top score", ylabel="share read right",
                     title=f"{SEEN_AS[view]}: error {error}")  # fmt: skip

    return drawing(
        f"Reliability of the ensemble's scores, {answers.split}",
        "Bars on the dashed line would be scores that mean what they say; a bar above it is a score too low. The "
        "numbers along the top count the films of each bin; dots stand at a bin's mean score.",
        (9.4, 4.2),
        draw,
    )


def training_curves(run: Path, members: tuple[str, ...]) -> Drawing | None:
    """How the loss fell and what validation said, for the members whose `fit.json` the run keeps; None without any."""
    fits = {name: lines for name in members if (lines := epochs_of(run / name))}
    if not fits:
        return None

    def draw(figure: Figure) -> None:
        names = {"loss": "training loss", "validation_balanced_accuracy": "validation: balanced accuracy"}
        for place, (key, says) in enumerate(names.items()):
            axes = figure.add_subplot(1, 2, place + 1)
            for number, (name, history) in enumerate(fits.items()):
                epochs = [epoch + 1 for epoch, line in enumerate(history) if key in line]
                values = [line[key] for line in history if key in line]
                colour, marker = COLOURS[3 - number % 4], "o" if place else ""
                axes.plot(epochs, values, label=name, color=colour, linestyle=DASHES[number % len(DASHES)],
                          marker=marker, markersize=3)  # fmt: skip
            axes.set(title=says, xlabel="epoch")
            axes.legend()

    absent = [name for name in members if name not in fits]
    about = (
        "The best epoch on validation is kept. A loss is its recipe's own, so one member's says nothing of another's; "
        "where a member was then made to answer alike on files and photos, it goes on from the best with another loss, "
        "and where a running mean of its weights was kept then, it is that mean which validation judges, and which is "
        "left where it does worse by a point than what it began from."
    )
    about += f" The run keeps no record of {', '.join(absent)}." if absent else ""
    return drawing("How the members were fitted", about, (9.4, 3.6), draw)
