"""The *Read film* button on the box."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from gpiozero import Button, GPIOZeroError

from device.errors import FilmsideError, LightFault

BOUNCE = 0.05
"""Seconds in which a contact may chatter and still be one press."""


class ReadButton:
    """Calls a function when pressed; presses while it still runs do nothing.

    The button joins the pin and ground. The function runs in a thread of its own, as it takes seconds and gpiozero
    must go on listening.
    """

    def __init__(self, pin: int, press: Callable[[], object], *, pin_factory: Any = None) -> None:
        """`pin` is a BCM number. Raises LightFault when it cannot be used."""
        self._press = press
        self._lock = threading.Lock()
        self._working: threading.Thread | None = None
        self._closed = False
        try:
            self._button: Any = Button(pin, bounce_time=BOUNCE, pin_factory=pin_factory)
        except (GPIOZeroError, OSError, ValueError) as error:
            raise LightFault(
                f"The button on pin {pin} cannot be used: {error}; wanted a free BCM pin. Correct `button_pin` in the "
                "settings, and check that no other program has it."
            ) from error
        self._button.when_pressed = self._pressed

    def close(self, seconds: float = 30.0) -> None:
        """Listen no more, and wait at most so long for a press in progress. Calling it twice is allowed."""
        with self._lock:
            self._closed = True
            working = self._working
        self._button.close()
        if working is not None:
            working.join(timeout=seconds)

    def _pressed(self) -> None:
        with self._lock:
            if self._closed or (self._working is not None and self._working.is_alive()):
                return
            self._working = threading.Thread(target=self._work, name="button", daemon=True)
            self._working.start()

    def _work(self) -> None:
        try:
            self._press()
        except FilmsideError as error:
            # Busy is harmless, and a fault is on the light and the page already: there is nobody here to tell.
            logging.getLogger(__name__).info("The button: %s", error)
        except Exception:
            logging.getLogger(__name__).exception("The button's press failed; report this as a bug")
