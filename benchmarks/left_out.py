"""Leave one origin out: how members and the plain recipe read a hospital that they never met.

    python benchmarks/left_out.py --data FILMS --weights WEIGHTS [--members mobilenet_035] [--epochs 24]

Folds (FOLDS), three of them if none is named, each without an origin of COVID-19 or of NORMAL, or both. In each the
six-class paper's recipe and Filmside's are fitted from the same start on the same films; then both read what was left
out, as float32, on the films that the shipped bundle's finder and gate make of a film's own file and of a rendered
photo of it. (Finder and gate have met these films, but no finding: they were fitted without.) What the kiosk refuses
counts as read wrong, by both. The same is asked with the lungs blacked out, as Maguolo and Nanni; what can be read then
is the source, not the lung.

Real film photos of tuberculosis, of which nobody learns, are read by every fold's readers too.

With `--learn-from` both learn from films of other places too (`filmside-train split`), as the shipped members do.

It can be killed and called again: a fit goes on after its last whole epoch, and a fold is fitted and read once, as its
answers are kept in `left_out/`. Prints Markdown; intervals are bootstraps over patients.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from mean_readers import mean_scores, reader_of, word

from device import demo
from device.values import Film
from training.data.beside import with_more
from training.data.cache import squares
from training.data.curate import gather
from training.data.sources import Row, load_table
from training.data.split import Split
from training.evaluate import VIEWS, Judgement, judge_all
from training.evidence.audit import without_lungs
from training.lines import write_lines
from training.metrics import Figure, with_intervals
from training.readers import REFUSED
from training.recipe import FINDINGS, GROUPS, Recipe, load_recipe
from training.run import cache_spec, fit_member, read_split, split_films, write_split

FOLDS = {
    "a": ("COVID-CXNet", "NORMAL@Kermany"),
    "b": ("Cohen", "NORMAL@NIH ChestX-ray14"),
    "c": ("NORMAL@TB Chest Radiography DB (Rahman 2020)",),
    "d": ("COVID-CXNet", "Cohen"),
}
"""What each fold has never met: COVID-19's two origins and NORMAL's three large ones, each once. As both of COVID-19's
have films of one hospital at least, the last leaves both out: it needs films of COVID-19 to learn from."""

PLAIN, OURS = READERS = ("plain recipe", "Filmside")
BLACKED = "lungs blacked out"
SEEN = (*VIEWS, BLACKED)
NORMAL, TUBERCULOSIS = "NORMAL", "TUBERCULOSIS"


Line = dict[str, str]
"""A film's line of a fold's table."""


@dataclass(frozen=True)
class Fold:
    """What a fold's readers said, film by film."""

    name: str
    lines: tuple[Line, ...]

    @property
    def films(self) -> list[Line]:
        """Those of the films that it left out."""
        return [line for line in self.lines if not line["film photo"]]

    @property
    def photos(self) -> list[Line]:
        """Those of the real film photos."""
        return [line for line in self.lines if line["film photo"]]


def each_once(folds: Sequence[Fold]) -> list[Fold]:
    """The folds with each film told of by the last of them that read it: by fold d, where it is asked for after those
    whose readers learnt from one of its collections."""
    last = {line["film"]: fold.name for fold in folds for line in fold.films}

    def kept(fold: Fold) -> tuple[Line, ...]:
        return tuple(line for line in fold.lines if line["film photo"] or last[line["film"]] == fold.name)

    return [replace(fold, lines=kept(fold)) for fold in folds]


def left_out_of(without: tuple[str, ...], data: Path, more: Sequence[Path]) -> Split:
    """The films of `data` without what is left out, and with the films of `more` to learn from."""
    made = split_films(data, 1, without=without)
    return with_more(made, more, without)[0] if more else made


def every_film(data: Path, more: Sequence[Path]) -> tuple[Row, ...]:
    """Every film that any fold may learn from or be judged by."""
    rows, _ = gather(more, FINDINGS, GROUPS)
    return tuple(row for row in (*load_table(data, FINDINGS, GROUPS), *rows) if not row.photo)


