"""What the benchmarks share: a photo's film as `examine` comes to it, before the gate or past it."""

from __future__ import annotations

from collections.abc import Callable

from device import demo
from device.film.coach import Gate, ungated, unscouted
from device.film.find import find
from device.film.quality import assess, assess_photo
from device.film.rectify import rectify
from device.film.refusals import settled
from device.film.sight import Sight
from device.intake.decode import decode
from device.values import Film, Grey, Photo, Picture, Refusal


def judged(
    encoded: bytes,
    gate: Gate = ungated,
    scout: Callable[[Picture], Sight | None] = unscouted,
) -> Film | Refusal:
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
        return settled(corners, sight) or corners
    film = rectify(picture, corners)
    refusal = settled(assess(film, picture, sight), sight)
    if refusal is not None:
        return refusal
    upright = gate(film, sight)
    return settled(upright, sight) or upright if isinstance(upright, Refusal) else upright


def demo_films() -> list[Grey]:
    """The films of the demo's photos that are fit to read."""
    films = [judged(path.read_bytes()) for path in sorted(demo.PHOTOS.glob("*.jpg"))]
    return [film.pixels for film in films if isinstance(film, Film)]
