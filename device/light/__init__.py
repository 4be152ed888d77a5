"""The status light: one protocol, and a file for each thing that can drive it.

The light tells what the kiosk is doing (`values.Status`), never which finding a film has.
"""

from __future__ import annotations

from typing import Protocol

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


def open_light(settings: Settings) -> Light:
    """The light that the settings name. Raises LightFault that says what to do."""
    if settings.light == "none":
        from device.light.none import NoLight

        return NoLight()
    if settings.light == "terminal":
        from device.light.terminal import TerminalLight

        return TerminalLight()
    from device.light.gpio import GpioLight

    return GpioLight.from_settings(settings)
