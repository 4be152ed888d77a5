"""What a live-view frame says to the technician: where the film lies, the one thing to do next, and when it is ready.

A frame is judged by the same `find`, `assess` and gate that the photo will meet, so that "ready" means that a photo
taken now would pass them. The frame comes as a Picture of the photo that would be taken: the frame's pixels, the
photo's width and height. Corners are then in photo pixels, and so is every threshold that counts photo pixels; the
others are shares of the film and need no change.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from device.film.find import find
from device.film.passing import Gate, Scout, passed, ungated, unscouted
from device.film.quads import corners_of, quad_in
from device.film.quality import assess_photo
from device.film.rectify import rectify
from device.film.refusals import named
from device.film.sides import moved_onto_steps
from device.film.sight import Sight
from device.values import Coaching, Corners, Grey, Picture, Reason, Refusal

ROUGH_SIDE = 160
"""Longest side in pixels of the copy in which a film is looked for while it moves: half the time of `find`'s own, and
the corners are moved onto the frame's steps afterwards."""

GLANCE = (64, 48)
"""A frame at a glance, in pixels: small enough that a camera's noise is averaged away."""

CHANGED_LEVELS = 10
"""Grey levels that no place at a glance may change by while the film still lies where it was found. The edge of a film
that moves by a frame's pixel changes a place by more; noise, and a light box's flicker, by less."""

READY = "Ready. Keep the film still and read it."
READY_WHOLE = "Ready. No edge of the film is to be seen, so the whole photo will be read."

_SAY = {
    # As the photo's refusal, less what is only true of a photo that was taken, or counts pixels with every frame.
    Reason.TOO_SMALL: "Move the camera closer to the film.",
    Reason.BLURRED: "The picture is blurred. Hold still and let the camera focus.",
}


def coach(frame: Picture) -> Coaching:
    """The coaching for one frame, but for the gate and the scout.

    `frame` has the frame's grey pixels, and the photo's width and height.
    """
    return _judged(frame, assess_photo(frame) or find(frame))


class Coach:
    """Coaches frame after frame: looks roughly while the picture changes, exactly once it rests, and then no more.

    A film lies still on its box nearly all the time, and to assess it where it was found is a tenth of the work. Not
    for several threads at once.
    """

    def __init__(
        self,
        gate: Gate = ungated,
        scout: Scout = unscouted,
    ) -> None:
        """`gate` is the bundle's: a film put right, or why it cannot be read. It is asked once a film rests; `scout`,
        what a whole picture shows, whenever the picture has changed."""
        self._gate = gate
        self._scout = scout
        self._sight: Sight | None = None
        self._glance: Grey | None = None
        self._size = (0, 0)
        self._found: Corners | Refusal | None = None
        self._exact = False

    def see(self, frame: Picture) -> Coaching:
        """The coaching for the next frame."""
        refusal = assess_photo(frame)
        if refusal is not None:
            self._found = None
            return _judged(frame, refusal)
        glance = np.asarray(cv2.resize(frame.pixels, GLANCE, interpolation=cv2.INTER_AREA), np.uint8)
        size = (frame.width, frame.height)
        # Compared with the frame in which the film was looked for, not with the last one: creeping counts too.
        if self._found is None or self._glance is None or size != self._size or _differ(glance, self._glance):
            self._glance, self._size, self._sight = glance, size, self._scout(frame)
            self._found, self._exact = _roughly(frame, self._sight), False
        elif not self._exact:
            self._found, self._exact = find(frame, self._sight), True
        return _judged(frame, self._found, self._gate if self._exact else ungated, self._sight)


def _differ(one: Grey, other: Grey) -> bool:
    return int(cv2.absdiff(one, other).max()) >= CHANGED_LEVELS


def _roughly(frame: Picture, sight: Sight | None) -> Corners | Refusal:
    """What `find` gives, in half the time: found in a small copy, then moved onto the steps in the frame."""
    height, width = frame.pixels.shape
    factor = max(width, height) / ROUGH_SIDE
    if factor <= 1:
        return find(frame, sight, quick=True)
    size = (round(width / factor), round(height / factor))
    small = np.asarray(cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = find(replace(frame, pixels=small), sight, quick=True)
    if isinstance(found, Refusal) or found.whole_photo or found.cut_off:
        return found
    scale = np.array([frame.width / width, frame.height / height], np.float32)
    return corners_of(moved_onto_steps(frame.pixels, quad_in(frame, found)[None], reach=1.5 * factor)[0] * scale)


def _judged(
    frame: Picture,
    found: Corners | Refusal,
    gate: Gate = ungated,
    sight: Sight | None = None,
) -> Coaching:
    if isinstance(found, Refusal):
        return Coaching(None, _say(named(found, sight)), False, frame.width, frame.height)
    film = rectify(frame, found)
    upright = passed(film, frame, gate, sight)
    refusal = upright if isinstance(upright, Refusal) else None
    ready = READY_WHOLE if found.whole_photo else READY
    return Coaching(film, _say(refusal) if refusal else ready, refusal is None, frame.width, frame.height)


def _say(refusal: Refusal) -> str:
    return _SAY.get(refusal.reason, refusal.say)
