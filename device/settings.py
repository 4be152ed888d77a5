"""Settings: what a site may choose on a board, from one TOML file. An unknown key is an error."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from device.errors import SettingsFault

CAMERAS = ("folder", "pi", "opencv")
LIGHTS = ("none", "terminal", "gpio-rgb", "gpio-led")


@dataclass(frozen=True)
class Settings:
    """A dozen keys; the defaults suit a Raspberry Pi kiosk whose bundle lies beside its data.

    `bundle` is a bundle folder; `data` is where studies are kept; `host` and `port` are the page's;
    `camera` is one of CAMERAS, and `camera_source` what it opens: a folder of photos, a device number
    or a GStreamer pipeline; `camera_width` and `camera_height` are photo pixels; `light` is one of LIGHTS and
    `light_pins` its BCM pin numbers (three for RGB: red, green, blue; one for a single LED);
    `button_pin` is the BCM pin of the *Read film* button, or -1 for none; with `take_when_still` the kiosk takes the
    photo by itself when a film has lain still and fit for a second;
    `free_megabytes` is how much disk must stay free before a study is kept;
    studies are removed for good `keep_days` after they were read (0: never), and `undo_days` after they were deleted;
    with `make_room` the oldest are removed when the disk runs short, without it no more are kept then;
    with `open_screen` the kiosk's own screen needs no login; who does nothing for `session_minutes` is logged out;
    `sticks` is the folder in which the system mounts USB sticks.
    """

    bundle: Path = Path("/var/lib/filmside/bundle")
    data: Path = Path("/var/lib/filmside/data")
    host: str = "127.0.0.1"
    port: int = 8080
    camera: str = "pi"
    camera_source: str = "0"
    camera_width: int = 4056
    camera_height: int = 3040
    light: str = "none"
    light_pins: tuple[int, ...] = ()
    button_pin: int = -1
    take_when_still: bool = False
    free_megabytes: int = 200
    keep_days: int = 0
    undo_days: int = 30
    make_room: bool = False
    open_screen: bool = False
    session_minutes: int = 60
    sticks: Path = Path("/run/filmside-sticks")

    def __post_init__(self) -> None:
        _one_of("camera", self.camera, CAMERAS)
        _one_of("light", self.light, LIGHTS)
        if not 1 <= self.port <= 65535:
            raise SettingsFault(f"port is {self.port}; wanted 1 to 65535. Choose a free port above 1023.")
        if self.session_minutes < 1:
            raise SettingsFault(f"session_minutes is {self.session_minutes}; wanted at least 1. Set how long is fair.")
        if self.keep_days < 0 or self.undo_days < 1:
            raise SettingsFault(
                f"keep_days is {self.keep_days} and undo_days {self.undo_days}; wanted at least 0 and 1. Set keep_days "
                "to 0 to keep studies for good."
            )
        if self.camera_width < 640 or self.camera_height < 480:
            raise SettingsFault(
                f"camera_width x camera_height is {self.camera_width} x {self.camera_height}; wanted at least "
                "640 x 480. Set the size of the photos that your camera takes."
            )
        pins = {"gpio-rgb": 3, "gpio-led": 1}.get(self.light, 0)
        if len(self.light_pins) != pins:
            raise SettingsFault(
                f'light = "{self.light}" has {len(self.light_pins)} light_pins; wanted {pins}. '
                f"Set light_pins to a list of {pins} BCM pin numbers."
            )


def load_settings(path: Path) -> Settings:
    """Read one TOML file. Raises SettingsFault that names the file, the key and what was wanted.

    Relative paths in the file are meant from the file's own folder.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsFault(f"There is no settings file {path}. Make one (see README, 'Settings').") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsFault(f"The settings file {path} cannot be read: {error}. Mend that line.") from error
    known = {field.name: field for field in fields(Settings)}
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise SettingsFault(
            f"{path} has the unknown key {', '.join(unknown)}; wanted some of {', '.join(sorted(known))}. "
            "Correct or remove it."
        )
    values = {key: _typed(path, key, value, known[key].default) for key, value in table.items()}
    return Settings(**values)


def _typed(path: Path, key: str, value: object, default: object) -> Any:
    """`value` in the type of the key's default, or a SettingsFault."""
    if isinstance(default, Path) and isinstance(value, str):
        return path.parent / value
    if isinstance(default, tuple) and isinstance(value, list) and all(type(item) is int for item in value):
        return tuple(value)
    if type(value) is type(default):
        return value
    # bool before int, as True is an int.
    wanted = {
        Path: "a path in quotes",
        str: "text in quotes",
        bool: "true or false",
        int: "a whole number",
        tuple: "a list of numbers",
    }
    kind = next(word for type_, word in wanted.items() if isinstance(default, type_))
    raise SettingsFault(f"{path}: {key} is {value!r}; wanted {kind}. Correct it.")


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsFault(f'{key} is "{value}"; wanted one of {", ".join(allowed)}. Correct it.')
