"""The tables of an evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from device.values import OutcomeKind
from training.data.scene import SURROUNDS
from training.evaluate import VIEWS, Judgement, scene_of
from training.metrics import (
    Figure,
    accuracy,
    calibration_error,
    confusion,
    error_of_exact,
    macro_f1,
    with_interval,
)
from training.readers import REFUSED, Films, Guesses, Reader
from training.report.classes import figures_of_each, read_only
from training.report.document import Cell, Table

Measure = Callable[[NDArray[np.intp], NDArray[np.intp], int], float]
"""Truth, guesses and the number of findings -> a figure."""


def comparison(films: Films, readers: Sequence[Reader]) -> Table:
    """Accuracy and macro F1 of every reader, on clean films and on rendered photos, with 95% intervals."""
    lines: list[tuple[Cell, ...]] = []
    for reader in readers:
        cells: list[Cell] = [reader.name, reader.precision]
        for view in VIEWS:
            guess = reader.guesses[view]
            cells.append(_interval(films, guess, accuracy))
            cells.append(_interval(films, guess, macro_f1))
            cells.append(_interval(films, guess, _f1_without_emphysema(films)))
        lines.append(tuple(cells))
    heads = ["reader", "precision"]
    for view in VIEWS:
        heads += [f"{view}: accuracy", f"{view}: macro F1", f"{view}: macro F1 without EMPHYSEMA"]
    return Table("comparison", tuple(heads), tuple(lines))


def film_by_film(films: Films, pairs: Sequence[tuple[Reader, Reader]]) -> Table:
    """How many points of accuracy, and of macro F1 without EMPHYSEMA, one reader is ahead of another on the same
    films."""
    lines: list[tuple[Cell, ...]] = []
    for one, other in pairs:
        cells = _names(one, other)
        for view in VIEWS:
            first, second = one.guesses[view], other.guesses[view]
            cells += [_points_ahead(films, first, second), _f1_ahead(films, first, second)]
        lines.append(tuple(cells))
    heads = ["reader", "against"]
    for view in VIEWS:
        heads += [f"{view}: points ahead", f"{view}: points of macro F1 without EMPHYSEMA ahead"]
    return Table("film-by-film", tuple(heads), tuple(lines))


def said_the_same(films: Films, pairs: Sequence[tuple[Reader, Reader]]) -> Table:
    """How often two readers find the same finding likeliest, and say the same; a refusal of both is the same."""
    lines: list[tuple[Cell, ...]] = []
    for one, other in pairs:
        cells = _names(one, other)
        for view in VIEWS:
            alike = np.array(one.said[view]) == np.array(other.said[view])
            cells += [_share(films, one.guesses[view] == other.guesses[view]), _share(films, alike)]
        lines.append(tuple(cells))
    heads = ["reader", "against"]
    for view in VIEWS:
        heads += [f"{view}: same likeliest", f"{view}: same outcome"]
    return Table("said-the-same", tuple(heads), tuple(lines))


def _names(one: Reader, other: Reader) -> list[Cell]:
    return [f"{reader.name} {reader.precision}" for reader in (one, other)]


def clean_against_photo(films: Films, readers: Sequence[Reader]) -> Table:
    """What each reader loses when it sees a photo in place of the film's own file, and how often it says the same."""
    lines: list[tuple[Cell, ...]] = []
    for reader in readers:
        clean, photo = (reader.guesses[view] for view in VIEWS)
        ahead, same = _points_ahead(films, photo, clean), f"{float((photo == clean).mean()):.3f}"
        lines.append((reader.name, reader.precision, _interval(films, clean, accuracy),
                      _interval(films, photo, accuracy), ahead, same, _share(films, _said_alike(reader))))  # fmt: skip
    heads = ("reader", "precision", "clean: accuracy", "photo: accuracy", "photo: points ahead", "same likeliest",
             "same outcome")  # fmt: skip
    return Table("clean-against-photo", heads, tuple(lines))


def alike_by_surround(films: Films, ensemble: Reader) -> Table:
    """How often a photo's outcome is its clean file's, by what lies around the film in the photo."""
    around = np.array([scene_of(number).surround for number in range(len(films.truth))])
    alike = _said_alike(ensemble)
    places = [("every photo", np.full(len(around), True))]
    places += [(name, around == name) for name in SURROUNDS if (around == name).any()]
    lines = [(name, int(here.sum()), _share(films, alike, here)) for name, here in places]
    return Table("same-outcome", ("around the film", "films", "same outcome"), tuple(lines))


def _said_alike(reader: Reader) -> NDArray[np.bool_]:
    """Whether a reader says the same (films,) of the film's own file and of its photo; a refusal is no reading."""
    clean, photo = (np.array(reader.said[view]) for view in VIEWS)
    return np.asarray((clean == photo) & (clean != REFUSED))


def by_finding(films: Films, guesses: Guesses) -> Table:
    """Recall and F1 of each finding; a finding with few films is marked as saying little."""
    count = len(films.findings)
    cells: list[list[Cell]] = [[films.named(place), int((films.truth == place).sum())] for place in range(count)]
    for view in VIEWS:
        for row, (_, recall, f1) in zip(cells, figures_of_each(films, guesses[view]), strict=False):
            row += [recall, f1]
    heads = ("finding", "films", *(f"{view}: {what}" for view in VIEWS for what in ("recall", "F1")))
    return Table("by-finding", heads, tuple(tuple(row) for row in cells))


