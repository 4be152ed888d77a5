"""The web app on a fake kiosk."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from device.web import create_app
from tests.device.web.fake_kiosk import FakeKiosk


@pytest.fixture
def kiosk() -> FakeKiosk:
    return FakeKiosk()


@pytest.fixture
def client(kiosk: FakeKiosk) -> FlaskClient:
    return create_app(kiosk).test_client()
