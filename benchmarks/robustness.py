"""How much the shipped bundle's readings suffer from the transforms of CheXphoto, at four levels each.

    python benchmarks/robustness.py --data FILMS [--films N] [--out benchmarks/robustness.md]
    python benchmarks/robustness.py --gallery FOLDER

Reads every film of the test split, as its own file and after each transform (`training/data/chexphoto.py`), from bytes
to reading through the device's own code, and writes one Markdown table. A film counts as read right as in
[evaluation.md](evaluation.md): its likeliest finding is the true one. `--films N` takes N of them, evenly spread, and
prints instead of writing; the page that is kept is of 120. `--gallery` writes the transforms of a demo film, to be
looked at.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import demo_films

from device import demo
from device.examine import examine
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Photo
from training.data.cache import read_film
from training.data.chexphoto import AMOUNTS, LEVELS, Transform, transformed
from training.data.sources import Row, load_table
from training.data.split import split
from training.evaluate import Judgement, seen, top
from training.metrics import Figure, accuracy, with_interval
from training.recipe import FINDINGS, GROUPS
from training.report.document import Table
from training.report.sheets import Shown, Strip, write_page, write_sheet
from training.report.write import table_as_markdown

OUT = Path(__file__).with_suffix(".md")
REFUSED = -1

FEW = 20
"""Films read: of fewer no share is given, as it would look surer than it is."""


@dataclass(frozen=True)
class Asked:
    """One film of the test split, and its place there, which is also its seed."""

    row: Row
    seed: int


@dataclass(frozen=True, eq=False)
class Answers:
    """What was said of the films in one setting: the likeliest finding of each, REFUSED (n,), and why not."""

    guesses: np.ndarray
    reasons: Counter[str]


def test_films(data: Path, count: int | None) -> list[Asked]:
    """The films of the test split that show one finding, as in the evaluation; `count` of them, evenly spread."""
    rows = [row for row in split(load_table(data, FINDINGS, GROUPS), 1).test if len(row.findings) == 1]
    asked = [Asked(row, seed) for seed, row in enumerate(rows)]
    if count is None or count >= len(asked):
        return asked
    return [asked[place] for place in np.linspace(0, len(asked) - 1, count).round().astype(int)]


def photo_of(asked: Asked, transform: Transform | None, level: int) -> Photo:
    """The film's own file, or the transformed film without a further loss."""
    if transform is None:
        return seen(asked.row, "clean", asked.seed)
    pixels = transformed(read_film(asked.row.path), transform, level, asked.seed)
    done, encoded = cv2.imencode(".png", pixels)
    if not done:
        raise ValueError("OpenCV could not encode the transformed film")
    return Photo(f"{asked.row.path.stem}.png", bytes(encoded))


def answers(films: Sequence[Asked], transform: Transform | None, level: int, ensemble: Ensemble) -> Answers:
    """What the device says of all films in one setting."""
    guesses, reasons = [], Counter[str]()
    for asked in tqdm(films, desc=f"{transform.value} {level}" if transform else "clean", unit="film", leave=False):
        made = examine(photo_of(asked, transform, level), ensemble)
        guesses.append(top(Judgement(asked.row, "clean", made.film, made.reading, made.refusal)))
        if made.refusal is not None:
            reasons[made.refusal.reason.value] += 1
    return Answers(np.array(guesses), reasons)


def line(films: Sequence[Asked], name: str, level: str, amount: str, said: Answers) -> tuple[str, ...]:
    """One line of the table."""
    truth = np.array([FINDINGS.index(asked.row.findings[0]) for asked in films])
    groups = np.array([asked.row.group for asked in films])
    read = said.guesses != REFUSED

    def share(of: np.ndarray) -> Figure:
        here = np.flatnonzero(of)
        return with_interval(
            lambda rows: accuracy(truth[here][rows], said.guesses[here][rows], len(FINDINGS)), groups[here]
        )

    over_read = str(share(read)) if read.sum() >= FEW else f"{(truth == said.guesses).sum()} of {read.sum()}"
    reasons = ", ".join(f"{reason} {count}" for reason, count in said.reasons.most_common())
    refused = f"{float((~read).mean()):.3f}"
    return name, level, amount, over_read, str(share(np.ones(len(films), bool))), refused, reasons


def table(films: Sequence[Asked], ensemble: Ensemble) -> str:
    """Every transform at every level, the clean files first."""
    lines = [line(films, "clean", "", "", answers(films, None, 0, ensemble))]
    for transform in Transform:
        for level in LEVELS:
            amount = f"{AMOUNTS[transform][level - 1]:g}"
            lines.append(line(films, transform.value, str(level), amount, answers(films, transform, level, ensemble)))
    heads = ("transform", "level", "amount", "accuracy of films read", "accuracy of all films", "refused", "why")
    return table_as_markdown(Table("robustness", heads, tuple(lines)))


def report(films: Sequence[Asked], ensemble: Ensemble, count: int | None) -> str:
    """The table with what it is and how it was made."""
    patients = len({asked.row.group for asked in films})
    command = "python benchmarks/robustness.py --data FILMS" + (f" --films {count}" if count else "")
    return (
        f"# Robustness\n\nMade by `{command}`.\n\n"
        f"{len(films)} films of {patients} patients, none trained on, read by the shipped bundle through the device's "
        "own code, as their own files and after each transform that CheXphoto (Phillips et al., 2020) describes, "
        "re-made in [chexphoto.py](../training/data/chexphoto.py), where each amount is explained. The levels' amounts "
        "are ours: compare the lines with each other, not with the paper. A kiosk refuses what it cannot read, and at "
        "levels 3 and 4 it often should: *films read* leaves the refused out, *all films* counts them as read wrong. "
        "Intervals: 95%, bootstrap over patients.\n\n" + table(films, ensemble) + "\n"
    )


def gallery(out: Path) -> Path:
    """Write every transform at every level of a demo film as a page and a sheet; gives the page."""
    film = demo_films()[0]
    strips = []
    for transform in Transform:
        pictures = [Shown(f"{transform.name.lower()}-0", film, f"{transform.value}: the film itself")]
        for level in LEVELS:
            caption = f"{transform.value}, level {level}: {AMOUNTS[transform][level - 1]:g}"
            name = f"{transform.name.lower()}-{level}"
            pictures.append(Shown(name, transformed(film, transform, level, 5), caption))
        strips.append(Strip(transform.value, tuple(pictures)))
    every = [shown for strip in strips for shown in strip.pictures]
    write_sheet(every, len(LEVELS) + 1, out / "sheet.png", cell=(240, 240))
    return write_page(strips, "The transforms of CheXphoto", out)


def main() -> None:
    """Measure and write, or show the transforms."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/cxr"))
    parser.add_argument("--films", type=int, help="read only so many films, and print")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--gallery", type=Path, metavar="FOLDER", help="only write the transforms, to be looked at")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    if chosen.gallery:
        print(gallery(chosen.gallery))
        return
    ensemble = Ensemble(load_bundle(demo.BUNDLE))
    text = report(test_films(chosen.data, chosen.films), ensemble, chosen.films)
    if chosen.films is None:
        chosen.out.write_text(text, encoding="utf-8")
        print(chosen.out)
    else:
        print(text)


if __name__ == "__main__":
    main()
