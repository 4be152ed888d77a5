"""A bundle's model card: what it is, what it learnt from, what it is not fit for, and all that was measured of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from device.reading.contract import Bundle
from device.reading.manifest import MANIFEST
from training.data.sources import Row
from training.evidence.audit import LEAST_POINTS
from training.report.document import Table
from training.report.evaluation import shown_by
from training.report.hospitals import Met, in_a_line
from training.report.write import table_as_markdown

FEW = 100
"""A finding with fewer films to learn from is hardly learnt."""

SCOUT = "a scout that sees where a film lies in a photo and what is wrong with the photo"
GATE = "a gate that turns films upright and refuses what is no frontal chest film"

NOT_MEANT = "Films that are not frontal, children under one year, findings that are none of these."

KINDS = {"PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL"}


@dataclass(frozen=True)
class Known:
    """What a card tells beside what was measured: the films that some member learnt from, the real photos of films that
    none did, and the hospitals that nothing was learnt from."""

    taught: tuple[Row, ...]
    photos: tuple[Row, ...]
    met: Met


def card_of(bundle: Bundle, known: Known, evaluation: str) -> str:
    """The card as Markdown; `evaluation` is what was measured, in the same form."""
    trained = Counter((row.name, row.origin) for row in known.taught)
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

An ensemble of {len(bundle.members)} int8 TFLite members for {len(bundle.findings)} findings, {_watchmen(bundle)}.

{table_as_markdown(members)}

An outcome is the narrowest statement that reaches its own score. The scores were chosen on rendered photos of the
validation split, read by this bundle, so that of the outcomes given on films like those at least {bundle.promise:.0%}
are right{stricter(bundle)}{_borne_out(bundle)}: {_said(bundle)}; else UNCERTAIN.

{_audited(bundle)}

## What it was trained on

{len(known.taught)} frontal chest films of {_collections(trained)}, each clean and as rendered photos on a light box:

{_counts(trained)}

## What it is not fit for

- Any decision about a patient. {_sources(trained)}
  {_elsewhere(known.met, bundle)}
{_of_few(bundle, trained)}{of_children(bundle)}{_of_kinds(bundle)}- {NOT_MEANT}
- {_of_photos(known.photos)}

{evaluation}"""


def _collections(trained: Counter[tuple[str, str]]) -> str:
    count = len({origin for _, origin in trained})
    return "one collection" if count == 1 else f"{count} collections"


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
    lines = []
    for finding in bundle.findings:
        films = sum(count for (name, _), count in trained.items() if name == finding)
        if films < FEW:
            lines.append(f"- {finding}: {films} films to learn from. Its rows below say next to nothing.\n")
    return "".join(lines)


def of_children(bundle: Bundle) -> str:
    """What a card says of findings that were learnt nearly only from children; nothing where there are none."""
    if not bundle.children:
        return ""
    return f"- {', '.join(bundle.children)}: learnt nearly only from children's films. Expect them missed in adults.\n"


def _of_kinds(bundle: Bundle) -> str:
    if not set(bundle.findings) >= KINDS:
        return ""
    return "- Telling bacterial from viral pneumonia by itself, and pneumonia's kind in adults at all.\n"


def _of_photos(photos: tuple[Row, ...]) -> str:
    if not photos:
        return "Photos were rendered; not one real photo of a film was read."
    return f"Photos were rendered; of the {len(photos)} real photos of films that were read: {shown_by(photos)}."


def _watchmen(bundle: Bundle) -> str:
    """Which of the networks that look at a photo before the members do it has."""
    has = [words for there, words in ((bundle.scout, SCOUT), (bundle.gate, GATE)) if there]
    if not has:
        return "without a scout or a gate: every picture is read as an upright film"
    learnt = "Both" if len(has) == 2 else "It"
    return f"with {', and '.join(has)}. {learnt} learnt from rendered photos and other pictures, without labels"


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
