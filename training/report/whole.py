"""Evaluate a packed bundle and write its report and model card: every figure made by the device's own code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from device.reading.bundle import load_bundle
from device.reading.contract import Bundle
from training.cost import Cost, costs
from training.data.sources import Row
from training.data.split import Split
from training.evaluate import judge_all, sampled, without_films, write_predictions
from training.evidence.hospitals import about, hospitals_in, judge_hospital, strangers
from training.evidence.left_out import Read
from training.findings import learnt_by, of_one_finding, retold
from training.packed import opened, set_card
from training.readers import Answers, answers, plain_recipe
from training.report.believed import believed, promised
from training.report.card import Known, card_of
from training.report.document import Section
from training.report.evaluation import cost_section, in_full, learnt, never_meant, on_test
from training.report.gallery import heat_maps
from training.report.hospitals import Met, elsewhere
from training.report.left_out import left_out
from training.report.write import as_html, as_markdown, write_tables
from training.run import kept_recipe, read_split


@dataclass(frozen=True)
class Wanted:
    """What an evaluation shall hold beside the bundle's own answers.

    `yardstick` is a fitted recipe to stand beside it, `others` a folder of pictures that are no chest films,
    `left_out` runs that were split without one origin, or tables of answers, `lung_masks` a folder of masks by the
    films' names. `sample` films of each split and hospital are read, 0 for all: then the bundle keeps the card it has.
    `every_licence` shows films in the gallery that may not be passed on. `per_tensor` sets TFLite's own int8 beside
    ours, both ways. `hospitals` is a folder of hospitals that nothing was learnt from, a folder of films each.
    """

    yardstick: str = ""
    others: Path | None = None
    left_out: tuple[Path, ...] = ()
    lung_masks: Path | None = None
    sample: int = 0
    every_licence: bool = False
    per_tensor: bool = False
    hospitals: Path | None = None


def evaluate_bundle(folder: Path, run: Path, out: Path, wanted: Wanted) -> str:
    """Read validation and test split with the bundle; write `report.html`, `evaluation.md` and `tables/` to `out`, the
    predictions of each split to `run` (a sample's to `out`), and set the model card, which carries what `evaluation.md`
    does. Gives that text."""
    bundle, films = load_bundle(folder), read_split(run)
    if wanted.yardstick:
        plain_recipe(wanted.yardstick, bundle.findings)  # a wrong one is said before an hour is spent
    met = _met(folder, bundle, films, run, wanted)
    out.mkdir(parents=True, exist_ok=True)
    validation = _answers("validation", films.validation, bundle, run, out, wanted).without_films()
    test = _answers("test", films.test, bundle, run, out, wanted)
    sections = [on_test(test)]
    if wanted.hospitals:
        sections.append(elsewhere(met, bundle, about(wanted.hospitals)))
    sections.append(never_meant(folder, sampled(films.photos, wanted.sample), wanted.others))
    sections += further(test, validation, bundle, run, wanted, costs(folder, run))
    sections += believed(test, bundle, run, wanted.yardstick, wanted.lung_masks)
    warning = _warning(wanted.sample)
    text = f"{warning}\n\n".lstrip() + as_markdown(sections) + "\n"
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    write_tables(sections, out / "tables")
    if not wanted.sample:
        known = Known(learnt_from(bundle, films, run), films.photos, met)
        set_card(folder, card_of(bundle, known, text))
    # The card is part of what the bundle's id is made from: the page names the bundle as it is from now on.
    page = as_html("Evaluation of a Filmside bundle", _lead(load_bundle(folder), test), sections, warning)
    (out / "report.html").write_text(page, encoding="utf-8")
    return text


def further(
    test: Answers, validation: Answers, bundle: Bundle, run: Path, wanted: Wanted, costs: tuple[Cost, ...]
) -> list[Section]:
    """What an evaluation holds beside its first sections, of answers that have been given."""
    read = Read(test.films, test.ensemble.guesses)
    return [
        *in_full([test, validation]),
        *([left_out(wanted.left_out, read)] if wanted.left_out else []),
        *learnt(test, bundle, run),
        promised(test, bundle),
        heat_maps(test.judgements, bundle.findings, every_licence=wanted.every_licence),
        cost_section(costs),
    ]


def _met(folder: Path, bundle: Bundle, films: Split, run: Path, wanted: Wanted) -> Met:
    """The hospitals that nothing was learnt from, and what the bundle says of their films."""
    if not wanted.hospitals:
        return ()
    opened(folder, run)  # another run's films are not those that the members learnt from
    known = (*films.train, *films.validation, *films.test, *films.photos)
    hospitals = strangers(hospitals_in(wanted.hospitals, bundle.findings), known)
    some = [replace(one, rows=sampled(one.rows, wanted.sample)) for one in hospitals]
    return [(one, without_films(judge_hospital(folder, one.rows))) for one in some]


def _answers(split: str, rows: tuple[Row, ...], bundle: Bundle, run: Path, out: Path, wanted: Wanted) -> Answers:
    """One split, judged; its predictions are kept."""
    rows = sampled(of_one_finding(rows, bundle.findings), wanted.sample)
    judgements = judge_all(bundle.folder, rows)
    # A sample must not take the place of what the whole split gave.
    where = out if wanted.sample else run
    write_predictions(
        judgements, bundle.findings, where / ("predictions.csv" if split == "test" else f"{split}_predictions.csv")
    )
    return answers(split, bundle, run, judgements, wanted.yardstick, per_tensor=wanted.per_tensor)


def _lead(bundle: Bundle, test: Answers) -> str:
    right = {view: (guess == test.films.truth).mean() for view, guess in test.ensemble.guesses.items()}
    members = ", ".join(member.name for member in bundle.members)
    return (
        f"Bundle {bundle.id}: {members}. Read right of {len(test.films.truth)} test films: {right['clean']:.1%} from "
        f"their own files, {right['photo']:.1%} from rendered photos. Not a medical device; no reading is a diagnosis."
    )


def _warning(sample: int) -> str:
    if not sample:
        return ""
    return (
        f"A sample: at most {sample} films of each split and hospital, evenly by finding, and not the whole of it. Its "
        "figures are for looking at the report only."
    )


def learnt_from(bundle: Bundle, films: Split, run: Path) -> tuple[Row, ...]:
    """The training films that some member learnt from; all of them, where the run does not tell by which recipes."""
    recipes = [kept_recipe(run, member.name) for member in bundle.members]
    if None in recipes:
        return retold(films.train, bundle.findings)
    return max((learnt_by(recipe, films.train) for recipe in recipes if recipe), key=len)
