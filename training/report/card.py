"""Evaluate a packed bundle and write its model card: every figure made by the device's own code."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.examine import examine
from device.film.prepare import prepare
from device.reading.bundle import Bundle, load_bundle
from device.reading.ensemble import Ensemble
from device.reading.member import softmax
from device.values import InputSpec, Photo
from training.convert import LiteModel, to_float32, to_int8, to_int8_by_rounding
from training.data.others import other_paths
from training.data.sources import DataError
from training.data.split import Split
from training.evaluate import VIEWS, Judgement, judge_all, top, write_predictions
from training.findings import retold
from training.metrics import calibration_error
from training.packed import set_card
from training.recipe import Recipe, load_recipe
from training.report.tables import (
    Films,
    Reader,
    by_finding,
    by_origin,
    comparison,
    confusions,
    film_by_film,
    markdown,
    outcomes,
)
from training.run import calibration_inputs, load_member, read_split


def evaluate_bundle(folder: Path, run: Path, yardstick: str, others: Path | None, out: Path) -> str:
    """Read the test split with the bundle, write `evaluation.md` and `predictions.csv` to `out`, set the model card."""
    bundle, films = load_bundle(folder), read_split(run)
    plainly = _plain_recipe(yardstick, bundle) if yardstick else None
    rows = tuple(row for row in retold(films.test, bundle.findings) if len(row.findings) == 1)
    judgements = judge_all(folder, rows)
    asked = Films(
        bundle.findings,
        np.array([bundle.findings.index(row.findings[0]) for row in rows]),
        np.array([row.origin for row in rows]),
        np.array([row.group for row in rows]),
    )
    readers = _readers(bundle, run, judgements)
    plain = _yardstick(plainly, run, judgements) if plainly else []
    readers += plain
    parts = [
        "## On the test split",
        f"{len(rows)} films of {len(set(asked.groups))} patients that no member was trained on, each as its own file "
        "(clean) and as a rendered photo on a light box, from bytes to reading through the device's code. A film that "
        "the kiosk refused counts as read wrong, by every reader. Intervals: 95%, bootstrap over patients.",
        comparison(asked, readers),
        "### Film by film",
        film_by_film(asked, _pairs(readers, plain)),
        "### The ensemble by finding",
        by_finding(asked, readers[0].guesses),
        "### By origin",
        by_origin(asked, [readers[0], *plain[1:2]]),
        "### What was said of rendered photos",
        confusions(asked, readers[0].guesses["photo"]),
        "### Outcomes",
        outcomes(judgements, {group.name: group.findings for group in bundle.groups}),
        "### Calibration and refusals",
        _calibration(asked, judgements),
        "## On films it was never meant to see",
        _real_photos(folder, bundle.findings, films),
    ]
    if others:
        parts.append(_others(folder, others))
    text = "\n\n".join(parts) + "\n"
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    write_predictions(judgements, bundle.findings, run / "predictions.csv")
    set_card(folder, _card(bundle, films, text))
    return text


def _readers(bundle: Bundle, run: Path, judgements: tuple[Judgement, ...]) -> list[Reader]:
    """The ensemble and its members at int8, as the device read them, and at float32 where the run keeps the files."""
    readers = [Reader("ensemble", "int8", _by_view(judgements, [top(one) for one in judgements]))]
    scores, singles = [], []
    for member in bundle.members:
        guesses = _by_view(judgements, [top(one, member.name) for one in judgements])
        singles.append(Reader(member.name, "int8", guesses))
        path = run / member.name / "float32.tflite"
        if path.is_file():
            logits = _logits(LiteModel(path.read_bytes()), judgements, member.input, mirrored=member.mirrored)
            scores.append(member.weight * np.stack([softmax(one, member.temperature) for one in logits]))
            singles.append(Reader(member.name, "float32", _by_view(judgements, _guesses(judgements, logits))))
    if len(scores) == len(bundle.members):
        readers.append(
            Reader("ensemble", "float32", _by_view(judgements, _guesses(judgements, np.sum(scores, axis=0))))
        )
    return readers + singles


def _pairs(readers: list[Reader], plain: list[Reader]) -> list[tuple[Reader, Reader]]:
    """The ensemble against the plain recipe, and every reader at int8 against itself at float32."""
    at_float32 = {one.name: one for one in readers if one.precision == "float32"}
    at_int8 = [one for one in readers if one.precision.startswith("int8") and one.name in at_float32]
    return [(readers[0], one) for one in plain] + [(one, at_float32[one.name]) for one in at_int8]


def _plain_recipe(name: str, bundle: Bundle) -> Recipe:
    """The yardstick's recipe. Raises DataError when it tells other findings apart than the bundle does."""
    recipe = load_recipe(name)
    if recipe.findings != bundle.findings:
        raise DataError(
            f"The yardstick {name} tells {', '.join(recipe.findings)} apart, the bundle {', '.join(bundle.findings)}; "
            "wanted the same findings in the same order. Name another yardstick."
        )
    return recipe


