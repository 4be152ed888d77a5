"""What is said when a photo is refused: one sentence a reason, with the one thing to do next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from device.film.sight import Sight
from device.values import Reason, Refusal

REFUSALS = {
    refusal.reason: refusal
    for refusal in (
        Refusal(
            Reason.NO_FILM, "No film is to be seen. Lay the film flat on the lit box, all four edges in the picture."
        ),
        Refusal(Reason.SEVERAL_FILMS, "More than one film is in the picture. Leave one film on the box."),
        Refusal(Reason.BLURRED, "The photo is blurred. Hold the camera still and let it focus, then try again."),
        Refusal(Reason.MOTION, "The photo is shaken. Rest the camera on something, then try again."),
        Refusal(Reason.GLARE, "Glare {where}. Move the lamp or tilt the box until the reflection is gone."),
        Refusal(Reason.TOO_BRIGHT, "The film is washed out. Turn the light box down."),
        Refusal(Reason.TOO_DARK, "The film is too dark. Turn the light box up."),
        Refusal(
            Reason.UNEVEN,
            "The light is much weaker at one end of the film. Move the film to where the box is evenly lit.",
        ),
        Refusal(Reason.TOO_SMALL, "The film is far away. Move the camera closer until the film fills the picture."),
        Refusal(
            Reason.CUT_OFF,
            "The film is cut off at the photo's edge. Move the camera or the film so that all four edges are in the "
            "picture.",
        ),
        Refusal(Reason.COVERED, "Something covers the film {where}. Take hands and other things off the film."),
        Refusal(
            Reason.BANDS, "Bands run over the picture, as from a screen. Photograph the film itself, on its light box."
        ),
        Refusal(
            Reason.NOT_A_CHEST_FILM,
            "This does not look like a chest film from the front. Lay a frontal chest film on the box.",
        ),
    )
}
"""What is said for each reason, by whoever sees it; `{where}` stands for a place on the film."""


def located(reason: Reason, strong: NDArray[np.floating]) -> Refusal:
    """What is said for a reason that lies somewhere on the film; `strong` (rows, columns) is how much of it lies where,
    as the film lies in the photo."""
    return replace(REFUSALS[reason], say=REFUSALS[reason].say.format(where=_where(strong)))


def _where(strong: NDArray[np.floating]) -> str:
    rows, columns = strong.shape
    all_of_it = max(float(strong.sum()), 1e-9)
    down = float((strong.sum(axis=1) * (np.arange(rows) + 0.5)).sum() / all_of_it / rows)
    across = float((strong.sum(axis=0) * (np.arange(columns) + 0.5)).sum() / all_of_it / columns)
    height = "upper" if down < 0.4 else "lower" if down > 0.6 else ""
    side = "left" if across < 0.4 else "right" if across > 0.6 else ""
    if height and side:
        return f"on the {height} {side}"
    return f"on the {side}" if side else f"in the {height} half" if height else "in the middle"


def settled(refusal: Refusal | None, sight: Sight | None) -> Refusal | None:
    """What is said of a photo: what was measured, and what the scout saw in it.

    What was measured as fit is refused only where the scout is sure.
    """
    if refusal is not None:
        return named(refusal, sight)
    return sight.fault if sight is not None and sight.sure else None


def named(refusal: Refusal, sight: Sight | None) -> Refusal:
    """What a refused photo is refused for.

    One thing wrong shows in many measures: a hand shades the box, a reflection looks shaken. So where a photo is
    refused, for whatever reason, the scout says for which; but fine bands, which it cannot see, look shaken to it.
    """
    if sight is None or sight.fault is None or sight.says(refusal.reason):
        return refusal
    return refusal if refusal.reason is Reason.BANDS and not sight.sure else sight.fault