def share_squares(every: tuple[Row, ...], recipe: Recipe, whole: Path, run: Path) -> None:
    """Render all films once in `whole`, and lay each part's squares where the fold's fits look for them."""
    spec = cache_spec(recipe)
    films = read_split(run)
    for name, rows in (("train", films.train), ("validation", films.validation)):
        path = run / name / spec.file(rows)
        if not path.is_file():
            whole.mkdir(parents=True, exist_ok=True)
            kept = squares(every, spec, whole)
            places = {row.path: place for place, row in enumerate(every)}
            path.parent.mkdir(exist_ok=True)
            np.save(path.with_suffix(".part.npy"), kept[[places[row.path] for row in rows]])
            path.with_suffix(".part.npy").replace(path)


def recipes_of(members: Sequence[str], epochs: int) -> tuple[Recipe, list[Recipe]]:
    """The plain recipe, and those of Filmside's members for so many epochs."""
    # The fit that makes answers alike is left out: it is about photos, not about hospitals.
    ours = [replace(load_recipe(name), epochs=epochs, alike_epochs=0) for name in members]
    return load_recipe("six_class_paper"), ours


def fit_without(made: Split, run: Path, recipes: Sequence[Recipe], chosen: argparse.Namespace) -> None:
    """Fit each recipe on the split, in `run`; what was fitted there before is not fitted again."""
    write_split(made, run)
    every = every_film(chosen.data, chosen.learn_from)
    for recipe in recipes:
        share_squares(every, recipe, chosen.folder / "whole", run)
        fit_member(recipe, run, chosen.weights)


def read_fold(readers: dict[str, list[Recipe]], run: Path, path: Path) -> Fold:
    """What a fold's readers say of its films and of real film photos; read once and kept in `path`, a CSV table."""
    if not path.is_file():
        films = read_split(run)
        test = tuple(row for row in films.test if len(row.findings) == 1)
        shown = in_views(judge_all(demo.BUNDLE, test), judge_all(demo.BUNDLE, films.photos, VIEWS[:1]))
        told: dict[Row, dict[str, str]] = {row: {} for row in (*test, *films.photos)}
        for who, recipes in readers.items():
            reader = reader_of(recipes, run)
            for view, judgements in shown.items():
                for one, scores in zip(judgements, mean_scores(reader, judgements), strict=True):
                    told[one.row][f"{who}: {view}"] = word(scores)
        write(told, path)
    with path.open(newline="", encoding="utf-8") as file:
        return Fold(path.stem.split("-")[0], tuple(csv.DictReader(file)))


def in_views(test: tuple[Judgement, ...], photos: tuple[Judgement, ...]) -> dict[str, list[Judgement]]:
    """Every film's file, its rendered photo, and its file with the lungs blacked out; real film photos as they are."""
    shown = {view: [one for one in test if one.view == view] for view in VIEWS}
    black = [replace(one, film=one.film and blacked_out(one.film)) for one in shown[VIEWS[0]]]
    return {VIEWS[0]: [*shown[VIEWS[0]], *photos], VIEWS[1]: shown[VIEWS[1]], BLACKED: black}


def blacked_out(film: Film) -> Film:
    """The film without lungs."""
    return replace(film, pixels=without_lungs(film.pixels))


def write(told: dict[Row, dict[str, str]], path: Path) -> None:
    """A line for each film: what it shows, and what each reader took it for in each view."""
    columns = [f"{who}: {view}" for who in READERS for view in SEEN]
    lines = [["film", "finding", "origin", "group", "film photo", *columns]]
    for row, said in told.items():
        about = (row.path.name, row.name, row.origin, row.group, "yes" if row.photo else "")
        lines.append([*about, *(said.get(column, "") for column in columns)])
    write_lines(path, lines)


