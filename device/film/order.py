"""Medians and other quantiles of short rows: numpy's own functions take longer to begin than to find them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def medians(values: NDArray[np.generic], axis: int = -1, *, keepdims: bool = False) -> NDArray[np.floating]:
    """What `np.median` gives along one axis."""
    ordered = np.sort(values, axis=axis)
    size = ordered.shape[axis]
    low, high = (ordered.take(place, axis=axis) for place in ((size - 1) // 2, size // 2))
    middle = np.add(low, high, dtype=np.result_type(low, np.float32)) / 2
    return np.asarray(np.expand_dims(middle, axis) if keepdims else middle)


def quantiles(values: NDArray[np.floating], share: float) -> NDArray[np.floating]:
    """What `np.quantile` gives along the last axis, to rounding."""
    place = share * (values.shape[-1] - 1)
    below = min(int(place), values.shape[-1] - 2) if values.shape[-1] > 1 else 0
    above = min(below + 1, values.shape[-1] - 1)
    parted = np.partition(values, (below, above), axis=-1)
    return np.asarray(parted[..., below] + (place - below) * (parted[..., above] - parted[..., below]))
