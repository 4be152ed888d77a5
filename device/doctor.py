"""What `filmside doctor` looks at: each part of the kiosk, what was found, and what to do."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from device.calibrate import load_flat_field
from device.camera import open_camera
from device.errors import FilmsideError
from device.health import clock_behind, more_room
from device.intake.decode import decode
from device.light import open_light
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.settings import Settings
from device.values import Check, Refusal, Status

SAVES_TO_STICKS = "filmside-stick-save.path"

BOOTED_BY_SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs the machine (sd_booted(3))."""


def examine_kiosk(settings: Settings, now: Callable[[], datetime]) -> tuple[Check, ...]:
    """Look at each part of the kiosk on its own: one that is broken hides no other."""
    return (
        _checked("camera", lambda: _camera(settings)),
        _checked("light", lambda: _light(settings)),
        _checked("bundle", lambda: _bundle(settings.bundle)),
        _checked("disk", lambda: _disk(settings)),
        _clock(now()),
        _checked("site", lambda: _site(settings, now())),
        _sticks(),
    )


def _checked(name: str, look: Callable[[], str | Check]) -> Check:
    try:
        found = look()
    except FilmsideError as error:
        return Check(name, False, str(error), "")
    return found if isinstance(found, Check) else Check(name, True, found)


def _camera(settings: Settings) -> str | Check:
    camera = open_camera(settings)
    try:
        photo = camera.take()
        locked = camera.locked()
    finally:
        camera.close()
    picture = decode(photo)
    if isinstance(picture, Refusal):
        return Check("camera", False, f"it gave {photo.name}, which cannot be used: {picture.say}", "Mend the camera.")
    held = f", with {_and(locked.held)} held" if locked.held else ""
    missing = f"; it has no control for {_and(locked.missing)}" if locked.missing else ""
    return f"{settings.camera} gives photos of {picture.width} x {picture.height}{held}{missing}"


def _sticks() -> Check:
    """Whether the system waits for what the kiosk lays out for a stick: the kiosk would hear of it too late."""
    if not BOOTED_BY_SYSTEMD.is_dir():
        return Check("sticks", True, "not looked at: this machine is not run by systemd")
    command = ["systemctl", "show", "--property=LoadState,ActiveState", SAVES_TO_STICKS]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError) as error:
        return Check(
            "sticks", False, f"systemd does not answer: {error}", f"Ask it: systemctl status {SAVES_TO_STICKS}"
        )
    if "ActiveState=active" in told:
        return Check("sticks", True, f"{SAVES_TO_STICKS} waits for what is to be saved")
    if "LoadState=not-found" in told:
        return Check("sticks", True, f"nothing is saved to sticks: {SAVES_TO_STICKS} is not installed")
    say = f"As root: systemctl unmask {SAVES_TO_STICKS}; systemctl enable --now {SAVES_TO_STICKS}"
    return Check("sticks", False, f"{SAVES_TO_STICKS} is not active: nothing can be saved to a stick", say)


def _and(words: tuple[str, ...]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def _light(settings: Settings) -> str:
    light = open_light(settings)
    try:
        light.show(Status.READY)
    finally:
        light.close()
    return f"{settings.light} can be driven"


def _bundle(folder: Path) -> str:
    bundle = load_bundle(folder)
    Ensemble(bundle)
    helpers = " and ".join(name for name, spec in (("a scout", bundle.scout), ("a gate", bundle.gate)) if spec)
    return (
        f"{bundle.id}, {len(bundle.members)} members with {helpers or 'neither scout nor gate'}, "
        f"{len(bundle.findings)} findings; {len(bundle.references)} reference films read as they should"
    )


def _disk(settings: Settings) -> Check:
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            "disk", False, f"{folder} cannot be written: {error.strerror}", "Give Filmside's user that folder."
        )
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < settings.free_megabytes:
        return Check("disk", False, f"{free} MB free at {folder}", more_room(settings.free_megabytes))
    return Check("disk", True, f"{free} MB free at {folder}")


def _clock(now: datetime) -> Check:
    return clock_behind(now) or Check("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")


def _site(settings: Settings, now: datetime) -> str | Check:
    field = load_flat_field(settings.data)
    if field is None:
        return "not calibrated, so photos are read as they come; `filmside calibrate` evens out the box"
    size = (settings.camera_width, settings.camera_height)
    days = max(0, (now - field.made_at).days)
    found = f"calibrated {days} {'day' if days == 1 else 'days'} ago for photos of {field.width} x {field.height}"
    if settings.camera != "folder" and (field.width, field.height) != size:
        say = "Run `filmside calibrate` again; until then photos are read as they come."
        return Check("site", False, f"{found}; the settings say {size[0]} x {size[1]}", say)
    return found
