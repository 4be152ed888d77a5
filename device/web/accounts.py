"""Accounts for an administrator, one's own password, and who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from device.account import Account, Event, Role
from device.web.failures import Failure, answer
from device.web.languages import N_
from device.web.passwords import LEAST, is_right, name_fault, new_account, password_fault, with_password
from device.web.site import Person, Site, who

if TYPE_CHECKING:
    from device.kiosk import Kiosk

EVENTS_SHOWN = 200


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The accounts of one kiosk."""
    room = Blueprint("accounts", __name__)

    def event(what: str, about: str) -> Event:
        return Event(kiosk.now(), who(), what, about)

    @room.get("/accounts")
    def index() -> ResponseReturnValue:
        return render_template(
            "accounts.html", accounts=site.people.everyone(), now=kiosk.now(), roles=tuple(Role), least=LEAST
        )

    @room.post("/accounts")
    def add() -> ResponseReturnValue:
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        role = request.form.get("role", "")
        if role not in tuple(Role):
            return answer(_NO_ROLE)
        fault = name_fault(name) or password_fault(password, Role(role))
        if fault:
            return answer(Failure(400, "no-account", N_("The account was not made"), fault))
        if not site.people.add(new_account(name, Role(role), password), event("account-made", name)):
            say = N_("Go back and choose another, or set a new password for that account.")
            return answer(Failure(409, "taken", N_("There is an account of that name"), say))
        return redirect(url_for("accounts.index"), 303)

    @room.post("/accounts/password")
    def change() -> ResponseReturnValue:
        account = _named()
        if isinstance(account, Failure):
            return answer(account)
        password = request.form.get("password", "")
        fault = password_fault(password, account.role)
        if fault:
            return answer(Failure(400, "no-password", N_("The password was not changed"), fault))
        changed = with_password(account, password)
        site.people.change(changed, event("password-set", account.name))
        if account.name == current_user.name:
            login_user(Person.of(changed))
        return redirect(url_for("accounts.index"), 303)

    @room.post("/accounts/remove")
    def remove() -> ResponseReturnValue:
        account = _named()
        if isinstance(account, Failure):
            return answer(account)
        if not site.people.remove(account.name, event("account-removed", account.name)):
            return answer(_LAST)
        return redirect(url_for("accounts.index"), 303)

    @room.get("/audit")
    def events() -> ResponseReturnValue:
        return render_template(
            "audit.html", events=site.people.events(limit=EVENTS_SHOWN), audited=site.people.audit(), most=EVENTS_SHOWN
        )

    @room.get("/account")
    def own() -> ResponseReturnValue:
        if current_user.is_screen:
            return redirect(url_for("entry.login"), 303)
        return render_template(
            "account.html", least=LEAST[current_user.role], changed=bool(request.args.get("changed"))
        )

    @room.post("/account")
    def change_own() -> ResponseReturnValue:
        account = site.people.find(current_user.name)
        if account is None:
            return redirect(url_for("entry.login"), 303)
        if not is_right(account, request.form.get("old", "")):
            site.people.record(event("password-refused", account.name))
            return answer(_WRONG)
        fault = password_fault(request.form.get("password", ""), account.role)
        if fault:
            return answer(Failure(400, "no-password", N_("The password was not changed"), fault))
        changed = with_password(account, request.form["password"])
        site.people.change(changed, event("password-changed", account.name))
        # This session goes on; all others of this person end.
        login_user(Person.of(changed))
        return redirect(url_for("accounts.own", changed=1), 303)

    def _named() -> Account | Failure:
        account = site.people.find(request.form.get("name", ""))
        return account if account is not None else _NOBODY

    return room


_NO_ROLE = Failure(400, "no-role", N_("That is no role"), N_("Go back and choose technician or administrator."))
_NOBODY = Failure(404, "nobody", N_("There is no such account"), N_("Look for it in the list of accounts."))
_WRONG = Failure(
    403, "wrong-password", N_("That is not your password"), N_("Go back and type the one that you log in with.")
)
_LAST = Failure(
    409,
    "last-administrator",
    "This is the last administrator",
    "Make another administrator first, then remove this one.",
)
