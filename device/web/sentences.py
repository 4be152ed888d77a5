"""Sentences that come from other rooms in English, and are kept so: shown in the language of whoever looks.

A test holds each of these against the room that says it.
"""

from __future__ import annotations

import re
from functools import cache

from device.web.languages import N_, gettext
from device.web.trouble import TROUBLE

SENTENCES = (
    # film.refusals, film.quality
    N_("No film is to be seen. Lay the film flat on the lit box, all four edges in the picture."),
    N_("More than one film is in the picture. Leave one film on the box."),
    N_("The photo is blurred. Hold the camera still and let it focus, then try again."),
    N_("The photo is shaken. Rest the camera on something, then try again."),
    N_("Glare {where}. Move the lamp or tilt the box until the reflection is gone."),
    N_("The film is washed out. Turn the light box down."),
    N_("The film is too dark. Turn the light box up."),
    N_("The light is much weaker at one end of the film. Move the film to where the box is evenly lit."),
    N_("The film is far away. Move the camera closer until the film fills the picture."),
    N_(
        "The film is cut off at the photo's edge. Move the camera or the film so that all four edges are in the "
        "picture."
    ),
    N_("Something covers the film {where}. Take hands and other things off the film."),
    N_("Bands run over the picture, as from a screen. Photograph the film itself, on its light box."),
    N_("This does not look like a chest film from the front. Lay a frontal chest film on the box."),
    N_("The photo is too dark. Switch the light box on and take the lens cap off, then try again."),
    N_("The photo is all white. Lay a film on the box, or turn the box's light down."),
    N_("The film is too small in the photo ({found} pixels across, wanted {wanted}). Move the camera closer."),
    N_(
        "The film is cut off at the {sides} of the photo. Move the camera or the film so that all four edges are in "
        "the picture."
    ),
    N_("This is a strip, not a film. Photograph the whole film on the lit box, all four edges in."),
    N_("No picture is to be seen on this sheet. Lay a chest film on the lit box."),
    # intake.decode
    N_("This file is no picture that Filmside knows; wanted {wanted}. Take the photo again or choose another file."),
    N_(
        "This {format} file is damaged or cut short; wanted a whole picture. Copy the file again or take the photo "
        "again."
    ),
    N_("This file is a {format} of the kind that moves; wanted one still photo as {wanted}. Choose the photo itself."),
    N_(
        "This picture has only {width} x {height} pixels; wanted at least {wanted} on the shorter side. Choose the "
        "full-size photo, not its preview."
    ),
    N_("This picture has {found} pixels; wanted at most {wanted} million. Choose the photo as the camera took it."),
    N_(
        "This picture has far too many pixels; wanted at most {wanted} million. Choose the photo as the camera took it."
    ),
    # intake.dicom
    N_("This DICOM file holds no picture. Send the film, not a report or an index of it."),
    N_("This DICOM file holds {found} pictures; wanted one film. Send the film by itself."),
    N_("This DICOM file unpacks to more than {most} MB; no film is so large. Send the film by itself."),
    N_("This DICOM file is packed as {kind}, which Filmside cannot open. Send it uncompressed."),
    # intake.sticks, batch
    N_("The stick {name} cannot be read: {why}. It was pulled out, or it is damaged. Plug it in again."),
    # outbox, save_to_stick
    N_("The stick cannot be written to: {why}. Is it locked? Unlock it, or take another one."),
    N_("The stick cannot be written to: {why}. It was pulled out, or it is damaged. Plug it in again."),
    N_("The stick has too little room: {why}. Take another one."),
    N_("The stick takes too long. Plug in another one, and try again."),
    N_(
        "The system does not copy to sticks here: nobody waits for the kiosk's files. Let your engineer enable "
        "filmside-stick-save.path, or save the table and the reports by a browser."
    ),
    N_("The kiosk made a mistake while it saved."),
    N_("{name} is larger than {most} MB. Choose a smaller picture."),
    N_("The kiosk made a mistake with this photo."),
    # film.coach, watch
    N_("Ready. Keep the film still and read it."),
    N_("Ready. No edge of the film is to be seen, so the whole photo will be read."),
    N_("Move the camera closer to the film."),
    N_("The picture is blurred. Hold still and let the camera focus."),
    N_("Keep the film still. The photo is taken by itself."),
    N_("The photo is taken. Lay the next film on the box."),
    # web.passwords, which the console asks too
    N_("A name has 1 to {most} letters. Go back and choose another."),
    N_("That name stands for the kiosk itself. Go back and choose another."),
    N_("It needs {least} to {most} letters or digits. Go back and choose a longer one."),
    N_("It has the same letter again and again. Go back and choose another."),
    # values.Lie
    N_("The film was {how}: it was put right before it was read."),
    *TROUBLE,
)

PARTS = (
    N_("on the upper left"), N_("on the upper right"), N_("on the lower left"), N_("on the lower right"),
    N_("on the left"), N_("on the right"), N_("in the upper half"), N_("in the lower half"), N_("in the middle"),
    N_("top"), N_("right"), N_("bottom"), N_("left"),
    N_("turned to the left"), N_("upside down"), N_("turned to the right"), N_("back to front"), N_("a negative"),
)  # fmt: skip
"""What stands in their gaps and is a word; numbers and the like stay as they are."""

AND = N_("{one} and {other}")


def said(sentence: str) -> str:
    """A sentence of another room in the language of this answer; one that is not known here stays as it is."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return gettext(template).format(**{name: _part(text) for name, text in found.groupdict().items()})
    return sentence


def _part(text: str) -> str:
    if text in PARTS:
        return gettext(text)
    one, joined, other = text.rpartition(" and ")
    return gettext(AND).format(one=_part(one), other=_part(other)) if joined else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_pattern(template)), template) for template in SENTENCES)


def _pattern(template: str) -> str:
    pieces = re.split(r"\{(\w+)\}", template)
    return "".join(f"(?P<{piece}>.+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
