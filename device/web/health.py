"""One page of how the kiosk is, and a file for support without a patient in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from device.web.site import Site

if TYPE_CHECKING:
    from device.kiosk import Kiosk


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The health of one kiosk."""
    room = Blueprint("health", __name__)

    @room.get("/health")
    def page() -> ResponseReturnValue:
        checks = site.health.checks()
        return render_template("health.html", checks=checks, well=all(check.well for check in checks))

    @room.get("/health/diagnostics.zip")
    def diagnostics() -> ResponseReturnValue:
        site.record(kiosk.now(), "save-diagnostics")
        answer = Response(site.health.diagnostics(), mimetype="application/zip")
        answer.headers["Content-Disposition"] = f'attachment; filename="filmside-{kiosk.now():%Y-%m-%d}.zip"'
        return answer

    return room
