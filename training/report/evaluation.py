"""The sections of an evaluation, in the order in which they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from device.examine import examine
from device.reading.bundle import load_bundle
from device.reading.contract import Bundle
from device.reading.ensemble import Ensemble
from device.values import Photo
from training.cost import FILM, Cost
from training.data.others import other_paths
from training.data.sources import Row
from training.evaluate import VIEWS, judge_all, top
from training.findings import groups_among
from training.readers import Answers, Reader, pairs
from training.report.classes import accuracy_and_loss, areas, by_class
from training.report.curves import reliability_diagram, roc_curves, training_curves
from training.report.document import Part, Section, Table
from training.report.explorer import feature_explorer
from training.report.matrices import outcome_matrices
from training.report.tables import (
    alike_by_surround,
    by_finding,
    by_origin,
    calibration,
    clean_against_photo,
    comparison,
    confusions,
    film_by_film,
    outcomes,
    said_the_same,
)


def on_test(answers: Answers) -> Section:
    """What the model card says of the test split."""
    films, ensemble = answers.films, answers.ensemble
    plain = [one for one in answers.readers if one.name.startswith("plain ")]
    return Section(
        "On the test split",
        (
            f"{len(films.truth)} films of {len(set(films.groups))} patients that no member was trained on, each as its "
            "own file (clean) and as a rendered photo on a light box, from bytes to reading through the device's code. "
            "A film that the kiosk refused counts as read wrong, by every reader. Intervals: 95%, bootstrap over "
            "patients.",
            comparison(films, answers.readers),
            Section("Film by film", (film_by_film(films, pairs(answers.readers)),)),
            Section("Said the same of a film", (said_the_same(films, pairs(answers.readers)),)),
            Section("The ensemble by finding", (by_finding(films, ensemble.guesses),)),
            Section("By origin", (by_origin(films, [ensemble, *plain[1:2]]),)),
            Section("What was said of rendered photos", (confusions(films, ensemble.guesses["photo"]),)),
            Section("Outcomes", (outcomes(answers.judgements, groups_among(films.findings)),)),
            Section(
                "Calibration and refusals",
                (
                    calibration(films, ensemble, answers.judgements),
                    "A bootstrap's interval of a calibration error lies high: a drawn set repeats films. Of "
                    "exact scores chance alone would leave an error on so many films: mean and 95% of 300 draws of "
                    "what the films show, by the scores themselves.",
                    reliability_diagram(answers),
                ),
            ),
        ),
    )


def in_full(splits: Sequence[Answers]) -> list[Section]:
    """What both papers show, for the bundle itself and each of its members, on each split; the first is the test."""
    return [
        Section(
            "Accuracy and loss",
            (
                "Accuracy and averages count a refused film as read wrong; log loss and areas under ROC curves are of "
                "the films that were read. Members' int8 answers are the device's own votes.",
                accuracy_and_loss(splits),
            ),
        ),
        Section("Clean film against rendered photo", _clean_against_photo(splits[0])),
        Section("Precision, recall and F1", tuple(_classes(splits))),
        Section("Confusion matrices", tuple(_matrices(splits))),
        Section("ROC curves", tuple(part for answers in splits for view in VIEWS for part in _roc(answers, view))),
    ]


def _clean_against_photo(answers: Answers) -> tuple[Part, ...]:
    return (
        clean_against_photo(answers.films, answers.readers),
        "How often the ensemble's outcome on a photo is that of the film's own file. A film that was refused in either "
        "counts as another outcome; a photo cropped inside the film shows less than the file does.",
        alike_by_surround(answers.films, answers.ensemble),
    )


def _classes(splits: Sequence[Answers]) -> Iterable[Part]:
    yield "A refused film lowers recall; it is no finding's false alarm, so precision is over what was said."
    for answers in splits:
        for reader in answers.readers:
            # One table stands open, the bundle on films that nobody learnt from; the others open at a click.
            folded = reader is not splits[0].ensemble
            yield Section(f"{_name(reader)}, {answers.split}", (by_class(answers, reader),), folded)


def _matrices(splits: Sequence[Answers]) -> Iterable[Part]:
    for answers in splits:
        for reader in answers.ensembles:
            drawings, tables = outcome_matrices(answers, reader, tuple(groups_among(answers.films.findings)))
            yield from drawings
            for view, table in zip(VIEWS, tables, strict=True):
                yield Section(f"Counts, {answers.split}, {view}, {reader.precision}", (table,), folded=True)


def _roc(answers: Answers, view: str) -> tuple[Part, ...]:
    table = Section(f"Areas, {answers.split}, {view}", (areas(answers, view),), folded=True)
    return roc_curves(answers, view), table


def learnt(test: Answers, bundle: Bundle, run: Path) -> list[Section]:
    """How the members were fitted, and what their features know."""
    curves = training_curves(run, tuple(member.name for member in bundle.members))
    explorer = feature_explorer(test, bundle)
    sections = []
    if curves:
        sections.append(Section("Training curves", (curves,)))
    if explorer:
        sections.append(Section("Features", (explorer,)))
    return sections


def cost_section(costs: Sequence[Cost]) -> Section:
    """Time, memory and size."""
    lines = tuple(
        (one.name, one.precision, f"{one.median:.1f}", f"{one.p95:.1f}", f"{one.size / 1024:.0f}",
         "" if one.memory is None else f"{one.memory:.1f}")
        for one in costs
    )  # fmt: skip
    heads = ("reader", "precision", "ms, median", "ms, 95th percentile", "file size, KiB", "peak RAM, MiB")
    return Section(
        "Time, memory and size",
        (
            "By the device's own code on one core of the machine that evaluated, each reader in a fresh process: a "
            "mirrored member's time is that of both its looks; the ensemble's goes from the upright film "
            f"({FILM[0]} x {FILM[1]} pixels) to the reading with heat maps. Peak RAM is above what the process held "
            "before the model was loaded; the ensemble's counts the gate and the scout too, its size does not. For a "
            "board's own figures run it there.",
            Table("cost", heads, lines),
        ),
    )


def never_meant(folder: Path, photos: tuple[Row, ...], others: Path | None) -> Section:
    """Real camera photos of films, and pictures that are no chest films."""
    parts = _real_photos(folder, photos) if photos else ("The data hold no real film photos.",)
    return Section("On films it was never meant to see", (*parts, *(_others(folder, others) if others else ())))


def _real_photos(folder: Path, photos: tuple[Row, ...]) -> tuple[Part, ...]:
    judged, findings = judge_all(folder, photos, ("clean",)), load_bundle(folder).findings
    said = Counter(one.reading.outcome.name if one.reading else "refused" for one in judged)
    likeliest = Counter(findings[top(one)] for one in judged if one.reading)
    lines = tuple((name, f"{count} ({count / len(judged):.2f})") for name, count in said.most_common())
    return (
        f"{len(judged)} real camera photos of films, never trained on: {shown_by(photos)}.",
        Table("real-photos", ("outcome", "photos"), lines),
        "Their likeliest finding, whatever its score: "
        + ", ".join(f"{name} {count}" for name, count in likeliest.most_common())
        + ".",
    )


def shown_by(rows: Sequence[Row]) -> str:
    """What films show, and of how many collections they are, in words: "TUBERCULOSIS 95, of one collection"."""
    shown = ", ".join(f"{name} {count}" for name, count in Counter(row.name for row in rows).most_common())
    origins = len({row.origin for row in rows})
    return f"{shown}, of {'one collection' if origins == 1 else f'{origins} collections'}"


def _others(folder: Path, others: Path) -> tuple[Part, ...]:
    """Pictures that are no frontal chest films, of the part that the gate was not trained on."""
    ensemble = Ensemble(load_bundle(folder))
    refused: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for path, kind in other_paths(others, "test"):
        kinds[kind] += 1
        refused[kind] += examine(Photo(path.name, path.read_bytes()), ensemble).refusal is not None
    lines = [(kind, count, refused[kind]) for kind, count in kinds.most_common()]
    lines.append(("all", sum(kinds.values()), sum(refused.values())))
    return (
        "Pictures that are no frontal chest film (kinds that the gate knows, pictures that it does not):",
        Table("other-pictures", ("kind", "pictures", "refused"), tuple(lines)),
    )


def _name(reader: Reader) -> str:
    return f"{reader.name}, {reader.precision}"
