"""Who may ask for what: every endpoint is named here once, and what is not named cannot be served."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Request, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, logout_user

from device.account import SCREEN, Role
from device.web.failures import Failure, answer
from device.web.languages import N_
from device.web.site import Person, Site

if TYPE_CHECKING:
    from device.kiosk import Kiosk

ANYONE = None
TECHNICIAN, ADMINISTRATOR = Role.TECHNICIAN, Role.ADMINISTRATOR

ACCESS: dict[str, Role | None] = {
    "static": ANYONE,
    "live.alive": ANYONE,
    "languages.choose": ANYONE,
    "entry.login": ANYONE,
    "entry.log_in": ANYONE,
    "entry.setup": ANYONE,
    "entry.set_up": ANYONE,
    "entry.log_out": TECHNICIAN,
    "live.page": TECHNICIAN,
    "live.frame": TECHNICIAN,
    "live.coaching": TECHNICIAN,
    "live.status": TECHNICIAN,
    "live.patient": TECHNICIAN,
    "live.read": TECHNICIAN,
    "live.api_read": TECHNICIAN,
    "live.newest": TECHNICIAN,
    "uploads.upload": TECHNICIAN,
    "uploads.done": TECHNICIAN,
    "uploads.api_upload": TECHNICIAN,
    "studies.index": TECHNICIAN,
    "studies.table": TECHNICIAN,
    "studies.removed": TECHNICIAN,
    "studies.study": TECHNICIAN,
    "studies.believe": ADMINISTRATOR,
    "remarks.patient": TECHNICIAN,
    "remarks.note": TECHNICIAN,
    "remarks.verdict": TECHNICIAN,
    "remarks.delete": TECHNICIAN,
    "remarks.restore": TECHNICIAN,
    "report.pdf": TECHNICIAN,
    "pictures.film": TECHNICIAN,
    "pictures.thumbnail": TECHNICIAN,
    "pictures.heat": TECHNICIAN,
    "pictures.photo": TECHNICIAN,
    "stick.page": TECHNICIAN,
    "stick.preview": TECHNICIAN,
    "stick.read": TECHNICIAN,
    "stick.reading": TECHNICIAN,
    "stick.stop": TECHNICIAN,
    "stick.state": TECHNICIAN,
    "saving.save": TECHNICIAN,
    "saving.page": TECHNICIAN,
    "saving.stop": TECHNICIAN,
    "saving.state": TECHNICIAN,
    "health.page": TECHNICIAN,
    "health.diagnostics": ADMINISTRATOR,
    "accounts.index": ADMINISTRATOR,
    "accounts.add": ADMINISTRATOR,
    "accounts.change": ADMINISTRATOR,
    "accounts.remove": ADMINISTRATOR,
    "accounts.events": ADMINISTRATOR,
    "accounts.own": TECHNICIAN,
    "accounts.change_own": TECHNICIAN,
}
"""The least role that an endpoint wants."""

_ASKED_BY_ITSELF = (
    "live.frame",
    "live.coaching",
    "live.status",
    "live.newest",
    "stick.state",
    "saving.state",
    "static",
)
"""What an open page asks for again and again: nobody is at work because of it."""

_SEEN_EVERY_S = 20

_OWN_NAMES = ("localhost", "127.0.0.1", "::1")


def restrict(app: Flask, kiosk: Kiosk, site: Site) -> None:
    """Ask everybody who they are before anything is done. Raises LookupError for an endpoint that is not in ACCESS."""
    left = {rule.endpoint for rule in app.url_map.iter_rules()} ^ set(ACCESS)
    if left:
        raise LookupError(f"Endpoints without a role, or roles without an endpoint: {sorted(left)}. Mend ACCESS.")
    manager = LoginManager(app)

    @manager.user_loader
    def load(kept: str) -> Person | None:
        stamp, _, name = kept.partition(" ")
        account = site.people.find(name)
        # Removed, or with another password since: that session is over.
        return Person.of(account) if account is not None and account.stamp == stamp else None

    @manager.request_loader
    def on_the_kiosks_own_screen(asked: Request) -> Person | None:
        return Person(SCREEN, Role.TECHNICIAN) if site.open_screen and is_own_screen(asked) else None

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint is None or (needed := ACCESS[request.endpoint]) is ANYONE:
            return None
        _end_if_idle(kiosk.now().timestamp(), 60 * site.session_minutes)
        if not current_user.is_authenticated:
            return _unknown(site)
        if needed is ADMINISTRATOR and not current_user.is_administrator:
            return answer(_NOT_YOURS)
        return None


def is_own_screen(asked: Request) -> bool:
    """Whether a request comes from this machine itself, by its own name, and was not passed on from another.

    By its own name: another site's name can be made to lead here (DNS rebinding), and its page would be let in.
    """
    try:
        near = ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        near = False
    named = (urlsplit(f"//{asked.host}").hostname or "") in _OWN_NAMES
    return near and named and not any(name in asked.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip"))


def _end_if_idle(now: float, most_s: float) -> None:
    """Log out who did nothing for too long; a clock that was set back ends a session too."""
    seen = session.get("seen")
    if seen is None:
        return
    if not 0 <= now - seen <= most_s:
        logout_user()
        session.clear()
    elif request.endpoint not in _ASKED_BY_ITSELF and now - seen > _SEEN_EVERY_S:
        session["seen"] = now


def _unknown(site: Site) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return answer(Failure(401, "login", N_("You are not logged in"), N_("Log in again, then go on.")))
    if not site.people.everyone():
        return redirect(url_for("entry.setup"), 303)
    following = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("entry.login", following=following), 303)


_NOT_YOURS = Failure(
    403, "not-yours", N_("That is for an administrator"), N_("Log in as an administrator, or ask one to do it.")
)
