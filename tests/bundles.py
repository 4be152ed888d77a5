"""Bundles made out of the demo's own: copied, changed, and sealed again so that only the change is wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from device import demo
from device.reading.manifest import MANIFEST, content_id

Manifest = dict[str, Any]


def demo_copy(folder: Path, change: Callable[[Manifest], object] = lambda manifest: None) -> Path:
    """A copy of the demo's bundle whose manifest `change` has altered, with the right id again."""
    copy = folder / "bundle"
    shutil.copytree(demo.BUNDLE, copy)
    edit(copy, change)
    return copy


def edit(bundle: Path, change: Callable[[Manifest], object]) -> None:
    """Change a bundle's manifest and give it the id that its content has now."""
    manifest = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    manifest["id"] = content_id(manifest)
    (bundle / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
