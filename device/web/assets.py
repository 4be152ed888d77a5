"""The page's own files: their addresses change with what is in them, so that a browser asks for each only once."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

KEPT_S = 365 * 24 * 3600


def keep_by_browsers(app: Flask) -> None:
    """Put a digest of each file into its address, and let browsers keep what they asked for by it."""

    @cache
    def digest(file: Path) -> str:
        return hashlib.sha256(file.read_bytes()).hexdigest()[:12]

    @app.url_defaults
    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and app.static_folder:
            file = Path(app.static_folder) / values["filename"]
            if file.is_file():
                values["digest"] = digest(file)

    @app.after_request
    def say_how_long(response: Response) -> Response:
        # One that names no digest is asked for anew each time: the file may be another by then.
        if request.endpoint == "static" and response.status_code < 400 and "digest" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={KEPT_S}, immutable"
        return response
