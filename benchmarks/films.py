"""What the benchmarks share: a photo's film as `examine` comes to it, before the gate or past it."""

from __future__ import annotations

from collections.abc import Callable

from device import demo
from device.film.coach import ungated
from device.film.find import find
from device.film.quality import assess, assess_photo
from device.film.rectify import rectify
from device.intake.decode import decode
from device.values import Film, Grey, Photo, Refusal


def judged(encoded: bytes, gate: Callable[[Film], Film | Refusal] = ungated) -> Film | Refusal:
    """The photo's film, or its first refusal, as `examine` comes to it; past the gate where one is given."""
    picture = decode(Photo("photo.jpg", encoded))
    if isinstance(picture, Refusal):
        return picture
    corners = assess_photo(picture) or find(picture)
    if isinstance(corners, Refusal):
        return corners
    film = rectify(picture, corners)
    return assess(film, picture) or gate(film)


def demo_films() -> list[Grey]:
    """The films of the demo's photos that are fit to read."""
    films = [judged(path.read_bytes()) for path in sorted(demo.PHOTOS.glob("*.jpg"))]
    return [film.pixels for film in films if isinstance(film, Film)]
