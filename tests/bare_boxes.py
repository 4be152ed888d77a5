"""Bare light boxes as a camera sees them, with known fall-off, tint, spots and blur; and films laid on them."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from device.values import Grey, Picture

GAMMA = 2.2


@dataclass(frozen=True)
class Box:
    """Light is linear, 1 at the box's brightest; spots are (x, y, radius, light left), lengths in pixels."""

    width: int = 1400
    height: int = 1050
    margin: float = 0.08
    fall_off: float = 0.3
    bands: float = 0.0
    slope: float = 0.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    spots: tuple[tuple[int, int, int, float], ...] = ()
    exposure: float = 0.45
    room: float = 0.02
    blur: float = 0.7
    noise: float = 1.0
    shift: tuple[int, int] = (0, 0)
    seed: int = 0

    def light(self) -> NDArray[np.float32]:
        """The box's light (height, width) before a film or a spot, carried on beyond its edges."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        x, y = x / self.width - 0.45, y / self.height - 0.55
        field = 1.0 - self.fall_off * 2.6 * (x**2 + y**2)
        field = field * (1 - self.slope * (x + 0.45))
        return np.asarray(field * (1 + self.bands * np.cos(2 * np.pi * 4 * x)), np.float32)

    def colours(self, film: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """The camera's photo in blue, green, red; `film` is the light that passes, 1 where there is none."""
        light = self.light()
        for x, y, radius, left in self.spots:
            cv2.circle(mask := np.zeros(light.shape, np.float32), (x, y), radius, 1.0, -1, cv2.LINE_AA)
            light = light * (1 - mask * (1 - left))
        if film is not None:
            light = light * film
        inside = np.zeros(light.shape, np.float32)
        if self.margin > 0:
            left, top = (
                round(self.margin * self.width) + self.shift[0],
                round(self.margin * self.height) + self.shift[1],
            )
            wide, high = round((1 - 2 * self.margin) * self.width), round((1 - 2 * self.margin) * self.height)
            cv2.rectangle(inside, (left, top), (left + wide, top + high), 1.0, -1)
        else:
            inside[:] = 1
        light = light * inside + self.room * (1 - inside)
        seen = cv2.GaussianBlur(light, (0, 0), self.blur) if self.blur else light
        linear = seen[..., None] * np.asarray(self.tint, np.float32) * self.exposure
        grey = 255 * np.clip(linear, 0, 1) ** (1 / GAMMA)
        grey = grey + np.random.default_rng(self.seed).standard_normal(grey.shape, np.float32) * self.noise
        return np.clip(np.rint(grey), 0, 255).astype(np.uint8)

    def picture(self, film: NDArray[np.float32] | None = None) -> Picture:
        """The same as `decode` would give it."""
        grey: Grey = np.asarray(cv2.cvtColor(self.colours(film), cv2.COLOR_BGR2GRAY), np.uint8)
        return Picture(grey, 1, self.width, self.height)

    def jpeg(self, film: NDArray[np.float32] | None = None, *, exposure: tuple[int, int] | None = None) -> bytes:
        """The photo as a camera's file; `exposure` is told in its EXIF: microseconds, and ISO."""
        image = Image.fromarray(np.ascontiguousarray(self.colours(film)[..., ::-1]))
        buffer, exif = BytesIO(), Image.Exif()
        if exposure is not None:
            exif.get_ifd(0x8769).update({0x829A: IFDRational(exposure[0], 1_000_000), 0x8827: exposure[1]})
        image.save(buffer, "JPEG", quality=95, exif=exif)
        return buffer.getvalue()
