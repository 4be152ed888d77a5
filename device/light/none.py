"""No status light: for a kiosk whose page is all it shows."""

from __future__ import annotations

from device.values import Status


class NoLight:
    """Shows nothing."""

    def show(self, status: Status) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
