"""A bundle out of fitted members: converted, calibrated on validation, proved, hashed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from device.reading.contract import GATE_ANSWERS, LIES, SIGHT_ANSWERS
from device.reading.manifest import FORMAT
from device.reading.member import softmax
from training import scout as scouting
from training.calibrate import best_temperature, best_weights
from training.convert import LiteModel, parity, to_float32, to_int8
from training.data.sources import DataError
from training.findings import findings_of
from training.gate import NEVER_MIRRORED, mirrored_from, refuse_from
from training.packed import NOT_EVALUATED, copied, data_of, opened, swap, write
from training.prove import prove, unproved
from training.recipe import Recipe, load_recipe
from training.run import (
    calibration_inputs,
    gate_calibration_inputs,
    judged,
    judged_gate,
    load_member,
    scout_lessons,
    validation_films,
)

FLOAT_PARITY = 1e-4
"""The largest difference of a float32 file's scores from its Keras model's."""

USUAL = "mobilenet_035"
"""The recipe as which members are asked where none is fitted: on files and photos, as all of Filmside's own are."""


@dataclass(frozen=True, eq=False)
class Converted:
    """One member's files, and its int8 logits on the validation inputs (films, outputs)."""

    recipe: Recipe
    int8: bytes
    maps: tuple[int, int]
    logits: NDArray[np.float64]
    allowed: NDArray[np.float32]


def convert_member(recipe: Recipe, run: Path, others: Path | None) -> Converted:
    """Convert a fitted member, check its parity, leave `float32.tflite` and `int8.tflite` in its run folder."""
    outputs = len(GATE_ANSWERS) if others else len(recipe.findings)
    model = load_member(recipe, run, outputs)
    check = judged_gate(recipe, run, others) if others else judged(recipe, run)
    floats = _float32(recipe, model, check.inputs[:40])
    films = gate_calibration_inputs(recipe, run, others) if others else calibration_inputs(recipe, run)
    ints = to_int8(model, films)
    folder = run / recipe.name
    (folder / "float32.tflite").write_bytes(floats)
    (folder / "int8.tflite").write_bytes(ints)
    lite = LiteModel(ints)
    rows, columns = (int(side) for side in lite.outputs["maps"]["shape"][1:3])
    logits = lite.logits(check.inputs, mirrored=recipe.mirrored).astype(float)
    return Converted(recipe, ints, (rows, columns), logits, check.allowed)


@dataclass(frozen=True, eq=False)
class ConvertedScout:
    """The scout's file, and what its answers are calibrated and judged by."""

    recipe: Recipe
    content: bytes
    maps: tuple[int, int]
    temperature: float
    refuse_from: float


def convert_scout(recipe: Recipe, run: Path, others: Path) -> ConvertedScout:
    """Convert a fitted scout to float32, which is quick enough, and choose its limits on validation."""
    model = load_member(recipe, run, 1 + len(SIGHT_ANSWERS))
    lessons = scout_lessons(run, others, "validation")
    content = _float32(recipe, model, scouting.inputs_of(recipe, lessons.photos[:40]))
    (run / recipe.name / "float32.tflite").write_bytes(content)
    rows, columns = (int(side) for side in LiteModel(content).outputs["maps"]["shape"][1:3])
    _, logits = scouting.seen(recipe, model, lessons)
    temperature = best_temperature(logits, np.eye(len(SIGHT_ANSWERS), dtype=np.float32)[lessons.answers])
    limit = scouting.refuse_from(softmax(logits, temperature), lessons.answers)
    return ConvertedScout(recipe, content, (rows, columns), temperature, round(limit, 4))


def _float32(recipe: Recipe, model: keras.Model, inputs: NDArray[np.float32]) -> bytes:
    """The float32 file, proved to answer as the model does. Raises DataError when it does not."""
    floats = to_float32(model)
    same = parity(model, floats, inputs)
    if same.scores > FLOAT_PARITY:
        raise DataError(
            f"{recipe.name}: the float32 file's scores differ by {same.scores:.1e} from its Keras model's; wanted at "
            f"most {FLOAT_PARITY}. Do not ship it; convert again with another TensorFlow."
        )
    return floats


