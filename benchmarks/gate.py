"""How the gate puts films right that lie wrong, what it refuses, and how it refuses what no gate has met before.

    python benchmarks/gate.py --data FILMS --others NOT_FILMS
    python benchmarks/gate.py --others NOT_FILMS --run RUN --weights WEIGHTS [--folds N]

Films are those of the test split, as clean files and as rendered photos that the kiosk's own finder straightens; each
lies in all sixteen ways. Other pictures are of the part that the gate did not learn from. With `--run` three other
gates are fitted, each without a third of the kinds of other pictures and for a quarter of the shipped recipe's epochs
(kept in RUN, taken up after a kill), and tried on all pictures of these kinds. Prints Markdown; shares have 95%
intervals (Wilson).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import judged

from device import demo
from device.examine import examine
from device.reading.bundle import load_bundle
from device.reading.contract import LIES
from device.reading.ensemble import Ensemble
from device.reading.gate import numbered_lie
from device.values import Corners, Film, Photo, Refusal
from training.data.cache import read_film
from training.data.others import other_paths
from training.data.sources import Row, load_table
from training.data.split import split
from training.evaluate import seen
from training.gate import turned
from training.metrics import wilson
from training.recipe import FINDINGS, GROUPS

FOLDS = (
    "radiograph-hand-wrist,mri-brain,radiograph-shoulder,chart-diagram,ct-abdomen,mammogram,texture-noise",
    "photo,radiograph-foot-ankle,chest-lateral,dental-panoramic,ct-head,mri-breast,radiograph-femur",
    "ct-chest,document,radiograph-knee,radiograph-elbow-arm,radiograph-spine,illustration-icon",
)
"""Kinds that are left out together: each fold has some of every sort, so that what is left still shows the sort."""


@dataclass
class Lying:
    """What became of films that lay in known ways."""

    refused: Counter[str] = field(default_factory=Counter)
    right: int = 0
    mirrored: int = 0
    found_mirrored: int = 0
    straight: int = 0
    called_mirrored: int = 0

    @property
    def read(self) -> int:
        """Those that were not refused."""
        return self.mirrored + self.straight

    @property
    def shown(self) -> int:
        """All of them."""
        return self.read + sum(self.refused.values())


def lying(ensemble: Ensemble, films: Iterator[Film]) -> Lying:
    """Show the gate every film in every lie."""
    counts = Lying()
    for film in films:
        for number in range(len(LIES)):
            truth = numbered_lie(number)
            pixels = turned(film.pixels, number)
            corners = Corners.of_whole_photo(pixels.shape[1], pixels.shape[0])
            answer = ensemble.upright(Film(pixels, corners))
            if isinstance(answer, Refusal):
                counts.refused[answer.reason.value] += 1
                continue
            said = answer.corners.lie
            counts.right += replace(said, mirrored=False) == replace(truth, mirrored=False)
            counts.mirrored += truth.mirrored
            counts.found_mirrored += truth.mirrored and said.mirrored
            counts.straight += not truth.mirrored
            counts.called_mirrored += said.mirrored and not truth.mirrored
    return counts


def films_of(rows: Sequence[Row], view: str, ensemble: Ensemble) -> Iterator[Film]:
    """The films as clean files, or as the kiosk straightens their rendered photos."""
    for number, row in enumerate(rows):
        if view == "clean":
            pixels = read_film(row.path)
            yield Film(pixels, Corners.of_whole_photo(pixels.shape[1], pixels.shape[0]))
        elif isinstance(found := judged(seen(row, view, number).encoded, scout=ensemble.look), Film):
            yield found


def share(part: int, whole: int) -> str:
    """A share with its interval."""
    low, high = wilson(part, whole)
    return f"{part / max(whole, 1):.4f} ({low:.4f} to {high:.4f}, {part} of {whole})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/cxr"))
    parser.add_argument("--others", type=Path, default=Path("../shared/negatives"))
    parser.add_argument("--films", type=int, help="only so many films of the test split")
    parser.add_argument("--run", type=Path, help="fit gates without some kinds in this run folder")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--folds", type=int, default=len(FOLDS), help="only so many of the three gates")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    if chosen.run:
        print("Kinds that a gate never met (each gate without a third of the kinds):\n")
        table(unmet(chosen.others, chosen.run, chosen.weights, FOLDS[: chosen.folds]))
        return
    rows = split(load_table(chosen.data, FINDINGS, GROUPS), 1).test[: chosen.films]
    ensemble = Ensemble(load_bundle(demo.BUNDLE))
    print("| films | turned and negative ones put right | mirrored ones found | falsely called mirrored | refused |")
    print("|---|---|---|---|---|")
    for view in ("clean", "photo"):
        seen_ = lying(ensemble, films_of(rows, view, ensemble))
        print(
            f"| {view} | {share(seen_.right, seen_.read)} | {share(seen_.found_mirrored, seen_.mirrored)} "
            f"| {share(seen_.called_mirrored, seen_.straight)} | {share(sum(seen_.refused.values()), seen_.shown)}: "
            f"{', '.join(f'{name} {count}' for name, count in seen_.refused.most_common())} |"
        )
    print("\nOther pictures of kinds that the gate knows, none of them learnt from:\n")
    table(
        (kind, examine(Photo(path.name, path.read_bytes()), ensemble).refusal is not None)
        for path, kind in other_paths(chosen.others, "test")
    )


def table(refused: Iterator[tuple[str, bool]]) -> None:
    """Print kinds, how many pictures, how many refused."""
    counts: dict[str, list[bool]] = {}
    for kind, was in refused:
        counts.setdefault(kind, []).append(was)
    print("| kind | pictures | refused |\n|---|---|---|")
    for kind, values in sorted(counts.items(), key=lambda item: -len(item[1])):
        print(f"| {kind} | {len(values)} | {sum(values)} |")
    every = [value for values in counts.values() for value in values]
    print(f"| all | {len(every)} | {share(sum(every), len(every))} |")


def unmet(others: Path, run: Path, weights: Path | None, folds: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Kind and whether it was refused, of every picture, by a gate that never met its kind. TensorFlow is needed."""
    from device.film.prepare import prepare
    from device.reading.member import softmax
    from training.convert import LiteModel
    from training.pack import convert_member, gate_limits
    from training.recipe import load_recipe
    from training.run import fit_gate

    for number, kinds in enumerate(folds):
        shipped = load_recipe("gate")
        recipe = replace(shipped, name=f"gate_without_{number}", without=kinds, epochs=shipped.epochs // 4)
        fit_gate(recipe, run, weights, others)
        made = convert_member(recipe, run, others)
        limits = gate_limits(made)
        lite = LiteModel(made.int8)
        for path, kind in (pair for part in ("train", "validation", "test") for pair in other_paths(others, part)):
            if kind in kinds.split(","):
                said = softmax(lite.logits(prepare(read_film(path), recipe.input)), limits.temperature)[0]
                yield kind, bool((said[len(LIES) :] >= limits.refuse_from).any())


if __name__ == "__main__":
    main()
