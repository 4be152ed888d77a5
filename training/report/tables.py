"""The tables of an evaluation, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.values import OutcomeKind
from training.evaluate import VIEWS, Judgement
from training.metrics import accuracy, confusion, f1_of_each, macro_f1, with_interval

Guesses = dict[str, NDArray[np.intp]]
"""View -> the likeliest finding of each film, -1 where it was refused."""


@dataclass(frozen=True, eq=False)
class Reader:
    """One line of the comparison: a member, the ensemble or the yardstick, at one precision."""

    name: str
    precision: str
    guesses: Guesses


@dataclass(frozen=True, eq=False)
class Films:
    """The films that every reader was asked about, in one order."""

    findings: tuple[str, ...]
    truth: NDArray[np.intp]
    origins: NDArray[np.str_]
    groups: NDArray[np.str_]


def markdown(heads: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def comparison(films: Films, readers: Sequence[Reader]) -> str:
    """Accuracy and macro F1 of every reader, on clean films and on rendered photos, with 95% intervals."""
    without = [finding for finding in films.findings if finding != "EMPHYSEMA"]
    kept = np.isin(films.truth, [films.findings.index(finding) for finding in without])
    lines = []
    for reader in readers:
        cells: list[object] = [reader.name, reader.precision]
        for view in VIEWS:
            guess = reader.guesses[view]
            cells.append(_interval(films, guess, accuracy))
            cells.append(_interval(films, guess, macro_f1))
            cells.append(f"{macro_f1(films.truth[kept], guess[kept], len(films.findings)):.3f}")
        lines.append(cells)
    heads = ["reader", "precision"]
    for view in VIEWS:
        heads += [f"{view}: accuracy", f"{view}: macro F1", f"{view}: macro F1 without EMPHYSEMA"]
    return markdown(heads, lines)


def film_by_film(films: Films, pairs: Sequence[tuple[Reader, Reader]]) -> str:
    """How many points of accuracy one reader is ahead of another on the same films, and how often both say the same."""
    lines = []
    for one, other in pairs:
        cells: list[object] = [f"{one.name} {one.precision}", f"{other.name} {other.precision}"]
        for view in VIEWS:
            first, second = one.guesses[view], other.guesses[view]
            cells += [_points_ahead(films, first, second), f"{float((first == second).mean()):.3f}"]
        lines.append(cells)
    heads = ["reader", "against"]
    for view in VIEWS:
        heads += [f"{view}: points ahead", f"{view}: same answer"]
    return markdown(heads, lines)


def by_finding(films: Films, guesses: Guesses) -> str:
    """Recall and F1 of each finding; a finding with few films is marked as saying little."""
    lines = []
    for place, finding in enumerate(films.findings):
        count = int((films.truth == place).sum())
        note = " (too few to judge)" if count < 20 else ""
        cells: list[object] = [finding + note, count]
        for view in VIEWS:
            recall = float((guesses[view][films.truth == place] == place).mean()) if count else float("nan")
            cells += [f"{recall:.3f}", f"{f1_of_each(films.truth, guesses[view], len(films.findings))[place]:.3f}"]
        lines.append(cells)
    return markdown(["finding", "films", *(f"{view}: {what}" for view in VIEWS for what in ("recall", "F1"))], lines)


def by_origin(films: Films, readers: Sequence[Reader]) -> str:
    """Accuracy per origin and finding: where a reader lives off its source it shows here."""
    lines = []
    pairs = sorted(Counter(zip(films.origins, films.truth, strict=True)).items())
    for (origin, place), count in pairs:
        here = (films.origins == origin) & (films.truth == place)
        cells: list[object] = [origin, films.findings[place], count]
        for reader in readers:
            cells += [f"{accuracy(films.truth[here], reader.guesses[view][here], 0):.3f}" for view in VIEWS]
        lines.append(cells)
    heads = [f"{reader.name} {reader.precision}, {view}" for reader in readers for view in VIEWS]
    return markdown(["origin", "finding", "films", *heads], lines)


def confusions(films: Films, guess: NDArray[np.intp]) -> str:
    """What was said (columns) of films that show (rows), and how many were refused."""
    table = confusion(films.truth, guess, len(films.findings))
    lines = [[finding, *row] for finding, row in zip(films.findings, table, strict=True)]
    return markdown(["shows \\ said", *films.findings, "refused"], lines)


def outcomes(judgements: Sequence[Judgement], groups: dict[str, tuple[str, ...]]) -> str:
    """How often each kind of outcome was given, and how often it was right."""
    lines = []
    for view in VIEWS:
        seen = [one for one in judgements if one.view == view]
        for kind in ("one finding", *groups, "UNCERTAIN", "refused"):
            these = [one for one in seen if _kind(one) == kind]
            right = sum(_is_right(one, groups) for one in these)
            share = f"{len(these) / len(seen):.3f}"
            lines.append(
                [view, kind, share, f"{right / len(these):.3f}" if these and kind in ("one finding", *groups) else ""]
            )
    return markdown(["view", "outcome", "share of films", "right"], lines)


def _kind(one: Judgement) -> str:
    if one.reading is None:
        return "refused"
    outcome = one.reading.outcome
    return "one finding" if outcome.kind is OutcomeKind.FINDING else outcome.name


def _is_right(one: Judgement, groups: dict[str, tuple[str, ...]]) -> bool:
    if one.reading is None:
        return False
    said = one.reading.outcome.name
    return set(one.row.findings) <= set(groups.get(said, (said,)))


def _points_ahead(films: Films, first: NDArray[np.intp], second: NDArray[np.intp]) -> str:
    ahead = 100.0 * ((first == films.truth).astype(float) - (second == films.truth).astype(float))
    figure = with_interval(lambda rows: float(ahead[rows].mean()), films.groups)
    return f"{figure.value:+.1f} ({figure.low:+.1f} to {figure.high:+.1f})"


def _interval(films: Films, guess: NDArray[np.intp], measure) -> str:  # type: ignore[no-untyped-def]
    count = len(films.findings)
    return str(with_interval(lambda rows: measure(films.truth[rows], guess[rows], count), films.groups, draws=300))
