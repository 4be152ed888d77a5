"""From a Film to a member's input: the one function that training and the device share, bit for bit.

Every film gets the same tones by one rule, so that neither a hospital's processing nor a light box's brightness tells
the members where a film comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.shrink import squashed
from device.values import Grey, InputSpec

FITS = ("stretch", "shortest")
TONES = ("even", "plain")

_TRIM_SHARE = 0.12
"""At most this share of the film is trimmed from each side."""

_TRIM_SPREAD = 5.0
"""A row or column whose grey values spread (standard deviation) less than this shows no body."""


@dataclass(frozen=True)
class Part:
    """A rectangle of a film, from left to right and top to bottom, as shares 0..1 of the film's width and height."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


def prepare(pixels: Grey, spec: InputSpec) -> NDArray[np.float32]:
    """The member's input, shape (1, side, side, channels), from a film's grey pixels (height, width)."""
    return to_input(fit_square(pixels, spec.fit, spec.side, trim=spec.tone == "even"), spec)


def fit_square(pixels: Grey, fit: str, side: int, *, trim: bool) -> Grey:
    """The film's grey pixels as a square of `side` pixels; `trim` first drops bare borders."""
    top, bottom, left, right = seen_box(pixels, fit, trim=trim)
    pixels = pixels[top:bottom, left:right]
    shrinks = min(pixels.shape) >= side
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=interpolation), np.uint8)


def seen_box(pixels: Grey, fit: str, *, trim: bool) -> tuple[int, int, int, int]:
    """The part of a film's pixels that becomes the square: top, bottom, left, right, in pixels."""
    height, width = pixels.shape
    top, bottom, left, right = _without_borders(pixels) if trim else (0, height, 0, width)
    if fit == "shortest":
        short = min(bottom - top, right - left)
        top, left = top + (bottom - top - short) // 2, left + (right - left - short) // 2
        bottom, right = top + short, left + short
    return top, bottom, left, right


def to_input(square: Grey, spec: InputSpec) -> NDArray[np.float32]:
    """The tones, channels and value range of a square film: the last step of `prepare`."""
    toned = even_tones(square) if spec.tone == "even" else square
    scaled = cv2.LUT(toned, np.linspace(spec.low, spec.high, 256, dtype=np.float32))
    planes = cv2.merge([scaled] * spec.channels)
    return np.asarray(planes, np.float32).reshape(1, spec.side, spec.side, spec.channels)


def even_tones(square: Grey) -> Grey:
    """Percentile stretch, judged on the middle of the film, then CLAHE."""
    height, width = square.shape
    middle = square[height // 16 : height - height // 16, width // 16 : width - width // 16]
    upto = np.cumsum(np.bincount(middle.ravel(), minlength=256))
    low, high = np.searchsorted(upto, (0.01 * upto[-1], 0.99 * upto[-1]))
    table = (np.arange(256, dtype=np.float32) - np.float32(low)) * np.float32(255.0 / max(float(high - low), 8.0))
    stretched = cv2.LUT(square, np.clip(np.rint(table), 0, 255).astype(np.uint8))
    return np.asarray(cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(stretched), np.uint8)


def trim_borders(pixels: Grey) -> Grey:
    """The film without bare borders: black bars, clear film base, a rim of light box."""
    top, bottom, left, right = _without_borders(pixels)
    return pixels[top:bottom, left:right]


def _without_borders(pixels: Grey) -> tuple[int, int, int, int]:
    small = squashed(pixels, 128).astype(np.float32)
    rows, columns = small.std(axis=1) < _TRIM_SPREAD, small.std(axis=0) < _TRIM_SPREAD
    most = round(_TRIM_SHARE * 128)
    top, bottom = _run(rows, most), _run(rows[::-1], most)
    left, right = _run(columns, most), _run(columns[::-1], most)
    height, width = pixels.shape
    return (
        top * height // 128,
        height - bottom * height // 128,
        left * width // 128,
        width - right * width // 128,
    )


def _run(bare: NDArray[np.bool_], most: int) -> int:
    """How many leading entries are true, at most `most`."""
    return int(np.argmin(np.append(bare[:most], False)))
