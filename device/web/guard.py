"""What every request and answer must keep to: changes from this page only, nothing of others, nothing left behind."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

POLICY = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""Content security policy: our own files only, nothing inline."""

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def protect(app: Flask, secret: bytes) -> None:
    """Refuse changes that another site asks for, and put the safety headers on every answer.

    A change must bring the token of its own session; `secret` signs sessions, so those of another kiosk are worth
    nothing here.
    """
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="filmside",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        # A page stays open for days on a kiosk; its token is as good as its session.
        WTF_CSRF_TIME_LIMIT=None,
        # The kiosk speaks plain HTTP in the clinic's own network, where there is no certificate to be had.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_refuse_other_sites)
    CSRFProtect(app)
    Talisman(
        app,
        force_https=False,
        strict_transport_security=False,
        session_cookie_secure=False,
        session_cookie_samesite="Strict",
        content_security_policy=POLICY,
        frame_options="DENY",
        # Not no-referrer: a browser would then send `Origin: null` with our own forms.
        referrer_policy="same-origin",
    )
    app.after_request(_add_headers)


def csrf_field() -> Markup:
    """The hidden field that every form of ours brings back."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _refuse_other_sites() -> None:
    """Every browser names where a post comes from."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        abort(403)
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        # Films and readings are a patient's: a shared browser keeps none of them.
        response.headers["Cache-Control"] = "no-store"
    return response
