"""The light box: live view, the status, and *Read film*."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from device.errors import CameraFault
from device.values import Frame, Study
from device.web.words import STATUS_WORDS, headline, study_status

if TYPE_CHECKING:
    from device.kiosk import Kiosk

FRESH_SECONDS = 0.15
"""A frame this young is shown to the next browser too, so that several cost the camera no more than one."""

FIRST_SECONDS = 2.0
"""How long the second browser waits for the very first frame, while a camera warms up."""


class Window:
    """The live view that all browsers share: only one request at a time ever waits for the camera.

    While the camera is busy with a photo, the others get the last frame at once, so that no thread of the server
    is held up and *Read film* is always heard.
    """

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._looking = threading.Lock()
        self._last: Frame | CameraFault | None = None
        self._at = 0.0

    def frame(self) -> Frame:
        """A frame, fresh where the camera is free. Raises CameraFault."""
        # Only before the camera has answered at all is there nothing to show meanwhile.
        if self._looking.acquire(timeout=FIRST_SECONDS if self._last is None else 0):
            try:
                if self._last is None or time.monotonic() - self._at >= FRESH_SECONDS:
                    self._look()
            finally:
                self._looking.release()
        last = self._last
        if isinstance(last, Frame):
            return last
        raise CameraFault(
            "The camera has given no picture yet; wanted a live picture. Wait a few seconds."
            if last is None
            else str(last)
        )

    def _look(self) -> None:
        """Ask the camera. After a fault no older frame stands for a film that may lie there now."""
        try:
            self._last = self._kiosk.frame()
        except CameraFault as fault:
            self._last = fault
        self._at = time.monotonic()


def blueprint(kiosk: Kiosk) -> Blueprint:
    """The pages of the light box for one kiosk."""
    room = Blueprint("live", __name__)
    window = Window(kiosk)

    @room.get("/")
    def page() -> ResponseReturnValue:
        return render_template("live.html", last=next(iter(kiosk.store.studies(limit=1)), None))

    @room.get("/live/frame.jpg")
    def frame() -> ResponseReturnValue:
        try:
            return Response(window.frame().encoded, mimetype="image/jpeg")
        except CameraFault as error:
            # Plain words: the page puts them where the picture would be.
            return Response(str(error), status=503, mimetype="text/plain")

    @room.get("/api/status")
    def status() -> ResponseReturnValue:
        now = kiosk.status
        words = STATUS_WORDS[now]
        return jsonify(status=now.value, word=words.word, say=words.say, fault=kiosk.fault)

    @room.post("/read")
    def read() -> ResponseReturnValue:
        return redirect(url_for("studies.study", id=kiosk.read_film().id), 303)

    @room.post("/api/read")
    def api_read() -> ResponseReturnValue:
        return jsonify(as_json(kiosk.read_film()))

    @room.get("/api/newest")
    def newest() -> ResponseReturnValue:
        kept = kiosk.store.studies(limit=1)
        return jsonify(as_json(kept[0]) if kept else {})

    return room


def as_json(study: Study) -> dict[str, str | None]:
    """What the page's JavaScript needs to know of a study: where it is, and how it ended."""
    return {
        "study": study.id,
        "url": url_for("studies.study", id=study.id),
        "thumbnail": url_for("pictures.thumbnail", id=study.id),
        "status": study_status(study).value,
        "headline": headline(study),
        "refusal": study.refusal.say if study.refusal else None,
    }
