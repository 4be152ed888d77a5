"""Retention: which studies go for good and when. Said beforehand, written down when it is done, never silent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from device.errors import Fault
from device.store.store import Store
from device.study import RemovalReason, Rules, Search, Study

MOST_LEAP = timedelta(days=60)
"""A clock that is so far ahead of when it was last believed has jumped, or the kiosk lay switched off for months: a
person must say which before anything is removed for its age."""

EVERY_S = 3600.0
"""How often a kiosk that reads nothing looks: its studies grow old all the same."""

_BELIEVED_EVERY = timedelta(hours=1)

_AT_ONCE = 100

log = logging.getLogger(__name__)


class Retention:
    """Removes from one store what its rules say. Methods may be called from any thread."""

    def __init__(self, store: Store, rules: Rules, clock: Callable[[], datetime]) -> None:
        self.rules = rules
        self._store = store
        self._clock = clock
        self._working = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def leapt(self) -> bool:
        """Whether the clock is so far ahead that nothing is removed for its age until a person believes it."""
        believed = self._store.believed_at()
        return believed is not None and self._clock() - believed > MOST_LEAP

    def believe(self) -> None:
        """A person says that the kiosk's date is right."""
        self._store.believe(self._clock())

    def goes_at(self, study: Study) -> datetime | None:
        """When a study is removed for good; None where it stays until the disk is full or somebody deletes it."""
        ends = []
        if study.deleted_at is not None:
            ends.append(study.deleted_at + timedelta(days=self.rules.undo_days))
        if self.rules.keep_days:
            ends.append(study.read_at + timedelta(days=self.rules.keep_days))
        return min(ends, default=None)

    def going(self, within: timedelta) -> int:
        """How many studies that are not deleted will be removed for their age within this time."""
        if not self.rules.keep_days:
            return 0
        return self._store.count(Search(before=self._clock() + within - timedelta(days=self.rules.keep_days)))

    def run(self) -> int:
        """Remove what is due, and say how many studies that were. A store that fails is logged: films come first."""
        with self._working:
            try:
                return self._run()
            except Fault as error:
                log.warning("Studies that are due could not be removed: %s", error)
                return 0

    def _run(self) -> int:
        now = self._clock()
        removed = 0
        if not self.leapt():
            believed = self._store.believed_at()
            # A clock that was set back is not believed any less: nothing grows old by it. And not at every film: each
            # time is a write that a card waits for.
            if believed is None or now - believed > _BELIEVED_EVERY:
                self._store.believe(now)
            removed += sum(self._remove(study, now, reason) for study, reason in self._due(now))
        return removed + sum(self._remove(study, now, RemovalReason.ROOM) for study in self._in_the_way())

    def _due(self, now: datetime) -> Iterator[tuple[Study, RemovalReason]]:
        undone = Search(deleted=True, deleted_before=now - timedelta(days=self.rules.undo_days))
        while deleted := self._store.studies(undone, limit=_AT_ONCE):
            for study in deleted:
                yield study, RemovalReason.DELETED
        if self.rules.keep_days:
            aged = Search(before=now - timedelta(days=self.rules.keep_days))
            while old := self._store.studies(aged, limit=_AT_ONCE, oldest=True):
                for study in old:
                    yield study, RemovalReason.AGE

    def _in_the_way(self) -> Iterator[Study]:
        """While there is too little room for the next study: the deleted ones, then, where the site wants it so, the
        oldest. The one that was just read stays."""
        while self._store.free_megabytes() < self.rules.free_megabytes:
            oldest = self._store.studies(Search(deleted=True), limit=1, oldest=True)
            if not oldest and self.rules.make_room:
                oldest = self._store.studies(limit=2, oldest=True)[:-1]
            if not oldest:
                return
            yield oldest[0]

    def _remove(self, study: Study, now: datetime, reason: RemovalReason) -> int:
        self._store.remove(study.id, now, reason)
        log.info("Study %s of %s was removed for good: %s", study.id, study.read_at.isoformat(), reason.value)
        return 1

    def start(self) -> None:
        """Look now and every hour, on a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._go_on, name="retention", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking. Calling it twice is allowed."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10)

    def _go_on(self) -> None:
        while True:
            self.run()
            if self._stopping.wait(EVERY_S):
                return
