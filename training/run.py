"""The steps of `filmside-train`, each from files to files in one run folder, so that any can be done again alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np

from device.film.prepare import to_input
from device.reading.contract import GATE_ANSWERS, SIGHT_ANSWERS
from device.values import Corners, Film
from training.data.cache import CacheSpec, side_for, squares
from training.data.copies import with_copies_in_one_group
from training.data.others import read_others
from training.data.sights import Sights, sights
from training.data.sources import DataError, Row, check_classes, read_table, table_of, was_curated
from training.data.split import Split, check_given, leave_out, split, split_as_given
from training.data.spoilt import spoilt_squares
from training.examples import Examples, allowed_findings, draw_weights, finding_batches
from training.findings import learnt_by, of_one_finding, retold
from training.fit import Judged, by_balanced_accuracy, fit
from training.gate import Lessons, gate_batches, gate_judged
from training.kept import check_network, latest, reads_worse, recorded, save_weights, was_copied
from training.lines import write_lines
from training.mates import Mates
from training.models import build_model
from training.models.norms import restate_norms
from training.recipe import FINDINGS, GROUPS, Recipe
from training.scout import sight_batches, sight_judge, sight_loss

PHOTOS_A_FILM = 4
"""Rendered photos kept of each training film."""

SPOILT_EVERY = 3
"""Every so many films are spoilt too: what lies over a film looks much the same over any other."""

SIGHT_SEEDS = {"train": 1, "validation": 2}
"""What the scout's photos are drawn by."""

CALIBRATION_FILMS = 256
"""By so many films the ranges of an int8 file are chosen."""

UNSEEN_BATCH = 10_000_000
"""Batches are made by their number; no fit comes this far."""

SPLIT_COLUMNS = ("split", "path", "findings", "origin", "group", "licence", "repository")


def make_split(data: Path, run: Path, seed: int, *, findings: tuple[str, ...] = FINDINGS) -> Split:
    """Split the films of `data` by group (`split_films`) and keep it in the run (`write_split`)."""
    made = split_films(data, seed, findings=findings)
    write_split(made, run)
    return made


def split_films(
    data: Path,
    seed: int,
    *,
    as_given: bool = False,
    without: tuple[str, ...] = (),
    findings: tuple[str, ...] = FINDINGS,
) -> Split:
    """Read the films of `data` and split them by group; or `as_given`, as their own data sets have them; or `without`
    some origins, or findings of them, whose films are the test (`leave_out`). Each of `findings` must have films; those
    of others are split too. Raises DataError where one has none, where a part of the split would be empty, and where a
    film lies in two splits `as_given`.
    """
    rows = read_table(data, FINDINGS, GROUPS)
    check_classes(data, retold(rows, findings), findings)
    if as_given:
        check_given(rows)
    table = table_of(data)
    # A table's groups hold a film's copies. Of a folder's films nobody has said which are copies; and whoever split a
    # table's films may not have looked, unless a curation did.
    if table is None or (as_given and not was_curated(table)):
        rows = with_copies_in_one_group(rows, data, as_given=as_given)
    if as_given:
        made = split_as_given(rows, seed)
    elif without:
        made = leave_out(rows, without, seed)
    else:
        made = split(rows, seed)
    for name in ("train", "validation", "test"):
        if not getattr(made, name):
            raise DataError(
                f"{data} has too few films: none is left for {name}; wanted some for each of train, validation and "
                "test. Add films, five or more of each finding."
            )
    return made


def write_split(made: Split, run: Path) -> None:
    """Write `split.csv` into the run: the record of what was trained on."""
    lines = [
        (name, row.path, row.name, row.origin, row.group, row.licence, row.repository)
        for name in ("train", "validation", "test", "photos")
        for row in getattr(made, name)
    ]
    write_lines(run / "split.csv", [SPLIT_COLUMNS, *lines])


def read_split(run: Path) -> Split:
    """The split that `write_split` wrote. Raises DataError when there is none."""
    path = run / "split.csv"
    if not path.is_file():
        raise DataError(f"There is no {path}. Split the films first: filmside-train split DATA --run {run}")
    parts: dict[str, list[Row]] = {"train": [], "validation": [], "test": [], "photos": []}
    with path.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            row = Row(
                Path(line["path"]),
                tuple(line["findings"].split("/")),
                line["origin"],
                line["group"],
                line["licence"],
                line["repository"],
                line["split"] == "photos",
            )
            parts[line["split"]].append(row)
    return Split(*(tuple(rows) for rows in parts.values()))


