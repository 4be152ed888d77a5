"""What several rooms of the tests share: the demo's ensemble, loaded once."""

from __future__ import annotations

import pytest

from device import demo
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble


@pytest.fixture(scope="session")
def ensemble() -> Ensemble:
    return Ensemble(load_bundle(demo.BUNDLE))