def figures(lines: Sequence[Line], who: str, view: str, than: str = "") -> list[Figure]:
    """The share of films given their finding, and the share rightly told normal or not; or how many points more of
    each than the reader `than` gives, film by film."""

    def right(reader: str) -> list[NDArray[np.float64]]:
        pairs = [(line["finding"], line[f"{reader}: {view}"]) for line in lines]
        named = [said == shown for shown, said in pairs]
        told = [said != REFUSED and (said == NORMAL) == (shown == NORMAL) for shown, said in pairs]
        return [np.array(marks, float) for marks in (named, told)]

    marks = right(who)
    if than:
        marks = [100 * (ours - theirs) for ours, theirs in zip(marks, right(than), strict=True)]
    groups = np.array([line["group"] for line in lines])
    found = with_intervals(lambda drawn: np.array([mark[drawn].mean() for mark in marks]), groups)
    return [replace(figure, form=".1f") if than else figure for figure in found]


def table(folds: Sequence[Fold]) -> Iterator[str]:
    """Each finding of an origin that a fold left out, then all of them together."""
    heads = [f"{what}, {view}" for view in SEEN for what in ("right", "normal or not")]
    yield "| left out | films | read by | " + " | ".join(heads) + " |"
    yield "|---|---|---|" + "---|" * len(heads)
    parts: dict[str, list[Line]] = {}
    for fold in folds:
        for line in fold.films:
            parts.setdefault(f"{line['finding']} of {line['origin']}", []).append(line)
    for name, lines in {**dict(sorted(parts.items())), "all": [one for fold in folds for one in fold.films]}.items():
        for who, than in ((PLAIN, ""), (OURS, ""), (OURS, PLAIN)):
            cells = [str(figure) for view in SEEN for figure in figures(lines, who, view, than)]
            reader = f"{OURS}, points ahead" if than else who
            yield f"| {name} | {len(lines)} | {reader} | " + " | ".join(cells) + " |"


def real_table(folds: Sequence[Fold]) -> Iterator[str]:
    """What each fold's readers take real photos of tuberculosis films for."""
    yield "| fold | read by | tuberculosis | another abnormal finding | normal | refused |"
    yield "|---|---|---|---|---|---|"
    for fold in folds:
        for who in READERS:
            said = Counter(line[f"{who}: {VIEWS[0]}"] for line in fold.photos)
            named = [said.pop(word, 0) for word in (TUBERCULOSIS, NORMAL, REFUSED)]
            shares = [count / len(fold.photos) for count in (named[0], said.total(), *named[1:])]
            yield f"| {fold.name} | {who} | " + " | ".join(f"{share:.2f}" for share in shares) + " |"


def options() -> argparse.ArgumentParser:
    """What is learnt from, and by whom."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/cxr"))
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--folder", type=Path, default=Path("build/left-out"))
    parser.add_argument("--members", nargs="+", default=["mobilenet_035"])
    parser.add_argument("--epochs", type=int, default=24, help="of our members; their recipes say more")
    parser.add_argument("--learn-from", type=Path, nargs="+", default=[], help="folders of films to train on only")
    return parser


def learnt_from(chosen: argparse.Namespace) -> str:
    """What tells runs with films of other places from those without."""
    return "-more" if chosen.learn_from else ""


def fitted_how(chosen: argparse.Namespace) -> str:
    """Which members, for how many epochs, and whether with films of other places: no answers are taken for others'."""
    return f"{'-'.join(chosen.members)}-{chosen.epochs}{learnt_from(chosen)}"


def main() -> None:
    """Fit, read, print."""
    parser = options()
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "left_out", help="where answers are kept")
    parser.add_argument("--folds", nargs="+", choices=FOLDS, default=["a", "b", "c"])
    chosen = parser.parse_args()
    plain, ours = recipes_of(chosen.members, chosen.epochs)
    folds = []
    for name in chosen.folds:
        run = chosen.folder / f"{name}{learnt_from(chosen)}"
        path = chosen.out / f"{name}-{fitted_how(chosen)}.csv"
        if not path.is_file():
            made = left_out_of(FOLDS[name], chosen.data, chosen.learn_from)
            fit_without(made, run, (plain, *ours), chosen)
        folds.append(read_fold({PLAIN: [plain], OURS: ours}, run, path))
    folds = each_once(folds)
    print("\n".join(table(folds)), end="\n\n")
    print("\n".join(real_table(folds)))


if __name__ == "__main__":
    main()
