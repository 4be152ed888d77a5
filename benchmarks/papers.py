"""Both papers' tables and figures beside the same recipes fitted on the films at hand.

    python benchmarks/papers.py --data FILMS --weights WEIGHTS > benchmarks/papers.md

Fits what has not been fitted (hours on two cores; killed and called again, it goes on after the last whole epoch) and
keeps each recipe's scores of every validation and test film in `papers/`; what is kept there is read, not fitted again.
Films are read as the papers read them: their own files, without finder, gate or photo.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import paper_six
import paper_three
from paper_answers import EPOCHS, SIX_CLASSES, make_answers, read_answers

from training.recipe import FINDINGS

LARGEST = "three_class_mobilenet"
"""Whose films stand for those of all three-class recipes: they are the same."""

HERE = Path(__file__).parent / "papers"

HEAD = """# Both papers, row by row

Made by `python benchmarks/papers.py --data FILMS --weights WEIGHTS > benchmarks/papers.md`; each film's scores are kept
in [papers](papers).

**What differs in the data.** The papers' own sets cannot be had here. Neither paper says that it split by patient;
one says that it left duplicates out. In both a finding is nearly its source. Ours are freed of copies and split by
patient: {learnt} films with one of six findings to learn from, {validation} to validate by, {test} to test on; of
three classes, pneumonia of unknown kind among them, {learnt_three}, {validation_three} and {test_three}. That is far
fewer: the six-class paper learnt from 14,551 and tested on 1,737, the three-class paper from 14,700 and 3,150 (its
data set 1) and from 3,648 and 784 (data set 2). EMPHYSEMA has {emphysema} films to learn from where the paper has
2,050, and 6 to test on: its rows say nothing here. The epoch kept, temperatures and weights were chosen on
validation, which flatters those columns.
"""

SIX = """
## Six classes

"A Study on a Multi-Classification Model for Chest X-Ray Images Based on Convolutional Neural Networks and Transfer
Learning". The recipe is [six_class_paper](../training/recipes/six_class_paper.toml): the paper's network, size, fit,
epochs and rate; what its training tool augments by is not told in numbers. Three ways to int8 stand beside its own:
made our way ([training/quantise](../training/quantise/__init__.py)), by TFLite's own rounding with a scale for each
channel, and by the older rounding with one scale for each tensor. *Accuracy* is that of the likeliest finding; *of it
with UNCERTAIN* counts test films as wrong whose top score is below a threshold. The paper does not tell its own; the
recipe has 0.6. The loss is the mean negative log of the score of what the film shows. Intervals are 95% bootstraps
over patients. *Filmside's ensemble* is the shipped bundle on the same films, through finder and gate
([evaluation.md](evaluation.md)), learnt from 620 films of two hospitals more; its AUC is the plain mean over findings.
On films' own files the recipe is level with it or ahead, by the lot of a fit: an earlier one of the same recipe read
80.3% of the test films right at float32. What the ensemble is made for, photos of film, none of these rows
shows: there the recipe, fitted with those films too, loses 14.3 points of accuracy and the ensemble one. Times are of
one x86-64 core with int8 dot products (AVX-512 VNNI); on one without, int8 took 1.44 times as long as float32. Peak
RAM is above what Python and the packages held before, and counts the interpreter's own.

### Tables 1 and 2, Figures 4, 6, 8 and 10
"""

FIGURES = """
Figure 1, the feature explorer: of the shipped members in [report.html](report.html). Figure 2 is a screen of settings:
they are in the recipe.
"""

THREE = """
## Three classes

"Classification of COVID 19, Pneumonia and healthy lung on CXR images using Deep Transfer Learning Ensemble Framework
with GRAD-CAM visualization". Table I counts the paper's films: see above. Table II gives the networks' inputs,
epochs, batches and rate: they are in the recipes ([three_class_*](../training/recipes)), but for the epochs: two
cores cannot give 100, and what each got stands in the table. The paper's ResNets and its ViT start pre-trained; here
**from nothing, with few epochs** and, the ResNets, a larger rate: their figures are no figures of the paper's
networks. The layers of its custom CNN are not given; ours are our own. How its ensemble votes is not told: here once
by the mean of the scores and once with temperatures and weights.