def by_origin(films: Films, readers: Sequence[Reader]) -> Table:
    """Accuracy per origin and finding: where a reader lives off its source it shows here."""
    lines: list[tuple[Cell, ...]] = []
    pairs = sorted(Counter(zip(films.origins, films.truth, strict=True)).items())
    for (origin, place), count in pairs:
        here = (films.origins == origin) & (films.truth == place)
        cells: list[Cell] = [origin, films.findings[place], count]
        for reader in readers:
            cells += [_share(films, reader.guesses[view] == films.truth, here) for view in VIEWS]
        lines.append(tuple(cells))
    heads = [f"{reader.name} {reader.precision}, {view}" for reader in readers for view in VIEWS]
    return Table("by-origin", ("origin", "finding", "films", *heads), tuple(lines))


def confusions(films: Films, guess: NDArray[np.intp]) -> Table:
    """What was said (columns) of films that show (rows), and how many were refused."""
    table = confusion(films.truth, guess, len(films.findings))
    lines = [(finding, *row.tolist()) for finding, row in zip(films.findings, table, strict=True)]
    return Table("said-of-photos", ("shows \\ said", *films.findings, "refused"), tuple(lines))


def outcomes(judgements: Sequence[Judgement], groups: dict[str, tuple[str, ...]]) -> Table:
    """How often each kind of outcome was given, and how often it was right."""
    lines: list[tuple[Cell, ...]] = []
    for view in VIEWS:
        seen = [one for one in judgements if one.view == view]
        for kind in ("one finding", *groups, "UNCERTAIN", "refused"):
            these = [one for one in seen if _kind(one) == kind]
            right = sum(_is_right(one, groups) for one in these)
            share = f"{len(these) / len(seen):.3f}"
            lines.append(
                (view, kind, share, f"{right / len(these):.3f}" if these and kind in ("one finding", *groups) else "")
            )
    return Table("outcomes", ("view", "outcome", "share of films", "right"), tuple(lines))


def calibration(films: Films, ensemble: Reader, judgements: Sequence[Judgement]) -> Table:
    """How far the top score lies from the share read right, beside what chance would leave of exact scores; what was
    refused and why: of each view, and of all."""
    lines: list[tuple[Cell, ...]] = []
    for views in (*((view,) for view in VIEWS), VIEWS):
        refusals = [one.refusal for one in judgements if one.view in views and one.refusal]
        reasons = Counter(refusal.reason.value for refusal in refusals)
        words = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())) or "none"
        scores = [ensemble.scores[view] for view in views]
        error, exact = error_of_calibration(films, *scores), _error_of_exact(scores)
        asked = len(films.truth) * len(views)
        lines.append((" and ".join(views), error, exact, f"{len(refusals)} of {asked}", words))
    heads = ("view", "expected calibration error", "if scores were exact", "refused", "why")
    return Table("calibration", heads, tuple(lines))


def _error_of_exact(of_views: Sequence[NDArray[np.float64]]) -> Figure:
    read = [np.flatnonzero(~np.isnan(scores[:, 0])) for scores in of_views]
    answers = np.concatenate([scores[films] for scores, films in zip(of_views, read, strict=True)])
    return error_of_exact(answers, np.concatenate(read))


def error_of_calibration(films: Films, *of_views: NDArray[np.float64]) -> Figure:
    """The expected calibration error of all that was read in one view or more, with its interval; scores of each view
    (films, findings), not-a-number where a film was refused."""
    read = [read_only(films, scores) for scores in of_views]
    truth, scores, groups = (np.concatenate(parts) for parts in zip(*read, strict=True))
    return with_interval(lambda rows: calibration_error(truth[rows], scores[rows]), groups)


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


def _points_ahead(films: Films, first: NDArray[np.intp], second: NDArray[np.intp]) -> Figure:
    ahead = 100.0 * ((first == films.truth).astype(float) - (second == films.truth).astype(float))
    return replace(with_interval(lambda rows: float(ahead[rows].mean()), films.groups), form="+.1f")


def _f1_ahead(films: Films, first: NDArray[np.intp], second: NDArray[np.intp]) -> Figure:
    measure, count = _f1_without_emphysema(films), len(films.findings)

    def ahead(rows: NDArray[np.intp]) -> float:
        of_first, of_second = (measure(films.truth[rows], guess[rows], count) for guess in (first, second))
        return 100 * (of_first - of_second)

    return replace(with_interval(ahead, films.groups, draws=300), form="+.1f")


def _f1_without_emphysema(films: Films) -> Measure:
    """Macro F1 on films that show something else: of EMPHYSEMA there are too few to say anything."""
    apart = films.findings.index("EMPHYSEMA") if "EMPHYSEMA" in films.findings else -1

    def measure(truth: NDArray[np.intp], guess: NDArray[np.intp], findings: int) -> float:
        kept = truth != apart
        return macro_f1(truth[kept], guess[kept], findings)

    return measure


def _share(films: Films, holds: NDArray[np.bool_], here: NDArray[np.bool_] | None = None) -> Figure:
    """The share of films, of those that are `here`, of which something holds."""
    kept = np.flatnonzero(here) if here is not None else np.arange(len(holds))
    return with_interval(lambda rows: float(holds[kept][rows].mean()), films.groups[kept], draws=300)


def _interval(films: Films, guess: NDArray[np.intp], measure: Measure) -> Figure:
    count = len(films.findings)
    return with_interval(lambda rows: measure(films.truth[rows], guess[rows], count), films.groups, draws=300)
