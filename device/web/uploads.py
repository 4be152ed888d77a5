"""Photos that come as files: one or several, each read in turn, each refused one says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from device.errors import Busy, Fault
from device.study import Study
from device.values import Photo
from device.web.failures import Failure, answer
from device.web.languages import N_
from device.web.live import as_json
from device.web.site import Site, who

if TYPE_CHECKING:
    from device.kiosk import Kiosk

LONGEST_NAME = 120
_NOTHING = Failure(400, "no-file", N_("No photo was chosen"), N_("Choose a photo of a film first, then read it."))


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The upload for one kiosk: a plain form that works by itself, and one file at a time for the JavaScript."""
    room = Blueprint("uploads", __name__)

    @room.post("/uploads")
    def upload() -> ResponseReturnValue:
        files = _sent()
        if not files:
            return answer(_NOTHING)
        studies: list[Study] = []
        trouble: Busy | Fault | None = None
        for file in files:
            try:
                studies.append(_read(file))
            except (Busy, Fault) as error:
                if not studies:
                    raise
                trouble = error
                break
        if len(files) == 1:
            return redirect(url_for("studies.study", id=studies[0].id), 303)
        if trouble is None:
            return redirect(url_for("uploads.done", study=[study.id for study in studies]), 303)
        # What was read is kept and is shown; a redirect would lose what was not.
        left = [_name(file) for file in files[len(studies) :]]
        page = render_template("uploads.html", studies=studies, left=left, trouble=str(trouble))
        return page, 409 if isinstance(trouble, Busy) else 503

    @room.get("/uploads")
    def done() -> ResponseReturnValue:
        ids = [id for id in request.args.getlist("study") if _is_id(id)]
        studies = [kiosk.store.study(id) for id in ids[:100]]
        return render_template("uploads.html", studies=studies, left=[], trouble=None)

    @room.post("/api/upload")
    def api_upload() -> ResponseReturnValue:
        files = _sent()
        if not files:
            return answer(_NOTHING)
        return jsonify(as_json(_read(files[0])))

    def _read(file: FileStorage) -> Study:
        study = kiosk.read_photo(_photo(file), who())
        site.record(study.read_at, "read-file", study.id)
        return study

    return room


def _sent() -> list[FileStorage]:
    """The files in this request; a form sent with none chosen holds one without a name."""
    return [file for file in request.files.getlist("photo") if file.filename]


def _photo(file: FileStorage) -> Photo:
    return Photo(_name(file), file.read())


def _name(file: FileStorage) -> str:
    """The file's own name without folders and control characters: it is shown, never used as a path."""
    name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME] or "upload"


def _is_id(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")
