"""The technician's page: live view, read, upload, the reading, and the list of studies.

`create_app(kiosk, site)` is all there is to call. Every blueprint is made by a function that is given the kiosk and the
site, one file each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.routing import BaseConverter

from device.web import (
    access,
    accounts,
    assets,
    entry,
    failures,
    guard,
    health,
    languages,
    live,
    log_words,
    pictures,
    remarks,
    report,
    saving,
    stick,
    studies,
    uploads,
    words,
)
from device.web.limits import MOST_BYTES, MOST_FILES, MOST_FORM_FILES
from device.web.site import Site

if TYPE_CHECKING:
    from device.kiosk import Kiosk


class StudyId(BaseConverter):
    """A study's id in an address: 32 hex digits and nothing else ever reaches the store."""

    regex = "[0-9a-f]{32}"


def create_app(kiosk: Kiosk, site: Site) -> Flask:
    """The web app for one kiosk. It starts nothing and may be served by several threads."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    # Beside the files a form has a token and whom they are of.
    app.config["MAX_FORM_PARTS"] = MOST_FORM_FILES + 10
    app.url_map.converters["study"] = StudyId
    app.jinja_env.globals.update(words=words, log_words=log_words, kiosk=kiosk, site=site, csrf=guard.csrf_field)
    app.jinja_env.globals.update(most_bytes=MOST_BYTES, most_files=MOST_FILES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard.protect(app, site.secret)
    assets.keep_by_browsers(app)
    languages.speak(app)
    failures.handle(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    app.register_blueprint(languages.blueprint())
    app.register_blueprint(entry.blueprint(kiosk, site, limiter))
    app.register_blueprint(pictures.blueprint(kiosk))
    for room in (live, uploads, studies, remarks, report, accounts, health, stick, saving):
        app.register_blueprint(room.blueprint(kiosk, site))
    access.restrict(app, kiosk, site)
    return app
