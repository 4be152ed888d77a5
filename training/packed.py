"""A bundle as a folder: changed beside its place, checked, and moved there whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from device.reading.bundle import MANIFEST, content_id, load_bundle

NOT_EVALUATED = "This bundle has not been evaluated yet.\n"


def set_card(bundle: Path, card: str) -> None:
    """Give a bundle its model card; the id changes with it."""
    fresh = copied(bundle)
    manifest = json.loads((fresh / MANIFEST).read_text(encoding="utf-8"))
    write(fresh, manifest, card)
    swap(fresh, bundle)


def copied(bundle: Path) -> Path:
    """A copy of the bundle beside it, to be changed and then moved into its place whole."""
    fresh = bundle.with_name(bundle.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(bundle, fresh)
    return fresh


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
