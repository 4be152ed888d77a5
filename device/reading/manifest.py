"""A bundle's manifest as a file: its format, and the id that tells whether it was changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from device.errors import BundleFault

FORMAT = 4
"""The manifest's format number; another one needs another Filmside."""

MANIFEST = "manifest.json"


def content_id(manifest: dict[str, Any]) -> str:
    """The bundle id: a hash of the manifest without its own `id`."""
    content = {key: value for key, value in manifest.items() if key != "id"}
    packed = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(packed.encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the bundle in a folder. Raises BundleFault when it is none, or not as it was sealed."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleFault(
            f"There is no {path}; wanted a bundle there. Copy one, or mend `bundle` in the settings."
        ) from error
    except (OSError, ValueError) as error:
        raise BundleFault(f"{path} cannot be read ({error}); wanted JSON. Copy the bundle again.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise BundleFault(f"{path} has the format {found!r}; wanted {FORMAT}. Use a bundle made for this Filmside.")
    if manifest.get("id") != content_id(manifest):
        raise BundleFault(
            f"{path} says it is {manifest.get('id')!r} but its content is {content_id(manifest)!r}: it was changed. "
            "Copy the bundle again."
        )
    return manifest
