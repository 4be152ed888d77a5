"""A light that remembers what it showed: for tests. No setting chooses it."""

from __future__ import annotations

import threading

from device.errors import LightFault
from device.values import Status


class MemoryLight:
    """Records every status in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: list[Status] = []
        self._closed = False

    @property
    def shown(self) -> tuple[Status, ...]:
        """Everything shown so far, oldest first."""
        with self._lock:
            return tuple(self._shown)

    @property
    def closed(self) -> bool:
        return self._closed

    def show(self, status: Status) -> None:
        """Record the status. Raises LightFault after close, as a real light does."""
        with self._lock:
            if self._closed:
                raise LightFault("The light is closed; wanted an open one. Start the kiosk again.")
            self._shown.append(status)

    def close(self) -> None:
        """Record no more. Calling it twice is allowed."""
        self._closed = True
