"""Fit the recipes of both papers on the films at hand and keep what each says of every film; see `papers.py`."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from device.reading.contract import MemberSpec
from device.reading.member import softmax
from training.at_int8 import at_int8
from training.convert import LiteModel, to_float32, to_int8_by_rounding
from training.cost import cost_of
from training.data.sources import Row
from training.findings import retold
from training.lines import write_lines
from training.recipe import Recipe, load_recipe
from training.run import calibration_inputs, file_inputs, fit_member, make_split, read_split

SIX_CLASSES = "six_class_paper"

EPOCHS = {
    SIX_CLASSES: 15,
    "three_class_mobilenet": 15,
    "three_class_custom_cnn": 15,
    "three_class_resnet50_scratch": 3,
    "three_class_resnet152_scratch": 1,
    "three_class_vit": 2,
}
"""Epochs that two cores can be given; the three-class paper's 100 are for a graphics card."""

SPLITS = ("validation", "test")
FLOAT32, INT8, ROUNDED, PER_TENSOR = PRECISIONS = ("float32", "int8", "int8 by TFLite", "int8 by TFLite, per tensor")

Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Said:
    """What one recipe says of one split's films: what each shows (films,), whose it is (films,), and scores by
    precision (films, findings)."""

    findings: tuple[str, ...]
    truth: NDArray[np.intp]
    groups: NDArray[np.str_]
    scores: dict[str, Scores]


def recipe_of(name: str) -> Recipe:
    """A paper's recipe, with the epochs that it is given here."""
    return replace(load_recipe(name), epochs=EPOCHS[name])


def make_answers(name: str, data: Path, weights: Path, run: Path, out: Path) -> None:
    """Fit a recipe, or go on with it, and keep its answers in `out/<name>.csv` and its files' sizes beside them."""
    if (out / f"{name}.csv").is_file():
        return
    recipe = recipe_of(name)
    if not (run / "split.csv").is_file():
        make_split(data, run, 1)
    model = fit_member(recipe, run, weights)
    readers, sizes = _readers(recipe, model, run)
    table = _answers(recipe, run, readers)
    out.mkdir(parents=True, exist_ok=True)
    told = {"learnt": learnt(recipe, run), **sizes}
    (out / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    write_lines(out / f"{name}.csv", table)


def learnt(recipe: Recipe, run: Path) -> dict[str, int]:
    """How many films of each finding there were to learn from."""
    return dict(sorted(Counter(row.name for row in retold(read_split(run).train, recipe.findings)).items()))


def _readers(
    recipe: Recipe, model: keras.Model, run: Path
) -> tuple[dict[str, Callable[[NDArray[np.float32]], Scores]], dict[str, object]]:
    """The network by precision; int8 for the six-class paper only, for the other does not tell of any."""
    readers: dict[str, Callable[[NDArray[np.float32]], Scores]] = {FLOAT32: lambda inputs: _keras(model, inputs)}
    told: dict[str, object] = {"epochs": recipe.epochs, "parameters": model.count_params()}
    if recipe.name == SIX_CLASSES:
        films = calibration_inputs(recipe, run)
        files = {
            INT8: at_int8(recipe, model, run),
            ROUNDED: to_int8_by_rounding(model, films),
            PER_TENSOR: to_int8_by_rounding(model, films, per_tensor=True),
        }
        kept = {FLOAT32: to_float32(model), **files}
        for precision, content in kept.items():
            told[f"{precision}, bytes"] = len(content)
            (run / recipe.name / f"{precision}.tflite").write_bytes(content)
        told |= times(kept[FLOAT32], kept[INT8])
        for precision in (FLOAT32, INT8):
            told |= cost(recipe, precision, run / recipe.name / f"{precision}.tflite")
        readers |= {precision: _lite(content) for precision, content in files.items()}
    return readers, told


def times(float32: bytes, int8: bytes, rounds: int = 100) -> dict[str, float]:
    """The time that one film takes at each precision on one thread, as a share of float32's: medians of rounds taken
    in turn."""
    files = {FLOAT32: float32, INT8: int8}
    networks = {name: Interpreter(model_content=content, num_threads=1) for name, content in files.items()}
    taken: dict[str, list[float]] = {name: [] for name in networks}
    for network in networks.values():
        network.allocate_tensors()
    for _ in range(rounds):
        for name, network in networks.items():
            start = time.perf_counter()
            network.invoke()
            taken[name].append(time.perf_counter() - start)
    base = float(np.median(taken[FLOAT32]))
    return {f"{name}, of float32's time": round(float(np.median(took)) / base, 3) for name, took in taken.items()}


def cost(recipe: Recipe, precision: str, file: Path) -> dict[str, float]:
    """Milliseconds (median) and peak memory in MiB that a file takes for one film on this machine's one core."""
    rows, columns = (int(side) for side in LiteModel(file.read_bytes()).outputs["maps"]["shape"][1:3])
    outputs, maps = len(recipe.findings), (rows, columns)
    spec = MemberSpec(recipe.name, file, "", precision, recipe.network, recipe.input, outputs, maps, 1.0, 1.0)
    found = cost_of(spec)
    told = {f"{precision}, ms": round(found.median, 2)}
    return told | ({} if found.memory is None else {f"{precision}, peak MiB": round(found.memory, 1)})


def _keras(model: keras.Model, inputs: NDArray[np.float32]) -> Scores:
    logits = [model(inputs[i : i + 64], training=False)["logits"].numpy() for i in range(0, len(inputs), 64)]
    return softmax(np.concatenate(logits), 1.0)


def _lite(content: bytes) -> Callable[[NDArray[np.float32]], Scores]:
    model = LiteModel(content)
    return lambda inputs: softmax(model.logits(inputs), 1.0)


def _answers(recipe: Recipe, run: Path, readers: dict[str, Callable[[NDArray[np.float32]], Scores]]) -> list[list[str]]:
    """A line for each validation and test film of which one finding is known."""
    heads = [f"{precision}: {finding}" for precision in readers for finding in recipe.findings]
    table = [["film", "split", "finding", "group", *heads]]
    for part in SPLITS:
        every: tuple[Row, ...] = getattr(read_split(run), part)
        rows = tuple(row for row in retold(every, recipe.findings) if len(row.findings) == 1)
        inputs = file_inputs(recipe, run, part, rows)
        scores = np.hstack([read(inputs) for read in readers.values()])
        for row, line in zip(rows, scores, strict=True):
            table.append([row.path.name, part, row.name, row.group, *(f"{score:.6g}" for score in line)])
    return table


def read_answers(name: str, out: Path) -> dict[str, Said]:
    """What `make_answers` kept, by split."""
    findings = load_recipe(name).findings
    with (out / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    found = {}
    for part in SPLITS:
        films = [line for line in lines if line["split"] == part]
        scores = {
            precision: np.array([[float(line[f"{precision}: {one}"]) for one in findings] for line in films])
            for precision in PRECISIONS
            if f"{precision}: {findings[0]}" in films[0]
        }
        truth = np.array([findings.index(line["finding"]) for line in films])
        found[part] = Said(findings, truth, np.array([line["group"] for line in films]), scores)
    return found
