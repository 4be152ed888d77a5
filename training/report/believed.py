"""Can the readings be believed? What is promised, what is left without the lungs, and where the heat maps point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.examine import examine
from device.film.prepare import prepare
from device.reading.contract import Bundle, MemberSpec
from device.reading.ensemble import Ensemble
from device.values import UNCERTAIN, Corners, Film
from training.convert import LiteModel, to_float32
from training.data.cache import read_film
from training.evaluate import VIEWS, Judgement, read_clean, seen
from training.evidence.audit import LEAST_POINTS, MIDDLE, audit, by_ensemble
from training.evidence.heat import Deletion, Inside, correlations, deletion, grad_cam, inside
from training.evidence.origin import TINTS, tinted, told_apart, with_several_origins
from training.features import features
from training.metrics import balanced_accuracy, wilson, with_interval
from training.readers import Answers, plain_recipe
from training.recipe import Recipe
from training.report.document import Cell, Part, Section, Table
from training.run import kept_recipe, load_member

DELETIONS = 60
"""Films that places are taken out of: each is read a dozen times."""

TINTED = 60
"""Photos that are tinted, about."""

GRAD_CAMS = 40
"""Films whose maps are compared with Grad-CAM."""


def promised(test: Answers, bundle: Bundle) -> Section:
    """What the bundle promises, and what came of it on films that it was not calibrated on."""
    said, kept = [], []
    for view in VIEWS:
        judged = [one for one in test.judgements if one.view == view and one.reading]
        given = [one for one in judged if is_given(one)]
        lines = [("every outcome given", bundle.promise, [holds(one, bundle) for one in given])]
        for one in bundle.statements:
            these = [it for it in given if it.reading and it.reading.outcome.name == one.name]
            lines.append((one.name, one.promise or bundle.promise, [holds(it, bundle) for it in these]))
        said += [(view, name, promise, len(right), *_share(right)) for name, promise, right in lines]
        for finding, limit in zip(bundle.findings, bundle.possible_from, strict=True):
            if limit is None:
                continue
            own = [finding in one.reading.possible for one in judged if one.reading and one.row.name == finding]
            kept.append((view, finding, len(own), *_share(own)))
    return Section(
        "What is promised",
        (
            f"Of the outcomes given at least {bundle.promise:.0%} are to be right, each statement by itself, on films "
            "like those it was calibrated on (rendered photos of validation films). Here on test films. Intervals: "
            "95%, Wilson.",
            Table("promised", ("view", "outcome", "promised", "given", "right", "interval"), tuple(said)),
            f"Of the films that show a finding, {bundle.promise:.0%} are to keep it among those that the reading does "
            "not rule out. A finding of which too few films were known has no such promise and no line.",
            Table("not-ruled-out", ("view", "finding", "films", "kept", "interval"), tuple(kept)),
        ),
    )


def is_given(one: Judgement) -> bool:
    """Whether an outcome was given: the film was read, and not as UNCERTAIN."""
    return one.reading is not None and one.reading.outcome.name != UNCERTAIN


def holds(one: Judgement, bundle: Bundle) -> bool:
    """Whether a film that was read shows what its outcome says, or some of it."""
    statements = {statement.name: statement.findings for statement in bundle.statements}
    return one.reading is not None and set(one.row.findings) <= set(statements[one.reading.outcome.name])


def _share(right: Sequence[bool]) -> tuple[str, str]:
    if not right:
        return "", ""
    low, high = wilson(sum(right), len(right))
    return f"{np.mean(right):.3f}", f"{low:.3f} to {high:.3f}"


def shortcuts(test: Answers, bundle: Bundle, yardstick: tuple[Recipe, bytes] | None = None) -> Section:
    """What the bundle says when the lungs are gone, what its members know of a film's source, and what a tint does.

    `yardstick` is the plain recipe and its file, to stand beside the bundle.
    """
    ensemble = Ensemble(bundle)
    return Section(
        "Shortcuts",
        (
            f"Balanced accuracy on clean test films as they are, with the middle ({MIDDLE:.0%} of each side) black, "
            "where the lungs are, and with nothing but a border left. What is right without lungs was read from the "
            f"source. A bundle has to lose {LEAST_POINTS:g} points at least.",
            _audits(test, ensemble, yardstick),
            "How well a film's origin can be told from what a member makes of it (int8, last features): balanced "
            "accuracy of a linear discriminant, asked about patients whom it has not met, within one finding.",
            _origins(test, bundle),
            "Rendered photos as grey pictures, in the blue of a film's base and in a lamp's yellow light: outcomes "
            "that stay the same as the grey one's.",
            _tints(test, ensemble),
        ),
    )


def believed(test: Answers, bundle: Bundle, run: Path, yardstick: str, masks: Path | None) -> list[Section]:
    """What has to be read again to be known: shortcuts and heat maps. `yardstick` names the fitted plain recipe that
    stands beside the bundle, `masks` is a folder of lung masks by the films' names."""
    plain = None
    if yardstick:
        recipe = plain_recipe(yardstick, bundle.findings)
        plain = recipe, to_float32(load_member(recipe, run, len(recipe.findings)))
    return [shortcuts(test, bundle, plain), heat_checks(test, bundle, run, masks)]


