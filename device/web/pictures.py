"""A study's pictures as bytes: the photo, the film, its heat maps and a thumbnail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from device.intake.decode import decode
from device.reading.heatmap import film_jpeg, overlay_png, thumbnail_jpeg
from device.store.files import film_shape
from device.values import Grey, Picture

if TYPE_CHECKING:
    from device.kiosk import Kiosk

THUMBNAIL_SIDE = 320
"""Pixels: sharp on a phone's dense screen, small enough for a page of two dozen."""

NO_PICTURE = Path(__file__).parent / "static" / "no-picture.svg"
"""What stands for a file that is no picture."""


def blueprint(kiosk: Kiosk) -> Blueprint:
    """The pictures of the studies that one kiosk keeps. What is not there is a 404."""
    room = Blueprint("pictures", __name__, url_prefix="/studies/<study:id>")

    @room.get("/film.png")
    def film(id: str) -> ResponseReturnValue:
        # As it is kept: nothing is lost of it, and nobody waits for it to be packed anew.
        return Response(_film(id), mimetype="image/png")

    @room.get("/thumbnail.jpg")
    def thumbnail(id: str) -> ResponseReturnValue:
        grey = kiosk.store.film(id)
        if grey is None:
            picture = decode(kiosk.store.photo(id))
            if not isinstance(picture, Picture):
                return Response(NO_PICTURE.read_bytes(), mimetype="image/svg+xml")
            grey = picture.pixels
        return _jpeg(thumbnail_jpeg(grey, THUMBNAIL_SIDE))

    @room.get("/heat/<int:place>.png")
    def heat(id: str, place: int) -> ResponseReturnValue:
        reading = kiosk.store.study(id).reading
        if reading is None or place >= len(reading.heat_maps):
            abort(404)
        height, width = film_shape(_film(id))
        return Response(overlay_png(reading.heat_maps[place], width, height), mimetype="image/png")

    @room.get("/photo")
    def photo(id: str) -> ResponseReturnValue:
        encoded = kiosk.store.photo(id).encoded
        mimetype = _shown_by_browsers(encoded)
        if mimetype is not None:
            return Response(encoded, mimetype=mimetype)
        # Such as TIFF: no browser shows it, so its pixels are packed anew. Bytes of an unknown kind never go out.
        return _jpeg(film_jpeg(_photo_pixels(id)))

    def _film(id: str) -> bytes:
        encoded = kiosk.store.film_png(id)
        if encoded is None:
            abort(404)
        return encoded

    def _photo_pixels(id: str) -> Grey:
        picture = decode(kiosk.store.photo(id))
        if not isinstance(picture, Picture):
            abort(404)
        return picture.pixels

    return room


def _jpeg(encoded: bytes) -> Response:
    return Response(encoded, mimetype="image/jpeg")


def _shown_by_browsers(encoded: bytes) -> str | None:
    """The type of a picture by its first bytes, where every browser shows it; a file's name proves nothing."""
    if encoded.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if encoded[:4] == b"RIFF" and encoded[8:12] == b"WEBP":
        return "image/webp"
    return None
