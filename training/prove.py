"""What a bundle promises, and whether it may be believed: measured on the packed bundle, before it is in its place.

The validation split goes through the device's own code, as rendered photos and as files: what the outcomes promise
holds for int8 members after the photo path, or for nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.grey import read_kept_film
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble, sharpened
from device.reading.manifest import MANIFEST
from device.values import Film, Reading
from training.calibrate import NO_PROOF, SAME, best_temperature, possible_from, said_from
from training.data.sources import DataError, learned_from_children
from training.evaluate import Judgement, judge_all, read_clean
from training.evidence.audit import LEAST_POINTS, Audit, audit, by_ensemble
from training.findings import groups_among, of_one_finding
from training.gate import NEVER_MIRRORED, mirrored_from
from training.packed import NOT_EVALUATED, changed, opened, sha256_of, write
from training.run import read_split

PROMISE = 0.9
"""The share of outcomes given that are right, of each statement; and of each finding's films that keep it possible."""

Promises = Mapping[str, float]
"""By a statement's name the share of its outcomes that are to be right."""

NO_OTHER: Promises = {}

TOLERANCE = 0.05
"""How far a reference film's score may lie from where the bundle was made: int8 differs a little between boards."""


def unproved(findings: tuple[str, ...]) -> dict[str, Any]:
    """What a manifest says before anything was measured: nothing is ever said, nothing promised."""
    names = {finding: (finding,) for finding in findings} | groups_among(findings)
    return {
        "temperature": 1.0,
        "statements": [{"name": name, "findings": list(holds), "said_from": None} for name, holds in names.items()],
        "promise": {"right": PROMISE, "films": 0, "chosen_on": "nothing yet"},
        "possible_from": dict.fromkeys(findings),
        "audit": None,
    }