def _audits(test: Answers, ensemble: Ensemble, yardstick: tuple[Recipe, bytes] | None) -> Table:
    read = read_clean(test.judgements)
    films = [one.film for one in read if one.film]
    truth = np.array([test.films.findings.index(one.row.name) for one in read])
    groups = np.array([one.row.group for one in read])
    readers = [("ensemble, int8", by_ensemble(ensemble))]
    if yardstick:
        recipe, model = yardstick[0], LiteModel(yardstick[1])
        readers.append(
            (
                f"plain {recipe.name}, float32",
                lambda film: int(model.logits(prepare(film.pixels, recipe.input), mirrored=recipe.mirrored).argmax()),
            )
        )
    lines: list[tuple[Cell, ...]] = []
    for name, likeliest in readers:
        found = audit(likeliest, films, truth, groups)
        verdict = "passed" if found.passed else "FAILED"
        lines.append(
            (name, found.films, found.whole, found.without_lungs, found.border_only, f"{found.chance:.3f}", verdict)
        )
    heads = ("reader", "films", "whole", "lungs blacked out", "only a border", "a guess", "audit")
    return Table("shortcut-audit", heads, tuple(lines))


def _origins(test: Answers, bundle: Bundle) -> Table:
    read = read_clean(test.judgements)
    truth = np.array([test.films.findings.index(one.row.name) for one in read])
    origins, groups = np.array([one.row.origin for one in read]), np.array([one.row.group for one in read])
    several = with_several_origins(truth, origins)
    lines: list[tuple[Cell, ...]] = []
    for member in bundle.members if several else ():
        inputs = np.concatenate([prepare(one.film.pixels, member.input) for one in read if one.film])
        known = features(member.file, inputs)
        for finding, rows in several:
            names, numbers = np.unique(origins[rows], return_inverse=True)
            told = np.searchsorted(names, told_apart(known[rows], origins[rows], groups[rows]))

            def right(some: NDArray[np.intp], numbers=numbers, told=told) -> float:  # type: ignore[no-untyped-def]
                return balanced_accuracy(numbers[some], told[some])

            told_right = with_interval(right, groups[rows])
            lines.append(
                (member.name, test.films.findings[finding], len(names), len(rows), told_right, f"{1 / len(names):.3f}")
            )
    return Table("origin-told", ("member", "finding", "origins", "films", "origin told", "a guess"), tuple(lines))


