"""What `filmside demo` runs on: a bundle and a handful of rendered film photos (credits in `photos/CREDITS.md`)."""

from __future__ import annotations

from pathlib import Path

from device.settings import Settings

PHOTOS = Path(__file__).parent / "photos"
BUNDLE = Path(__file__).parent / "bundle"


def settings(data: Path) -> Settings:
    """The demo's settings: the shipped photos and bundle, a light on the terminal, studies in `data`, no login here."""
    return Settings(
        bundle=BUNDLE,
        data=data,
        camera="folder",
        camera_source=str(PHOTOS),
        light="terminal",
        free_megabytes=50,
        open_screen=True,
    )
