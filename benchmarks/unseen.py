"""The shipped bundle and the plain recipe on hospitals that nothing was learnt from.

    python benchmarks/unseen.py --hospitals HOSPITALS

HOSPITALS has a folder for each hospital, with a folder for each finding in it, as `unseen.md` lists them and where they
are had. The bundle reads every film's own file and a rendered photo of it as a kiosk would (int8, finder, gate); the
plain recipe, the six-class paper's, reads the films that the bundle's finder and gate made (float32, by the weights
of `training/fitted`). What the kiosk refuses counts as read wrong, by both. A picture whose short side is below 320
pixels is enlarged to that first: the kiosk refuses one of 128 pixels, and some are had no larger.

With `--own RUN` it reads that run's test films of the same findings, as they are and squashed to 128 x 128: to tell
whether some hospitals' films are read badly for the size of their pictures; and its test films of which only a group of
findings is known, which no recipe's figures are made of.

With `--members NAMES --run RUN --out FOLDER` members that were fitted there read instead of the bundle (float32, their
mean): to try another way of fitting. What a member would be called is then its likeliest finding.

With `--normal-of FOLDER` the normal films whose answers are kept in FOLDER stand beside: of a hospital whose films all
show one finding, whoever says that of everything reads the most right.

What was said of each film is kept in `unseen/`, what the bundle before this one said in `unseen/before`; without
`--hospitals` the tables are made of what is kept there. Prints Markdown; intervals are bootstraps over films, as nobody
says which films are of one patient.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from left_out import OURS, PLAIN, Line
from mean_readers import Reader, mean_scores, reader_of, word

from device import demo
from training.data.cache import read_film
from training.data.sources import known_as, read_table
from training.evaluate import VIEWS, Judgement
from training.evidence.hospitals import judge_hospital
from training.lines import write_lines
from training.metrics import Figure, auc, with_intervals
from training.readers import REFUSED
from training.recipe import FINDINGS, GROUPS, load_recipe, shown_by
from training.run import read_split

KEPT = Path(__file__).parent / "unseen"
FITTED = Path(__file__).parent.parent / "training" / "fitted"
READERS = (OURS, PLAIN)

SQUASHED = 128
"""Both sides, in pixels, of the smallest pictures that hospitals' films are had as."""

OF_GROUPS = "our test films, kind not known"
"""Test films of which only a group of findings is known, as if they were a hospital."""

AREAS = ("TUBERCULOSIS", "COVID-19")
"""Findings whose areas under the ROC curve are told."""

HEADS = " | ".join(("named", "normal or not", "area, abnormal", *(f"area, {finding}" for finding in AREAS)))

ASKED = ("COVID-19", "NORMAL", "TUBERCULOSIS")
"""What these hospitals' films show."""


def read_hospital(folder: Path, plain: Reader, out: Path, members: Reader = ()) -> None:
    """Read one hospital's films and keep a line for each film and view in `out`: what the bundle says, or the mean of
    fitted `members` that read what its finder and gate made."""
    judged = judge_hospital(demo.BUNDLE, read_table(folder, FINDINGS, GROUPS))
    theirs = mean_scores(plain, judged)
    told = of_bundle(judged) if not members else [(scores, word(scores)) for scores in mean_scores(members, judged)]
    keep(out / f"{folder.name}.csv", judged, told, theirs)


Said = Sequence[tuple[Sequence[float] | NDArray[np.float64], str]]
"""Of each film the scores, not-a-number where the kiosk refused it, and the outcome."""


def keep(path: Path, judged: Sequence[Judgement], told: Said, theirs: NDArray[np.float64]) -> None:
    """Write a line for each film and view: what it shows, what ours said, and the scores of both readers."""
    heads = [f"{who}: {finding}" for who in READERS for finding in FINDINGS]
    lines = [["film", "group", "finding", "view", "outcome", "refusal", *heads]]
    for one, (ours, outcome), other in zip(judged, told, theirs, strict=True):
        refusal = one.refusal.reason.value if one.refusal else ""
        scores = (f"{score:.4f}" for score in (*ours, *other))
        about = (one.row.path.name, one.row.group, known_as(one.row, GROUPS), one.view)
        lines.append([*about, outcome, refusal, *scores])
    write_lines(path, lines)


