"""One place left out whole: how members and the plain recipe read a hospital of which they met no film at all.

    python benchmarks/left_out_whole.py --data FILMS --weights WEIGHTS --learn-from MORE/Shenzhen MORE/Montgomery

A fold of `left_out.py` leaves out one finding of a collection; what else the collection has is learnt from, and may
teach that its pictures are of that other finding. Here each place (PLACES) is left out with all that it has. The plain
recipe, the six-class paper's, and Filmside's are fitted from the same start on the same films; then both read the
place's films, as float32, on the films that the shipped bundle's finder and gate make of a film's own file and of a
rendered photo of it, and of the file with the lungs blacked out. What the kiosk refuses counts as read wrong, by both.

A finding of which only that place has films is learnt by nobody: its films are read wrong by both, and tell normal
from not. Films of which only a group is known (PNEUMONIA) are named by either kind.

It can be killed and called again, as `left_out.py`. What was said of each film is kept in `left_out/whole`; prints
Markdown; intervals are bootstraps over patients.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from left_out import SEEN, fit_without, fitted_how, in_views, learnt_from, left_out_of, options, recipes_of
from mean_readers import mean_scores, reader_of, word
from unseen import keep, kept, outcomes, table

from device import demo
from training.data.split import Split
from training.evaluate import judge_all
from training.recipe import FINDINGS, Recipe

PLACES = {
    "COVID-CXNet": "COVID-CXNet",
    "Cohen": "Cohen",
    "Kermany": "Kermany",
    "NIH": "NIH ChestX-ray14",
    "Rahman": "TB Chest Radiography DB (Rahman 2020)",
}
"""The origins that are left out, each by a short name."""


def learnable(made: Split) -> tuple[str, ...]:
    """The findings that have films to learn from."""
    known = {finding for row in made.train for finding in row.findings}
    return tuple(finding for finding in FINDINGS if finding in known)


def read_place(made: Split, run: Path, plain: Recipe, ours: Sequence[Recipe], path: Path) -> None:
    """Keep what both say of the films that were left out in `path`, a CSV table: a line for each film and view."""
    shown = in_views(judge_all(demo.BUNDLE, made.test), ())
    judged = [replace(one, view=view) for view in SEEN for one in shown[view]]
    theirs, mine = (mean_scores(reader_of(recipes, run), judged) for recipes in ([plain], ours))
    keep(path, judged, [(scores, word(scores)) for scores in mine], theirs)


def main() -> None:
    """Fit, read, print."""
    parser = options()
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "left_out" / "whole")
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES))
    chosen = parser.parse_args()
    plain, ours = recipes_of(chosen.members, chosen.epochs)
    folder = chosen.out / fitted_how(chosen)
    for name in chosen.places:
        path = folder / f"{name}.csv"
        if not path.is_file():
            run = chosen.folder / f"{name}-whole{learnt_from(chosen)}"
            made = left_out_of((PLACES[name],), chosen.data, chosen.learn_from)
            base, *members = (replace(recipe, findings=learnable(made)) for recipe in (plain, *ours))
            fit_without(made, run, (base, *members), chosen)
            read_place(made, run, base, members, path)
    told = {name: lines for name, lines in kept(folder).items() if name in chosen.places}
    print("\n".join(table(told, views=SEEN)), end="\n\n")
    print("\n".join(outcomes(told)))


if __name__ == "__main__":
    main()
