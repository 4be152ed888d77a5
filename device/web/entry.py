"""Logging in and out, and making the first administrator."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_login import current_user, login_user, logout_user

from device.account import Event, Role
from device.web.access import is_own_screen
from device.web.failures import Failure, answer
from device.web.inside import inside
from device.web.languages import N_, gettext
from device.web.passwords import LEAST, is_right, name_fault, new_account, password_fault
from device.web.site import Person, Site

if TYPE_CHECKING:
    from device.account import Account
    from device.kiosk import Kiosk

LOGINS, SETUPS = "20 per minute", "5 per minute"
"""How often one machine may try; an account is locked sooner by its own count."""


def blueprint(kiosk: Kiosk, site: Site, limiter: Limiter) -> Blueprint:
    """The way in for one kiosk."""
    room = Blueprint("entry", __name__)

    @room.get("/login")
    def login() -> ResponseReturnValue:
        if not site.people.everyone():
            return redirect(url_for("entry.setup"), 303)
        return render_template("login.html", following=inside(request.args.get("following", "")))

    @room.post("/login")
    @limiter.limit(LOGINS)
    def log_in() -> ResponseReturnValue:
        name, now = request.form.get("name", "").strip(), kiosk.now()
        account = site.people.find(name)
        if account is not None and (until := account.locked_until(now)):
            site.people.record(Event(now, account.name, "login-while-locked", _from()))
            time = f"{until.astimezone():%H:%M}"
            say = gettext("Wait until %(time)s, or ask an administrator to set a new password.", time=time)
            return answer(Failure(403, "locked", N_("Too many wrong passwords"), say))
        if not is_right(account, request.form.get("password", "")) or account is None:
            if account is None:
                site.people.record(Event(now, "", "login-failed", _from()))
            else:
                site.people.fail(Event(now, account.name, "login-failed", _from()))
            return render_template("login.html", following=inside(request.form.get("following", "")), wrong=True), 403
        site.people.change(replace(account, failures=0, failed_at=None), Event(now, account.name, "login", _from()))
        return _let_in(account, inside(request.form.get("following", "")))

    @room.post("/logout")
    def log_out() -> ResponseReturnValue:
        if not current_user.is_screen:
            site.people.record(Event(kiosk.now(), current_user.name, "logout"))
        logout_user()
        session.clear()
        return redirect(url_for("entry.login"), 303)

    @room.get("/setup")
    def setup() -> ResponseReturnValue:
        if site.people.everyone():
            return redirect(url_for("entry.login"), 303)
        code = site.setup_code if is_own_screen(request) else ""
        return render_template("setup.html", code=code, least=LEAST[Role.ADMINISTRATOR])

    @room.post("/setup")
    @limiter.limit(SETUPS)
    def set_up() -> ResponseReturnValue:
        typed = request.form.get("code", "").strip().upper().replace(" ", "")
        if not hmac.compare_digest(typed.encode(), site.setup_code.encode()):
            say = N_("Go back and type the code that the kiosk's own screen shows at this address, or its log.")
            return answer(Failure(403, "wrong-code", N_("That is not the kiosk's code"), say))
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        fault = name_fault(name) or password_fault(password, Role.ADMINISTRATOR)
        if fault:
            return answer(Failure(400, "no-account", N_("The account was not made"), fault))
        account = new_account(name, Role.ADMINISTRATOR, password)
        if not site.people.claim(account, kiosk.now()):
            say = N_("Somebody made the first administrator before you. Log in, or ask that person for an account.")
            return answer(Failure(409, "too-late", N_("There is an administrator already"), say))
        return _let_in(account, "")

    def _let_in(account: Account, following: str) -> ResponseReturnValue:
        # Nothing that was in the session before: a cookie that somebody else planted is worth nothing now.
        session.clear()
        session["seen"] = kiosk.now().timestamp()
        login_user(Person.of(account))
        return redirect(following or url_for("live.page"), 303)

    return room


def _from() -> str:
    return request.remote_addr or ""
