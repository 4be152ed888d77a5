"""A straightened film kept as a file, read back as it was."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from device.values import Corners, Film


def read_kept_film(path: Path) -> Film | None:
    """The film in a grey PNG file, its corners the picture's own; None when the file is no picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        return None
    height, width = pixels.shape
    return Film(np.asarray(pixels, np.uint8), Corners.of_whole_photo(width, height))
