"""Whether a photo and its film are fit to read, or why not, with the one thing to do next.

Thresholds are in units of the straightened film: grey levels, and shares of its longer side. Of 100 films of the
validation split, rendered in hard scenes, and of 95 real film photos, 98 in a hundred had no edges wider than 0.0071.
"""

from __future__ import annotations

import cv2
import numpy as np

from device.film.measures import edge_widths, levels, light_loss
from device.film.neighbours import assess_neighbours
from device.film.quads import quad_of
from device.film.refusals import REFUSALS
from device.film.sides import side_lengths
from device.film.sight import Sight
from device.values import Film, Picture, Reason, Refusal

DARK_LEVEL = 28.0
"""A photo whose brightest places are darker than this was taken of nothing lit."""

FILM_DARK_LEVEL = 46.0
"""A film whose brightest twentieth is darker than this holds no picture worth stretching."""

BRIGHT_SHARE = 0.16
"""A film of which more than this share is at the camera's white has lost the lungs."""

MOST_LIGHT_LOSS = 0.4
"""Powers of ten that the box's light may be weaker by at one end: beside 112 films in fit scenes it was 0.27 at
most, beside 56 in scenes past reading 0.6 at least."""

LEAST_CONTRAST = 14.0
"""Grey levels between the 5th and 95th percentile: less than this is a bare box or a lens cap."""

LEAST_FILM_SIDE = 140
"""Photo pixels on the film's shorter side: little less than the largest member's input of 160."""

MOST_ASPECT = 3.0
"""Longer side by shorter side: chest films are up to 1.25, and a tilted one looks up to about 2."""

BLUR_WIDTH = 0.0078
"""Widest edges that are read, in the direction that has the widest, as a share of the film's longer side: above it
ribs run together."""

FINEST_EDGE = 1.6
"""Film pixels: no edge is measured finer, so that a sharp film of few pixels is not called blurred."""

SHAKE_RATIO = 2.0
"""How many times wider edges are across a shake than along it."""


def assess_photo(picture: Picture) -> Refusal | None:
    """What is wrong with the photo as a whole, before a film is looked for."""
    dark, bright = levels(picture.pixels[::4, ::4], 0.02, 0.995)
    if bright < DARK_LEVEL:
        return Refusal(
            Reason.TOO_DARK, "The photo is too dark. Switch the light box on and take the lens cap off, then try again."
        )
    if dark > 245:
        return Refusal(
            Reason.TOO_BRIGHT, "The photo is all white. Lay a film on the box, or turn the box's light down."
        )
    return None


def assess(film: Film, picture: Picture, sight: Sight | None = None) -> Refusal | None:
    """What is wrong with the straightened film. `picture` tells how large it is in the photo, and what is beside it.

    Where the scout's `sight` says that something is hardly wrong, one measure alone does not refuse for it.
    """
    return (
        assess_neighbours(picture, film.corners)
        # Before what its edges tell: where film and box are both white, nobody knows where the film ends.
        or _assess_white(film)
        or _assess_place(film)
        or _assess_light(film, picture, sight)
        or _assess_sharpness(film)
    )


def _assess_white(film: Film) -> Refusal | None:
    if cv2.countNonZero(cv2.inRange(film.pixels, 252, 255)) > BRIGHT_SHARE * film.pixels.size:
        return REFUSALS[Reason.TOO_BRIGHT]
    return None


def _assess_place(film: Film) -> Refusal | None:
    if _side_in_photo(film) < LEAST_FILM_SIDE:
        return Refusal(
            Reason.TOO_SMALL,
            f"The film is too small in the photo ({_side_in_photo(film):.0f} pixels across, wanted {LEAST_FILM_SIDE}). "
            "Move the camera closer.",
        )
    if film.corners.cut_off:
        sides = " and ".join(side.value for side in film.corners.cut_off)
        return Refusal(
            Reason.CUT_OFF,
            f"The film is cut off at the {sides} of the photo. Move the camera or the film so that all four edges are "
            "in the picture.",
        )
    if max(film.pixels.shape) > MOST_ASPECT * min(film.pixels.shape):
        return Refusal(
            Reason.NO_FILM, "This is a strip, not a film. Photograph the whole film on the lit box, all four edges in."
        )
    return None


def _assess_light(film: Film, picture: Picture, sight: Sight | None) -> Refusal | None:
    is_evenly_lit = sight is not None and Reason.UNEVEN in sight.unlikely
    if not is_evenly_lit and light_loss(picture, film.corners) > MOST_LIGHT_LOSS:
        return REFUSALS[Reason.UNEVEN]
    low, high = levels(film.pixels, 0.05, 0.95)
    if high < FILM_DARK_LEVEL:
        return REFUSALS[Reason.TOO_DARK]
    if high - low < LEAST_CONTRAST:
        return Refusal(Reason.NO_FILM, "No picture is to be seen on this sheet. Lay a chest film on the lit box.")
    return None


def _assess_sharpness(film: Film) -> Refusal | None:
    widths = edge_widths(film.pixels)
    known = widths[~np.isnan(widths)]
    finest = FINEST_EDGE / max(film.pixels.shape)
    if known.size and known.max() > max(BLUR_WIDTH, finest):
        if known.max() > SHAKE_RATIO * known.min():
            return REFUSALS[Reason.MOTION]
        return REFUSALS[Reason.BLURRED]
    return None


def _side_in_photo(film: Film) -> float:
    return float(side_lengths(quad_of(film.corners)[None]).min())
