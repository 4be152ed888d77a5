"""A member for a Coral Edge TPU: is the file one that its compiler takes, and what did the compiler make of it?

The compiler maps what it can and says nothing of why it left the rest, so the file is looked at first. The rules are
those of Coral's page on model requirements and of what the last compiler (16.0) is known to refuse.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from training.data.sources import DataError

COMPILER = "edgetpu_compiler"

SUPPORTED = frozenset({
    "ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "EXPAND_DIMS", "FULLY_CONNECTED",
    "L2_NORMALIZATION", "LOGISTIC", "MAXIMUM", "MAX_POOL_2D", "MEAN", "MINIMUM", "MUL", "PACK", "PAD", "PRELU",
    "QUANTIZE", "REDUCE_MAX", "REDUCE_MIN", "RELU", "RELU6", "RELU_N1_TO_1", "RESHAPE", "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR", "RSQRT", "SLICE", "SOFTMAX", "SPACE_TO_DEPTH", "SPLIT", "SQUARED_DIFFERENCE",
    "SQUEEZE", "STRIDED_SLICE", "SUB", "SUM", "TANH", "TRANSPOSE", "TRANSPOSE_CONV", "UNIDIRECTIONAL_SEQUENCE_LSTM",
})  # fmt: skip
"""Operators that an Edge TPU runs (coral.ai, "TensorFlow models on the Edge TPU")."""

NEWEST = {"CONV_2D": 5, "TRANSPOSE_CONV": 3, "QUANTIZE": 2}
"""The newest version of an operator that the compiler knows, where TensorFlow makes newer ones."""

_INT8 = (schema.TensorType.INT8, schema.TensorType.UINT8)
_OPERATORS = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
_TYPES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}


@dataclass(frozen=True)
class Objection:
    """What the compiler would not take: which operator (its place in the file, from 0, and its name) and why."""

    place: int
    operator: str
    why: str


@dataclass(frozen=True)
class Compiled:
    """What the compiler made: its file, and how many operators of each kind run where, by its log's own words."""

    file: Path
    statuses: tuple[tuple[str, int, str], ...]

    @property
    def mapped(self) -> int:
        """Operators that run on the Edge TPU."""
        return sum(count for _, count, status in self.statuses if status == MAPPED)

    @property
    def operators(self) -> int:
        """All of them."""
        return sum(count for _, count, _ in self.statuses)


MAPPED = "Mapped to Edge TPU"
_STATUS = re.compile(r"^([A-Z0-9_]+(?:-[A-Za-z0-9_-]+)?)\s+(\d+)\s+(\S.*?)\s*$", re.MULTILINE)


def objections(content: bytes) -> tuple[Objection, ...]:
    """Everything in a TFLite file that keeps it, or a part of it, off an Edge TPU. Raises DataError for other files."""
    try:
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
        graphs = model.subgraphs
    except Exception as error:  # flatbuffers raises whatever the bytes happen to lead to
        raise DataError(
            f"This is no TFLite file ({error}); wanted an int8 one. Name <run>/<member>/int8.tflite."
        ) from error
    if not graphs:
        raise DataError("This is no TFLite file; wanted an int8 one. Name <run>/<member>/int8.tflite.")
    found = [Objection(0, "", f"{len(graphs)} graphs in one file: an Edge TPU runs one")] if len(graphs) > 1 else []
    for place, operator in enumerate(graphs[0].operators):
        code = model.operatorCodes[operator.opcodeIndex]
        name = _OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)]
        found += [Objection(place, name, why) for why in _whys(name, code.version, operator, graphs[0].tensors)]
    return tuple(found)


def _whys(name: str, version: int, operator: Any, tensors: list[Any]) -> list[str]:
    whys = []
    if name not in SUPPORTED:
        whys.append("an Edge TPU has no such operator")
    elif version > NEWEST.get(name, version):
        whys.append(f"version {version}; the compiler knows up to {NEWEST[name]}")
    used = [tensors[place] for place in (*operator.inputs, *operator.outputs) if place >= 0]
    if name == "FULLY_CONNECTED" and _scales(tensors[operator.inputs[1]]) > 1:
        whys.append("weights with a scale for each channel; wanted one scale (use a 1 x 1 convolution instead)")
    for tensor in used:
        text = (tensor.name or b"?").decode(errors="replace")
        if tensor.shapeSignature is not None and (np.asarray(tensor.shapeSignature) < 0).any():
            whys.append(f"{text} has no fixed shape {tensor.shapeSignature.tolist()}; convert with a batch of 1")
    floats = sorted({_TYPES[one.type] for one in used if one.type not in (*_INT8, schema.TensorType.INT32)})
    if floats:
        whys.append(f"works on {', '.join(floats)}; wanted 8-bit integers throughout: convert to int8")
    return whys


def _scales(tensor: Any) -> int:
    scales = tensor.quantization.scale if tensor.quantization else None
    return 0 if scales is None else len(scales)


def compile_for_edgetpu(file: Path, out: Path, compiler: str = COMPILER) -> Compiled:
    """Call Coral's compiler on a TFLite file, into the folder `out`, and read its log.

    Raises DataError when it is not installed, fails, or leaves no file or log.
    """
    program = shutil.which(compiler)
    if program is None:
        raise DataError(
            f"{compiler} is not installed; it exists for Debian on x86-64 only (coral.ai/docs/edgetpu/compiler). The "
            "check above needs no compiler: call again with --check-only, or on a machine that has it."
        )
    out.mkdir(parents=True, exist_ok=True)
    command = [program, "--show_operations", "--out_dir", str(out), str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{compiler} had not finished {file.name} after 10 minutes. Try a smaller member.") from error
    made, log = out / f"{file.stem}_edgetpu.tflite", out / f"{file.stem}_edgetpu.log"
    if done.returncode or not made.is_file() or not log.is_file():
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise DataError(f"{compiler} made nothing of {file} (exit code {done.returncode}); it said: {said}")
    statuses = read_log(log.read_text(encoding="utf-8", errors="replace"))
    if not statuses:
        raise DataError(f"{log} tells of no operator; wanted lines of operator, count and status. Read it.")
    return Compiled(made, statuses)


def read_log(text: str) -> tuple[tuple[str, int, str], ...]:
    """Operator, count and status of every line of the compiler's log."""
    return tuple((name, int(count), status) for name, count, status in _STATUS.findall(text))


def objections_told(found: tuple[Objection, ...]) -> str:
    """What the check found, in words."""
    lines = [f"operator {one.place} {one.operator}: {one.why}" for one in found]
    return "\n".join(lines or ["Nothing in this file keeps it off an Edge TPU."])


def compiled_told(made: Compiled) -> str:
    """What the compiler made, in words."""
    lines = [f"{made.mapped} of {made.operators} operators are mapped to the Edge TPU: {made.file}"]
    lines += [f"{count} {name} on the CPU: {why}" for name, count, why in made.statuses if why != MAPPED]
    return "\n".join(lines)
