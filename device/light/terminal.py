"""The status light as a line in a terminal: for `filmside demo` and for a kiosk on a desk."""

from __future__ import annotations

import threading
from typing import TextIO

from device.errors import LightFault
from device.light.patterns import Colour, look_of
from device.values import Status


class TerminalLight:
    """Writes one line whenever the status changes: the word, and on a terminal a dot in its colour."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._shown: Status | None = None
        self._closed = False

    def show(self, status: Status) -> None:
        """Write a line, unless this status is shown already. Raises LightFault when the terminal is gone."""
        with self._lock:
            if self._closed:
                raise LightFault("The light is closed; wanted an open one. Start the kiosk again.")
            if status is self._shown:
                return
            look = look_of(status)
            line = f"light: {look.word} ({look.colour.name}, {look.pattern.name})\n"
            try:
                # In a log file or the journal, escape codes would be rubbish.
                self._stream.write((_dot(look.colour) if self._stream.isatty() else "") + line)
                self._stream.flush()
            except (OSError, ValueError) as error:
                raise LightFault(
                    f'light = "terminal", but nothing can be written: {error}. Start Filmside in a terminal, or set '
                    'light = "none".'
                ) from error
            self._shown = status

    def close(self) -> None:
        """Write no more; the stream is its owner's. Calling it twice is allowed."""
        self._closed = True


def _dot(colour: Colour) -> str:
    red, green, blue = (round(255 * part) for part in (colour.red, colour.green, colour.blue))
    return f"\x1b[38;2;{red};{green};{blue}m\N{BLACK CIRCLE}\x1b[0m "
