"""Telling systemd how the kiosk is: ready, stopping, still alive. Without systemd nothing is told.

The protocol is sd_notify(3): a datagram of KEY=VALUE lines to the socket named in NOTIFY_SOCKET.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping

from device.errors import Fault


def ready(environ: Mapping[str, str] = os.environ) -> bool:
    """Say that the page answers. False when systemd did not start this process."""
    return notify("READY=1", environ)


def stopping(environ: Mapping[str, str] = os.environ) -> bool:
    """Say that the kiosk is closing down."""
    return notify("STOPPING=1", environ)


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send one message; False when NOTIFY_SOCKET is not set. Raises Fault when the socket does not take it."""
    name = environ.get("NOTIFY_SOCKET", "")
    if not name:
        return False
    # A leading @ stands for the zero byte of Linux's abstract sockets.
    address = "\0" + name[1:] if name.startswith("@") else name
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.connect(address)
            sender.sendall(message.encode())
    except OSError as error:
        raise Fault(
            f"systemd cannot be told {message} at NOTIFY_SOCKET {name}: {error}; wanted the socket of a service with "
            "Type=notify. Start Filmside by its unit file, or unset NOTIFY_SOCKET."
        ) from error
    return True


class KeepAlive:
    """Says WATCHDOG=1 as often as systemd wants while the kiosk is well; systemd restarts it when that stops.

    Use it as `with KeepAlive(well): ...`. It does nothing when the unit has no WatchdogSec.
    """

    def __init__(self, well: Callable[[], bool], environ: Mapping[str, str] = os.environ) -> None:
        """`well` is asked before each message; when it raises or hangs, that beat is left out."""
        self._well = well
        self._environ = environ
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def seconds(self) -> float | None:
        """The time from one message to the next, half of what systemd waits; None when it waits for none."""
        wait = self._environ.get("WATCHDOG_USEC", "")
        # WATCHDOG_PID keeps a child that inherited the environment from answering for its parent.
        if not wait.isdecimal() or int(wait) == 0 or self._environ.get("WATCHDOG_PID") not in (None, str(os.getpid())):
            return None
        return int(wait) / 2_000_000

    def __enter__(self) -> KeepAlive:
        seconds = self.seconds
        if seconds is not None and "NOTIFY_SOCKET" in self._environ:
            self._thread = threading.Thread(target=self._run, args=(seconds,), name="keep-alive", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self, seconds: float) -> None:
        while True:
            try:
                if self._well():
                    notify("WATCHDOG=1", self._environ)
            except Exception as error:
                # One slow answer is no reason to restart a kiosk; silence until the watchdog's time is up is.
                logging.getLogger(__name__).warning("The kiosk is not well: %s", error)
            if self._stop.wait(seconds):
                return
