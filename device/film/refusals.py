"""What is said when a photo is refused: one sentence a reason, with the one thing to do next."""

from __future__ import annotations

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


def settled(refusal: Refusal | None, sight: Sight | None) -> Refusal | None:
    """What is said of a photo: what was measured, and what the scout saw in it.

    One thing wrong shows in many measures: a hand shades the box, a reflection looks shaken. So where a photo is
    refused, for whatever reason, the scout says for which; what was measured as fit is refused only where the scout is
    sure.
    """
    if sight is None or sight.fault is None:
        return refusal
    if refusal is None:
        return sight.fault if sight.sure else None
    return refusal if refusal.reason is sight.fault.reason else sight.fault
