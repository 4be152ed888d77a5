"""What a photo's file tells about the light it was taken in: its colours, and the exposure that the camera noted."""

from __future__ import annotations

import io
import warnings

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from device.values import Photo

_LARGE = 1600
_EXIF, _EXPOSURE_TIME, _ISO = 0x8769, 0x829A, 0x8827


def decode_colours(photo: Photo) -> NDArray[np.uint8]:
    """The photo's colours (height, width, 3), blue, green, red, as it lies in its file; a large photo at an eighth.

    The photo is one that `decode` has accepted.
    """
    with Image.open(io.BytesIO(photo.encoded)) as image:
        large = max(image.size) >= _LARGE
    flag = cv2.IMREAD_REDUCED_COLOR_8 if large else cv2.IMREAD_COLOR
    encoded = np.frombuffer(photo.encoded, np.uint8)
    return np.asarray(cv2.imdecode(encoded, flag | cv2.IMREAD_IGNORE_ORIENTATION), np.uint8)


def exposure_of(photo: Photo) -> float | None:
    """Seconds of exposure times gain (1 at ISO 100) from the photo's EXIF, None where it is not told."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about broken EXIF, which is as good as none
            with Image.open(io.BytesIO(photo.encoded)) as image:
                told = image.getexif().get_ifd(_EXIF)
        value = float(told[_EXPOSURE_TIME]) * float(told[_ISO]) / 100
    except Exception:
        return None
    return value if 0 < value < 1e4 else None
