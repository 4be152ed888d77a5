"""The web app on a fake kiosk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from device.web import create_app
from tests.device.web.fake_kiosk import FakeKiosk


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[FakeKiosk]:
    kiosk = FakeKiosk(tmp_path / "data")
    yield kiosk
    kiosk.store.close()


@pytest.fixture
def client(kiosk: FakeKiosk) -> FlaskClient:
    return create_app(kiosk).test_client()
