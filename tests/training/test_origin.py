"""Origins are told apart where features hold them, by chance where they do not; tints keep a photo's shape."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from device.values import Photo
from training.data.sources import DataError
from training.evidence.origin import TINTS, tinted, told_apart, with_several_origins
from training.metrics import balanced_accuracy

ORIGINS = np.array(["here", "there"])


def films(apart: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of 200 films of 50 patients, those of the second origin moved along a noisy, skewed direction."""
    rng = np.random.default_rng(3)
    patients = np.repeat(np.arange(50), 4)
    origin = patients % 2
    features = rng.normal(size=(200, 30)) @ rng.normal(size=(30, 30))
    features[:, 4] += apart * origin * features[:, 4].std()
    return features, ORIGINS[origin], patients.astype(str)


def right(apart: float) -> float:
    features, origins, patients = films(apart)
    found = told_apart(features, origins, patients)
    numbers = (np.searchsorted(ORIGINS, one) for one in (origins, found))
    return balanced_accuracy(*numbers)


def test_origins_are_told_where_features_hold_them() -> None:
    assert right(4.0) > 0.9
    assert 0.35 < right(0.0) < 0.65


def test_no_patient_is_asked_about_who_was_learnt_from() -> None:
    # Each patient has features of his own and nothing else: who learns from him knows his origin, nobody else does.
    rng = np.random.default_rng(1)
    patients = np.repeat(np.arange(60), 5)
    features = rng.normal(size=(60, 20))[patients]
    origins = ORIGINS[rng.permutation(60)[patients] % 2]
    found = told_apart(features, origins, patients.astype(str))
    assert (found == origins).mean() < 0.7


def test_findings_of_one_origin_are_left_out() -> None:
    truth = np.repeat([0, 1, 2], 60)
    origins = np.array(["a"] * 60 + ["a"] * 30 + ["b"] * 30 + ["a"] * 45 + ["b"] * 15)
    ((finding, rows),) = with_several_origins(truth, origins)
    assert finding == 1
    assert rows.tolist() == list(range(60, 120))


def test_a_tint_changes_colours_and_nothing_else() -> None:
    grey = np.tile(np.linspace(20, 250, 64, dtype=np.uint8), (48, 1))
    photo = Photo("a.jpg", cv2.imencode(".png", grey)[1].tobytes())
    warm = cv2.imdecode(np.frombuffer(tinted(photo, TINTS["warm lamp"]).encoded, np.uint8), cv2.IMREAD_COLOR)
    assert warm.shape == (48, 64, 3)
    blue, _, red = (warm[:, :, channel].astype(float).mean() for channel in range(3))
    assert blue / red == pytest.approx(0.72, abs=0.03)
    assert np.abs(warm[:, :, 2].astype(float) - grey).max() < 8
    plain = cv2.imdecode(np.frombuffer(tinted(photo, None).encoded, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(plain.astype(float) - grey[:, :, None]).max() < 6
    with pytest.raises(DataError, match="is no picture that OpenCV reads"):
        tinted(Photo("letter.txt", b"no picture"), None)
