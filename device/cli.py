"""The `filmside` command. The only place that wires settings to camera, light, ensemble, store, kiosk and page."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from device import demo
from device.calibrate import calibrate, check_site
from device.console import audit, let_in
from device.doctor import examine_kiosk
from device.errors import Fault
from device.read import Form, read_files
from device.save_to_stick import save_to_stick
from device.serve import serve
from device.settings import Settings, load_settings
from device.values import Check

DONE, REFUSED, FAULT = 0, 1, 2
"""Exit codes: all was well; some photos were refused, or the site is to be put right; something is broken."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Faults go to standard error in words, never as a traceback."""
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except Fault as fault:
        print(f"filmside: {fault}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain once more while closing it.
        sys.stderr.close()
        return REFUSED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="filmside", description="Reads chest X-ray films on a light box. A decision aid, not a medical device."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("demo", help="start a kiosk on the shipped film photos and bundle")
    one.add_argument("--port", type=int, default=8080, help="the page's port on 127.0.0.1 (default 8080)")
    one.add_argument("--photos", type=Path, default=demo.PHOTOS, help="a folder of photos to replay")
    one.add_argument("--bundle", type=Path, default=demo.BUNDLE, help="the bundle to read with")
    one.set_defaults(run=_demo)

    one = commands.add_parser("serve", help="start the kiosk that the settings describe")
    one.add_argument("--settings", type=Path, required=True, help="the settings file (TOML)")
    one.add_argument(
        "--stay", type=float, default=0.0, metavar="SECONDS",
        help="where it cannot start, show on the page what is broken for so long, then end",
    )  # fmt: skip
    one.set_defaults(run=_serve)

    one = commands.add_parser("read", help="read photo files without a kiosk")
    one.add_argument("photos", type=Path, nargs="+", metavar="PHOTO_OR_FOLDER")
    one.add_argument("--bundle", type=Path, default=demo.BUNDLE, help="the bundle to read with (default: the shipped)")
    one.add_argument("--heatmaps", type=Path, metavar="DIR", help="write each film with its heat map there, as PNG")
    form = one.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=Form.JSON, help="one JSON object a line")
    form.add_argument("--csv", dest="form", action="store_const", const=Form.CSV, help="a CSV table")
    one.set_defaults(run=_read, form=Form.PLAIN)

    one = commands.add_parser("doctor", help="check camera, light, bundle, disk, clock, site and sticks")
    one.add_argument("--settings", type=Path, help="the settings file (default: the demo's)")
    one.set_defaults(run=_doctor)

    one = commands.add_parser("audit", help="prove that the log of who did what is whole")
    one.add_argument("--settings", type=Path, required=True, help="the settings file (TOML)")
    one.set_defaults(run=_audit)

    one = commands.add_parser("let-in", help="give an administrator a fresh password: the way back in")
    one.add_argument("name", help="the administrator's name; made where there is none")
    one.add_argument("--settings", type=Path, required=True, help="the settings file (TOML)")
    one.set_defaults(run=_let_in)

    one = commands.add_parser("save-to-stick", help="copy what the kiosk has laid out to a USB stick: for the system")
    one.add_argument("--outbox", type=Path, required=True, help="the folder `outbox` in the kiosk's data folder")
    one.add_argument("--sticks", type=Path, required=True, help="the folder in which the system mounts USB sticks")
    one.set_defaults(run=_save_to_stick)

    one = commands.add_parser("calibrate", help="measure the bare, lit box and even out photos by it from now on")
    one.add_argument("--settings", type=Path, help="the settings file (default: the demo's, and nothing is kept)")
    one.add_argument("--check", action="store_true", help="say what has drifted since, and keep nothing")
    one.set_defaults(run=_calibrate)
    return parser


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _demo(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="filmside-demo-") as folder:
        settings = replace(demo.settings(Path(folder)), port=chosen.port, bundle=chosen.bundle)
        settings = replace(settings, camera_source=str(chosen.photos))
        print("The demo keeps its studies until it is stopped with Ctrl-C.", file=sys.stderr)
        serve(settings, clock=_now)
    return DONE


def _serve(chosen: argparse.Namespace) -> int:
    serve(load_settings(chosen.settings), clock=_now, stay_s=chosen.stay)
    return DONE


def _read(chosen: argparse.Namespace) -> int:
    refused = read_files(chosen.photos, bundle=chosen.bundle, form=chosen.form, heat_maps=chosen.heatmaps)
    return REFUSED if refused else DONE


def _doctor(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="filmside-doctor-") as folder:
        settings: Settings = load_settings(chosen.settings) if chosen.settings else demo.settings(Path(folder))
        checks = examine_kiosk(settings, _now)
    _print_checks(checks)
    return DONE if all(check.well for check in checks) else FAULT


def _audit(chosen: argparse.Namespace) -> int:
    found = audit(load_settings(chosen.settings))
    if found.wrong:
        print(f"BAD  {found.events} events are whole, then {found.wrong}. Keep a copy of the data folder, and ask who.")
        return FAULT
    print(f"well {found.events} events follow one another; the last link is {found.last}.")
    return DONE


def _let_in(chosen: argparse.Namespace) -> int:
    password = let_in(load_settings(chosen.settings), chosen.name, _now)
    print(f"{chosen.name} may log in with {password}. Change it on the page, under the name at the top.")
    return DONE


def _save_to_stick(chosen: argparse.Namespace) -> int:
    print(save_to_stick(chosen.outbox, chosen.sticks, datetime.now().astimezone()) or "Nothing is to be saved.")
    return DONE


def _calibrate(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="filmside-calibrate-") as folder:
        settings = load_settings(chosen.settings) if chosen.settings else demo.settings(Path(folder))
        found = check_site(settings) if chosen.check else calibrate(settings, _now)
    _print_checks(found.checks)
    if found.kept is not None:
        print(f"The flat field is kept in {found.kept}; start the kiosk again to use it.")
    elif not chosen.check:
        print("No flat field was kept.")
    return DONE if found.well else REFUSED


def _print_checks(checks: Sequence[Check]) -> None:
    for check in checks:
        found = check.found if check.found.endswith(".") or not check.to_do else f"{check.found}."
        print(f"{'well ' if check.well else 'BAD  '} {check.name}: {found} {check.to_do}".rstrip())