def _yardstick(recipe: Recipe, run: Path, judgements: tuple[Judgement, ...]) -> list[Reader]:
    """The plain recipe on the same straightened films: float32, int8 as ours is made, and int8 as TFLite makes it."""
    model, films = load_member(recipe, run, len(recipe.findings)), calibration_inputs(recipe, run)
    files = {
        "float32": to_float32(model),
        "int8": to_int8(model, films),
        "int8 by TFLite alone": to_int8_by_rounding(model, films),
    }
    readers = []
    for precision, content in files.items():
        logits = _logits(LiteModel(content), judgements, recipe.input, mirrored=recipe.mirrored)
        readers.append(Reader(f"plain {recipe.name}", precision, _by_view(judgements, _guesses(judgements, logits))))
    return readers


def _logits(
    model: LiteModel, judgements: tuple[Judgement, ...], spec: InputSpec, *, mirrored: bool
) -> NDArray[np.float32]:
    """What a TFLite file says of the upright films (films, findings); zeros where the kiosk refused."""
    return np.stack(
        [
            model.logits(prepare(one.film.pixels, spec), mirrored=mirrored)[0]
            if one.film and one.reading
            else np.zeros(model.outputs["maps"]["shape"][-1], np.float32)
            for one in judgements
        ]
    )


def _guesses(judgements: tuple[Judgement, ...], scores: NDArray[np.floating]) -> list[int]:
    # What the kiosk refused is asked of no reader, so that two readers differ by what they say and by nothing else.
    return [int(np.argmax(score)) if one.reading else -1 for one, score in zip(judgements, scores, strict=True)]


def _by_view(judgements: tuple[Judgement, ...], guesses: list[int]) -> dict[str, NDArray[np.intp]]:
    return {
        view: np.array([guess for one, guess in zip(judgements, guesses, strict=True) if one.view == view])
        for view in VIEWS
    }


def _calibration(asked: Films, judgements: tuple[Judgement, ...]) -> str:
    lines = []
    for view in VIEWS:
        seen = [(one, truth) for one, truth in zip([j for j in judgements if j.view == view], asked.truth, strict=True)]
        read = [(one.reading, truth) for one, truth in seen if one.reading]
        scores = np.array([[score.value for score in reading.scores] for reading, _ in read])
        error = calibration_error(np.array([truth for _, truth in read]), scores)
        refused = Counter(one.refusal.reason.value for one, _ in seen if one.refusal)
        words = ", ".join(f"{reason} {count}" for reason, count in sorted(refused.items())) or "none"
        lines.append([view, f"{error:.3f}", f"{len(seen) - len(read)} of {len(seen)}", words])
    return markdown(["view", "expected calibration error", "refused", "why"], lines)


