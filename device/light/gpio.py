"""The status light on a Raspberry Pi's pins: one RGB LED, or one LED that tells by its pattern alone."""

from __future__ import annotations

import threading
from typing import Any

from gpiozero import PWMLED, RGBLED, GPIOZeroError

from device.errors import LightFault
from device.light.patterns import Look, look_of
from device.values import Status


class GpioLight:
    """Three pins (red, green, blue) or one, in BCM numbers. `pin_factory` is gpiozero's; None is its own choice."""

    def __init__(self, pins: tuple[int, ...], *, pin_factory: Any = None) -> None:
        """Raises LightFault when the pins cannot be driven."""
        self._pins = pins
        self._lock = threading.Lock()
        try:
            self._led: Any = (
                PWMLED(pins[0], pin_factory=pin_factory) if len(pins) == 1 else RGBLED(*pins, pin_factory=pin_factory)
            )
        except (GPIOZeroError, OSError, ValueError) as error:
            raise self._fault(error) from error

    def show(self, status: Status) -> None:
        """Show the status until the next one; the blinking is gpiozero's. Raises LightFault."""
        with self._lock:
            if self._led.closed:
                raise LightFault("The light is closed; wanted an open one. Start the kiosk again.")
            try:
                self._shine(look_of(status))
            except (GPIOZeroError, OSError) as error:
                raise self._fault(error) from error

    def close(self) -> None:
        """Switch off and give the pins back. Calling it twice is allowed."""
        with self._lock:
            if not self._led.closed:
                self._led.off()
            self._led.close()

    def _shine(self, look: Look) -> None:
        pattern, colour = look.pattern, (look.colour.red, look.colour.green, look.colour.blue)
        coloured = len(self._pins) > 1
        if pattern.steady:
            self._led.value = colour if coloured else 1
            return
        shades = {"on_color": colour, "off_color": (0, 0, 0)} if coloured else {}
        self._led.blink(pattern.on, pattern.off, fade_in_time=pattern.fade, fade_out_time=pattern.fade, **shades)

    def _fault(self, error: Exception) -> LightFault:
        return LightFault(
            f"The status light on pins {', '.join(map(str, self._pins))} cannot be driven: {error}; wanted free BCM "
            "pins. Correct `light_pins` in the settings, and check that no other program has them."
        )
