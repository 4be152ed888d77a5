"""Pixels to JPEG, for cameras that give pixels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from device.errors import CameraFault

FRAME_WIDTH = 800
"""A frame is at most this many pixels wide."""

PHOTO_QUALITY = 95
"""JPEG quality of a photo: finer loses no lung marking that one can see, and keeps 12 megapixels near 4 MB."""

FRAME_QUALITY = 90
"""JPEG quality of a frame: coarser, the blocks of a blurred picture have edges that pass for sharp ones."""


def encode_jpeg(pixels: NDArray[Any], quality: int) -> bytes:
    """Blue-green-red or grey pixels, 8 bits, as JPEG. Raises CameraFault."""
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise CameraFault(
            f"A picture of shape {pixels.shape} could not be made a JPEG; wanted 8-bit pixels. Check the camera."
        )
    return encoded.tobytes()


def encode_frame(pixels: NDArray[Any]) -> bytes:
    """The same picture as a small JPEG, at most FRAME_WIDTH wide and never enlarged."""
    height, width = pixels.shape[:2]
    if width > FRAME_WIDTH:
        size = (FRAME_WIDTH, max(1, round(height * FRAME_WIDTH / width)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return encode_jpeg(np.ascontiguousarray(pixels), FRAME_QUALITY)
