"""USB sticks: their pictures with small previews, read in the background, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from device.batch import Item, Wanted
from device.errors import StickGone
from device.intake.decode import decode
from device.intake.sticks import Listing, Sticks, path_of, shown
from device.reading.heatmap import thumbnail_jpeg
from device.values import Picture
from device.web.failures import Failure, answer
from device.web.languages import N_
from device.web.log_words import progress_words
from device.web.sentences import said
from device.web.site import Site, who
from device.web.words import outcome_words

if TYPE_CHECKING:
    from device.kiosk import Kiosk

A_PAGE = 48
PREVIEW_SIDE = 200


def blueprint(kiosk: Kiosk, site: Site) -> Blueprint:
    """The sticks of one kiosk."""
    room = Blueprint("stick", __name__)

    @room.get("/stick")
    def page() -> ResponseReturnValue:
        plugged = site.sticks.plugged()
        name = request.args.get("stick", plugged[0] if plugged else "")
        listing = _listing(site.sticks, name) if name in plugged else None
        start = max(0, request.args.get("from", default=0, type=int))
        shown_now = listing.pictures[start : start + A_PAGE] if listing else ()
        return render_template(
            "stick.html", plugged=plugged, name=name, listing=listing, start=start, pictures=shown_now, a_page=A_PAGE,
            running=site.batch.running,
        )  # fmt: skip

    @room.get("/stick/<name>/<token>/preview.jpg")
    def preview(name: str, token: str) -> ResponseReturnValue:
        if name not in site.sticks.plugged():
            abort(404)
        try:
            picture = decode(site.sticks.read(name, token))
        except (StickGone, ValueError):
            abort(404)
        if not isinstance(picture, Picture):
            abort(404)
        return Response(thumbnail_jpeg(picture.pixels, PREVIEW_SIDE), mimetype="image/jpeg")

    @room.post("/stick/read")
    def read() -> ResponseReturnValue:
        name, tokens = request.form.get("stick", ""), request.form.getlist("picture")
        if name not in site.sticks.plugged() or not tokens:
            return answer(_NOTHING)
        try:
            wanted = [Wanted(shown(path_of(token)), partial(site.sticks.read, name, token)) for token in tokens]
        except ValueError:
            return answer(_NOTHING)
        if not site.batch.start(wanted, who()):
            return answer(_RUNNING)
        site.record(kiosk.now(), "read-stick", f"{len(wanted)}")
        return redirect(url_for("stick.reading"), 303)

    @room.get("/stick/reading")
    def reading() -> ResponseReturnValue:
        # Asked first: what has ended by then is told as it ended.
        running = site.batch.running
        items = [_told(item) for item in site.batch.items]
        return render_template("stick_reading.html", items=items, lines=_lines(items), running=running)

    @room.post("/stick/stop")
    def stop() -> ResponseReturnValue:
        site.batch.stop()
        return redirect(url_for("stick.reading"), 303)

    @room.get("/api/stick")
    def state() -> ResponseReturnValue:
        running = site.batch.running
        items = [_told(item) for item in site.batch.items]
        mark = ",".join(item["progress"] for item in items)
        return jsonify(sticks=site.sticks.plugged(), running=running, items=items, mark=mark)

    return room


def _listing(sticks: Sticks, name: str) -> Listing | None:
    try:
        return sticks.pictures(name)
    except StickGone:
        return None


def _told(item: Item) -> dict[str, str]:
    """One photo of a batch for the page and its script."""
    return {
        "name": item.name,
        "progress": item.progress.value,
        "words": outcome_words(item.outcome) if item.outcome else progress_words(item.progress.value),
        "say": said(item.say),
        "url": url_for("studies.study", id=item.study) if item.study else "",
    }


def _lines(items: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The items of a batch for people: what failed in a row for one reason, as from a stick pulled out, is one line."""
    lines: list[dict[str, str]] = []
    for item in items:
        last = lines[-1] if lines else None
        if last and item["progress"] == last["progress"] == "failed" and item["say"] == last["say"]:
            last["name"] += ", " + item["name"]
        else:
            lines.append(dict(item))
    return lines


_NOTHING = Failure(400, "no-file", N_("No picture was chosen"), N_("Go back to the stick and choose some pictures."))
_RUNNING = Failure(
    409, "busy", N_("Pictures are being read already"), N_("Wait until they are read, or stop them first.")
)
