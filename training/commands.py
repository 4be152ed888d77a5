"""What each command of `filmside-train` does. TensorFlow is loaded by those that need it, not by all."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from training.data.sources import DataError
from training.data.split import Split
from training.recipe import FINDINGS, GROUPS, Recipe, load_recipe


def curate(chosen: argparse.Namespace) -> None:
    """Leave out duplicates and pictures that nothing can be learnt from."""
    print(_curated(chosen.sources, chosen.out))


def _curated(sources: Sequence[Path], out: Path) -> str:
    from training.data.curate import gather, judge, look_at_all
    from training.data.looks import Looks
    from training.report.curation import write_curation

    rows, mismatches = gather(sources, FINDINGS, GROUPS)
    with closing(Looks(out / "looks.sqlite")) as looks:
        look_at_all([row.path for row in rows], looks)
        return write_curation(judge(rows, looks), mismatches, out)


def split(chosen: argparse.Namespace) -> None:
    """Split films by patient."""
    from training.run import split_films, write_split

    without = tuple(chosen.without_origin)
    films = split_films(
        chosen.data,
        chosen.seed,
        as_given=chosen.as_given,
        without=without,
        findings=load_recipe(chosen.recipe).findings if chosen.recipe else FINDINGS,
    )
    films = _with_more(films, chosen.learn_from, without)
    write_split(films, chosen.folder)
    print(
        f"{len(films.train)} films to train on, {len(films.validation)} for validation, {len(films.test)} for test, "
        f"{len(films.photos)} real film photos set aside: {chosen.folder / 'split.csv'}"
    )


def _with_more(films: Split, more: Sequence[Path], without: tuple[str, ...] = ()) -> Split:
    from training.data.beside import with_more

    if not more:
        return films
    films, beside = with_more(films, more, without)
    print(
        f"{beside.films} films more to train on; {beside.copies} copies of films that are known and "
        f"{beside.photos} photos by a camera left out"
    )
    return films


def fit(chosen: argparse.Namespace) -> None:
    """Fit members."""
    _fit_members([load_recipe(name) for name in chosen.recipes], chosen)


def fit_gate(chosen: argparse.Namespace) -> None:
    """Fit the gate."""
    from training.run import fit_gate

    fit_gate(load_recipe(chosen.recipe), chosen.folder, chosen.weights, chosen.others)


def fit_scout(chosen: argparse.Namespace) -> None:
    """Fit the scout."""
    from training.run import fit_scout

    fit_scout(load_recipe(chosen.recipe), chosen.folder, chosen.weights, chosen.others)


def demo_photos(chosen: argparse.Namespace) -> None:
    """Render the photos that the demo replays."""
    from training.demo_photos import reference_films, render_demo_photos
    from training.run import read_split

    render_demo_photos(read_split(chosen.folder), chosen.out)
    for path in reference_films(chosen.out, chosen.folder / "reference"):
        print(path)


def pack(chosen: argparse.Namespace) -> None:
    """Convert fitted members and pack them."""
    from training.pack import pack

    if bool(chosen.gate or chosen.scout) != bool(chosen.others):
        raise DataError("--gate or --scout go with --others: they are judged on the other pictures. Give both.")
    gate, scout = _gate_and_scout(chosen)
    members = [load_recipe(name) for name in chosen.members]
    pack(
        members, gate, scout, chosen.folder, chosen.others, chosen.references, chosen.bundle,
        despite_audit=chosen.despite_audit,
    )  # fmt: skip


def prove(chosen: argparse.Namespace) -> None:
    """Measure anew what a packed bundle may say."""
    from training.prove import prove_again

    prove_again(chosen.bundle, chosen.folder, dict(chosen.right), despite_audit=chosen.despite_audit)


def exchange(chosen: argparse.Namespace) -> None:
    """Give a packed bundle other members, another gate or scout, or leave members out."""
    from training.exchange import Change, exchange

    gate, scout = _gate_and_scout(chosen)
    if not (gate or scout or chosen.members or chosen.without):
        raise DataError(
            "Nothing to exchange: name fitted --members, a fitted --gate or --scout, or members to go --without."
        )
    if bool(gate or scout) != bool(chosen.others):
        raise DataError("--gate or --scout go with --others: they are judged on the other pictures. Give both.")
    members = tuple(load_recipe(name) for name in chosen.members)
    change = Change(members, tuple(chosen.without), gate, scout, chosen.others)
    exchange(chosen.bundle, change, chosen.folder, despite_audit=chosen.despite_audit)


def _gate_and_scout(chosen: argparse.Namespace) -> tuple[Recipe | None, Recipe | None]:
    gate, scout = (load_recipe(name) if name else None for name in (chosen.gate, chosen.scout))
    return gate, scout


def edgetpu(chosen: argparse.Namespace) -> int:
    """Check a file for an Edge TPU and compile it; 1 when it cannot be."""
    from training.edgetpu import compile_for_edgetpu, compiled_told, objections, objections_told

    found = objections(chosen.file.read_bytes())
    print(objections_told(found))
    if found or chosen.check_only:
        return int(bool(found))
    print(compiled_told(compile_for_edgetpu(chosen.file, chosen.out)))
    return 0


def evaluate(chosen: argparse.Namespace) -> None:
    """Read validation and test split; write report and card."""
    out = chosen.out or (chosen.folder / "sample" if chosen.films else chosen.folder)
    _evaluate(chosen, out, chosen.films)


def _evaluate(chosen: argparse.Namespace, out: Path, sample: int = 0) -> None:
    from training.report.whole import Wanted, evaluate_bundle

    wanted = Wanted(
        chosen.yardstick,
        chosen.others,
        tuple(chosen.left_out),
        chosen.lung_masks,
        sample,
        chosen.every_licence,
        chosen.per_tensor,
        chosen.hospitals,
    )
    print(evaluate_bundle(chosen.bundle, chosen.folder, out, wanted))


def run(chosen: argparse.Namespace) -> None:
    """All of it in one go."""
    from training.findings import findings_of
    from training.pack import pack
    from training.readers import plain_recipe
    from training.run import fit_gate, fit_scout, split_films, write_split

    recipes = [load_recipe(name) for name in chosen.recipes]
    findings = findings_of(recipes)
    _check_there(chosen)
    fitted = list(recipes)
    if chosen.yardstick and (plain := plain_recipe(chosen.yardstick, findings)) not in recipes:
        fitted.append(plain)
        findings_of(fitted)  # a yardstick of a member's name would take up that member's fit
    films = split_films(_films_of(chosen), chosen.seed, findings=findings)
    write_split(_with_more(films, chosen.learn_from), chosen.folder)
    _fit_members(fitted, chosen)
    gate = scout = None
    if chosen.others:
        gate, scout = load_recipe("gate"), load_recipe("scout")
        fit_gate(gate, chosen.folder, chosen.weights, chosen.others)
        fit_scout(scout, chosen.folder, chosen.weights, chosen.others)
    pack(
        recipes, gate, scout, chosen.folder, chosen.others, chosen.references, chosen.bundle,
        despite_audit=chosen.despite_audit,
    )  # fmt: skip
    _evaluate(chosen, chosen.folder)


def _check_there(chosen: argparse.Namespace) -> None:
    """Raise DataError for what is only wanted after hours of fitting, and is not there."""
    wanted = [*chosen.references, *chosen.left_out, *chosen.learn_from, chosen.hospitals, chosen.lung_masks]
    if missing := [path for path in wanted if path and not path.exists()]:
        raise DataError(f"There is no {missing[0]}; wanted a folder or a file that is there. Check the path.")


def _films_of(chosen: argparse.Namespace) -> Path:
    """What `run` learns from: the curated films, or one folder as it is."""
    if not chosen.uncurated:
        print(_curated(chosen.data, chosen.folder / "curated"))
        return Path(chosen.folder / "curated")
    if len(chosen.data) > 1:
        raise DataError(f"--uncurated takes films as they are in one folder; {len(chosen.data)} are named. Name one.")
    return Path(chosen.data[0])


def _fit_members(recipes: Sequence[Recipe], chosen: argparse.Namespace) -> None:
    from training.run import fit_member
    from training.side_by_side import fit_side_by_side

    if chosen.ray:
        fit_side_by_side(recipes, chosen.folder, chosen.weights, chosen.ray)
    else:
        for recipe in recipes:
            fit_member(recipe, chosen.folder, chosen.weights)