### Table III

The paper's figures on its two data sets, ours on validation and test: precision, recall and F1 of each finding, then
accuracy in per cent with a 95% bootstrap interval over patients.
"""

BEST = """
### Is the ensemble at least as good as its best member?

Accuracy film by film, in points.
"""

REST = """
### Figure 6: confusion of the best model and of the ensemble

The paper prints pictures of them without numbers in its text; ours as counts.
"""

OTHERS = """
### Table IV

Other works as the paper quotes them, each on data of its own, and the paper's ensemble; ours on test films, precision,
recall and F1 as means over the findings. Figures on different films rank nothing.
"""

ROC = """
### Figure 7: ROC curves, as areas under them (test films)
"""

LAST = """
Figures 1 to 4 of the paper show films and networks. Figure 5, Grad-CAM of some films: ours are class-activation maps,
which equal Grad-CAM for this head; the gallery, with its checks against Grad-CAM, is in [report.html](report.html).
"""


def learnt_by(name: str, out: Path) -> dict[str, int]:
    """How many films of each finding a recipe had to learn from."""
    told: dict[str, int] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["learnt"]
    return told


def fitted(out: Path) -> list[str]:
    """The recipes whose answers are kept."""
    return [name for name in EPOCHS if (out / f"{name}.csv").is_file()]


def missing(out: Path) -> Iterator[str]:
    """That some rows are not there yet, where the page is printed without them."""
    if names := [name for name in EPOCHS if name not in fitted(out)]:
        yield f"Printed with `--kept`: {', '.join(names)} not fitted yet. The command above would fit them first.\n"


def page(out: Path) -> Iterator[str]:
    """The whole page, from kept answers."""
    six = read_answers(SIX_CLASSES, out)
    learnt = learnt_by(SIX_CLASSES, out)
    named = sum(learnt[finding] for finding in FINDINGS)
    judged = {split: len(said.truth) for split, said in six.items()}
    three = read_answers(LARGEST, out)
    of_three = {f"{split}_three": len(said.truth) for split, said in three.items()}
    learnt_three = sum(learnt_by(LARGEST, out).values())
    yield HEAD.format(learnt=named, learnt_three=learnt_three, emphysema=learnt["EMPHYSEMA"], **judged, **of_three)
    yield from missing(out)
    yield SIX
    yield from paper_six.results(six, HERE.parent / "tables" / "accuracy-and-loss.csv")
    yield ""
    yield from paper_six.files(out)
    yield from paper_six.confusions(six)
    yield FIGURES
    of_three_classes = [name for name in fitted(out) if name != SIX_CLASSES]
    answers = paper_three.with_ensembles({name: read_answers(name, out) for name in of_three_classes})
    yield THREE
    yield from paper_three.table(answers)
    if paper_three.MEAN in answers:
        yield BEST
        yield from paper_three.against_best(answers)
        yield OTHERS
        yield from paper_three.others(answers)
        yield REST
        yield from paper_three.confusions(answers)
    yield ROC
    yield from paper_three.curves(answers)
    yield LAST


def main() -> None:
    """Fit what is not kept, then print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/cxr"))
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--run", type=Path, default=Path("build/papers"))
    parser.add_argument("--out", type=Path, default=HERE, help="where answers are kept")
    parser.add_argument("--fit", nargs="+", choices=EPOCHS, help="fit these and print nothing")
    parser.add_argument("--kept", action="store_true", help="fit nothing: print what is kept")
    chosen = parser.parse_args()
    for name in [] if chosen.kept else chosen.fit or EPOCHS:
        make_answers(name, chosen.data, chosen.weights, chosen.run, chosen.out)
    if not chosen.fit:
        print("\n".join(page(chosen.out)))


if __name__ == "__main__":
    main()
