"""The `filmside-train` command: each step alone, or all of them by `run`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from device.errors import Fault
from training.data.sources import DataError
from training.recipe import FINDINGS, GROUPS, Recipe, load_recipe

MEMBERS = ("mobilenet_035", "mobilenet_100", "custom_cnn")
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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("curate", help="leave out duplicates and pictures that nothing can be learnt from")
    one.add_argument("sources", type=Path, nargs="+", help="known collections, folders with a folder per class, tables")
    one.add_argument("--out", type=Path, required=True, help="the folder for the table and the sheets to look at")
    one.set_defaults(run=_curate)

    one = commands.add_parser("split", help="split films by patient into train, validation and test")
    one.add_argument("data", type=Path, help="a folder with a folder per class, or with an index.csv")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--recipe", help="whose findings must have films (default: all that are known)")
    how = one.add_mutually_exclusive_group()
    how.add_argument("--as-given", action="store_true", help="as the films' own data sets have split them")
    how.add_argument("--without-origin", default="", metavar="ORIGIN", help="test on all films of one origin")
    _run_folder(one)
    one.set_defaults(run=_split)

    one = commands.add_parser("fit", help="fit members; goes on where it was stopped")
    one.add_argument("recipes", nargs="+", help="recipe names or .toml files")
    one.add_argument("--weights", type=Path, help="the folder with pre-trained weights")
    _on_ray(one)
    _run_folder(one)
    one.set_defaults(run=_fit)

    for name, does, run in (
        ("gate", "fit the gate that tells how a film is turned, and what is no film", _fit_gate),
        ("scout", "fit the scout that sees where a film lies in a photo", _fit_scout),
    ):
        one = commands.add_parser(f"fit-{name}", help=does)
        one.add_argument("recipe", nargs="?", default=name)
        one.add_argument("--others", type=Path, required=True, help="a folder of pictures that are no chest films")
        one.add_argument("--weights", type=Path, help="the folder with pre-trained weights")
        _run_folder(one)
        one.set_defaults(run=run)

    one = commands.add_parser("demo-photos", help="render the photos that the demo replays")
    one.add_argument("--out", type=Path, required=True)
    _run_folder(one)
    one.set_defaults(run=_demo_photos)

    one = commands.add_parser("pack", help="convert fitted members to int8 and pack them as a bundle")
    one.add_argument("bundle", type=Path, help="the bundle folder to write")
    one.add_argument("--members", nargs="+", default=list(MEMBERS))
    one.add_argument("--gate", help="the gate's recipe; needs --others")
    one.add_argument("--scout", help="the scout's recipe; needs --others")
    one.add_argument("--others", type=Path)
    one.add_argument("--references", type=Path, nargs="+", default=[], help="kept films (grey PNG) to prove it on")
    _run_folder(one)
    one.set_defaults(run=_pack)

    one = commands.add_parser("exchange", help="give a packed bundle another gate or scout; its members stay")
    one.add_argument("bundle", type=Path, help="the bundle folder to change")
    one.add_argument("--gate", help="the fitted gate's recipe")
    one.add_argument("--scout", help="the fitted scout's recipe")
    one.add_argument("--others", type=Path, required=True, help="a folder of pictures that are no chest films")
    _run_folder(one)
    one.set_defaults(run=_exchange)

    one = commands.add_parser("edgetpu", help="check an int8 file for a Coral Edge TPU, and compile it")
    one.add_argument("file", type=Path, help="a member's int8.tflite")
    one.add_argument("--out", type=Path, default=Path("edgetpu"), help="where the compiler's file and log go")
    one.add_argument("--check-only", action="store_true", help="do not call the compiler")
    one.set_defaults(run=_edgetpu)

    one = commands.add_parser("evaluate", help="read the test split with a packed bundle and write its model card")
    one.add_argument("bundle", type=Path)
    one.add_argument("--yardstick", default="", help="a fitted recipe to stand beside it")
    one.add_argument("--others", type=Path, help="pictures that are no chest films, to try the gate on")
    one.add_argument("--out", type=Path, help="where the tables go (default: the run folder)")
    _run_folder(one)
    one.set_defaults(run=_evaluate)

    one = commands.add_parser("run", help="split, fit, convert, pack and evaluate in one go")
    one.add_argument("recipes", nargs="*", default=list(MEMBERS))
    one.add_argument("--data", type=Path, required=True)
    one.add_argument("--bundle", type=Path, required=True)
    one.add_argument("--weights", type=Path)
    one.add_argument("--others", type=Path, help="pictures that are no chest films: fits a gate and a scout too")
    one.add_argument("--seed", type=int, default=1)
    _on_ray(one)
    _run_folder(one)
    one.set_defaults(run=_all)
    return parser


def _run_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", dest="folder", type=Path, default=Path("runs/filmside"), help="where the work is kept")


def _on_ray(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ray", nargs="?", const="local", metavar="ADDRESS",
        help="fit the members side by side on a Ray cluster (by default one started for it on this machine)",
    )  # fmt: skip


def _fit_members(recipes: Sequence[Recipe], chosen: argparse.Namespace) -> None:
    from training.run import fit_member
    from training.side_by_side import fit_side_by_side

    if chosen.ray:
        fit_side_by_side(recipes, chosen.folder, chosen.weights, chosen.ray)
    else:
        for recipe in recipes:
            fit_member(recipe, chosen.folder, chosen.weights)


def _curate(chosen: argparse.Namespace) -> None:
    from training.data.curate import gather, judge, look_at_all
    from training.data.looks import Looks
    from training.report.curation import write_curation

    rows, mismatches = gather(chosen.sources, FINDINGS, GROUPS)
    with closing(Looks(chosen.out / "looks.sqlite")) as looks:
        look_at_all([row.path for row in rows], looks)
        print(write_curation(judge(rows, looks), mismatches, chosen.out))


def _split(chosen: argparse.Namespace) -> None:
    from training.run import make_split

    films = make_split(
        chosen.data,
        chosen.folder,
        chosen.seed,
        as_given=chosen.as_given,
        without=chosen.without_origin,
        findings=load_recipe(chosen.recipe).findings if chosen.recipe else FINDINGS,
    )
    print(
        f"{len(films.train)} films to train on, {len(films.validation)} for validation, {len(films.test)} for test, "
        f"{len(films.photos)} real film photos set aside: {chosen.folder / 'split.csv'}"
    )


def _fit(chosen: argparse.Namespace) -> None:
    _fit_members([load_recipe(name) for name in chosen.recipes], chosen)


def _fit_gate(chosen: argparse.Namespace) -> None:
    from training.run import fit_gate

    fit_gate(load_recipe(chosen.recipe), chosen.folder, chosen.weights, chosen.others)


def _fit_scout(chosen: argparse.Namespace) -> None:
    from training.run import fit_scout

    fit_scout(load_recipe(chosen.recipe), chosen.folder, chosen.weights, chosen.others)


def _demo_photos(chosen: argparse.Namespace) -> None:
    from training.demo_photos import reference_films, render_demo_photos
    from training.run import read_split

    render_demo_photos(read_split(chosen.folder), chosen.out)
    for path in reference_films(chosen.out, chosen.folder / "reference"):
        print(path)


def _pack(chosen: argparse.Namespace) -> None:
    from training.pack import pack

    if bool(chosen.gate or chosen.scout) != bool(chosen.others):
        raise DataError("--gate or --scout go with --others: they are judged on the other pictures. Give both.")
    gate, scout = _gate_and_scout(chosen)
    members = [load_recipe(name) for name in chosen.members]
    pack(members, gate, scout, chosen.folder, chosen.others, chosen.references, chosen.bundle)


def _exchange(chosen: argparse.Namespace) -> None:
    from training.pack import exchange

    gate, scout = _gate_and_scout(chosen)
    if not gate and not scout:
        raise DataError("Nothing to exchange: name a fitted --gate or --scout.")
    exchange(chosen.bundle, gate, scout, chosen.folder, chosen.others)


def _gate_and_scout(chosen: argparse.Namespace) -> tuple[Recipe | None, Recipe | None]:
    gate, scout = (load_recipe(name) if name else None for name in (chosen.gate, chosen.scout))
    return gate, scout


def _edgetpu(chosen: argparse.Namespace) -> int:
    from training.edgetpu import compile_for_edgetpu, compiled_told, objections, objections_told

    found = objections(chosen.file.read_bytes())
    print(objections_told(found))
    if found or chosen.check_only:
        return int(bool(found))
    print(compiled_told(compile_for_edgetpu(chosen.file, chosen.out)))
    return 0


def _evaluate(chosen: argparse.Namespace) -> None:
    from training.report.card import evaluate_bundle

    print(evaluate_bundle(chosen.bundle, chosen.folder, chosen.yardstick, chosen.others, chosen.out or chosen.folder))


def _all(chosen: argparse.Namespace) -> None:
    from training.findings import findings_of
    from training.pack import pack
    from training.report.card import evaluate_bundle
    from training.run import fit_gate, fit_scout, make_split

    recipes = [load_recipe(name) for name in chosen.recipes]
    make_split(chosen.data, chosen.folder, chosen.seed, findings=findings_of(recipes))
    _fit_members(recipes, chosen)
    gate = scout = None
    if chosen.others:
        gate, scout = load_recipe("gate"), load_recipe("scout")
        fit_gate(gate, chosen.folder, chosen.weights, chosen.others)
        fit_scout(scout, chosen.folder, chosen.weights, chosen.others)
    pack(recipes, gate, scout, chosen.folder, chosen.others, [], chosen.bundle)
    print(evaluate_bundle(chosen.bundle, chosen.folder, "", chosen.others, chosen.folder))


if __name__ == "__main__":
    sys.exit(main())