def of_bundle(judged: Sequence[Judgement]) -> Said:
    """What the bundle said of each film."""
    nothing = ([np.nan] * len(FINDINGS), REFUSED)
    readings = [one.reading for one in judged]
    return [([score.value for score in one.scores], one.outcome.name) if one else nothing for one in readings]


def write_own(run: Path, folder: Path) -> None:
    """The run's test films as they are and squashed, and those of which only a group is known, as if each were a
    hospital of `folder`."""
    for row in read_split(run).test:
        made = {}
        if row.name in ASKED:
            film = read_film(row.path)
            small = cv2.resize(film, (SQUASHED, SQUASHED), interpolation=cv2.INTER_AREA)
            made = {"our test films": film, f"our test films, {SQUASHED} pixels": small}
        elif len(row.findings) > 1:
            made = {OF_GROUPS: read_film(row.path)}
        for name, picture in made.items():
            place = folder / name / known_as(row, GROUPS)
            place.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place / f"{row.path.stem}.png"), picture)


def kept(folder: Path) -> dict[str, list[Line]]:
    """What is kept of each hospital."""
    hospitals = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            hospitals[path.stem] = list(csv.DictReader(file))
    return hospitals


@dataclass(frozen=True, eq=False)
class Heard:
    """What films may show (films, findings), several where only the group is known, and a reader's scores (films,
    findings), not-a-number where the kiosk refused."""

    shown: NDArray[np.bool_]
    scores: NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[Line], who: str) -> Heard:
        """What a reader said in these lines."""
        scores = [[float(line[f"{who}: {finding}"]) for finding in FINDINGS] for line in lines]
        shown = [[finding in shown_by(line["finding"]) for finding in FINDINGS] for line in lines]
        return cls(np.array(shown), np.array(scores))

    def figures(self, drawn: NDArray[np.intp]) -> NDArray[np.float64]:
        """Of the drawn films: the share named, the share rightly told normal or not, and the areas under the ROC curve
        of what is not normal and of each of AREAS, there without films of which only the group is known. A
        refused film is read wrong, and lies in the middle of a curve."""
        shown, scores = self.shown[drawn], self.scores[drawn]
        refused = np.isnan(scores[:, 0])
        scores = np.where(refused[:, None], 0.5, scores)
        guess = scores.argmax(axis=1)
        named = ~refused & shown[np.arange(len(guess)), guess]
        normal, *others = (FINDINGS.index(name) for name in ("NORMAL", *AREAS))
        told = ~refused & ((guess == normal) == shown[:, normal])
        abnormal = auc(~shown[:, normal], 1 - scores[:, normal])
        sure = shown.sum(axis=1) == 1
        areas = (auc(shown[sure, one], scores[sure, one]) for one in others)
        return np.array([named.mean(), told.mean(), abnormal, *areas])


def figures(lines: Sequence[Line]) -> Iterator[tuple[str, list[Figure]]]:
    """A row for each reader, and what ours has more, on the same draws of films."""
    films = np.array([line.get("group", line["film"]) for line in lines])
    ours, theirs = (Heard.of(lines, who) for who in READERS)
    yield OURS, list(with_intervals(ours.figures, films))
    yield PLAIN, list(with_intervals(theirs.figures, films))
    yield f"{OURS}, points ahead", ahead(ours, theirs, films)


def ahead(ours: Heard, theirs: Heard, films: NDArray[np.str_]) -> list[Figure]:
    """How many points, or hundredths of an area, ours has more than theirs, on the same draws of the same films."""
    found = with_intervals(lambda drawn: 100 * (ours.figures(drawn) - theirs.figures(drawn)), films)
    return [replace(one, form=".1f") for one in found]


def table(hospitals: dict[str, list[Line]], *, together: bool = True, views: Sequence[str] = VIEWS) -> Iterator[str]:
    """Each hospital, in each view, then all of them together, if wanted."""
    yield f"| hospital | films | view | read by | {HEADS} |"
    yield "|---|---|---|---|---|---|---|" + "---|" * len(AREAS)
    every = [line for lines in hospitals.values() for line in lines]
    for name, lines in {**hospitals, **({"all": every} if together else {})}.items():
        for view in views:
            some = [line for line in lines if line["view"] == view]
            for who, row in figures(some):
                yield f"| {name} | {len(some)} | {view} | {who} | " + " | ".join(map(str, row)) + " |"


