"""The status light and the *Read film* button: one protocol, and a file for each thing that can drive a light.

The light tells what the kiosk is doing (`values.Status`), never which finding a film has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from device.errors import LightFault
from device.settings import Settings
from device.values import Status


class Light(Protocol):
    """Shows a status. Every method may be called from any thread."""

    def show(self, status: Status) -> None:
        """Show this status until the next one. Raises LightFault."""
        ...

    def close(self) -> None:
        """Switch off and give the pins back. Calling it twice is allowed."""
        ...


class Pressable(Protocol):
    """The *Read film* button, listening until it is closed."""

    def close(self) -> None:
        """Listen no more. Calling it twice is allowed."""
        ...


def open_light(settings: Settings) -> Light:
    """The light that the settings name. Raises LightFault that says what to do."""
    if settings.light == "none":
        from device.light.none import NoLight

        return NoLight()
    if settings.light == "terminal":
        from device.light.terminal import TerminalLight

        return TerminalLight(sys.stdout)
    try:
        from device.light.board import board_pins
        from device.light.gpio import GpioLight
    except ImportError as error:
        raise _no_library(f'light = "{settings.light}"', error) from error
    return GpioLight(settings.light_pins, pin_factory=board_pins())


def open_button(settings: Settings, press: Callable[[], object]) -> Pressable | None:
    """The button that calls `press`, None when the settings have none. Raises LightFault that says what to do."""
    if settings.button_pin < 0:
        return None
    try:
        from device.light.board import board_pins
        from device.light.button import ReadButton
    except ImportError as error:
        raise _no_library(f"button_pin = {settings.button_pin}", error) from error
    return ReadButton(settings.button_pin, press, pin_factory=board_pins())


def _no_library(key: str, error: ImportError) -> LightFault:
    return LightFault(
        f"{key}, but the library for the board's pins cannot be loaded: {error}. Install Filmside with its extra: "
        "`pip install 'filmside[pi]'`."
    )