def fit_member(recipe: Recipe, run: Path, weights: Path | None) -> keras.Model:
    """Fit one recipe on the run's split, or take up where it stopped; what was copied into the run, best weights and
    records alone, is not fitted again. Leaves its weights in `run/<name>`; fits that follow, where the recipe has some,
    keep their own records in `run/<name>/alike` and `run/<name>/mean`. A running mean that reads worse than what it
    began from is not kept (`reads_worse`)."""
    keras.utils.set_random_seed(recipe.seed)
    films = read_split(run)
    rows = learnt_by(recipe, films.train)
    check_classes(run / "split.csv", rows, recipe.findings)
    examples = Examples(
        _views(films.train, recipe, run / "train", rows),
        allowed_findings(rows, recipe.findings),
        draw_weights(rows, balance=recipe.balance),
        Mates.among(rows) if recipe.mixed else None,
    )
    judge = by_balanced_accuracy(judged(recipe, run))
    model = build_model(recipe, len(recipe.findings), weights)
    if recipe.restate_norm:
        restate_norms(model, calibration_inputs(recipe, run, films=400))
    steps, folder = len(rows) // recipe.batch + 1, run / recipe.name
    before = folder
    for name, one in {"": recipe, **recipe.later}.items():
        own = folder / name
        if was_copied(one, own, folder):
            model.load_weights(latest(own, folder))
        else:
            fit(one, model, finding_batches(one, examples), steps, judge, own)
            if name and reads_worse(one, own, before):
                model.load_weights(folder / "best.weights.h5")
            elif name:
                save_weights(model, folder / "best.weights.h5")
        before = own
    return model


def keep_squares(recipe: Recipe, run: Path) -> None:
    """Render what a member learns from and is judged by, so that fits side by side find it and none renders it too."""
    films = read_split(run)
    for name, rows in (("train", films.train), ("validation", films.validation)):
        _squares(rows, recipe, run / name)


def fit_gate(recipe: Recipe, run: Path, weights: Path | None, others: Path) -> keras.Model:
    """Fit the gate on the run's films, turned and spoilt, and on pictures that are no chest films."""
    keras.utils.set_random_seed(recipe.seed)
    lessons, judge = gate_lessons(recipe, run, others, "train"), judged_gate(recipe, run, others)
    model = build_model(recipe, len(GATE_ANSWERS), weights)
    steps = len(lessons.films) // recipe.batch + 1
    fit(recipe, model, gate_batches(recipe, lessons), steps, by_balanced_accuracy(judge), run / recipe.name)
    return model


def fit_scout(recipe: Recipe, run: Path, weights: Path | None, others: Path) -> keras.Model:
    """Fit the scout on photos of the run's films, spoilt in all ways, and on pictures without a film."""
    keras.utils.set_random_seed(recipe.seed)
    lessons, judge = scout_lessons(run, others, "train"), scout_lessons(run, others, "validation")
    model = build_model(recipe, 1 + len(SIGHT_ANSWERS), weights)
    make, steps = sight_batches(recipe, lessons), len(lessons.photos) // recipe.batch + 1
    fit(recipe, model, make, steps, sight_judge(recipe, judge), run / recipe.name, sight_loss(recipe))
    return model


def scout_lessons(run: Path, others: Path, part: str) -> Sights:
    """What the scout learns from ("train") or is judged by ("validation")."""
    return sights(getattr(read_split(run), part), others, part, SIGHT_SEEDS[part], run / part)


def gate_lessons(recipe: Recipe, run: Path, others: Path, part: str) -> Lessons:
    """What the gate learns from ("train") or is judged by ("validation")."""
    rows: tuple[Row, ...] = getattr(read_split(run), part)
    spec = cache_spec(recipe)
    return Lessons(
        _views(rows, recipe, run / part, tuple(row for row in rows if not row.stored_mirrored)),
        spoilt_squares(rows[::SPOILT_EVERY], spec, run / part),
        read_others(others, part, side=spec.side, but=frozenset(recipe.without.split(","))),
    )


def validation_films(recipe: Recipe, run: Path) -> list[Film]:
    """Validation's films, clean and as photos, upright and squared as the recipe's cache keeps them."""
    rows = read_split(run).validation
    views = _views(rows, recipe, run / "validation", tuple(row for row in rows if not row.stored_mirrored))
    squares_ = views.reshape(-1, *views.shape[2:])
    return [Film(square, Corners.of_whole_photo(*square.shape[::-1])) for square in squares_]


