"""The web app on a fake kiosk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from device.web.site import Site
from tests.device.web.clients import a_site, page_of
from tests.device.web.fake_kiosk import FakeKiosk


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[FakeKiosk]:
    kiosk = FakeKiosk(tmp_path / "data")
    yield kiosk
    kiosk.store.close()


@pytest.fixture
def site(kiosk: FakeKiosk) -> Iterator[Site]:
    """The kiosk's own screen, left open: whoever asks from this machine is a technician."""
    site = a_site(kiosk)
    yield site
    site.people.close()


@pytest.fixture
def client(kiosk: FakeKiosk, site: Site) -> FlaskClient:
    return page_of(kiosk, site).test_client()
