"""Those who look at the live view: the more there are, the less often each asks, so that a film is read no slower."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

AWAY_S = 5.0
"""Who has not asked for so long looks no more: longer than the longest wait between two frames."""

MOST = 100
"""So many are told apart; whoever makes up more names than that gains nothing by it."""

FRAME_MS, EACH_MS = 100, 40
"""Between two frames of one who looks alone, and what each who looks adds for all."""

READING_FRAME_MS, READING_EACH_MS = 500, 100
"""The same while a film is read, when the cores are wanted for it."""

LONGEST_MS = 2500
"""Nobody waits longer than this for the next frame, however many look."""


class Lookers:
    """Who looks at the live view. Methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that only ever grow."""
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._changing = threading.Lock()

    def wait_ms(self, name: str, *, reading: bool) -> int:
        """How long the one of this name is to wait between two frames; that it asks shows that it looks."""
        now = self._clock()
        with self._changing:
            self._seen = {one: at for one, at in self._seen.items() if now - at < AWAY_S}
            if len(self._seen) < MOST:
                self._seen[name] = now
            count = len(self._seen)
        least, each = (READING_FRAME_MS, READING_EACH_MS) if reading else (FRAME_MS, EACH_MS)
        return min(max(least, count * each), LONGEST_MS)
