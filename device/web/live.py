"""The light box: live view and its coaching, the status, and *Read film*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from device.errors import CameraFault
from device.study import Study
from device.values import Coaching
from device.web.failures import Failure, answer
from device.web.languages import gettext
from device.web.lookers import Lookers
from device.web.remarks import patient_given
from device.web.sentences import said
from device.web.site import Site, who
from device.web.words import STATUS_WORDS, headline, study_status

if TYPE_CHECKING:
    from device.kiosk import Kiosk


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The pages of the light box for one kiosk."""
    room = Blueprint("live", __name__)
    lookers = Lookers()

    @room.get("/")
    def page() -> ResponseReturnValue:
        return render_template("live.html", last=next(iter(kiosk.store.studies(limit=1)), None))

    @room.get("/alive")
    def alive() -> ResponseReturnValue:
        # For whoever watches over the kiosk, without a login: it says nothing else.
        return Response("yes", mimetype="text/plain")

    @room.get("/live/frame.jpg")
    def frame() -> ResponseReturnValue:
        try:
            return Response(kiosk.live_frame().encoded, mimetype="image/jpeg")
        except CameraFault as error:
            # Plain words: the page puts them where the picture would be.
            return Response(said(str(error)), status=503, mimetype="text/plain")

    @room.get("/api/coaching")
    def coaching() -> ResponseReturnValue:
        now = kiosk.coaching()
        wait = lookers.wait_ms(request.args.get("looker", "")[:20], reading=now is None)
        # While a film is read there is nothing to be done about it, and nothing is looked at.
        told = {} if now is None else {"say": said(now.say), "ready": now.ready, "outline": outline(now)}
        return jsonify(told | {"wait": wait})

    @room.get("/api/status")
    def status() -> ResponseReturnValue:
        now = kiosk.status
        words = STATUS_WORDS[now]
        return jsonify(
            status=now.value,
            word=gettext(words.word),
            say=gettext(words.say),
            fault=said(kiosk.fault) if kiosk.fault else None,
            photos=kiosk.photos_taken,
            stick=bool(site.sticks.plugged()),
            reference=kiosk.patient.reference,
            age=kiosk.patient.age.value if kiosk.patient.age else "",
        )

    @room.post("/api/patient")
    def patient() -> ResponseReturnValue:
        given = patient_given()
        if isinstance(given, Failure):
            return answer(given)
        kiosk.expect(given)
        return jsonify(reference=given.reference, age=given.age.value if given.age else "")

    @room.post("/read")
    def read() -> ResponseReturnValue:
        refused = _expected()
        if refused is not None:
            return answer(refused)
        return redirect(url_for("studies.study", id=_read().id), 303)

    @room.post("/api/read")
    def api_read() -> ResponseReturnValue:
        refused = _expected()
        if refused is not None:
            return answer(refused)
        study = _read()
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
            return jsonify(as_json(study))
        # The page asks for the study's own page at once, and saves the way there and back.
        shown = make_response(current_app.view_functions["studies.study"](id=study.id))
        shown.headers["Content-Location"] = url_for("studies.study", id=study.id)
        return shown

    def _read() -> Study:
        study = kiosk.read_film(who())
        site.record(study.read_at, "read-film", study.id)
        return study

    def _expected() -> Failure | None:
        """Expect the patient whom the form names, if it names one; a program that only reads names none."""
        if "reference" not in request.form:
            return None
        given = patient_given()
        if isinstance(given, Failure):
            return given
        kiosk.expect(given)
        return None

    @room.get("/api/newest")
    def newest() -> ResponseReturnValue:
        kept = kiosk.store.studies(limit=1)
        return jsonify(as_json(kept[0]) if kept else {})

    return room


def outline(coaching: Coaching) -> list[list[float]]:
    """The film's corners TL TR BR BL as shares of the picture's width and height; empty where no edge is seen."""
    if coaching.film is None or coaching.film.corners.whole_photo:
        return []
    corners = coaching.film.corners.points()
    return [[round(point.x / coaching.width, 4), round(point.y / coaching.height, 4)] for point in corners]


def as_json(study: Study) -> dict[str, str | None]:
    """What the page's JavaScript needs to know of a study: where it is, and how it ended."""
    return {
        "study": study.id,
        "url": url_for("studies.study", id=study.id),
        "thumbnail": url_for("pictures.thumbnail", id=study.id),
        "status": study_status(study).value,
        "headline": headline(study),
        "refusal": said(study.refusal.say) if study.refusal else None,
    }
