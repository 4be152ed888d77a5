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
from training.data.split import Split
from training.evaluate import VIEWS, Judgement, judge_all, top, write_predictions
from training.evidence.audit import LEAST_POINTS
from training.metrics import calibration_error
from training.packed import set_card
from training.recipe import FINDINGS, GROUPS, load_recipe
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
    rows = tuple(row for row in films.test if len(row.findings) == 1)
    judgements = judge_all(folder, rows)
    asked = Films(
        FINDINGS,
        np.array([FINDINGS.index(row.findings[0]) for row in rows]),
        np.array([row.origin for row in rows]),
        np.array([row.group for row in rows]),
    )
    readers = _readers(bundle, run, judgements)
    plain = _yardstick(yardstick, run, judgements) if yardstick else []
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
        outcomes(judgements, GROUPS),
        "### Calibration and refusals",
        _calibration(asked, judgements),
        "## On films it was never meant to see",
        _real_photos(folder, films),
    ]
    if others:
        parts.append(_others(folder, others))
    text = "\n\n".join(parts) + "\n"
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    write_predictions(judgements, FINDINGS, run / "predictions.csv")
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


def _yardstick(name: str, run: Path, judgements: tuple[Judgement, ...]) -> list[Reader]:
    """The plain recipe on the same straightened films: float32, int8 as ours is made, and int8 as TFLite makes it."""
    recipe = load_recipe(name)
    model, films = load_member(recipe, run, len(FINDINGS)), calibration_inputs(recipe, run)
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
            else np.zeros(len(FINDINGS), np.float32)
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


def _real_photos(folder: Path, films: Split) -> str:
    """The real camera photos of films: all tuberculosis, none trained on."""
    if not films.photos:
        return "The data hold no real film photos."
    judged = judge_all(folder, films.photos, ("clean",))
    said = Counter(one.reading.outcome.name if one.reading else "refused" for one in judged)
    likeliest = Counter(FINDINGS[top(one)] for one in judged if one.reading)
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
    trained = Counter((row.name, row.origin) for row in films.train)
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

An ensemble of {len(bundle.members)} int8 TFLite members for six findings, with a scout that sees where a film lies in a
photo and what is wrong with the photo, and a gate that turns films upright and refuses what is no frontal chest film.
Both learnt from rendered photos and other pictures, without labels.

{members}

An outcome is the narrowest statement that reaches its own score, chosen so that of the outcomes given at least
{bundle.promise:.0%} are right on films like those it was calibrated on (rendered photos of the validation split, read
by this bundle): {_said(bundle)}; else UNCERTAIN. {_audited(bundle)}

## What it was trained on

{len(films.train)} frontal chest films from public collections, each clean and as rendered photos on a light box:

{_counts(trained)}

## What it is not fit for

- Any decision about a patient. In these data a finding is nearly its source: bacterial and viral pneumonia are children
  of one hospital, tuberculosis comes from one collection, COVID-19 from the web. On another hospital's films expect
  far less than the figures below.
- EMPHYSEMA: {sum(count for (name, _), count in trained.items() if name == "EMPHYSEMA")} films to learn from, labelled
  by text mining. Its row below says nothing.
- Telling bacterial from viral pneumonia by itself, and pneumonia's kind in adults at all.
- Films that are not frontal, children under one year, findings that are none of the six.
- Photos were rendered; the only real photos of film were all of tuberculosis.

{evaluation}"""


def _said(bundle: Bundle) -> str:
    return ", ".join(
        f"{one.name} from {one.said_from}" if one.said_from is not None else f"{one.name} never"
        for one in bundle.statements
    )


def _audited(bundle: Bundle) -> str:
    if bundle.audit is None:
        return "It has not been audited for shortcuts."
    found = "passed" if bundle.audit.passed else "**FAILED**"
    return (
        f"The shortcut audit {found}: without the lungs it loses {bundle.audit.lost:.1f} points of balanced accuracy "
        f"on validation films ({LEAST_POINTS:g} wanted)."
    )


def _counts(trained: Counter[tuple[str, str]]) -> str:
    lines = [[name.replace("/", " or "), origin, count] for (name, origin), count in sorted(trained.items())]
    return markdown(["finding", "origin", "films"], lines)