def _tints(test: Answers, ensemble: Ensemble) -> Table:
    rows = [one.row for one in test.judgements if one.view == "photo"]
    step = max(1, len(rows) // TINTED)
    said: dict[str, list[str]] = {name: [] for name in TINTS}
    for number in range(0, len(rows), step):
        photo = seen(rows[number], "photo", number)
        for name, tint in TINTS.items():
            found = examine(tinted(photo, tint), ensemble)
            said[name].append(found.reading.outcome.name if found.reading else "refused")
    grey = said["grey"]
    lines = [(name, len(grey), *_share([a == b for a, b in zip(grey, said[name], strict=True)])) for name in said]
    return Table("tints", ("light", "photos", "the same as grey", "interval"), tuple(lines[1:]))


def heat_checks(test: Answers, bundle: Bundle, run: Path, masks: Path | None) -> Section:
    """Do heat maps show what the readings were made from?"""
    return Section("Heat maps put to the test", tuple(_heat_parts(test, bundle, run, masks)))


def _heat_parts(test: Answers, bundle: Bundle, run: Path, masks: Path | None) -> Iterable[Part]:
    read = read_clean(test.judgements)
    films = [one.film for one in read if one.film]
    fitted = {member.name: recipe for member in bundle.members if (recipe := kept_recipe(run, member.name))}
    lines = [
        (member.name, *_beside_grad_cam(member, fitted[member.name], run, films[:: max(1, len(films) // GRAD_CAMS)]))
        for member in bundle.members
        if member.name in fitted
    ]
    if lines:
        yield (
            "Grad-CAM of the fitted Keras model beside the maps of the shipped int8 file, for each film's likeliest "
            "finding: correlation over the map's places."
        )
        yield Table("grad-cam", ("member", "films", "median correlation", "lowest"), tuple(lines))
    else:
        yield "The fitted Keras models are not in this run: the maps were not compared with Grad-CAM."
    ensemble, rng = Ensemble(bundle), np.random.default_rng(1)
    deleted = [deletion(ensemble, film, rng) for film in films[:: max(1, len(films) // DELETIONS)]]
    yield (
        "Places taken out of the film, the hottest of the likeliest finding's heat map first, up to half of it: the "
        "mean score that is left, beside places taken out by lot. Lower is better."
    )
    yield _deletions(deleted)
    found = list(_in_lungs(read, masks)) if masks else []
    if found:
        yield (
            f"Share of the likeliest finding's heat that lies inside the lungs, on {len(found)} test films with a lung "
            "mask, beside the lungs' share of the film."
        )
        heat, lungs = (float(np.mean(part)) for part in zip(*((one.heat, one.lungs) for one in found), strict=True))
        yield Table(
            "heat-in-lungs",
            ("films", "heat in the lungs", "lungs' share of the film", "times as dense"),
            ((len(found), f"{heat:.3f}", f"{lungs:.3f}", f"{heat / lungs:.2f}"),),
        )


def _beside_grad_cam(member: MemberSpec, recipe: Recipe, run: Path, films: Sequence[Film]) -> tuple[int, str, str]:
    inputs = np.concatenate([prepare(film.pixels, member.input) for film in films])
    lite = LiteModel(member.file.read_bytes())
    maps = np.stack([lite.run(one)["maps"] for one in inputs])
    found = correlations(grad_cam(load_member(recipe, run, len(recipe.findings)), inputs), maps)
    tops = maps.mean(axis=(1, 2)).argmax(axis=1)
    of_top = found[np.arange(len(films)), tops]
    return len(films), f"{np.median(of_top):.4f}", f"{of_top.min():.4f}"


def _deletions(deleted: Sequence[Deletion]) -> Table:
    hottest, by_lot = np.array([(one.hottest_first, one.by_lot) for one in deleted]).T
    sooner = [bool(one.hottest_first < one.by_lot) for one in deleted]
    cells = (len(deleted), f"{hottest.mean():.3f}", f"{by_lot.mean():.3f}", *_share(sooner))
    return Table("deletion", ("films", "hottest first", "by lot", "hottest falls sooner", "interval"), (cells,))


def _in_lungs(read: Sequence[Judgement], masks: Path) -> Iterable[Inside]:
    for one in read:
        path = masks / f"{one.row.path.stem}.png"
        if not (one.film and one.reading and one.film.corners.whole_photo and path.is_file()):
            continue
        if one.film.corners.lie != Corners.of_whole_photo(1, 1).lie:
            continue  # the mask lies as the file does
        mask = read_film(path)
        height, width = one.film.pixels.shape
        lungs = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST) > 0
        top = int(np.argmax([score.value for score in one.reading.scores]))
        yield inside(one.reading.heat_maps[top], lungs)
