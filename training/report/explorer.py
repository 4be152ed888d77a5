"""The feature explorer: test films where a member's features put them, in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from device.film.prepare import prepare
from device.reading.contract import Bundle
from training.evaluate import VIEWS
from training.features import features
from training.readers import Answers
from training.report.document import Drawing
from training.report.svg import COLOURS, INK, MARKERS, drawing


def feature_explorer(answers: Answers, bundle: Bundle) -> Drawing | None:
    """Clean films by the features of the member whose vote weighs most; None where fewer than three were read."""
    member = max(bundle.members, key=lambda one: one.weight)
    read = [
        (one.row, prepare(one.film.pixels, member.input))
        for one in answers.judgements
        if one.view == VIEWS[0] and one.film and one.reading
    ]
    if len(read) < 3:
        return None
    places, shares = principal(features(member.file, np.concatenate([made for _, made in read])))
    findings, origins = [row.name for row, _ in read], [row.origin for row, _ in read]
    marks = {origin: MARKERS[number % len(MARKERS)] for number, origin in enumerate(sorted(set(origins)))}

    def draw(figure: Figure) -> None:
        for number, (title, names) in enumerate((("by finding", findings), ("by origin", origins))):
            axes = figure.add_subplot(1, 2, number + 1)
            known = answers.films.findings if names is findings else tuple(marks)
            for name, origin in sorted(set(zip(names, origins, strict=True))):
                x, y = places[_where(names, name) & _where(origins, origin)].T
                colour = COLOURS[known.index(name) % len(COLOURS)]
                axes.scatter(x, y, s=18, marker=marks[origin], color=colour, edgecolors="white", linewidths=0.3)
            for name in known:
                mark, colour = marks.get(name, "o"), COLOURS[known.index(name) % len(COLOURS)]
                axes.scatter([], [], marker=mark, color=colour, label=name)
            axes.set(title=title, xticks=[], yticks=[])
            axes.set_xlabel(f"first component ({100 * shares[0]:.0f}% of the variance)")
            axes.set_ylabel(f"second ({100 * shares[1]:.0f}%)")
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, fontsize=7.5, labelcolor=INK)

    return drawing(
        "Feature explorer",
        f"Clean test films by what {member.name} (int8) makes of them before it names a finding: its last features, "
        "averaged over the film, projected on their first two principal components. Marks stand for origins in both "
        "pictures. Where the right one falls into islands as clearly as the left, the features know the source.",
        (9.4, 5.4),
        draw,
    )


def principal(values: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows (films, n) on their first two principal components (films, 2), and each component's share of the variance.

    Signs are settled by the largest weight, so that the same films lie on the same side in every run.
    """
    centred = np.asarray(values, np.float64) - values.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(axes[np.arange(2), np.abs(axes[:2]).argmax(axis=1)])
    shares = sizes**2 / max(float((sizes**2).sum()), 1e-12)
    return centred @ (axes[:2] * signs[:, None]).T, shares[:2]


def _where(names: Sequence[str], name: str) -> NDArray[np.bool_]:
    return np.array(names) == name
