"""DICOM files: shown as their own window says, refused in words, in bounded memory."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from device.intake.decode import decode
from device.intake.dicom import MOST_INFLATED
from device.values import Photo, Picture, Reason, Refusal
from tests.films import chest

FILM = chest()
PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)


def a_file(pixels: np.ndarray = FILM, syntax: str = ExplicitVRLittleEndian, **changed: object) -> bytes:
    """A DICOM file as an X-ray machine sends it."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = syntax
    made = FileDataset("x", {}, file_meta=meta, preamble=b"\0" * 128)
    made.set_original_encoding(syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian)
    made.PatientName, made.PatientID, made.Modality = "Mwangi^Asha", "0042", "DX"
    made.Rows, made.Columns = pixels.shape[:2]
    made.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    made.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        made.PlanarConfiguration = 0
    bits = pixels.dtype.itemsize * 8
    made.BitsAllocated, made.BitsStored, made.HighBit = bits, bits, bits - 1
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    if syntax == JPEGBaseline8Bit:
        made.PixelData = encapsulate([cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()])
    elif syntax == JPEG2000Lossless:
        made.PixelData = encapsulate([b"\0" * 64])
    elif syntax == RLELossless:
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.PixelData = pixels.tobytes()
        made.compress(RLELossless)
    else:
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        made.PixelData = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
        made["PixelData"].VR = "OW" if bits == 16 else "OB"
    for name, value in changed.items():
        if value is None:
            del made[name]
        else:
            setattr(made, name, value)
    written = io.BytesIO()
    made.save_as(written, enforce_file_format=True)
    return written.getvalue()


def shown(content: bytes) -> np.ndarray:
    picture = decode(Photo("film.dcm", content))
    assert isinstance(picture, Picture), picture
    assert (picture.shrink, picture.width, picture.height) == (1, *picture.pixels.shape[::-1])
    return picture.pixels


def refused(content: bytes) -> Refusal:
    refusal = decode(Photo("film.dcm", content))
    assert isinstance(refusal, Refusal)
    return refusal


def alike(one: np.ndarray, other: np.ndarray) -> float:
    assert one.shape == other.shape
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize("syntax", [*PLAIN, RLELossless, JPEGBaseline8Bit], ids=lambda one: one.name)
def test_every_packing_that_is_known_shows_the_same_film(syntax: str) -> None:
    assert alike(shown(a_file(syntax=syntax)), FILM) > 0.995


def test_the_files_own_window_is_what_is_shown() -> None:
    deep = FILM.astype(np.int16) * 8 - 1000
    pixels = shown(a_file(deep, WindowCenter=0, WindowWidth=800, RescaleSlope=1, RescaleIntercept=0))
    assert alike(pixels, np.clip(deep, -400, 400)) > 0.999
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_without_a_window_a_few_bright_letters_do_not_darken_the_film() -> None:
    deep = FILM.astype(np.uint16) * 8
    deep[:4, :8] = 65535
    pixels = shown(a_file(deep))
    assert pixels[20:].std() > 0.9 * FILM[20:].std()


def test_monochrome1_is_turned_so_that_bones_are_bright() -> None:
    assert alike(shown(a_file(PhotometricInterpretation="MONOCHROME1")), 255 - FILM) > 0.999


def test_colours_become_grey() -> None:
    assert alike(shown(a_file(np.dstack([FILM, FILM, FILM]))), FILM) > 0.999


@pytest.mark.parametrize(
    ("content", "reason", "words"),
    [
        (lambda: a_file(NumberOfFrames=12), Reason.NOT_A_PICTURE, "holds 12 pictures"),
        (lambda: a_file(PixelData=None), Reason.NOT_A_PICTURE, "holds no picture"),
        (lambda: a_file(Rows=None), Reason.NOT_A_PICTURE, "holds no picture"),
        (lambda: a_file(syntax=JPEG2000Lossless), Reason.NOT_A_PICTURE, "packed as JPEG 2000"),
        (lambda: a_file(FILM[:100, :100]), Reason.TOO_SMALL, "only 100 x 100 pixels"),
        (lambda: a_file(Rows=60000, Columns=60000), Reason.TOO_LARGE, "60000 x 60000"),
        (lambda: a_file(Rows=FILM.shape[0] * 3), Reason.NOT_A_PICTURE, "damaged or cut short"),
        (lambda: a_file()[:-5000], Reason.NOT_A_PICTURE, "damaged or cut short"),
        (lambda: a_file()[:200], Reason.NOT_A_PICTURE, "damaged or cut short"),
        (lambda: b"\0" * 128 + b"DICM" + b"\xff" * 400, Reason.NOT_A_PICTURE, "damaged or cut short"),
        (lambda: b"\0" * 128 + b"DICM", Reason.NOT_A_PICTURE, "damaged or cut short"),
        (lambda: a_file(BitsAllocated=1), Reason.NOT_A_PICTURE, "cannot open"),
    ],
)
def test_what_cannot_be_shown_says_why(content: object, reason: Reason, words: str) -> None:
    refusal = refused(content())  # type: ignore[operator]
    assert refusal.reason is reason
    assert words in refusal.say


def test_a_jpeg_in_it_of_another_size_is_refused() -> None:
    lying = a_file(syntax=JPEGBaseline8Bit, Rows=FILM.shape[0] - 30)
    assert "damaged or cut short" in refused(lying).say


def a_bomb() -> bytes:
    """A deflated file of a few hundred kilobytes that unpacks to half a gigabyte."""
    small = a_file(syntax=DeflatedExplicitVRLittleEndian)
    end = 132 + 12 + int.from_bytes(small[140:144], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(500)) + packer.flush()
    return small[:end] + packed


def test_a_zip_bomb_is_refused_in_bounded_memory() -> None:
    bomb = a_bomb()
    assert len(bomb) < 1_000_000
    script = """
import resource, sys
from device.intake.decode import decode
from device.values import Photo
bomb = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(decode(Photo("bomb.dcm", bomb)).say)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", script], input=bomb, capture_output=True, timeout=60, check=True)
    say, grown = done.stdout.decode().splitlines()
    assert f"more than {MOST_INFLATED // 1_000_000} MB" in say
    assert int(grown) * 1024 < 2.5 * MOST_INFLATED
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


def test_nothing_of_the_patient_goes_into_a_refusal() -> None:
    for content in (a_file(NumberOfFrames=3), a_file()[:-100], a_file(syntax=JPEG2000Lossless)):
        assert "Asha" not in refused(content).say
    assert pydicom.dcmread(io.BytesIO(a_file())).PatientID == "0042"
