"""What several rooms of the tests share: the demo's ensemble, loaded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from device import demo
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble


@pytest.fixture(scope="session")
def ensemble() -> Iterator[Ensemble]:
    ensemble = Ensemble(load_bundle(demo.BUNDLE))
    yield ensemble
    ensemble.close()
