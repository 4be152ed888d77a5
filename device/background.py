"""One job at a time on a thread of its own, which can be asked to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """Methods may be called from any thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether a job is on its way."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether the job was asked to stop: it is to look at this between its steps."""
        return self._stopping.is_set()

    def start(self, first: Callable[[], None], run: Callable[[], None]) -> bool:
        """Do `first` here and `run` on a thread; neither, and False, while another job is on its way."""
        with self._turn:
            if self.running:
                return False
            self._stopping.clear()
            first()
            self._thread = threading.Thread(target=run, name=self._name, daemon=True)
            self._thread.start()
        return True

    def stop(self, *, wait_s: float = 0.0) -> None:
        """Ask the job to stop, and wait so long for it; calling it twice is allowed."""
        self._stopping.set()
        if wait_s and self._thread is not None:
            self._thread.join(wait_s)
