"""`filmside calibrate`: photographs the bare box, says what to put right, and keeps or compares the flat field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from device.camera import open_camera
from device.errors import CameraFault, SiteFault
from device.film.bare_box import BareBox, measure
from device.film.flat_field import FlatField, flat_field
from device.film.flat_field_file import decode as decode_flat_field
from device.film.flat_field_file import encode as encode_flat_field
from device.film.site import drift, findings, unusable
from device.intake.decode import decode
from device.intake.light import decode_colours, exposure_of
from device.settings import Settings
from device.store.site import keep_flat_field, kept_flat_field
from device.values import Check, Photo, Picture, Refusal

PHOTOS = 5
"""Photos that are averaged: noise halves, and a light that flickers shows."""

STEADY = 0.03
"""Share by which the photos' brightness may differ among themselves."""


@dataclass(frozen=True)
class Calibration:
    """What was found, and where the flat field was kept; None when nothing was."""

    checks: tuple[Check, ...]
    kept: Path | None = None

    @property
    def well(self) -> bool:
        """Whether nothing is to be put right."""
        return all(check.well for check in self.checks)


def calibrate(settings: Settings, now: Callable[[], datetime]) -> Calibration:
    """Measure the bare box and keep its flat field. Raises CameraFault, StoreFault."""
    bare, bad = _look(settings)
    if bad is not None or bare is None:
        return Calibration(tuple(filter(None, (bad,))))
    kept = keep_flat_field(settings.data, encode_flat_field(flat_field(bare, now())))
    return Calibration(findings(bare), kept)


def check_site(settings: Settings) -> Calibration:
    """Compare the bare box with the flat field that was kept. Raises CameraFault, StoreFault, SiteFault."""
    field = load_flat_field(settings.data)
    if field is None:
        raise SiteFault(
            f"There is no flat field in {settings.data}; wanted one to compare with. Run `filmside calibrate` first."
        )
    bare, bad = _look(settings)
    if bad is not None or bare is None:
        return Calibration(tuple(filter(None, (bad,))))
    if (bare.width, bare.height) != (field.width, field.height):
        raise SiteFault(
            f"The flat field was made for photos of {field.width} x {field.height}; this camera gives {bare.width} x "
            f"{bare.height}. Run `filmside calibrate` again."
        )
    return Calibration(drift(field, bare))


def load_flat_field(data: Path) -> FlatField | None:
    """The flat field that was kept, None when this site was never calibrated. Raises StoreFault, SiteFault."""
    content = kept_flat_field(data)
    return None if content is None else decode_flat_field(content)


def _look(settings: Settings) -> tuple[BareBox | None, Check | None]:
    """The measured box, or what keeps it from being measured."""
    photos = _take(settings)
    pictures = [_decoded(photo) for photo in photos]
    sizes = {(picture.width, picture.height) for picture in pictures}
    if len(sizes) > 1:
        raise CameraFault(
            f"The camera gave photos of different sizes, {sorted(sizes)}; wanted {PHOTOS} alike. Mend the camera."
        )
    levels = [float(np.median(picture.pixels)) for picture in pictures]
    change = (max(levels) - min(levels)) / max(max(levels), 1.0)
    if change > STEADY:
        return None, Check(
            "steadiness", False, f"brightness differs by {100 * change:.0f}% from photo to photo",
            "Let the box warm up, keep people and daylight away, and calibrate again.",
        )  # fmt: skip
    first = pictures[0]
    mean = np.rint(np.mean([picture.pixels for picture in pictures], axis=0, dtype=np.float32)).astype(np.uint8)
    picture = Picture(mean, first.shrink, first.width, first.height)
    bare = measure(picture, decode_colours(photos[0]), exposure_of(photos[0]))
    return bare, unusable(bare)


def _take(settings: Settings) -> list[Photo]:
    camera = open_camera(settings)
    try:
        return [camera.take() for _ in range(PHOTOS)]
    finally:
        camera.close()


def _decoded(photo: Photo) -> Picture:
    picture = decode(photo)
    if isinstance(picture, Refusal):
        raise CameraFault(f"The camera gave {photo.name}, which cannot be used: {picture.say}")
    return picture
