"""How each status looks: a colour, a pattern and a word. The terminal, the LEDs and the page share this table.

No two statuses share a pattern, so that who cannot tell the colours, or has one LED, still can tell the statuses. No
colour and no pattern stands for one disease.
"""

from __future__ import annotations

from dataclasses import dataclass

from device.values import Status


@dataclass(frozen=True)
class Colour:
    """A name and the strength of red, green and blue, 0..1, as an LED shows it."""

    name: str
    red: float
    green: float
    blue: float


@dataclass(frozen=True)
class Pattern:
    """Seconds on, off, and fading either way, over and over. `steady` is always on.

    None goes on and off more than three times a second, which could set off a seizure.
    """

    name: str
    on: float
    off: float
    fade: float = 0.0

    @property
    def steady(self) -> bool:
        return self.off == self.fade == 0


@dataclass(frozen=True)
class Look:
    """How one status is shown."""

    colour: Colour
    pattern: Pattern
    word: str


WHITE = Colour("white", 1, 1, 1)
BLUE = Colour("blue", 0, 0, 1)
GREEN = Colour("green", 0, 1, 0)
MAGENTA = Colour("magenta", 1, 0, 1)
CYAN = Colour("cyan", 0, 1, 1)
AMBER = Colour("amber", 1, 0.5, 0)
RED = Colour("red", 1, 0, 0)

_LOOKS = {
    Status.STARTING: Look(WHITE, Pattern("slow pulse", 0, 0, fade=1.5), "starting"),
    Status.READY: Look(WHITE, Pattern("steady", 1, 0), "ready"),
    Status.READING: Look(BLUE, Pattern("quick pulse", 0, 0, fade=0.3), "reading"),
    Status.DONE_NORMAL: Look(GREEN, Pattern("wink", 2.5, 0.3), "done, no finding"),
    Status.DONE_FINDING: Look(MAGENTA, Pattern("slow blink", 1, 1), "done, see the page"),
    Status.UNCERTAIN: Look(CYAN, Pattern("flash", 0.15, 1.85), "uncertain, see the page"),
    Status.RETAKE: Look(AMBER, Pattern("blink", 0.5, 0.5), "take the photo again"),
    Status.FAULT: Look(RED, Pattern("fast blink", 0.2, 0.2), "fault, see the page"),
}


def look_of(status: Status) -> Look:
    """How this status looks."""
    return _LOOKS[status]
