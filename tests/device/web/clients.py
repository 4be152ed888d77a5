"""Test clients that do as a browser does: what changes something brings the token of a page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from device.batch import Batch
from device.intake.sticks import Sticks
from device.outbox import Outbox
from device.store.people import People
from device.values import Check
from device.web import create_app
from device.web.site import Site
from tests.device.web.fake_kiosk import FakeKiosk

CODE = "ABCD2345"


class Well:
    """Stands for `device.health.Health`, which has tests of its own."""

    def checks(self) -> tuple[Check, ...]:
        return (Check("camera", True, "1280 x 960", ""), Check("disk", False, "3", "1 2 3"))

    def diagnostics(self) -> bytes:
        return b"PK0"


class Browser(FlaskClient):
    """Fetches a token before it posts; `token` False for whoever has none."""

    def open(self, *args: Any, token: bool = True, **kwargs: Any) -> TestResponse:
        if token and kwargs.get("method") not in (None, "GET", "HEAD", "OPTIONS"):
            page = super().open("/login", method="GET", follow_redirects=True)
            found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
            assert found, page.text
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": found[1]}
        return super().open(*args, **kwargs)


def a_site(kiosk: FakeKiosk, **changed: Any) -> Site:
    """The site of a fake kiosk."""
    site = Site(
        People(kiosk.store._folder),
        b"k" * 32,
        open_screen=True,
        session_minutes=60,
        setup_code=CODE,
        health=Well(),
        sticks=Sticks(kiosk.sticks),
        batch=Batch(kiosk.read_photo),
        outbox=Outbox(kiosk.store._folder / "outbox", answered_s=3.0),
    )
    return replace(site, **changed)


def page_of(kiosk: FakeKiosk, site: Site) -> Flask:
    """The app, whose test clients are browsers."""
    app = create_app(kiosk, site)
    app.test_client_class = Browser
    return app


def unlimited(app: Flask) -> None:
    """Let a machine try as often as it likes: for a test of something else."""
    for limiter in app.extensions["limiter"]:
        limiter.enabled = False
