"""Picture files that survive a power cut: written, synced, then renamed into place."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from device.values import Grey

_BEGINNINGS = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"GIF8", ".gif"),
)


def suffix_of(encoded: bytes) -> str:
    """The file suffix by content, never by the name that the file came with; `.bin` for what is no known picture."""
    if encoded[128:132] == b"DICM":
        return ".dcm"
    return next((suffix for beginning, suffix in _BEGINNINGS if encoded.startswith(beginning)), ".bin")


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and wait until the disk has it. Raises OSError."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's list of names: without it a renamed file can be lost. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode_film(pixels: Grey) -> bytes:
    """Grey pixels as PNG, which loses nothing."""
    buffer = BytesIO()
    # Level 1 takes half as long as 3 and makes the file a tenth larger; somebody waits for it before the light box.
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decode_film(encoded: bytes) -> Grey:
    """The pixels that `encode_film` was given, shape (height, width). Raises OSError when they are damaged."""
    with Image.open(BytesIO(encoded)) as image:
        return np.array(image.convert("L"), dtype=np.uint8)


def film_shape(encoded: bytes) -> tuple[int, int]:
    """Height and width of what `encode_film` was given, its pixels not decoded. Raises OSError for no picture."""
    with Image.open(BytesIO(encoded)) as image:
        return image.height, image.width
