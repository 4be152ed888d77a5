"""The list of studies and one study's page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from device.web.words import likeliest

if TYPE_CHECKING:
    from device.kiosk import Kiosk

A_PAGE = 24
"""Studies in one page of the list: fills rows of two, three, four and six."""


def blueprint(kiosk: Kiosk) -> Blueprint:
    """The studies that one kiosk keeps."""
    room = Blueprint("studies", __name__)

    @room.get("/studies")
    def index() -> ResponseReturnValue:
        before = _before()
        # One more than is shown tells whether there are older ones.
        kept = kiosk.store.studies(limit=A_PAGE + 1, before=before)
        older = kept[A_PAGE - 1].read_at.isoformat() if len(kept) > A_PAGE else None
        return render_template("studies.html", studies=kept[:A_PAGE], older=older, first=before is None)

    @room.get("/studies/<study:id>")
    def study(id: str) -> ResponseReturnValue:
        kept = kiosk.store.study(id)
        if kept.reading is None:
            return render_template("refusal.html", study=kept)
        shown = request.args.get("map", default=likeliest(kept.reading), type=int)
        if not 0 <= shown < max(1, len(kept.reading.heat_maps)):
            abort(404)
        return render_template("study.html", study=kept, reading=kept.reading, shown=shown)

    return room


def _before() -> datetime | None:
    text = request.args.get("before")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        abort(400)
    # The store keeps times with their zone; one typed by hand may lack it.
    return moment if moment.tzinfo else moment.astimezone()
