"""A packed bundle with other members, another gate or scout: the rest stays, to the byte."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.reading.member import softmax
from training.calibrate import best_temperature, best_weights
from training.convert import LiteModel
from training.data.sources import DataError
from training.findings import findings_of
from training.gate import mirrored_from
from training.pack import convert_member, convert_scout, gate_entry, member_entry, scout_entry
from training.packed import NOT_EVALUATED, changed, data_of, opened, write
from training.prove import prove
from training.recipe import Recipe, load_recipe
from training.run import judged, validation_films

USUAL = "mobilenet_035_192"
"""By whose validation inputs, files and photos, packed members are judged where no fitted one joins them."""

Entries = dict[str, dict[str, Any]]
"""What a manifest tells of each member, by its name."""


@dataclass(frozen=True)
class Change:
    """Fitted members that take the places of their names or join the others, members to leave out, and a fitted gate or
    scout, which are judged on `others`, a folder of pictures that are no chest films."""

    members: tuple[Recipe, ...] = ()
    without: tuple[str, ...] = ()
    gate: Recipe | None = None
    scout: Recipe | None = None
    others: Path | None = None


def exchange(bundle: Path, change: Change, run: Path, *, despite_audit: bool = False) -> None:
    """Change a packed bundle. What does not change stays as it is, to the byte; with other members the vote's weights
    are chosen anew and the bundle is proved anew.

    Raises DataError, and leaves the bundle as it was: when the run's films are split otherwise than those that its
    members learnt from, as a new network would have learnt from films that the bundle is measured on; for members of
    other findings; for one to leave out that is not there or is given too; when nobody would be left to read; and as
    `pack` does.
    """
    manifest = opened(bundle, run) | {"data": data_of(run)}
    left = _left_in(bundle, manifest, change)
    with changed(bundle) as fresh:
        _watchmen(fresh, manifest, change, run)
        if change.members or change.without:
            _renew(fresh, manifest, left, change, run)
            films = [fresh / entry["file"] for entry in manifest["references"]]
            prove(fresh, run, films, despite_audit=despite_audit)


def _left_in(bundle: Path, manifest: dict[str, Any], change: Change) -> Entries:
    """The members that stay, unless a new one takes their place. Raises DataError as `exchange` does."""
    findings = tuple(manifest["findings"])
    if change.members and findings_of(change.members) != findings:
        first = change.members[0]
        raise DataError(
            f"{bundle} tells {', '.join(findings)} apart, {first.name} {', '.join(first.findings)}; wanted the same "
            "findings in the same order. Pack a bundle of its own."
        )
    entries = {entry["name"]: entry for entry in manifest["members"]}
    given = {recipe.name for recipe in change.members}
    if both := [name for name in change.without if name in given]:
        raise DataError(f"{', '.join(both)} is to be given and to be left out; wanted one of both. Name it once.")
    if missing := [name for name in change.without if name not in entries]:
        raise DataError(f"{bundle} has no member {', '.join(missing)} to leave out; it has {', '.join(entries)}.")
    kept = {name: entry for name, entry in entries.items() if name not in change.without}
    if not kept and not given:
        raise DataError(f"Without {', '.join(entries)} nobody would read. Keep one of them, or add --members.")
    return kept


def _watchmen(fresh: Path, manifest: dict[str, Any], change: Change, run: Path) -> None:
    """Put a gate and a scout in their places, in `fresh` and in its manifest."""
    if change.gate and change.others:
        manifest["gate"] = gate_entry(fresh, convert_member(change.gate, run, change.others))
        write(fresh, manifest, NOT_EVALUATED)
        manifest["gate"]["mirrored_from"] = mirrored_from(fresh, validation_films(change.gate, run))
    if change.scout and change.others:
        manifest["scout"] = scout_entry(fresh, convert_scout(change.scout, run, change.others))
    write(fresh, manifest, NOT_EVALUATED)


def _renew(fresh: Path, manifest: dict[str, Any], entries: Entries, change: Change, run: Path) -> None:
    """Put members in their places, those that are left out apart, and choose the weights of the vote."""
    for entry in manifest["members"]:
        if entry["name"] not in entries:
            (fresh / entry["file"]).unlink()
    converted = {recipe.name: convert_member(recipe, run, None) for recipe in change.members}
    for name, member in converted.items():
        entries[name] = member_entry(fresh, member, 1.0, best_temperature(member.logits, member.allowed))
    usual = change.members[0] if change.members else replace(load_recipe(USUAL), findings=tuple(manifest["findings"]))
    check = next(iter(converted.values()), None) or judged(usual, run)
    scores = [
        softmax(
            converted[name].logits if name in converted else _logits_of(fresh, entry, usual, run), entry["temperature"]
        )
        for name, entry in entries.items()
    ]
    weights = best_weights(scores, check.allowed, check.views)
    manifest["members"] = [entry | {"weight": weight} for entry, weight in zip(entries.values(), weights, strict=True)]
    write(fresh, manifest, NOT_EVALUATED)


def _logits_of(folder: Path, entry: dict[str, Any], recipe: Recipe, run: Path) -> NDArray[np.float64]:
    """A packed member's logits (films, findings) on what `recipe` is judged by, through the member's own input."""
    inputs = judged(replace(recipe, **entry["input"]), run).inputs
    lite = LiteModel((folder / entry["file"]).read_bytes())
    return lite.logits(inputs, mirrored=entry["mirrored"]).astype(float)
