"""Rounding that knows what it does: TFLite's int8 grids, and weights whose rounding errors cancel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = 127
"""TFLite rounds weights to -127 .. 127, with a scale for each output channel that its largest weight sets."""

SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)
"""How far a range may be drawn in."""

SAMPLE = 500_000
"""Values that a range is chosen on, at most."""

DAMPING = 0.01
"""Share of the mean second moment added to every input's own: directions that no film shows must not blow up."""


@dataclass(frozen=True)
class Range:
    """The smallest and the largest value that int8 can hold of what leaves a layer; zero is always between them."""

    low: float
    high: float

    @staticmethod
    def of(values: NDArray[np.float32]) -> Range:
        """The range that holds all of `values`."""
        return Range(min(float(values.min()), 0.0), max(float(values.max()), 1e-3))


def round_flow(values: NDArray[np.float32], limits: Range) -> NDArray[np.float32]:
    """Values as int8 holds them between layers: 256 even steps over a range."""
    step = (limits.high - limits.low) / 255
    zero = np.rint(limits.low / step)
    return np.asarray(np.clip(np.rint(values / step), zero, zero + 255) * step, np.float32)


def best_range(values: NDArray[np.float32], wanted: NDArray[np.float32]) -> Range:
    """The range, whole or drawn in at either end, with which `values`, once rounded, lie nearest to `wanted`.

    A few far values would stretch the steps of all others; cutting them off can cost less.
    """
    some = slice(None, None, max(1, values.size // SAMPLE))
    few, few_wanted = values.reshape(-1)[some], wanted.reshape(-1)[some]

    def error(limits: Range) -> float:
        return float(np.square(round_flow(few, limits) - few_wanted).mean(dtype=np.float64))

    whole = Range.of(values)
    best = min((Range(whole.low * share, whole.high * share) for share in SHARES), key=error)
    best = min((Range(best.low, whole.high * share) for share in SHARES), key=error)
    return min((Range(whole.low * share, best.high) for share in SHARES), key=error)


def round_kernel(kernel: NDArray[np.floating], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """A kernel on TFLite's int8 grid, rounded so that what it makes of its inputs changes least.

    `kernel` is (groups, inputs, outputs): one group for a convolution that mixes channels; for a depthwise one as many
    groups as channels, and one output. `moments` (groups, inputs, inputs) are the covariances of the inputs. One
    input's weights are rounded at a time, and the error is taken back by the weights of the inputs that go along with
    it (Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-Trained Transformers", 2023). Each
    output's largest weight stays as it is, since TFLite takes the scale from it.
    """
    inputs = kernel.shape[1]
    spread = np.einsum("gii->gi", moments)
    order = np.argsort(-spread, axis=1, kind="stable")
    scale = np.maximum(np.abs(kernel).max(axis=1), 1e-9) / LARGEST
    largest = np.abs(kernel).argmax(axis=1)
    left = np.take_along_axis(np.asarray(kernel, np.float64), order[:, :, None], axis=1)
    taken_back = _compensation(moments, order)
    rounded = np.zeros_like(left)
    for place in range(inputs):
        now = np.rint(left[:, place] / scale)
        stays = largest == order[:, place, None]
        now = np.where(stays, np.sign(left[:, place]) * LARGEST, np.clip(now, -LARGEST, LARGEST)) * scale
        rounded[:, place] = now
        error = (left[:, place] - now) / taken_back[:, place, place, None]
        left[:, place + 1 :] -= taken_back[:, place, place + 1 :, None] * error[:, None, :]
    made = np.empty_like(rounded)
    np.put_along_axis(made, order[:, :, None], rounded, axis=1)
    return made


def _compensation(moments: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Row i: how the inputs after the i-th in `order` take back its error (upper triangles of the moments' inverse)."""
    inputs = moments.shape[1]
    mean = np.einsum("gii->g", moments) / inputs
    damped = moments + (DAMPING * mean + 1e-12)[:, None, None] * np.eye(inputs)
    damped = np.take_along_axis(np.take_along_axis(damped, order[:, :, None], axis=1), order[:, None, :], axis=2)
    return np.asarray(np.linalg.cholesky(np.linalg.inv(damped)).transpose(0, 2, 1))
