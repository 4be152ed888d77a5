"""The page of a kiosk that cannot start: what is broken and what to do, instead of a browser's own error."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from device.web import guard, languages
from device.web.words import NOT_A_DIAGNOSIS


def create_out_of_service_app(fault: str) -> Flask:
    """An app that says the same at every address, with 503; it reads nothing and keeps nothing."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    languages.speak(app)

    @app.before_request
    def say() -> ResponseReturnValue | None:
        if request.endpoint == "static":
            return None
        if request.path == "/alive":
            return Response("no", status=503, mimetype="text/plain")
        return render_template("out_of_service.html", fault=fault, disclaimer=NOT_A_DIAGNOSIS), 503

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(guard.HEADERS)
        response.headers["Content-Security-Policy"] = "; ".join(f"{what} {whom}" for what, whom in guard.POLICY.items())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
