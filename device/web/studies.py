"""The list of studies, searched; the table of many; and one study's page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from device.errors import NoSuchStudy
from device.store.export import csv_file
from device.study import Search, Study
from device.web.site import Site
from device.web.words import UNREAD, likeliest, outcome_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from device.kiosk import Kiosk

A_PAGE = 24
"""Studies in one page of the list: fills rows of two, three, four and six."""

_A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Asked:
    """What the search form holds, as it was filled in."""

    reference: str
    since: str
    until: str
    outcome: str
    deleted: bool

    def given(self) -> dict[str, str]:
        """What an address needs to ask the same again."""
        names = {"reference": self.reference, "since": self.since, "until": self.until, "outcome": self.outcome}
        return {name: value for name, value in names.items() if value} | ({"deleted": "1"} if self.deleted else {})

    def search(self) -> Search:
        """Raises ValueError for a date that is none. Days are the kiosk's own."""
        since = _midnight(date.fromisoformat(self.since)) if self.since else None
        before = _midnight(date.fromisoformat(self.until) + timedelta(days=1)) if self.until else None
        refused = self.outcome == UNREAD
        outcome = "" if refused else self.outcome
        return Search(self.reference, since, before, outcome, refused=refused, deleted=self.deleted)


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The studies that one kiosk keeps."""
    room = Blueprint("studies", __name__)

    @room.get("/studies")
    def index() -> ResponseReturnValue:
        asked, before = asked_of(request.args), _before()
        search = searched(asked)
        # One more than is shown tells whether there are older ones.
        kept = kiosk.store.studies(search, limit=A_PAGE + 1, before=before)
        return render_template(
            "studies.html",
            studies=kept[:A_PAGE],
            count=kiosk.store.count(search),
            older=kept[A_PAGE - 1].read_at.isoformat() if len(kept) > A_PAGE else None,
            first=before is None,
            asked=asked,
            outcomes=outcome_names(kiosk.ensemble.bundle),
            undo=_undo(),
            going=kiosk.retention.going(_A_WEEK),
            leapt=kiosk.retention.leapt(),
        )

    @room.get("/studies.csv")
    def table() -> ResponseReturnValue:
        search = searched(asked_of(request.args))
        site.record(kiosk.now(), "save-table")
        content = csv_file(_all(search), tuple(kiosk.ensemble.bundle.findings))
        answer = Response(content, mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="filmside-{kiosk.now():%Y-%m-%d}.csv"'
        return answer

    @room.get("/studies/removed")
    def removed() -> ResponseReturnValue:
        return render_template("removed.html", removals=kiosk.store.removals(limit=200), rules=kiosk.retention.rules)

    @room.post("/studies/believe-clock")
    def believe() -> ResponseReturnValue:
        kiosk.retention.believe()
        site.record(kiosk.now(), "believe-clock")
        return redirect(url_for("studies.index"), 303)

    @room.get("/studies/<study:id>")
    def study(id: str) -> ResponseReturnValue:
        kept = kiosk.store.study(id)
        site.record(kiosk.now(), "see-study", id)
        goes_at = kiosk.retention.goes_at(kept)
        saved = request.args.get("saved", "")
        if kept.reading is None:
            return render_template("refusal.html", study=kept, goes_at=goes_at, saved=saved)
        shown = request.args.get("map", default=likeliest(kept.reading), type=int)
        if not 0 <= shown < max(1, len(kept.reading.heat_maps)):
            abort(404)
        return render_template(
            "study.html", study=kept, reading=kept.reading, shown=shown, goes_at=goes_at, saved=saved
        )

    def _all(search: Search) -> Iterator[Study]:
        before = None
        while part := kiosk.store.studies(search, limit=500, before=before):
            yield from part
            before = part[-1].read_at

    def _undo() -> Study | None:
        """The study that was just deleted, to be brought back."""
        id = request.args.get("undo", "")
        with suppress(NoSuchStudy):
            found = kiosk.store.study(id)
            return found if found.deleted_at is not None else None
        return None

    return room


def asked_of(given: MultiDict[str, str]) -> Asked:
    """What an address or a form asks for."""
    return Asked(
        given.get("reference", "").strip()[:64],
        given.get("since", ""),
        given.get("until", ""),
        given.get("outcome", ""),
        bool(given.get("deleted")),
    )


def searched(asked: Asked) -> Search:
    """The search that is asked for; for one that is none the request ends with 400."""
    try:
        return asked.search()
    except (ValueError, OverflowError):
        abort(400)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


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
