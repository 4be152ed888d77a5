"""What people say of a study: for whom it was, a note, a verdict; and deleting it, with a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from device.study import LONGEST_NOTE, LONGEST_REFERENCE, AgeGroup, Judgement, Patient, Verdict
from device.web.failures import Failure, answer
from device.web.languages import N_, gettext
from device.web.site import Site

if TYPE_CHECKING:
    from device.kiosk import Kiosk


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The forms of one kiosk's studies; each changes one thing and shows the study again."""
    room = Blueprint("remarks", __name__, url_prefix="/studies/<study:id>")

    @room.post("/patient")
    def patient(id: str) -> ResponseReturnValue:
        given = patient_given()
        if isinstance(given, Failure):
            return answer(given)
        kiosk.store.set_patient(id, given)
        return _done(id, "patient")

    @room.post("/note")
    def note(id: str) -> ResponseReturnValue:
        text = request.form.get("note", "").replace("\r\n", "\n").strip()
        if len(text) > LONGEST_NOTE:
            say = gettext(_TOO_LONG, found=len(text), most=LONGEST_NOTE)
            return answer(Failure(400, "too-long", N_("That note is too long"), say))
        kiosk.store.set_note(id, "".join(letter for letter in text if letter.isprintable() or letter == "\n"))
        return _done(id, "note")

    @room.post("/verdict")
    def verdict(id: str) -> ResponseReturnValue:
        reading = kiosk.store.study(id).reading
        chosen, finding = request.form.get("verdict", ""), request.form.get("finding", "")
        if reading is None or chosen not in ("", *Verdict):
            return answer(_NO_VERDICT)
        if finding not in ("", *(score.finding for score in reading.scores)):
            return answer(_NO_FINDING)
        if chosen == Verdict.CONFIRMED and not finding:
            return answer(_WHAT_TEST)
        judgement = Judgement(Verdict(chosen), kiosk.now(), finding) if chosen else None
        kiosk.store.judge(id, judgement)
        return _done(id, "verdict")

    @room.post("/delete")
    def delete(id: str) -> ResponseReturnValue:
        if kiosk.store.study(id).deleted_at is None:
            kiosk.store.set_deleted(id, kiosk.now())
            site.record(kiosk.now(), "delete-study", id)
        return redirect(url_for("studies.index", undo=id), 303)

    @room.post("/restore")
    def restore(id: str) -> ResponseReturnValue:
        kiosk.store.set_deleted(id, None)
        site.record(kiosk.now(), "restore-study", id)
        return redirect(url_for("studies.study", id=id), 303)

    def _done(id: str, part: str) -> ResponseReturnValue:
        site.record(kiosk.now(), f"set-{part}", id)
        return redirect(url_for("studies.study", id=id, saved=part, _anchor=part), 303)

    return room


_TOO_LONG = N_("It has %(found)s letters, at most %(most)s are kept. Go back and make it shorter.")
_NO_VERDICT = Failure(
    400, "no-verdict", N_("That is no verdict"), N_("Go back, choose one of those offered, then save.")
)
_NO_FINDING = Failure(
    400, "no-finding", N_("That finding is not known here"), N_("Go back and choose one from the list.")
)
_WHAT_TEST = Failure(
    400, "no-finding", N_("What did the test find?"), N_("Go back and choose the finding that it confirmed.")
)


def patient_given() -> Patient | Failure:
    """The patient that a form names, or why it cannot be kept."""
    typed = request.form.get("reference", "")
    # A barcode's end-of-line and the like go; the letters of any script stay.
    reference = " ".join("".join(letter if letter.isprintable() else " " for letter in typed).split())
    if len(reference) > LONGEST_REFERENCE:
        say = gettext(_TOO_LONG, found=len(reference), most=LONGEST_REFERENCE)
        return Failure(400, "too-long", N_("That patient reference is too long"), say)
    age = request.form.get("age", "")
    if age not in ("", *AgeGroup):
        return Failure(400, "no-age", N_("That is no age group"), N_("Go back and choose child or adult, or neither."))
    return Patient(reference, AgeGroup(age) if age else None)
