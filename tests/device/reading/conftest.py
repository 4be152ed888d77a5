"""Kept films to read: the reference films of the demo's own bundle."""

from __future__ import annotations

import pytest

from device import demo
from device.film.grey import read_kept_film
from device.reading.bundle import load_bundle
from device.values import Film


@pytest.fixture(scope="session")
def films() -> tuple[Film, ...]:
    kept = tuple(read_kept_film(reference.file) for reference in load_bundle(demo.BUNDLE).references)
    assert kept
    assert None not in kept
    return kept  # type: ignore[return-value]
