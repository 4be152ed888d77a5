"""The `filmside-train` command: each step alone, or all of them by `run`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from device.errors import Fault
from training import commands
from training.data.sources import DataError

MEMBERS = ("mobilenet_035_192", "mobilenet_100", "custom_cnn")
"""The recipes of the shipped ensemble."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 when a check says no, 2 when the data or the recipe must be
    mended."""
    # TensorFlow greets with pages of build information; what it warns of still shows.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except (DataError, Fault) as error:
        print(f"filmside-train: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"filmside-train: {error}. Nothing that was finished is lost: mend it and run again.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("filmside-train: stopped; the same command goes on after the last whole epoch.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="filmside-train", description="Makes bundles for Filmside out of films.")
    kinds = parser.add_subparsers(required=True, metavar="COMMAND")

    one = kinds.add_parser("curate", help="leave out duplicates and pictures that nothing can be learnt from")
    one.add_argument("sources", type=Path, nargs="+", help="known collections, folders with a folder per class, tables")
    one.add_argument("--out", type=Path, required=True, help="the folder for the table and the sheets to look at")
    one.set_defaults(run=commands.curate)

    one = kinds.add_parser("split", help="split films by patient into train, validation and test")
    one.add_argument("data", type=Path, help="a folder with a folder per class, or with an index.csv")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--recipe", help="whose findings must have films (default: all that are known)")
    how = one.add_mutually_exclusive_group()
    how.add_argument("--as-given", action="store_true", help="as the films' own data sets have split them")
    how.add_argument(
        "--without-origin", action="append", default=[], metavar="ORIGIN",
        help="test on all films of one origin, or of one finding of it: FINDING@ORIGIN; may be given again",
    )  # fmt: skip
    _learn_from(one)
    _run_folder(one)
    one.set_defaults(run=commands.split)

    one = kinds.add_parser("fit", help="fit members; goes on where it was stopped")
    one.add_argument("recipes", nargs="+", help="recipe names or .toml files")
    one.add_argument("--weights", type=Path, help="the folder with pre-trained weights")
    _on_ray(one)
    _run_folder(one)
    one.set_defaults(run=commands.fit)

    for name, does, run in (
        ("gate", "fit the gate that tells how a film is turned, and what is no film", commands.fit_gate),
        ("scout", "fit the scout that sees where a film lies in a photo", commands.fit_scout),
    ):
        one = kinds.add_parser(f"fit-{name}", help=does)
        one.add_argument("recipe", nargs="?", default=name)
        one.add_argument("--others", type=Path, required=True, help="a folder of pictures that are no chest films")
        one.add_argument("--weights", type=Path, help="the folder with pre-trained weights")
        _run_folder(one)
        one.set_defaults(run=run)

    one = kinds.add_parser("demo-photos", help="render the photos that the demo replays")
    one.add_argument("--out", type=Path, required=True)
    _run_folder(one)
    one.set_defaults(run=commands.demo_photos)

    one = kinds.add_parser("pack", help="convert fitted members to int8 and pack them as a bundle")
    one.add_argument("bundle", type=Path, help="the bundle folder to write")
    one.add_argument("--members", nargs="+", default=list(MEMBERS))
    one.add_argument("--gate", help="the gate's recipe; needs --others")
    one.add_argument("--scout", help="the scout's recipe; needs --others")
    one.add_argument("--others", type=Path)
    _references(one)
    _despite_audit(one)
    _run_folder(one)
    one.set_defaults(run=commands.pack)

    one = kinds.add_parser("prove", help="measure anew what a packed bundle may say, and audit it for shortcuts")
    one.add_argument("bundle", type=Path, help="the bundle folder to change")
    one.add_argument(
        "--right", type=_share_of, action="append", default=[], metavar="OUTCOME=SHARE",
        help="how often one outcome is to be right, such as NORMAL=0.95 (else 0.9); may be given again, and is kept",
    )  # fmt: skip
    _despite_audit(one)
    _run_folder(one)
    one.set_defaults(run=commands.prove)

    one = kinds.add_parser(
        "exchange", help="give a packed bundle other members, another gate or scout, or leave members out"
    )
    one.add_argument("bundle", type=Path, help="the bundle folder to change")
    one.add_argument("--members", nargs="+", default=[], help="fitted members: in the place of their names, or added")
    one.add_argument("--without", nargs="+", default=[], metavar="MEMBER", help="members of the bundle to leave out")
    one.add_argument("--gate", help="the fitted gate's recipe")
    one.add_argument("--scout", help="the fitted scout's recipe")
    one.add_argument("--others", type=Path, help="a folder of pictures that are no chest films, for gate and scout")
    _despite_audit(one)
    _run_folder(one)
    one.set_defaults(run=commands.exchange)

    one = kinds.add_parser("edgetpu", help="check an int8 file for a Coral Edge TPU, and compile it")
    one.add_argument("file", type=Path, help="a member's int8.tflite")
    one.add_argument("--out", type=Path, default=Path("edgetpu"), help="where the compiler's file and log go")
    one.add_argument("--check-only", action="store_true", help="do not call the compiler")
    one.set_defaults(run=commands.edgetpu)

    one = kinds.add_parser(
        "evaluate", help="read validation and test split with a packed bundle; write report and card"
    )
    one.add_argument("bundle", type=Path)
    one.add_argument("--others", type=Path, help="pictures that are no chest films, to try the gate on")
    one.add_argument(
        "--films", type=int, default=0, help="a sample of so many films a split and hospital, for looking at the report"
    )
    _evidence(one)
    one.add_argument("--out", type=Path, help="where the report goes (default: the run folder, or its sample folder)")
    _run_folder(one)
    one.set_defaults(run=commands.evaluate)

    one = kinds.add_parser("run", help="curate, split, fit, convert, pack and evaluate in one go")
    one.add_argument("recipes", nargs="*", default=list(MEMBERS))
    one.add_argument("--data", type=Path, required=True, nargs="+", help="where the films are, as curate takes them")
    one.add_argument("--uncurated", action="store_true", help="take the films of one folder as they are")
    one.add_argument("--bundle", type=Path, required=True)
    one.add_argument("--weights", type=Path)
    one.add_argument("--others", type=Path, help="pictures that are no chest films: fits a gate and a scout too")
    one.add_argument("--seed", type=int, default=1)
    _learn_from(one)
    _references(one)
    _evidence(one)
    _despite_audit(one)
    _on_ray(one)
    _run_folder(one)
    one.set_defaults(run=commands.run)
    return parser


def _learn_from(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--learn-from", type=Path, nargs="+", default=[], metavar="FOLDER",
        help="films of other places, as curate takes them, to train on only: none is for validation or test",
    )  # fmt: skip


def _references(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--references", type=Path, nargs="+", default=[], help="kept films (grey PNG) to prove it on")


def _evidence(parser: argparse.ArgumentParser) -> None:
    """What an evaluation sets beside the bundle's own answers."""
    parser.add_argument("--yardstick", default="", help="a recipe to stand beside it, fitted in the same run")
    parser.add_argument("--lung-masks", type=Path, help="a folder of lung masks, named as their films are")
    parser.add_argument(
        "--hospitals", type=Path, help="a folder of hospitals that nothing was learnt from, a folder each"
    )
    parser.add_argument(
        "--left-out",
        type=Path,
        nargs="+",
        default=[],
        help="evaluated runs, each without one origin, or tables of answers",
    )
    parser.add_argument(
        "--per-tensor", action="store_true", help="set TFLite's own int8 beside it, a scale for a channel or a layer"
    )
    parser.add_argument("--every-licence", action="store_true", help="show films that may not be passed on, too")


def _share_of(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no outcome with its share; wanted such as NORMAL=0.95") from None


def _despite_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--despite-audit", action="store_true", help="pack although the shortcut audit fails; the page will say so"
    )


def _run_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", dest="folder", type=Path, default=Path("runs/filmside"), help="where the work is kept")


def _on_ray(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ray", nargs="?", const="local", metavar="ADDRESS",
        help="fit the members side by side on a Ray cluster (by default one started for it on this machine)",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
