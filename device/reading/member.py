"""One TFLite file in its own interpreter. The only place that knows which runtime runs it."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import BundleFault
from device.reading.contract import MemberSpec

if platform.machine() in ("armv6l", "armv7l"):
    # LiteRT has no wheels for 32-bit Arm; tflite-runtime does, and is many times slower.
    from tflite_runtime.interpreter import Interpreter
else:
    from ai_edge_litert.interpreter import Interpreter

SIGNATURE = "serving_default"


@dataclass(frozen=True, eq=False)
class RawVote:
    """A member's own answer: logits (outputs,) and the maps (rows, columns, outputs) whose means they are."""

    logits: NDArray[np.float32]
    maps: NDArray[np.float32]


class Member:
    """A loaded member. `answer` may be called from any thread; one call runs at a time."""

    def __init__(self, spec: MemberSpec) -> None:
        """Load and check one verified file. Raises BundleFault when the file and the manifest disagree."""
        self.spec = spec
        self._lock = threading.Lock()
        try:
            self._interpreter: Any = Interpreter(model_content=spec.file.read_bytes(), num_threads=_cores())
            self._interpreter.allocate_tensors()
            runner = self._interpreter.get_signature_runner(SIGNATURE)
            inputs, outputs = runner.get_input_details(), runner.get_output_details()
        except (ValueError, RuntimeError, OSError) as error:
            raise BundleFault(
                f"{spec.file} cannot be run ({str(error).splitlines()[0]}); wanted a TFLite file with the signature "
                f"{SIGNATURE}. Copy the bundle again."
            ) from error
        self._input = self._detail(inputs, "film", (1, spec.input.side, spec.input.side, spec.input.channels))
        self._detail(outputs, "scores", (1, spec.outputs))
        self._maps = self._detail(outputs, "maps", (1, *spec.maps, spec.outputs))

    def _detail(self, details: dict[str, Any], name: str, shape: tuple[int, ...]) -> dict[str, Any]:
        if name not in details or tuple(details[name]["shape"]) != shape:
            found = {key: tuple(int(side) for side in detail["shape"]) for key, detail in details.items()}
            raise BundleFault(
                f"{self.spec.file} has {found}; wanted {name!r} of shape {shape}, as the manifest says. Use a bundle "
                "whose manifest and members belong together."
            )
        detail: dict[str, Any] = details[name]
        return detail

    def answer(self, tensor: NDArray[np.float32]) -> RawVote:
        """Run the member on one prepared input, shape (1, side, side, channels).

        The logits are the means of the maps, as the head is built: int8 scores are rounded to 1/256, the mean of
        many cells is finer.
        """
        ready = quantised(tensor, self._input)
        with self._lock:
            maps = both_ways(self._run, ready) if self.spec.mirrored else self._run(ready)
        return RawVote(maps.mean(axis=(0, 1), dtype=np.float32), maps)

    def _run(self, tensor: NDArray[Any]) -> NDArray[np.float32]:
        self._interpreter.set_tensor(self._input["index"], tensor)
        self._interpreter.invoke()
        return np.asarray(real(self._interpreter.get_tensor(self._maps["index"]), self._maps)[0])


def _cores() -> int:
    """How many cores this process may use; what is gained beyond four is little."""
    may_use = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(may_use, 4)


def both_ways(run: Callable[[NDArray[Any]], NDArray[np.float32]], tensor: NDArray[Any]) -> NDArray[np.float32]:
    """The mean of what `run` makes of an input (1, side, side, channels) and of its mirror image.

    Both as maps (rows, columns, outputs) in the places of the film itself.
    """
    mirrored = np.ascontiguousarray(tensor[:, :, ::-1])
    return np.asarray((run(tensor) + run(mirrored)[:, ::-1]) / 2, np.float32)


def quantised(tensor: NDArray[np.float32], detail: dict[str, Any]) -> NDArray[Any]:
    """Real numbers as a tensor wants them: themselves, or rounded by the scale and zero of the tensor's detail."""
    if detail["dtype"] == np.float32:
        return tensor
    scale, zero = detail["quantization"]
    limits = np.iinfo(detail["dtype"])
    return np.asarray(np.clip(np.rint(tensor / scale) + zero, limits.min, limits.max), detail["dtype"])


def real(values: NDArray[Any], detail: dict[str, Any]) -> NDArray[np.float32]:
    """What a tensor holds as real numbers: `quantised` undone."""
    if detail["dtype"] == np.float32:
        return np.asarray(values, np.float32)
    scale, zero = detail["quantization"]
    return np.asarray((values.astype(np.float32) - zero) * scale, np.float32)


def softmax(logits: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Scores from logits (..., outputs), calibrated by a temperature; along the last axis they add up to 1."""
    shifted = np.asarray(logits, np.float64) / temperature
    powers = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float64)
