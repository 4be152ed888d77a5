"""The page's languages: which one a browser gets, and choosing another."""

from __future__ import annotations

import flask_babel
from flask import Blueprint, Flask, abort, redirect, request
from flask.typing import ResponseReturnValue

from device.web.inside import inside

LANGUAGES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "hi": "हिन्दी",
    "pt": "Português",
    "sw": "Kiswahili",
}
"""Each in its own words. English is what the page is written in; the others lie in `translations/`."""

COOKIE = "language"
_A_YEAR_S = 365 * 24 * 3600


def N_(text: str) -> str:  # noqa: N802  the mark that every gettext knows
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


def gettext(text: str, **values: object) -> str:
    """A text in the language of this answer, its gaps filled."""
    return str(flask_babel.gettext(text, **values))


def speak(app: Flask) -> None:
    """Let the page speak its languages."""
    flask_babel.Babel(app, default_locale="en", locale_selector=chosen)
    app.jinja_env.globals.update(languages=LANGUAGES, language=language)


def chosen() -> str:
    """What was chosen on the page, else what the browser prefers, else English."""
    kept = request.cookies.get(COOKIE, "")
    if kept in LANGUAGES:
        return kept
    return request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"


def language() -> str:
    """The language of this answer, as HTML names it."""
    return str(flask_babel.get_locale() or "en")


def blueprint() -> Blueprint:
    """Choosing a language, before a login too."""
    room = Blueprint("languages", __name__)

    @room.post("/language")
    def choose() -> ResponseReturnValue:
        wanted = request.form.get("language", "")
        if wanted not in LANGUAGES:
            abort(400)
        done = redirect(inside(request.form.get("back", "")) or "/", 303)
        done.set_cookie(COOKIE, wanted, max_age=_A_YEAR_S, httponly=True, samesite="Strict")
        return done

    return room