def prove(
    folder: Path, run: Path, films: list[Path], promises: Promises = NO_OTHER, *, despite_audit: bool = False
) -> None:
    """Measure on the run's validation split what the bundle in `folder`, not in its place yet, may say; give it
    promise, audit, the gate's limit for mirrored films and reference `films` (grey PNG). A statement promises what
    `promises` says, else what it did before, else PROMISE.

    Raises DataError when the audit fails, unless `despite_audit`; the folder is gone then. And for a promise of what
    the bundle does not say, or that is no share from PROMISE to below 1.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    findings = tuple(manifest["findings"])
    promises = _promises(manifest, promises)
    manifest |= {**unproved(findings), "references": []}
    if manifest["gate"]:
        manifest["gate"]["mirrored_from"] = NEVER_MIRRORED
    write(folder, manifest, NOT_EVALUATED)
    films_of = read_split(run)
    rows = of_one_finding(films_of.validation, findings)
    judgements = judge_all(folder, rows)
    _check_some_were_read(judgements)
    if manifest["gate"]:
        manifest["gate"]["mirrored_from"] = mirrored_from(folder, _right_way_round(judgements))
        write(folder, manifest, NOT_EVALUATED)
        judgements = _as_the_gate_lays_them(folder, judgements)
    audited = _audit(folder, judgements, findings)
    if not audited.passed and not despite_audit:
        shutil.rmtree(folder)
        raise DataError(_failed(audited))
    taught = of_one_finding(films_of.train, findings)
    children = learned_from_children(taught, findings)
    manifest |= _promised(judgements, findings, promises) | {"audit": _told(audited), "children": list(children)}
    write(folder, manifest, NOT_EVALUATED)
    manifest["references"] = _references(folder, films)
    write(folder, manifest, NOT_EVALUATED)


def prove_again(bundle: Path, run: Path, promises: Promises = NO_OTHER, *, despite_audit: bool = False) -> None:
    """Prove a packed bundle anew, its networks as they are, to the byte. Raises DataError as `prove` does; the bundle
    is then as it was."""
    manifest = opened(bundle, run)
    with changed(bundle) as fresh:
        films = [fresh / entry["file"] for entry in manifest["references"]]
        prove(fresh, run, films, promises, despite_audit=despite_audit)


def _promises(manifest: dict[str, Any], wanted: Promises) -> Promises:
    """What each statement promises that is to promise more than PROMISE."""
    names = [entry["name"] for entry in manifest["statements"]]
    for name, share in wanted.items():
        if name not in names:
            raise DataError(f"{name!r} is no outcome of the bundle; wanted one of {', '.join(names)}.")
        if not PROMISE <= share < 1:
            raise DataError(f"{name} is to be right in {share:g} of its outcomes; wanted {PROMISE:g} to below 1.")
    before = {entry["name"]: entry["right"] for entry in manifest["statements"] if "right" in entry}
    return {name: share for name, share in (before | dict(wanted)).items() if share > PROMISE}


def _references(folder: Path, films: list[Path]) -> list[dict[str, Any]]:
    """Reference films (grey PNG) as a bundle keeps them, with the scores that the one in `folder` gives them here."""
    (folder / "reference").mkdir(exist_ok=True)
    ensemble = Ensemble(load_bundle(folder))
    entries = []
    for path in films:
        film = read_kept_film(path)
        if film is None:
            raise DataError(f"The reference film {path} is no picture; wanted a grey PNG. Name another.")
        kept = folder / "reference" / path.name
        cv2.imwrite(str(kept), film.pixels)
        entries.append(
            {
                "file": f"reference/{path.name}",
                "sha256": sha256_of(kept),
                "scores": {score.finding: round(score.value, 5) for score in ensemble.read(film).scores},
                "tolerance": TOLERANCE,
            }
        )
    return entries


def _promised(judgements: tuple[Judgement, ...], findings: tuple[str, ...], promises: Promises) -> dict[str, Any]:
    """Temperature, statements and limits of what is possible, from the photos that were read."""
    scores, on_files, truth = _scores(judgements, findings)
    allowed = np.eye(len(findings), dtype=np.float32)[truth]
    temperature = best_temperature(np.log(np.maximum(scores, 1e-9)), allowed)
    scores, on_files = sharpened(scores, temperature), sharpened(on_files, temperature)
    possible = possible_from(scores, truth, PROMISE)
    return {
        "temperature": temperature,
        "statements": statements(scores, on_files, truth, findings, promises),
        "promise": {
            "right": PROMISE,
            "same": SAME,
            "same_but": NO_PROOF,
            "films": len(truth),
            "chosen_on": "rendered photos of the validation split, read by this bundle from bytes to scores",
        },
        "possible_from": {
            finding: None if limit is None else round(limit, 4)
            for finding, limit in zip(findings, possible, strict=True)
        },
    }


def statements(
    scores: NDArray[np.float64],
    on_files: NDArray[np.float64],
    truth: NDArray[np.intp],
    findings: tuple[str, ...],
    promises: Promises = NO_OTHER,
) -> list[dict[str, Any]]:
    """Every statement, narrowest first, with the score from which it keeps its promise, PROMISE or its own of
    `promises`, on the photos that no narrower one has decided. `scores` and, of the same films' own files, `on_files`
    (films, findings), not-a-number where a file was not read; `truth` (films)."""
    left, left_on_file = np.ones((2, len(truth)), bool)
    unknown = np.isnan(on_files[:, 0])
    likeliest_on_file = np.nan_to_num(on_files).argmax(axis=1)
    entries = []
    singles: dict[str, tuple[str, ...]] = {finding: (finding,) for finding in findings}
    widening = [
        singles,
        *({name: group} for name, group in sorted(groups_among(findings).items(), key=lambda one: len(one[1]))),
    ]
    for names in widening:
        decided, decided_on_file = np.zeros((2, len(truth)), bool)
        for name, holds in names.items():
            places = [findings.index(finding) for finding in holds]
            asked = left & np.isin(scores.argmax(axis=1), places)
            together = scores[:, places].sum(axis=1)
            asked_on_file = left_on_file & np.isin(likeliest_on_file, places)
            on_file = np.where(asked_on_file | unknown, on_files[:, places].sum(axis=1), 0)
            right = promises.get(name, PROMISE)
            limit = said_from(together[asked], np.isin(truth[asked], places), right, on_file[asked])
            entry = {"name": name, "findings": list(holds), "said_from": limit}
            entries.append(entry | ({"right": right} if name in promises else {}))
            if limit is not None:
                decided |= asked & (together >= limit)
                decided_on_file |= asked_on_file & (on_file >= limit)
        left &= ~decided
        left_on_file &= ~decided_on_file
    return entries


def _scores(
    judgements: tuple[Judgement, ...], findings: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """The scores of the photos that were read and of the same films' own files (films, findings), and the truth."""
    read = [one for one in judgements if one.view == "photo" and one.reading]
    of_file = {one.row.path: one.reading for one in judgements if one.view == "clean"}
    not_read = (np.nan,) * len(findings)

    def table(readings: list[Reading | None]) -> NDArray[np.float64]:
        return np.array([[one.value for one in reading.scores] if reading else not_read for reading in readings])

    truth = np.array([findings.index(one.row.name) for one in read])
    return table([one.reading for one in read]), table([of_file.get(one.row.path) for one in read]), truth