def gains(now: dict[str, list[Line]], before: dict[str, list[Line]]) -> Iterator[str]:
    """What the bundle has more than the one before it, film by film."""
    yield f"| hospital | films | view | {HEADS} |"
    yield "|---|---|---|---|---|---|" + "---|" * len(AREAS)
    pairs = {}
    for name, lines in now.items():
        told = {(line["film"], line["view"]): line for line in before[name]}
        pairs[name] = [(line, told[line["film"], line["view"]]) for line in lines]
    for name, some in {**pairs, "all": list(chain.from_iterable(pairs.values()))}.items():
        for view in VIEWS:
            seen = [pair for pair in some if pair[0]["view"] == view]
            new, old = (Heard.of([pair[at] for pair in seen], OURS) for at in (0, 1))
            row = ahead(new, old, np.array([line["film"] for line, _ in seen]))
            yield f"| {name} | {len(seen)} | {view} | " + " | ".join(map(str, row)) + " |"


def outcomes(hospitals: dict[str, list[Line]]) -> Iterator[str]:
    """What the kiosk says of each hospital's films, of each finding."""
    words = sorted({line["outcome"] for lines in hospitals.values() for line in lines})
    words.sort(key=lambda word: (word == REFUSED, word == "UNCERTAIN"))
    yield "| hospital | shown | view | films | " + " | ".join(words) + " |"
    yield "|---|---|---|---|" + "---|" * len(words)
    for name, lines in hospitals.items():
        for finding in sorted({line["finding"] for line in lines}):
            for view in VIEWS:
                said = Counter(one["outcome"] for one in lines if (one["finding"], one["view"]) == (finding, view))
                shares = [f"{said[word] / said.total():.2f}" if said[word] else "" for word in words]
                yield f"| {name} | {finding} | {view} | {said.total()} | " + " | ".join(shares) + " |"


def main() -> None:
    """Read what is given, print what is kept."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hospitals", type=Path)
    parser.add_argument("--own", type=Path, metavar="RUN", help="read this run's test films too, in two sizes")
    parser.add_argument("--members", nargs="+", default=[], metavar="NAME", help="fitted members to read with instead")
    parser.add_argument("--run", type=Path, default=FITTED, help="the run that has their weights")
    parser.add_argument("--out", type=Path, default=KEPT, help="where answers are kept")
    parser.add_argument("--normal-of", type=Path, metavar="FOLDER", help="add the normal films of what is kept there")
    chosen = parser.parse_args()
    if chosen.members and chosen.out.resolve() == KEPT.resolve():
        parser.error(f"--members reads in the place of the bundle, whose answers are in {KEPT}: say --out FOLDER too")
    own = chosen.out / "own"
    with tempfile.TemporaryDirectory() as made:
        if chosen.own:
            write_own(chosen.own, Path(made))
        wanted = [(chosen.hospitals, chosen.out), (chosen.own and Path(made), own)]
        plain = reader_of([load_recipe("six_class_paper")], FITTED) if chosen.hospitals or chosen.own else ()
        members = reader_of([load_recipe(name) for name in chosen.members], chosen.run)
        for folders, out in wanted:
            for folder in sorted(path for path in folders.iterdir() if path.is_dir()) if folders else ():
                read_hospital(folder, plain, out, members)
    hospitals = kept(chosen.out)
    if chosen.normal_of:
        hospitals["normal films elsewhere"] = [
            line for lines in kept(chosen.normal_of).values() for line in lines if line["finding"] == "NORMAL"
        ]
    print("\n".join(table(hospitals)), end="\n\n")
    print("\n".join(outcomes(hospitals)))
    if (before := kept(chosen.out / "before")) and not chosen.normal_of:
        print("\n" + "\n".join(gains(hospitals, before)))
    if ours := kept(own):
        print("\n" + "\n".join(table(ours, together=False)))
        if OF_GROUPS in ours:
            print("\n" + "\n".join(outcomes({OF_GROUPS: ours[OF_GROUPS]})))


if __name__ == "__main__":
    main()
