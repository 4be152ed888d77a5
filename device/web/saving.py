"""Results saved to a USB stick: a table of many studies, and of each its report and its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from device.errors import NoSuchStudy
from device.outbox import MOST_STUDIES, Outbox, Part, Saving, Stage, file_name
from device.reading.heatmap import film_with_heat_png
from device.store.export import csv_file
from device.store.files import decode_film, suffix_of
from device.store.pdf import Fonts
from device.study import Study
from device.web.failures import Failure, answer
from device.web.languages import N_, language
from device.web.report import study_report
from device.web.sentences import said
from device.web.site import Site
from device.web.studies import asked_of, searched
from device.web.words import likeliest

if TYPE_CHECKING:
    from device.kiosk import Kiosk


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """What one kiosk saves to sticks."""
    room = Blueprint("saving", __name__)

    @room.post("/stick/save")
    def save() -> ResponseReturnValue:
        stick = request.form.get("stick", "")
        if stick not in site.sticks.plugged():
            return answer(_NO_STICK)
        studies = _wanted()
        if not studies:
            return answer(_NOTHING)
        if len(studies) > MOST_STUDIES:
            return answer(_TOO_MANY)
        # What is made in the background speaks the language of whoever asked for it.
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        if not site.outbox.start(stick, tuple(_parts(kiosk, studies, app, language()))):
            return answer(_RUNNING)
        site.record(kiosk.now(), "save-stick", str(len(studies)))
        return redirect(url_for("saving.page"), 303)

    @room.get("/stick/saving")
    def page() -> ResponseReturnValue:
        # Asked first: what has ended by then is told as it ended.
        running = site.outbox.running
        return render_template("stick_saving.html", saving=site.outbox.saving, running=running, say=_told(site.outbox))

    @room.post("/stick/saving/stop")
    def stop() -> ResponseReturnValue:
        site.outbox.stop()
        return redirect(url_for("saving.page"), 303)

    @room.get("/api/stick/saving")
    def state() -> ResponseReturnValue:
        running = site.outbox.running
        mark = hashlib.sha256(repr(site.outbox.saving).encode()).hexdigest()[:12]
        return jsonify(running=running, mark=mark)

    def _wanted() -> tuple[Study, ...]:
        """One study by its id, or those that a search finds: one more than may be had."""
        if "study" in request.form:
            try:
                return (kiosk.store.study(request.form["study"]),)
            except NoSuchStudy:
                return ()
        return kiosk.store.studies(searched(asked_of(request.form)), limit=MOST_STUDIES + 1)

    return room


def _parts(kiosk: Kiosk, studies: Sequence[Study], app: Flask, speaks: str) -> Iterator[Part]:
    """The table, then what there is of each study."""
    findings = tuple(kiosk.ensemble.bundle.findings)
    yield lambda: [("studies.csv", csv_file(studies, findings))]
    for study in studies:
        yield partial(_files, kiosk, study, app, speaks)


def _files(kiosk: Kiosk, study: Study, app: Flask, speaks: str) -> Iterator[tuple[str, bytes]]:
    """One study's report and pictures."""
    name = file_name(f"{study.read_at.astimezone():%Y%m%d-%H%M}", study.patient.reference, study.id[:8])
    with app.app_context(), force_locale(speaks):
        yield f"{name}_report.pdf", study_report(kiosk, study, Fonts.found())
    photo = kiosk.store.photo(study.id).encoded
    yield f"{name}_photo{suffix_of(photo)}", photo
    film = kiosk.store.film_png(study.id)
    if film is not None:
        yield f"{name}_film.png", film
        if study.reading is not None and study.reading.heat_maps:
            heat = study.reading.heat_maps[likeliest(study.reading)]
            yield f"{name}_heat.png", film_with_heat_png(decode_film(film), heat)


def _told(outbox: Outbox) -> str:
    """What went wrong, in the language of the page."""
    saving: Saving | None = outbox.saving
    return said(saving.say) if saving is not None and saving.stage is Stage.FAILED else ""


_NO_STICK = Failure(
    409, "no-stick", N_("The stick is not there"), N_("It was pulled out. Plug a stick in, then try again.")
)
_NOTHING = Failure(400, "no-study", N_("No study fits"), N_("Go back to the studies and search for others."))
_TOO_MANY = Failure(
    413, "too-many", N_("Too many studies for one time"),
    N_("At most 200 go to a stick at once. Search by date, and save them part by part."),
)  # fmt: skip
_RUNNING = Failure(
    409, "busy", N_("Studies are being saved already"), N_("Wait until they are saved, or stop it first.")
)
