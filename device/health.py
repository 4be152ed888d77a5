"""How a running kiosk is: each part, what was found, what to do. Nothing is opened, nothing is taken from a reading."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from device.account import Audited
from device.errors import FilmsideError
from device.kiosk import Kiosk
from device.settings import Settings
from device.study import Search
from device.values import Check

BUILT = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""No right clock shows a time before this release was made."""

HOT_C = 75.0
"""Degrees from which a Raspberry Pi will soon slow itself down (80) and reading with it."""

THROTTLED = {0: "too little voltage", 1: "slowed by its own limit", 2: "slowed down", 3: "slowed by heat"}
"""The bits of a Raspberry Pi's get_throttled that are of now; the same 16 further up were so since the start."""

RECENT = 200
"""Studies whose times and refusals a diagnostics file counts."""


class Health:
    """Looks at one kiosk. `root` is where /sys and /run are; a test gives a tree of its own."""

    def __init__(
        self,
        kiosk: Kiosk,
        settings: Settings,
        clock: Callable[[], datetime],
        audit: Callable[[], Audited],
        root: Path = Path("/"),
    ) -> None:
        self._kiosk = kiosk
        self._settings = settings
        self._clock = clock
        self._audit = audit
        self._root = root
        self._started = clock()

    def checks(self) -> tuple[Check, ...]:
        """Each part on its own: one that is broken hides no other."""
        return (
            self._checked("reading", self._reading),
            self._checked("camera", self._camera),
            Check("light", True, self._settings.light),
            self._checked("bundle", self._bundle),
            self._checked("disk", self._disk),
            self._temperature(),
            self._power(),
            self._clock_check(),
            self._checked("log", self._log),
            Check("version", True, f"Filmside {installed()}, running since {self._started:%Y-%m-%d %H:%M} UTC"),
        )

    def diagnostics(self) -> bytes:
        """A ZIP for support with nothing of a patient in it: no reference, note, picture, file name or person.

        Only what is listed here goes in, counted; nothing is copied out of the studies.
        """
        studies = self._kiosk.store.studies(limit=RECENT)
        stages: dict[str, list[float]] = {}
        for study in studies:
            for timing in study.timings:
                stages.setdefault(timing.stage, []).append(timing.milliseconds)
        told = {
            "made_at": self._clock().isoformat(),
            "version": installed(),
            "checks": [asdict(check) for check in self.checks()],
            "settings": {name: str(value) for name, value in asdict(self._settings).items()},
            "bundle": self._kiosk.ensemble.bundle.id,
            "members": {one.name: one.sha256 for one in self._kiosk.ensemble.bundle.members},
            "studies": self._kiosk.store.count(),
            "deleted": self._kiosk.store.count(Search(deleted=True)),
            "recent_outcomes": dict(Counter(one.reading.outcome.name for one in studies if one.reading)),
            "recent_refusals": dict(Counter(one.refusal.reason.value for one in studies if one.refusal)),
            "recent_median_milliseconds": {stage: round(median(times), 1) for stage, times in stages.items()},
            "events": self._audit().events,
        }
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("filmside.json", json.dumps(told, indent=1, ensure_ascii=False))
            archive.writestr("MODEL_CARD.md", self._kiosk.ensemble.bundle.card)
        return made.getvalue()

    def _checked(self, name: str, look: Callable[[], Check]) -> Check:
        try:
            return look()
        except FilmsideError as error:
            return Check(name, False, str(error), "")

    def _reading(self) -> Check:
        fault = self._kiosk.fault
        return Check("reading", fault is None, fault or self._kiosk.status.value)

    def _camera(self) -> Check:
        frame = self._kiosk.live_frame()
        locked = self._kiosk.camera.locked()
        missing = f"; it has no control for {', '.join(locked.missing)}" if locked.missing else ""
        return Check("camera", True, f"{self._settings.camera} gives photos of {frame.width} x {frame.height}{missing}")

    def _bundle(self) -> Check:
        bundle = self._kiosk.ensemble.bundle
        found = f"{bundle.id}, {len(bundle.members)} members"
        if bundle.audit is not None and not bundle.audit.passed:
            return Check("bundle", False, f"{found}; its shortcut audit failed", "Do not rely on its readings.")
        return Check("bundle", True, found)

    def _disk(self) -> Check:
        free, wanted = self._kiosk.store.free_megabytes(), self._settings.free_megabytes
        found = f"{free} MB free, {self._kiosk.store.count()} studies"
        if free < wanted:
            return Check("disk", False, found, more_room(wanted))
        if free < 5 * wanted:
            return Check("disk", True, f"{found}; it fills up: save and delete old studies soon")
        return Check("disk", True, found)

    def _temperature(self) -> Check:
        found = [self._number(path) for path in sorted(self._root.glob("sys/class/thermal/thermal_zone*/temp"))]
        known = [value / 1000 for value in found if value is not None]
        if not known:
            return Check("temperature", True, "not known on this board")
        hottest = max(known)
        if hottest >= HOT_C:
            return Check(
                "temperature", False, f"{hottest:.0f} °C", "Give it air: clear its slots, move it from the sun."
            )
        return Check("temperature", True, f"{hottest:.0f} °C")

    def _power(self) -> Check:
        bits = self._number(self._root / "sys/devices/platform/soc/soc:firmware/get_throttled", base=16)
        if bits is None:
            return Check("power", True, "not known on this board")
        now = [words for bit, words in THROTTLED.items() if bits >> bit & 1]
        before = [words for bit, words in THROTTLED.items() if bits >> (bit + 16) & 1]
        if now:
            return Check("power", False, ", ".join(now), "Use the board's own power supply and cable; give it air.")
        if before:
            return Check("power", True, f"well now; since the start it was {', '.join(before)}")
        return Check("power", True, "well")

    def _clock_check(self) -> Check:
        now = self._clock()
        if behind := clock_behind(now):
            return behind
        set_by_network = (self._root / "run/systemd/timesync/synchronized").exists()
        leapt = self._kiosk.retention.leapt()
        if leapt:
            say = "If the date is right, say so in the list of studies; if not, set it."
            return Check("clock", False, f"{now:%Y-%m-%d %H:%M} UTC, long after it was last in use", say)
        return Check("clock", True, f"{now:%Y-%m-%d %H:%M} UTC{', set by the network' if set_by_network else ''}")

    def _log(self) -> Check:
        found = self._audit()
        if found.wrong:
            return Check("log", False, found.wrong, "Keep a copy of the data folder and tell your district.")
        return Check("log", True, f"{found.events} events, whole")

    def _number(self, path: Path, *, base: int = 10) -> int | None:
        try:
            return int(path.read_text(encoding="ascii").strip(), base)
        except (OSError, ValueError):
            return None


def clock_behind(now: datetime) -> Check | None:
    """What is said of a clock that shows a time before this release was made; None of one that may be right."""
    if now >= BUILT:
        return None
    return Check("clock", False, f"{now:%Y-%m-%d %H:%M} UTC", "Set the clock, or fit a clock battery.")


def more_room(wanted: int) -> str:
    """What to do when fewer megabytes are free than the settings want."""
    return f"Free at least {wanted} MB: save and delete old studies."


def installed() -> str:
    """The version of Filmside that runs here."""
    try:
        return version("filmside")
    except PackageNotFoundError:
        return "unknown"