def judged_gate(recipe: Recipe, run: Path, others: Path) -> Judged:
    """What the gate is judged by: validation films, turned and spoilt, and the validation part of other pictures."""
    return gate_judged(recipe, gate_lessons(recipe, run, others, "validation"))


def load_member(recipe: Recipe, run: Path, outputs: int) -> keras.Model:
    """A fitted member with its best weights. Raises DataError where there are none, or of another network."""
    best = run / recipe.name / "best.weights.h5"
    if not best.is_file():
        raise DataError(f"{recipe.name} has not been fitted: there is no {best}. Run filmside-train fit {recipe.name}")
    check_network(recipe, run / recipe.name)
    model = build_model(replace(recipe, weights=""), outputs, None)
    model.load_weights(best)
    return model


def kept_recipe(run: Path, name: str) -> Recipe | None:
    """The recipe that a member of this run was fitted by; None where its weights are not here."""
    return recorded(run / name) if (run / name / "best.weights.h5").is_file() else None


def cache_spec(recipe: Recipe) -> CacheSpec:
    photos = PHOTOS_A_FILM if recipe.photos else 0
    return CacheSpec(recipe.fit, recipe.tone == "even", photos, 1, side_for(recipe.side))


def _squares(every: tuple[Row, ...], recipe: Recipe, folder: Path) -> np.ndarray:
    folder.mkdir(parents=True, exist_ok=True)
    return squares(every, cache_spec(recipe), folder)


def _views(every: tuple[Row, ...], recipe: Recipe, folder: Path, wanted: tuple[Row, ...]) -> np.ndarray:
    """Squares of the wanted rows from the cache of every row, read into memory."""
    kept = _squares(every, recipe, folder)
    places = {row.path: place for place, row in enumerate(every)}
    return np.asarray(kept[[places[row.path] for row in wanted]])


def judged(recipe: Recipe, run: Path) -> Judged:
    """Validation inputs: every film clean and, where the recipe knows photos, as rendered photos. Films of which only a
    group is known judge nobody: by them a member that knows its findings would be called too sure."""
    every = read_split(run).validation
    rows = of_one_finding(every, recipe.findings)
    views = _views(every, recipe, run / "validation", rows)
    inputs = _inputs(views.reshape(-1, *views.shape[2:]), recipe)
    return Judged(inputs, np.repeat(allowed_findings(rows, recipe.findings), views.shape[1], axis=0), views.shape[1])


def file_inputs(recipe: Recipe, run: Path, part: str, rows: tuple[Row, ...]) -> np.ndarray:
    """Inputs of films' own files, of one part of the run's split: as the papers read them, and no device's code."""
    every: tuple[Row, ...] = getattr(read_split(run), part)
    return _inputs(_views(every, recipe, run / part, rows)[:, 0], recipe)


def gate_calibration_inputs(recipe: Recipe, run: Path, others: Path, batches: int = 4) -> np.ndarray:
    """What the gate meets: training films turned by lot and other pictures, of batches that no epoch has seen."""
    make = gate_batches(recipe, gate_lessons(recipe, run, others, "train"))
    return np.concatenate([make(UNSEEN_BATCH + number)[0] for number in range(batches)])


def calibration_inputs(recipe: Recipe, run: Path, films: int = CALIBRATION_FILMS) -> np.ndarray:
    """Training films drawn evenly over classes, clean and photographed: what a network meets in use."""
    return calibration_draws(recipe, run)(0, films)


def calibration_draws(recipe: Recipe, run: Path) -> Callable[[int, int], np.ndarray]:
    """Draws `calibration_inputs` by a number, others for each, so many as are asked for."""
    every = read_split(run).train
    rows = retold(every, recipe.findings)
    views, weights = _views(every, recipe, run / "train", rows), draw_weights(rows, balance=True)

    def draw(number: int, films: int) -> np.ndarray:
        drawn = np.random.default_rng(recipe.seed + number).choice(len(rows), size=films, p=weights)
        return _inputs(np.stack([views[film, place % views.shape[1]] for place, film in enumerate(drawn)]), recipe)

    return draw


def _inputs(squares_: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Squares (films, SIDE, SIDE) through the device's own last step, as one array."""
    size = (recipe.side, recipe.side)
    small = [np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.uint8) for one in squares_]
    return np.concatenate([to_input(one, recipe.input) for one in small])
