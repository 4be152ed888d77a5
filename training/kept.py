"""What is kept of a fit, so that neither a kill nor a full disk loses what was already made."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import keras
import tensorflow as tf

from training.data.sources import DataError
from training.recipe import FINDINGS, LATER, Recipe

NETWORK = ("family", "alpha", "side", "channels", "findings", "patch", "layers")
"""What of a recipe its network's weights are made for; the rest is how they are fitted."""

MEAN_MAY_COST = 0.01
"""What a running mean may cost of validation's balanced accuracy: less than its standard error on 700 films, 0.015."""


def recorded(folder: Path) -> Recipe | None:
    """The recipe that a member's folder was fitted by, as its record has it; None where there is none."""
    record = folder / "fit.json"
    if not record.is_file():
        return None
    told = json.loads(record.read_text(encoding="utf-8"))["recipe"]
    return Recipe(**{**told, "findings": tuple(told.get("findings", FINDINGS))})


def epochs_of(folder: Path) -> list[dict[str, float]]:
    """A line for each epoch of a member's fit, and of those that followed it; none where the folder keeps no record."""
    records = [
        path for path in (folder / "fit.json", *(folder / name / "fit.json" for name in LATER)) if path.is_file()
    ]
    return [line for path in records for line in _history(path.parent)]


def _history(folder: Path) -> list[dict[str, float]]:
    record = folder / "fit.json"
    return list(json.loads(record.read_text(encoding="utf-8"))["history"]) if record.is_file() else []


def was_copied(recipe: Recipe, folder: Path, member: Path) -> bool:
    """Whether `folder` has the record of every epoch of this fit but no checkpoint to go on from, and the weights that
    it left are there: in the folder itself or, as they are passed on, in its member's."""
    record = folder / "fit.json"
    if not record.is_file() or not latest(folder, member).is_file() or (folder / "checkpoint").exists():
        return False
    check_network(recipe, folder)
    return len(_history(folder)) >= recipe.epochs


def latest(folder: Path, member: Path) -> Path:
    """The weights that a fit left in its folder, or those of the member, which are no older."""
    own = folder / "best.weights.h5"
    return own if own.is_file() else member / own.name


def reads_worse(recipe: Recipe, folder: Path, before: Path) -> bool:
    """Whether the running mean of this fit is to be left: its best epoch does worse on validation, by more than
    MEAN_MAY_COST, than the best of the fit `before`. Said in the fit's log. Of a fit without a mean never: what it is
    for, validation's accuracy does not tell."""
    if not recipe.running_mean:
        return False
    was, now = (
        max((line.get("validation_balanced_accuracy", 0.0) for line in _history(one)), default=0.0)
        for one in (before, folder)
    )
    worse = now < was - MEAN_MAY_COST
    if worse:
        _log(folder / "fit.log", f"{recipe.name}: the running mean is not kept: validation {now:.3f}, {was:.3f} before")
    return worse


def check_network(recipe: Recipe, folder: Path) -> None:
    """Raise DataError where `folder` keeps weights of another network than the recipe's, and say what differs."""
    kept = recorded(folder)
    names = [name for name in NETWORK if kept and getattr(kept, name) != getattr(recipe, name)]
    if names:
        differs = "; ".join(f"{name} was {getattr(kept, name)} and is {getattr(recipe, name)}" for name in names)
        raise DataError(
            f"{folder} keeps weights that were fitted by another recipe of this name: {differs}. Give the changed "
            "recipe's file a name of its own; or remove the folder, and with it what was fitted, to start anew."
        )


@contextmanager
def room_for(folder: Path, epoch: int) -> Iterator[None]:
    """Say what a full disk means for the fit."""
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        full = os.strerror(errno.ENOSPC)
        reason = full if full in str(error) else str(error).splitlines()[0]
        raise DataError(
            f"Epoch {epoch + 1} cannot be kept in {folder} ({reason}); wanted room for the weights and a checkpoint, "
            f"{_megabytes(folder)} MB of disk. The {epoch} before it are kept: free some room and call the same "
            "command again, it goes on from there."
        ) from error


def _megabytes(folder: Path) -> int:
    """How much a fit has written, at least what the next epoch needs again; a little more for a folder that is new."""
    return max(50, 2 * sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1_000_000)


def save_weights(model: keras.Model, path: Path) -> None:
    """Save weights beside the old ones and then in their place: a full disk leaves what was there."""
    fresh = path.with_name("new." + path.name)
    try:
        model.save_weights(fresh)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    fresh.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write a text beside the old one and then in its place."""
    fresh = path.with_name("new." + path.name)
    fresh.write_text(text)
    fresh.replace(path)


def log_epoch(path: Path, recipe: Recipe, epoch: int, told: dict[str, float]) -> None:
    """One line an epoch for a person who looks later."""
    values = ", ".join(f"{name} {value:.5g}" for name, value in told.items())
    _log(path, f"{recipe.name}: epoch {epoch + 1} of {recipe.epochs}: {values}")


def _log(path: Path, line: str) -> None:
    moment = datetime.now().astimezone().isoformat(timespec="seconds")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{moment} {line}\n")