def _check_some_were_read(judgements: tuple[Judgement, ...]) -> None:
    """Raises DataError where the kiosk refused all files or all photos: nothing could be measured."""
    read = {one.view for one in judgements if one.reading}
    for view, what in (("clean", "validation film"), ("photo", "photo of a validation film")):
        if view not in read:
            raise DataError(
                f"No {what} could be read; wanted some to calibrate on. Look at what the kiosk refuses: filmside read "
                "--json on a few of the films."
            )


def _right_way_round(judgements: tuple[Judgement, ...]) -> Iterator[Film]:
    """What was found of the films, upright, but for those that are mirrored in their files."""
    return (one.film for one in judgements if one.film and not one.row.stored_mirrored)


def _as_the_gate_lays_them(folder: Path, judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """The same, but that films are turned over and read again which the gate calls mirrored now that it has a limit."""
    ensemble, again = Ensemble(load_bundle(folder)), []
    for one in judgements:
        film = ensemble.upright(one.film) if one.film and one.reading else None
        if isinstance(film, Film) and film.corners.lie.mirrored:
            again.append(replace(one, film=film, reading=ensemble.read(film)))
        else:
            again.append(one)
    return tuple(again)


def _audit(folder: Path, judgements: tuple[Judgement, ...], findings: tuple[str, ...]) -> Audit:
    seen = read_clean(judgements)
    films = [one.film for one in seen if one.film]
    truth = np.array([findings.index(one.row.name) for one in seen])
    return audit(by_ensemble(Ensemble(load_bundle(folder))), films, truth, np.array([one.row.group for one in seen]))


def _told(found: Audit) -> dict[str, Any]:
    figures = {name: getattr(found, name) for name in ("whole", "without_lungs", "border_only")}
    return {
        "passed": found.passed,
        "lost": round(found.lost, 2),
        "films": found.films,
        "chance": round(found.chance, 4),
        **{name: [round(value, 4) for value in (one.value, one.low, one.high)] for name, one in figures.items()},
    }


def _failed(found: Audit) -> str:
    return (
        f"The shortcut audit failed: with the lungs blacked out balanced accuracy falls by {found.lost:.1f} points "
        f"only, from {found.whole.value:.3f} to {found.without_lungs.value:.3f} (a guess: {found.chance:.3f}); wanted "
        f"{LEAST_POINTS:g} at least. The members may read where a film comes from. Train on more origins for each "
        "finding, or pack the bundle with --despite-audit; its page will say so."
    )
