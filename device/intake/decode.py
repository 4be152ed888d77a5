"""Files from outside, decoded with care: what a file is and how large, before any pixel is unpacked."""

from __future__ import annotations

import io
import warnings

import cv2
import numpy as np
from PIL import Image

from device.intake.dicom import decode_dicom, is_dicom
from device.intake.sizes import MOST_PIXELS, MOST_PIXELS_WHOLE, judge_size
from device.values import Grey, Photo, Picture, Reason, Refusal

WORKING_SIDE = 1400
"""A JPEG is decoded at a half or a quarter where its longest side stays at least this many pixels."""

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
_SUPPORTED = "JPEG, PNG, TIFF, BMP, WebP, DICOM"


def decode(photo: Photo) -> Picture | Refusal:
    """The photo's grey pixels, upright by its EXIF tag, or why it cannot be read.

    A large JPEG is unpacked at a half or a quarter of its size (JPEG's own reduced decode), which is all that
    finding and reading need and several times faster. Only the first page of a TIFF is read; an animation is
    refused.
    """
    if is_dicom(photo.encoded):
        film = decode_dicom(photo.encoded)
        return film if isinstance(film, Refusal) else Picture(film, 1, film.shape[1], film.shape[0])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about sizes and broken EXIF; we judge them below
            image = Image.open(io.BytesIO(photo.encoded), formats=(*FORMATS, "GIF"))
    except Image.DecompressionBombError:
        # Pillow has a limit of its own, above ours, and never tells the size.
        return Refusal(
            Reason.TOO_LARGE,
            f"This picture has far too many pixels; wanted at most {MOST_PIXELS // 1_000_000} million. Choose the "
            "photo as the camera took it.",
        )
    except Exception:
        return Refusal(
            Reason.NOT_A_PICTURE,
            f"This file is no picture that Filmside knows; wanted {_SUPPORTED}. Take the photo again or choose "
            "another file.",
        )
    refusal = _judge_header(image)
    if refusal is not None:
        return refusal
    turn = _orientation(image)
    pixels = _decode_jpeg(photo.encoded, image.size) if image.format == "JPEG" else _decode_other(image)
    if pixels is None:
        return Refusal(
            Reason.NOT_A_PICTURE,
            f"This {image.format} file is damaged or cut short; wanted a whole picture. Copy the file again or take "
            "the photo again.",
        )
    pixels = _upright(pixels, turn)
    width, height = image.size if turn < 5 else image.size[::-1]
    return Picture(pixels, max(1, round(width / pixels.shape[1])), width, height)


def _judge_header(image: Image.Image) -> Refusal | None:
    width, height = image.size
    if image.format == "GIF" or (image.format in ("PNG", "WEBP") and getattr(image, "n_frames", 1) > 1):
        return Refusal(
            Reason.NOT_A_PICTURE,
            f"This file is a {image.format} of the kind that moves; wanted one still photo as {_SUPPORTED}. Choose "
            "the photo itself.",
        )
    most = MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_WHOLE
    return judge_size(width, height, most)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or it makes no sense."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if value in range(1, 9) else 1


def _decode_jpeg(encoded: bytes, size: tuple[int, int]) -> Grey | None:
    if not _jpeg_is_whole(encoded):
        return None
    longest = max(size)
    flag = cv2.IMREAD_GRAYSCALE
    if longest >= 4 * WORKING_SIDE:
        flag = cv2.IMREAD_REDUCED_GRAYSCALE_4
    elif longest >= 2 * WORKING_SIDE:
        flag = cv2.IMREAD_REDUCED_GRAYSCALE_2
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels, np.uint8)


def _jpeg_is_whole(encoded: bytes) -> bool:
    """Whether the end mark follows the picture data: decoders fill what is missing with grey and say nothing.

    Walks the segments to the first scan, so that the end mark of an embedded preview is not taken for it.
    """
    place = 2
    while place + 4 <= len(encoded) and encoded[place] == 0xFF:
        marker = encoded[place + 1]
        if marker == 0xDA:
            return encoded.find(b"\xff\xd9", place) > 0
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            place += 1 if marker == 0xFF else 2
            continue
        place += 2 + int.from_bytes(encoded[place + 2 : place + 4], "big")
    return False


def _decode_other(image: Image.Image) -> Grey | None:
    try:
        if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
            return from_deep(np.asarray(image, np.float32))
        if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        return np.asarray(image.convert("L"), np.uint8)
    except Exception:
        return None


def from_deep(deep: np.ndarray) -> Grey:
    """16-bit or float grey to 8 bits, from its own darkest to its own brightest pixel."""
    low, high = float(deep.min()), float(deep.max())
    scaled = (deep - low) * (255.0 / max(high - low, 1e-6))
    return np.asarray(scaled.round(), np.uint8)


def _upright(pixels: Grey, turn: int) -> Grey:
    """Apply an EXIF orientation (1 to 8) to grey pixels."""
    if turn in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    quarter_turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[turn]
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns))
