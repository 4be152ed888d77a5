"""A bundle out of fitted members: converted, calibrated on validation, proved, hashed."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from device.reading.contract import GATE_ANSWERS, LIES, SIGHT_ANSWERS
from device.reading.manifest import FORMAT
from device.reading.member import softmax
from training import scout as scouting
from training.at_int8 import at_int8
from training.calibrate import best_temperature, best_weights
from training.convert import LiteModel, parity, to_float32, to_int8
from training.data.sources import DataError
from training.findings import findings_of
from training.gate import NEVER_MIRRORED, refuse_from
from training.packed import NOT_EVALUATED, data_of, swap, write
from training.prove import prove, unproved
from training.recipe import Recipe
from training.run import (
    gate_calibration_inputs,
    judged,
    judged_gate,
    load_member,
    scout_lessons,
)

FLOAT_PARITY = 1e-4
"""The largest difference of a float32 file's scores from its Keras model's."""


@dataclass(frozen=True, eq=False)
class Converted:
    """One member's files, and its int8 logits on the validation inputs (films, outputs), `views` of each film."""

    recipe: Recipe
    int8: bytes
    maps: tuple[int, int]
    logits: NDArray[np.float64]
    allowed: NDArray[np.float32]
    views: int


def convert_member(recipe: Recipe, run: Path, others: Path | None) -> Converted:
    """Convert a fitted member, check its parity, leave `float32.tflite` and `int8.tflite` in its run folder."""
    outputs = len(GATE_ANSWERS) if others else len(recipe.findings)
    model = load_member(recipe, run, outputs)
    check = judged_gate(recipe, run, others) if others else judged(recipe, run)
    floats = _float32(recipe, model, check.inputs[:40])
    ints = to_int8(model, gate_calibration_inputs(recipe, run, others)) if others else at_int8(recipe, model, run)
    folder = run / recipe.name
    (folder / "float32.tflite").write_bytes(floats)
    (folder / "int8.tflite").write_bytes(ints)
    lite = LiteModel(ints)
    rows, columns = (int(side) for side in lite.outputs["maps"]["shape"][1:3])
    logits = lite.logits(check.inputs, mirrored=recipe.mirrored).astype(float)
    return Converted(recipe, ints, (rows, columns), logits, check.allowed, check.views)


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
    weights = best_weights(scores, members[0].allowed, members[0].views)
    fresh = bundle.with_name(bundle.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "findings": list(findings),
        "members": [
            member_entry(fresh, member, weight, temperature)
            for member, weight, temperature in zip(members, weights, temperatures, strict=True)
        ],
        "voting": "soft",
        "gate": gate_entry(fresh, convert_member(gate, run, others)) if gate and others else None,
        "scout": scout_entry(fresh, convert_scout(scout, run, others)) if scout and others else None,
        "data": data_of(run),
        "references": [],
        **unproved(findings),
    }
    write(fresh, manifest, NOT_EVALUATED)
    prove(fresh, run, references, despite_audit=despite_audit)
    swap(fresh, bundle)


def member_entry(folder: Path, member: Converted, weight: float, temperature: float) -> dict[str, Any]:
    """Write a member's file; what the manifest says of it."""
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


def gate_entry(folder: Path, member: Converted) -> dict[str, Any]:
    """The same of a gate, which calls no film mirrored before that was measured."""
    limits = gate_limits(member)
    return {
        **member_entry(folder, member, 1.0, limits.temperature),
        "answers": list(GATE_ANSWERS),
        "refuse_from": dict(zip(GATE_ANSWERS[len(LIES) :], limits.refuse_from, strict=True)),
        "mirrored_from": NEVER_MIRRORED,
    }


def scout_entry(folder: Path, scout: ConvertedScout) -> dict[str, Any]:
    """The same of a scout."""
    shape = (*scout.maps, 1 + len(SIGHT_ANSWERS))
    return _file_entry(folder, scout.recipe, scout.content, "float32", shape) | {
        "weight": 1.0,
        "temperature": scout.temperature,
        "answers": list(SIGHT_ANSWERS),
        "refuse_from": scout.refuse_from,
    }