@dataclass(frozen=True)
class GateLimits:
    """What a gate's scores are calibrated and judged by, as in `device.reading.contract.GateSpec`."""

    temperature: float
    refuse_from: tuple[float, ...]


def gate_limits(member: Converted) -> GateLimits:
    """A converted gate's limits, chosen on validation."""
    temperature = best_temperature(member.logits, member.allowed)
    scores, answers = softmax(member.logits, temperature), member.allowed.argmax(axis=1)
    reasons = range(len(LIES), len(GATE_ANSWERS))
    return GateLimits(
        temperature,
        tuple(round(refuse_from(scores, answers, place), 4) for place in reasons),
    )


def pack(
    recipes: list[Recipe],
    gate: Recipe | None,
    scout: Recipe | None,
    run: Path,
    others: Path | None,
    references: list[Path],
    bundle: Path,
    *,
    despite_audit: bool = False,
) -> None:
    """Write a bundle folder of int8 members; `references` are kept films (grey PNG) that it proves itself on.

    Written beside its place, proved there (`training.prove`) and moved whole, so a bundle that is there is never half a
    bundle. Raises DataError when the shortcut audit fails, unless `despite_audit`.
    """
    findings = findings_of(recipes)
    members = [convert_member(recipe, run, None) for recipe in recipes]
    temperatures = [best_temperature(member.logits, member.allowed) for member in members]
    scores = [softmax(member.logits, t) for member, t in zip(members, temperatures, strict=True)]
    weights = _weights(scores, recipes[0], run)
    fresh = bundle.with_name(bundle.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "findings": list(findings),
        "members": [
            _entry(fresh, member, weight, temperature)
            for member, weight, temperature in zip(members, weights, temperatures, strict=True)
        ],
        "voting": "soft",
        "gate": _gate_entry(fresh, convert_member(gate, run, others)) if gate and others else None,
        "scout": _scout_entry(fresh, convert_scout(scout, run, others)) if scout and others else None,
        "data": data_of(run),
        "references": [],
        **unproved(findings),
    }
    write(fresh, manifest, NOT_EVALUATED)
    prove(fresh, run, references, despite_audit=despite_audit)
    swap(fresh, bundle)


def exchange(bundle: Path, gate: Recipe | None, scout: Recipe | None, run: Path, others: Path) -> None:
    """Give a packed bundle another gate or scout; its members stay as they are, to the byte.

    Raises DataError when the run's films are split otherwise than those that the members learnt from: the new network
    would have learnt from films that the bundle is measured on.
    """
    manifest = opened(bundle, run) | {"data": data_of(run)}
    fresh = copied(bundle)
    if gate:
        manifest["gate"] = _gate_entry(fresh, convert_member(gate, run, others))
        write(fresh, manifest, NOT_EVALUATED)
        manifest["gate"]["mirrored_from"] = mirrored_from(fresh, validation_films(gate, run))
    if scout:
        manifest["scout"] = _scout_entry(fresh, convert_scout(scout, run, others))
    write(fresh, manifest, NOT_EVALUATED)
    swap(fresh, bundle)


def renew(
    bundle: Path, recipes: list[Recipe], run: Path, without: Sequence[str] = (), *, despite_audit: bool = False
) -> None:
    """Give a packed bundle fitted members: each takes the place of the one that has its name, or joins the others;
    those named in `without` are left out.

    The others stay as they are, to the byte; the vote's weights are chosen anew and the bundle is proved anew. Raises
    DataError for another split, for other findings, for a member to leave out that is not there, and as `pack` does.
    """
    manifest = opened(bundle, run) | {"data": data_of(run)}
    findings = tuple(manifest["findings"])
    if recipes and findings_of(recipes) != findings:
        raise DataError(
            f"{bundle} tells {', '.join(findings)} apart, {recipes[0].name} {', '.join(recipes[0].findings)}; wanted "
            "the same findings in the same order. Pack a bundle of its own."
        )
    entries = _left_in(bundle, manifest["members"], without, len(recipes))
    fresh = copied(bundle)
    for entry in manifest["members"]:
        if entry["name"] not in entries:
            (fresh / entry["file"]).unlink()
    converted = [convert_member(recipe, run, None) for recipe in recipes]
    for member in converted:
        entries[member.recipe.name] = _entry(fresh, member, 1.0, best_temperature(member.logits, member.allowed))
    known = {member.recipe.name: member.logits for member in converted}
    asked_as = recipes[0] if recipes else replace(load_recipe(USUAL), findings=findings)
    scores = [
        softmax(known[name] if name in known else _logits_of(fresh, entry, asked_as, run), entry["temperature"])
        for name, entry in entries.items()
    ]
    weights = _weights(scores, asked_as, run)
    manifest["members"] = [entry | {"weight": weight} for entry, weight in zip(entries.values(), weights, strict=True)]
    write(fresh, manifest, NOT_EVALUATED)
    prove(fresh, run, [fresh / entry["file"] for entry in manifest["references"]], despite_audit=despite_audit)
    swap(fresh, bundle)