def _real_photos(folder: Path, findings: tuple[str, ...], films: Split) -> str:
    """The real camera photos of films: all tuberculosis, none trained on."""
    if not films.photos:
        return "The data hold no real film photos."
    judged = judge_all(folder, films.photos, ("clean",))
    said = Counter(one.reading.outcome.name if one.reading else "refused" for one in judged)
    likeliest = Counter(findings[top(one)] for one in judged if one.reading)
    return (
        f"{len(judged)} real camera photos of films, all of tuberculosis, of one collection, never trained on.\n\n"
        + markdown(
            ["outcome", "photos"],
            [[name, f"{count} ({count / len(judged):.2f})"] for name, count in said.most_common()],
        )
        + "\n\nTheir likeliest finding, whatever its score: "
        + ", ".join(f"{name} {count}" for name, count in likeliest.most_common())
        + "."
    )


def _others(folder: Path, others: Path) -> str:
    """Pictures that are no frontal chest films, of the part that the gate was not trained on."""
    ensemble = Ensemble(load_bundle(folder))
    refused: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for path, kind in other_paths(others, "test"):
        kinds[kind] += 1
        refused[kind] += examine(Photo(path.name, path.read_bytes()), ensemble).refusal is not None
    lines = [[kind, count, refused[kind]] for kind, count in kinds.most_common()]
    lines.append(["all", sum(kinds.values()), sum(refused.values())])
    return (
        "Pictures that are no frontal chest film (kinds that the gate knows, pictures that it does not):\n\n"
        + markdown(["kind", "pictures", "refused"], lines)
    )


def _card(bundle: Bundle, films: Split, evaluation: str) -> str:
    learnt_from = retold(films.train, bundle.findings)
    trained = Counter((row.name, row.origin) for row in learnt_from)
    members = markdown(
        ["member", "network", "input", "weight", "temperature"],
        [
            [one.name, one.architecture, f"{one.input.side} x {one.input.side}", one.weight, one.temperature]
            for one in bundle.members
        ],
    )
    return f"""# Model card

A demonstration of what Filmside does. **It is not a medical device and its readings are not diagnoses.** It has not
been tried in a clinic, and no doctor has judged it.

## What it is

An ensemble of {len(bundle.members)} int8 TFLite members for {len(bundle.findings)} findings, with a scout that sees
where a film lies in a photo and what is wrong with the photo, and a gate that turns films upright and refuses what is
no frontal chest film. Both learnt from rendered photos and other pictures, without labels.

{members}

Below a score of {bundle.threshold} no single finding is said. Then a group is, if its own threshold is reached:
{", ".join(f"{group.name} from {group.threshold}" for group in bundle.groups)} (chosen on the validation split); else
UNCERTAIN.

## What it was trained on

{len(learnt_from)} frontal chest films from public collections, each clean and as rendered photos on a light box:

{_counts(trained)}

## What it is not fit for

- Any decision about a patient. In these data a finding is nearly its source: bacterial and viral pneumonia are children
  of one hospital, tuberculosis comes from one collection, COVID-19 from the web. On another hospital's films expect
  far less than the figures below.
{_emphysema(bundle, trained)}- Telling bacterial from viral pneumonia by itself, and pneumonia's kind in adults at all.
- Films that are not frontal, children under one year, findings that are none of these.
- Photos were rendered; the only real photos of film were all of tuberculosis.

{evaluation}"""


def _emphysema(bundle: Bundle, trained: Counter[tuple[str, str]]) -> str:
    if "EMPHYSEMA" not in bundle.findings:
        return ""
    films = sum(count for (name, _), count in trained.items() if name == "EMPHYSEMA")
    return f"- EMPHYSEMA: {films} films to learn from, labelled by text mining. Its row below says nothing.\n"


def _counts(trained: Counter[tuple[str, str]]) -> str:
    lines = [[name.replace("/", " or "), origin, count] for (name, origin), count in sorted(trained.items())]
    return markdown(["finding", "origin", "films"], lines)
