"""A bundle as a folder: changed beside its place, checked, and moved there whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from device.reading.bundle import load_bundle
from device.reading.manifest import MANIFEST, content_id
from training.data.sources import DataError
from training.data.split import Split
from training.run import read_split

NOT_EVALUATED = "This bundle has not been evaluated yet.\n"


def set_card(bundle: Path, card: str) -> None:
    """Give a bundle its model card; the id changes with it."""
    with changed(bundle) as fresh:
        manifest = json.loads((fresh / MANIFEST).read_text(encoding="utf-8"))
        write(fresh, manifest, card)


@contextmanager
def changed(bundle: Path) -> Iterator[Path]:
    """A copy of the bundle beside it, to be changed; then moved into its place whole. Whatever is raised meanwhile, the
    bundle is as it was."""
    fresh = bundle.with_name(bundle.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.copytree(bundle, fresh)
        yield fresh
        swap(fresh, bundle)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def swap(fresh: Path, bundle: Path) -> None:
    """Put a bundle in its place, once it is one: what was there is gone then."""
    load_bundle(fresh)
    if bundle.exists():
        shutil.rmtree(bundle)
    fresh.rename(bundle)


def write(folder: Path, manifest: dict[str, Any], card: str) -> None:
    """Write the manifest, with its id, and the model card."""
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    manifest["card"] = {"file": "MODEL_CARD.md", "sha256": hashlib.sha256(card.encode()).hexdigest()}
    manifest["id"] = content_id(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """The hash of a file's content, as a manifest has it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def data_of(run: Path) -> dict[str, Any]:
    """What a manifest tells of the films that its members learnt from, and which others they are measured on."""
    films = read_split(run)
    return {"split_sha256": split_sha256(films), "train_films": len(films.train)}


def split_sha256(films: Split) -> str:
    """The hash of a split without this machine's folders: what identifies the data."""
    lines = [
        f"{name},{row.path.name},{row.name},{row.origin},{row.group}"
        for name in ("train", "validation", "test", "photos")
        for row in getattr(films, name)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def opened(bundle: Path, run: Path) -> dict[str, Any]:
    """The manifest of a whole bundle, to be changed by what this run makes.

    Raises DataError when the run's films are split otherwise than those that the bundle's members learnt from, films to
    train on that were added at the end apart: what is chosen or learnt from would be what they are measured on.
    """
    load_bundle(bundle)
    manifest: dict[str, Any] = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    data, films = manifest["data"], read_split(run)
    if data["split_sha256"] != split_sha256(replace(films, train=films.train[: data.get("train_films")])):
        raise DataError(
            f"{run / 'split.csv'} splits films otherwise than those that the members of {bundle} learnt from; wanted "
            "the same split, or one that adds films to train on (--learn-from). Split the same films with the same "
            "seed, or pack the whole bundle."
        )
    return manifest
