"""DICOM files of one grey picture: what its header says first, its pixels only once that can be shown.

Compressed pixels are unpacked where they are JPEG (8 bit, by OpenCV) or RLE; others are refused with a word on what to
send instead. A deflated file is unpacked in bounded memory: a kilobyte of it can stand for gigabytes.
"""

from __future__ import annotations

import io
import warnings
import zlib

import cv2
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from device.intake.sizes import MOST_PIXELS_WHOLE, judge_size
from device.values import Grey, Reason, Refusal

PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
MOST_INFLATED = 120_000_000
"""Bytes that a deflated file may unpack to: the largest picture that is read, of 16 bits, is less."""

_MARK = slice(128, 132)
_BIT_DEPTHS = (8, 16)


def is_dicom(encoded: bytes) -> bool:
    """Whether the bytes say that they are a DICOM file."""
    return encoded[_MARK] == b"DICM"


def decode_dicom(encoded: bytes) -> Grey | Refusal:
    """The grey pixels that the file's own window shows (bones bright), or why they cannot be had."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom tells of every oddity of a header
            whole = _inflated(encoded)
            if isinstance(whole, Refusal):
                return whole
            file = pydicom.dcmread(io.BytesIO(whole))
            refusal = _judge(file)
            return refusal if refusal is not None else _shown(file)
    except Exception:
        return _damaged()


def _inflated(encoded: bytes) -> bytes | Refusal:
    """The file as it is, or a deflated one unpacked, as if it had never been packed."""
    # Group 2, element 0 says how long the header before the data is.
    end = 132 + 12 + int.from_bytes(encoded[140:144], "little")
    header = pydicom.dcmread(io.BytesIO(encoded[:end]), stop_before_pixels=True)
    if header.file_meta.TransferSyntaxUID != DeflatedExplicitVRLittleEndian:
        return encoded
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    content = unpacker.decompress(encoded[end:], MOST_INFLATED)
    if unpacker.unconsumed_tail:
        return Refusal(
            Reason.TOO_LARGE,
            f"This DICOM file unpacks to more than {MOST_INFLATED // 1_000_000} MB; no film is so large. Send the film "
            "by itself.",
        )
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = DicomBytesIO()
    made.write(encoded[:132])
    write_file_meta_info(made, header.file_meta)
    return made.getvalue() + content


def _judge(file: FileDataset) -> Refusal | None:
    if "PixelData" not in file or "Rows" not in file or "Columns" not in file:
        return Refusal(
            Reason.NOT_A_PICTURE, "This DICOM file holds no picture. Send the film, not a report or an index of it."
        )
    frames = int(file.get("NumberOfFrames", 1) or 1)
    if frames != 1:
        return Refusal(
            Reason.NOT_A_PICTURE,
            f"This DICOM file holds {frames} pictures; wanted one film. Send the film by itself.",
        )
    refusal = judge_size(int(file.Columns), int(file.Rows), MOST_PIXELS_WHOLE)
    if refusal is not None:
        return refusal
    syntax = file.file_meta.TransferSyntaxUID
    if syntax not in (*PLAIN, RLELossless, JPEGBaseline8Bit) or int(file.BitsAllocated) not in _BIT_DEPTHS:
        return Refusal(
            Reason.NOT_A_PICTURE,
            f"This DICOM file is packed as {syntax.name}, which Filmside cannot open. Send it uncompressed.",
        )
    return None


def _shown(file: FileDataset) -> Grey:
    if file.file_meta.TransferSyntaxUID == JPEGBaseline8Bit:
        frame = next(generate_frames(file.PixelData, number_of_frames=1))
        decoded = cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_GRAYSCALE)
        if decoded is None or decoded.shape != (file.Rows, file.Columns):
            raise ValueError("the JPEG in it is not of the size that the header says")
        pixels: NDArray[np.generic] = decoded
    else:
        pixels = file.pixel_array
        if pixels.ndim == 3:
            pixels = np.asarray(pixels[..., :3].mean(axis=2))
    shown = np.asarray(apply_voi_lut(apply_modality_lut(pixels, file), file), np.float64)
    low, high = _window(file, shown)
    grey = np.clip((shown - low) * (255.0 / max(high - low, 1e-6)), 0, 255).round().astype(np.uint8)
    return np.asarray(255 - grey if file.get("PhotometricInterpretation") == "MONOCHROME1" else grey, np.uint8)


def _window(file: FileDataset, shown: NDArray[np.float64]) -> tuple[float, float]:
    """Black and white: the ends of what the file's own window gives; without one, all but the outermost thousandths."""
    if "WindowCenter" in file or "VOILUTSequence" in file:
        return float(shown.min()), float(shown.max())
    low, high = np.percentile(shown, (0.1, 99.9))
    return float(low), float(high)


def _damaged() -> Refusal:
    return Refusal(
        Reason.NOT_A_PICTURE,
        "This DICOM file is damaged or cut short; wanted a whole picture. Copy the file again or take the photo again.",
    )