def _left_in(
    bundle: Path, members: list[dict[str, Any]], without: Sequence[str], joining: int
) -> dict[str, dict[str, Any]]:
    """What a manifest tells of each member by its name, but for those to leave out.

    Raises DataError where one of these is not there, or where no member would be left.
    """
    entries = {entry["name"]: entry for entry in members}
    if missing := [name for name in without if name not in entries]:
        raise DataError(f"{bundle} has no member {', '.join(missing)} to leave out; it has {', '.join(entries)}.")
    kept = {name: entry for name, entry in entries.items() if name not in without}
    if not kept and not joining:
        raise DataError(f"Without {', '.join(entries)} nobody would read. Leave one of them, or add --members.")
    return kept


def _weights(scores: list[NDArray[np.float64]], recipe: Recipe, run: Path) -> tuple[float, ...]:
    """The vote's weights, by members' scores on what `recipe` is judged by."""
    check = judged(recipe, run)
    return best_weights(scores, check.allowed, check.views)


def _logits_of(folder: Path, entry: dict[str, Any], recipe: Recipe, run: Path) -> NDArray[np.float64]:
    """A packed member's logits (films, findings) on what `recipe` is judged by, through the member's own input."""
    inputs = judged(replace(recipe, **entry["input"]), run).inputs
    lite = LiteModel((folder / entry["file"]).read_bytes())
    return lite.logits(inputs, mirrored=entry["mirrored"]).astype(float)


def _entry(folder: Path, member: Converted, weight: float, temperature: float) -> dict[str, Any]:
    shape = (*member.maps, member.logits.shape[1])
    return _file_entry(folder, member.recipe, member.int8, "int8", shape) | {
        "weight": weight,
        "temperature": temperature,
        "mirrored": member.recipe.mirrored,
    }


def _file_entry(
    folder: Path, recipe: Recipe, content: bytes, precision: str, maps: tuple[int, int, int]
) -> dict[str, Any]:
    """Write a network's file; what the manifest says of it. `maps` is their rows, columns and outputs."""
    file = f"{recipe.name}.tflite"
    (folder / file).write_bytes(content)
    return {
        "name": recipe.name,
        "file": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "precision": precision,
        "architecture": recipe.network,
        "input": asdict(recipe.input),
        "outputs": {"scores": [1, maps[2]], "maps": [1, *maps]},
    }


def _gate_entry(folder: Path, member: Converted) -> dict[str, Any]:
    limits = gate_limits(member)
    return {
        **_entry(folder, member, 1.0, limits.temperature),
        "answers": list(GATE_ANSWERS),
        "refuse_from": dict(zip(GATE_ANSWERS[len(LIES) :], limits.refuse_from, strict=True)),
        "mirrored_from": NEVER_MIRRORED,
    }


def _scout_entry(folder: Path, scout: ConvertedScout) -> dict[str, Any]:
    shape = (*scout.maps, 1 + len(SIGHT_ANSWERS))
    return _file_entry(folder, scout.recipe, scout.content, "float32", shape) | {
        "weight": 1.0,
        "temperature": scout.temperature,
        "answers": list(SIGHT_ANSWERS),
        "refuse_from": scout.refuse_from,
    }
