"""Can a film's origin be told from what a member sees in it? And does a tint change what is read?

A member whose features name the hospital may read the hospital. A linear discriminant (Fisher, 1936) is fitted on some
patients' features and asked about others'; within one finding, so that what films show does not give the origin away.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Photo
from training.data.sources import DataError

LEAST_FILMS = 20
"""Films that an origin needs to be told apart from others."""

SHRINKAGE = 0.2
"""How far the covariance is drawn towards a round one: there are as many features as films."""

TINTS = {"grey": None, "film base": (1.0, 0.92, 0.82), "warm lamp": (0.72, 0.9, 1.0)}
"""Blue, green and red light that comes through, as shares: a film's blue base, a lamp's yellow light."""


def told_apart(
    features: NDArray[np.floating], labels: NDArray[np.str_], groups: NDArray[np.str_], folds: int = 5
) -> NDArray[np.str_]:
    """The label (films) that a linear discriminant gives each film, fitted on films of other groups (patients)."""
    rng = np.random.default_rng(1)
    names, numbers = np.unique(groups, return_inverse=True)
    fold_of = rng.permutation(len(names))[numbers] % folds
    guesses = np.empty_like(labels)
    for fold in range(folds):
        asked = fold_of == fold
        if asked.any() and (~asked).any():
            guesses[asked] = _nearest(features[~asked], labels[~asked], features[asked])
    return guesses


def _nearest(features: NDArray[np.floating], labels: NDArray[np.str_], asked: NDArray[np.floating]) -> NDArray[np.str_]:
    spread = features.std(axis=0) + 1e-9
    known, unknown = features / spread, asked / spread
    names = np.unique(labels)
    means = np.stack([known[labels == name].mean(axis=0) for name in names])
    inner = known - means[np.searchsorted(names, labels)]
    covariance = inner.T @ inner / len(inner)
    size = np.trace(covariance) / len(covariance)
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * size * np.eye(len(covariance))
    ways = np.linalg.solve(covariance, means.T)
    return names[np.argmax(unknown @ ways - 0.5 * np.einsum("kc,ck->k", means, ways), axis=1)]


def with_several_origins(truth: NDArray[np.intp], origins: NDArray[np.str_]) -> list[tuple[int, NDArray[np.intp]]]:
    """Each finding (its place) that has films enough of two origins, with the rows of these films."""
    found = []
    for finding in np.unique(truth):
        here = np.flatnonzero(truth == finding)
        names, counts = np.unique(origins[here], return_counts=True)
        enough = names[counts >= LEAST_FILMS]
        if len(enough) > 1:
            found.append((int(finding), here[np.isin(origins[here], enough)]))
    return found


def tinted(photo: Photo, tint: tuple[float, float, float] | None) -> Photo:
    """The photo as light of this blue, green and red would show it; grey without a tint. Raises DataError."""
    pixels = cv2.imdecode(np.frombuffer(photo.encoded, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DataError(f"{photo.name} is no picture that OpenCV reads; wanted a JPEG or PNG. Take it out.")
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    shown = cv2.merge([cv2.convertScaleAbs(grey, alpha=share) for share in tint or (1.0, 1.0, 1.0)])
    return Photo(photo.name, cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
