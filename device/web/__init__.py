"""The technician's page: live view, read, upload, the reading, and the list of studies.

`create_app(kiosk)` is all there is to call. Every blueprint is made by a function that is given the kiosk, one file
each; templates bear the blueprints' names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.routing import BaseConverter

from device.web import failures, guard, live, pictures, remarks, studies, uploads, words

if TYPE_CHECKING:
    from device.kiosk import Kiosk

MOST_BYTES = 64 * 1024 * 1024
"""The largest upload: several times a photo of the best camera that a kiosk has."""


class StudyId(BaseConverter):
    """A study's id in an address: 32 hex digits and nothing else ever reaches the store."""

    regex = "[0-9a-f]{32}"


def create_app(kiosk: Kiosk) -> Flask:
    """The web app for one kiosk. It starts nothing and may be served by several threads."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.url_map.converters["study"] = StudyId
    app.jinja_env.globals.update(words=words, kiosk=kiosk)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard.protect(app)
    failures.handle(app)
    for room in (live, uploads, studies, remarks, pictures):
        app.register_blueprint(room.blueprint(kiosk))
    return app
