"""What the benchmarks share: a photo's film as `examine` comes to it, before the gate or past it."""

from __future__ import annotations

from device import demo
from device.film.find import find
from device.film.passing import Gate, Scout, passed, ungated, unscouted
from device.film.quality import assess_photo
from device.film.rectify import rectify
from device.film.refusals import named
from device.intake.decode import decode
from device.values import Film, Grey, Photo, Refusal


def judged(encoded: bytes, gate: Gate = ungated, scout: Scout = unscouted) -> Film | Refusal:
    """The photo's film, or its first refusal, as `examine` comes to it; past the gate where one is given."""
    picture = decode(Photo("photo.jpg", encoded))
    if isinstance(picture, Refusal):
        return picture
    refusal = assess_photo(picture)
    if refusal is not None:
        return refusal
    sight = scout(picture)
    corners = find(picture, sight)
    if isinstance(corners, Refusal):
        return named(corners, sight)
    return passed(rectify(picture, corners), picture, gate, sight)


def demo_films() -> list[Grey]:
    """The films of the demo's photos that are fit to read."""
    films = [judged(path.read_bytes()) for path in sorted(demo.PHOTOS.glob("*.jpg"))]
    return [film.pixels for film in films if isinstance(film, Film)]
