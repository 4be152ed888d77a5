"""Evaluate a packed bundle and write its report and model card: every figure made by the device's own code."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from device.reading.bundle import load_bundle
from device.reading.contract import Bundle
from device.reading.manifest import MANIFEST
from training.cost import Cost, costs
from training.data.sources import Row
from training.data.split import Split
from training.evaluate import judge_all, sampled, without_films, write_predictions
from training.evidence.audit import LEAST_POINTS
from training.evidence.hospitals import about, hospitals_in, judge_hospital, strangers
from training.findings import learnt_by, of_one_finding, retold
from training.packed import opened, set_card
from training.readers import Answers, answers, plain_recipe
from training.report.believed import believed, promised
from training.report.document import Section, Table
from training.report.evaluation import cost_section, in_full, learnt, never_meant, on_test
from training.report.gallery import heat_maps
from training.report.hospitals import Met, elsewhere, in_a_line
from training.report.left_out import Read, left_out
from training.report.write import as_html, as_markdown, table_as_markdown, write_tables
from training.run import kept_recipe, read_split


@dataclass(frozen=True)
class Wanted:
    """What an evaluation shall hold beside the bundle's own answers.

    `yardstick` is a fitted recipe to stand beside it, `others` a folder of pictures that are no chest films,
    `left_out` runs that were split without one origin, `lung_masks` a folder of masks by the films' names. `sample`
    films of each split and hospital are read, 0 for all: then the bundle keeps the card it has. `every_licence` shows
    films in the gallery that may not be passed on. `per_tensor` sets TFLite's own int8 beside ours, both ways.
    `hospitals` is a folder of hospitals that nothing was learnt from, a folder of films each.
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
    predictions of each split to `run` (a sample's to `out`), and set the model card. Gives the text of
    `evaluation.md`."""
    bundle, films = load_bundle(folder), read_split(run)
    if wanted.yardstick:
        plain_recipe(wanted.yardstick, bundle)  # a wrong one is said before an hour is spent
    met = _met(folder, bundle, films, run, wanted)
    out.mkdir(parents=True, exist_ok=True)
    validation = _answers("validation", films.validation, bundle, run, out, wanted).without_films()
    test = _answers("test", films.test, bundle, run, out, wanted)
    card = [on_test(test)]
    if wanted.hospitals:
        card.append(elsewhere(met, bundle, about(wanted.hospitals)))
    card.append(never_meant(folder, sampled(films.photos, wanted.sample), wanted.others))
    sections = [*card, *further(test, validation, bundle, run, wanted, costs(folder, run))]
    sections += believed(test, bundle, run, wanted.yardstick, wanted.lung_masks)
    warning = _warning(wanted.sample)
    text = f"{warning}\n\n".lstrip() + as_markdown(sections) + "\n"
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    write_tables(sections, out / "tables")
    if not wanted.sample:
        set_card(folder, _card(bundle, learnt_from(bundle, films, run), met, as_markdown(card) + "\n"))
    # The card is part of what the bundle's id is made from: the page names the bundle as it is from now on.
    page = as_html("Evaluation of a Filmside bundle", _lead(load_bundle(folder), test), sections, warning)
    (out / "report.html").write_text(page, encoding="utf-8")
    return text


def further(
    test: Answers, validation: Answers, bundle: Bundle, run: Path, wanted: Wanted, costs: tuple[Cost, ...]
) -> list[Section]:
    """What the report holds beyond the model card, of answers that have been given."""
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


def _card(bundle: Bundle, taught: tuple[Row, ...], met: Met, evaluation: str) -> str:
    trained = Counter((row.name, row.origin) for row in taught)
    members = Table(
        "members",
        ("member", "network", "input", "weight", "temperature"),
        tuple(
            (one.name, one.architecture, f"{one.input.side} x {one.input.side}", one.weight, one.temperature)
            for one in bundle.members
        ),
    )
    return f"""# Model card

A demonstration of what Filmside does. **It is not a medical device and its readings are not diagnoses.** It has not
been tried in a clinic, and no doctor has judged it.

## What it is

An ensemble of {len(bundle.members)} int8 TFLite members for {len(bundle.findings)} findings, with a scout that sees
where a film lies in a photo and what is wrong with the photo, and a gate that turns films upright and refuses what is
no frontal chest film. Both learnt from rendered photos and other pictures, without labels.

{table_as_markdown(members)}

An outcome is the narrowest statement that reaches its own score. The scores were chosen on rendered photos of the
validation split, read by this bundle, so that of the outcomes given on films like those at least {bundle.promise:.0%}
are right{stricter(bundle)}{_borne_out(bundle)}: {_said(bundle)}; else UNCERTAIN.

{_audited(bundle)}

## What it was trained on

{len(taught)} frontal chest films from public collections, each clean and as rendered photos on a light box:

{_counts(trained)}

## What it is not fit for

- Any decision about a patient. {_sources(trained)}
  {_elsewhere(met, bundle)}
{_of_few(bundle, trained)}- Telling bacterial from viral pneumonia by itself, and pneumonia's kind in adults at all.
- Films that are not frontal, children under one year, findings that are none of these.
- Photos were rendered; the only real photos of film were all of tuberculosis.

{evaluation}"""


def _sources(trained: Counter[tuple[str, str]]) -> str:
    """How nearly each finding is its source: the origin that most of its films are of, and how many."""
    told = []
    for finding in sorted({name for name, _ in trained if "/" not in name}):
        of = Counter({origin: count for (name, origin), count in trained.items() if name == finding})
        (origin, count) = of.most_common(1)[0]
        told.append(f"{finding}: {count / of.total():.0%} from {origin}")
    return f"Where a finding is nearly its source, the source may be what is read. {'; '.join(told)}."


def _elsewhere(met: Met, bundle: Bundle) -> str:
    if not met:
        return "On another hospital's films expect far less than the figures below."
    return f"On another hospital's films do not expect the test split's figures: {in_a_line(met, bundle)}."


def _of_few(bundle: Bundle, trained: Counter[tuple[str, str]]) -> str:
    return _emphysema(bundle, trained) + of_children(bundle)


def _emphysema(bundle: Bundle, trained: Counter[tuple[str, str]]) -> str:
    if "EMPHYSEMA" not in bundle.findings:
        return ""
    films = sum(count for (name, _), count in trained.items() if name == "EMPHYSEMA")
    return f"- EMPHYSEMA: {films} films to learn from, labelled by text mining. Its row below says nothing.\n"


def of_children(bundle: Bundle) -> str:
    """What a card says of findings that were learnt nearly only from children; nothing where there are none."""
    if not bundle.children:
        return ""
    return f"- {', '.join(bundle.children)}: learnt nearly only from children's films. Expect them missed in adults.\n"


def _said(bundle: Bundle) -> str:
    return ", ".join(
        f"{one.name} from {one.said_from}" if one.said_from is not None else f"{one.name} never"
        for one in bundle.statements
    )


def stricter(bundle: Bundle) -> str:
    """Which outcomes are to be right more often than the others; nothing where none is."""
    own = [f"{one.name} {100 * one.promise:g}%" for one in bundle.statements if one.promise is not None]
    return f" (of {', of '.join(own)})" if own else ""


def _borne_out(bundle: Bundle) -> str:
    """What the outcome of a photo has to do with that of the film's own file, where the bundle was packed by it."""
    promise = json.loads((bundle.folder / MANIFEST).read_text(encoding="utf-8"))["promise"]
    if "same" not in promise:
        return ""
    but = f", or all but {promise['same_but']} of few," if "same_but" in promise else ""
    return f", and {promise['same']:.0%}{but} are what the film's own file is given too"


def _audited(bundle: Bundle) -> str:
    if bundle.audit is None:
        return "It has not been audited for shortcuts."
    found = "passed" if bundle.audit.passed else "**FAILED**"
    return (
        f"The shortcut audit {found}: without the lungs it loses {bundle.audit.lost:.1f} points of balanced accuracy "
        f"on validation films ({LEAST_POINTS:g} wanted)."
    )


def _counts(trained: Counter[tuple[str, str]]) -> str:
    lines = tuple((name.replace("/", " or "), origin, count) for (name, origin), count in sorted(trained.items()))
    return table_as_markdown(Table("trained-on", ("finding", "origin", "films"), lines))
