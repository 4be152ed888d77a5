"""What the page says when something goes wrong: in words, with what to do, and never a traceback."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from device.errors import Busy, Fault, NoSuchStudy
from device.web.languages import N_, gettext
from device.web.sentences import said


@dataclass(frozen=True)
class Failure:
    """One thing that went wrong: HTTP code, a word for the JavaScript, a headline, and what to do."""

    code: int
    kind: str
    headline: str
    say: str


_HTTP = {
    400: (N_("That request is not complete"), N_("Go back, then try again.")),
    403: (N_("That did not come from this page"), N_("Open the kiosk's own page, then try again.")),
    404: (N_("There is no such page"), N_("Check the address, or go back to the light box.")),
    429: (N_("Too many tries"), N_("Wait a minute, then try again.")),
    405: (N_("That page takes no such request"), N_("Go back to the light box, then try again.")),
    500: (N_("The kiosk made a mistake"), N_("Try again. If it happens again, show the kiosk's log to your support.")),
}


def handle(app: Flask) -> None:
    """Turn every error into a page, or into JSON under /api/."""
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(NoSuchStudy, _no_such_study)
    app.register_error_handler(Fault, _fault)
    app.register_error_handler(HTTPException, _http)


def _busy(error: Busy) -> ResponseReturnValue:
    return answer(Failure(409, "busy", N_("A film is being read already"), N_("Wait for its reading, then try again.")))


def _no_such_study(error: NoSuchStudy) -> ResponseReturnValue:
    return answer(
        Failure(404, "no-such-study", N_("There is no such study here"), N_("Look for it in the list of studies."))
    )


def _fault(error: Fault) -> ResponseReturnValue:
    return answer(Failure(503, "fault", N_("Something is broken"), str(error)))


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, CSRFError):
        return answer(
            Failure(400, "stale", N_("That page was open for too long"), N_("Open it again, then do it once more."))
        )
    if isinstance(error, RequestEntityTooLarge):
        return answer(
            Failure(
                413,
                "too-large",
                N_("That upload is too large"),
                N_("At most 64 MB and 100 files can be sent at once. Send fewer, or a smaller picture of the film."),
            )
        )
    code = error.code or 500
    headline, say = _HTTP.get(code, (error.name, N_("Go back, then try again.")))
    return answer(Failure(code, "refused", headline, say))


def answer(failure: Failure) -> ResponseReturnValue:
    """A failure as the page or the JSON that the request wants."""
    headline, say = gettext(failure.headline), said(gettext(failure.say))
    if request.path.startswith("/api/"):
        return jsonify(kind=failure.kind, headline=headline, say=say), failure.code
    return render_template("failure.html", headline=headline, say=say), failure.code
