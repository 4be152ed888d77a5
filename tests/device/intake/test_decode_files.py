"""Files from outside: what is decoded, what is refused, in bounded memory and time."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from device.intake.decode import decode
from device.intake.sizes import MOST_PIXELS, MOST_PIXELS_WHOLE, SHORTEST_SIDE
from device.values import Grey, Photo, Picture, Reason, Refusal
from tests.films import chest


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(content: bytes, name: str = "film.jpg") -> Picture:
    picture = decode(Photo(name, content))
    assert isinstance(picture, Picture), picture
    return picture


def refused(content: bytes, name: str = "film.jpg") -> Refusal:
    refusal = decode(Photo(name, content))
    assert isinstance(refusal, Refusal)
    return refusal


def unlike(one: Grey, other: Grey) -> float:
    """The mean difference of two pictures in grey levels."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


FILM = chest()
GREY = Image.fromarray(FILM)


def a_png(width: int, height: int, rows: int) -> bytes:
    """A PNG that says it is width x height and holds `rows` black rows: small, however large it says it is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 + width)) for _ in range(rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


# What is no photo of a film.


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
def test_a_file_cut_short_is_refused(kind: str, share: float) -> None:
    whole = encoded(GREY, kind)
    refusal = refused(whole[: int(share * len(whole))])
    assert refusal.reason is Reason.NOT_A_PICTURE
    assert "ake the photo again" in refusal.say


def test_a_jpeg_cut_short_says_so() -> None:
    whole = encoded(GREY, "JPEG")
    refusal = refused(whole[: len(whole) // 2])
    assert refusal.say == (
        "This JPEG file is damaged or cut short; wanted a whole picture. Copy the file again or take the photo again."
    )


def test_the_end_mark_of_a_preview_does_not_make_a_jpeg_whole() -> None:
    plain = encoded(GREY, "JPEG")
    preview = encoded(GREY.resize((40, 48)), "JPEG")
    whole = plain[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(preview)) + preview + plain[2:]
    assert b"\xff\xd9" in whole[:2000]
    decoded(whole)
    assert refused(whole[: len(whole) * 2 // 3]).reason is Reason.NOT_A_PICTURE


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"This is a letter, not a film.\n" * 50, bytes(5000)])
def test_what_is_no_picture_says_what_was_wanted(content: bytes) -> None:
    refusal = refused(content, "letter.jpg")
    assert refusal.reason is Reason.NOT_A_PICTURE
    assert "no picture that Filmside knows; wanted JPEG, PNG, TIFF, BMP, WebP, DICOM" in refusal.say


@pytest.mark.parametrize(("width", "height"), [(1, 1), (SHORTEST_SIDE - 1, 2000)])
def test_a_tiny_picture_says_its_size(width: int, height: int) -> None:
    refusal = refused(encoded(Image.new("L", (width, height), 90), "PNG"), "tiny.png")
    assert refusal.reason is Reason.TOO_SMALL
    assert f"only {width} x {height} pixels; wanted at least {SHORTEST_SIDE}" in refusal.say
    assert "Choose the full-size photo" in refusal.say


MEASURED = """
import resource, sys, time
from device.intake.decode import decode
from device.values import Photo
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
content = sys.stdin.buffer.read()
before, start = peak(), time.process_time()
answer = decode(Photo("large.png", content))
print(answer.reason.value, peak() - before, time.process_time() - start, answer.say, sep="|")
"""


def test_a_png_of_30000_by_30000_is_refused_in_little_memory_and_time() -> None:
    bomb = a_png(30_000, 30_000, rows=30_000)
    assert len(bomb) < 2_000_000
    # A process of its own, whose peak of memory nothing else has raised.
    done = subprocess.run([sys.executable, "-c", MEASURED], input=bomb, capture_output=True, timeout=60, check=True)
    reason, megabytes, seconds, say = done.stdout.decode().strip().split("|")
    assert reason == "too-large"
    assert say == (
        "This picture has far too many pixels; wanted at most 120 million. Choose the photo as the camera took it."
    )
    assert int(megabytes) < 30
    assert float(seconds) < 1


def test_a_picture_a_little_too_large_says_its_size() -> None:
    refusal = refused(a_png(10_000, MOST_PIXELS_WHOLE // 10_000 + 1, rows=1))
    assert refusal.reason is Reason.TOO_LARGE
    assert "10000 x 5001 pixels; wanted at most 50 million" in refusal.say


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_moves_is_refused(kind: str) -> None:
    frames = [Image.fromarray(np.roll(FILM, shift, axis=1)) for shift in (0, 40, 80)]
    refusal = refused(encoded(frames[0], kind, save_all=True, append_images=frames[1:]), "moves")
    assert refusal.reason is Reason.NOT_A_PICTURE
    assert f"a {kind} of the kind that moves; wanted one still photo" in refusal.say


def test_damage_anywhere_is_a_picture_or_a_refusal_and_never_an_error() -> None:
    rng = np.random.default_rng(7)
    small = GREY.resize((228, 270))
    for kind in ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF"):
        whole = encoded(small, kind)
        for _ in range(40):
            broken = bytearray(whole)
            for place in rng.integers(0, min(len(broken), 600), size=4):
                broken[place] = int(rng.integers(256))
            answer = decode(Photo("broken", bytes(broken)))
            assert isinstance(answer, Picture | Refusal)
            if isinstance(answer, Picture):
                assert answer.pixels.dtype == np.uint8
                assert answer.pixels.ndim == 2
                assert answer.width * answer.height <= MOST_PIXELS


# What is a photo, in every coat that it comes in.


def on(mode: str) -> Image.Image:
    return GREY.convert(mode)


@pytest.mark.parametrize(
    ("content", "near"),
    [
        pytest.param(encoded(GREY, "JPEG", quality=92), 3, id="grey JPEG"),
        pytest.param(encoded(on("RGB"), "JPEG", quality=92, progressive=True), 3, id="progressive JPEG"),
        pytest.param(encoded(on("CMYK"), "JPEG", quality=92), 4, id="CMYK JPEG"),
        pytest.param(encoded(GREY, "MPO", save_all=True, append_images=[GREY]), 4, id="a phone's JPEG with a second"),
        pytest.param(encoded(GREY, "PNG"), 0, id="grey PNG"),
        pytest.param(encoded(on("RGB"), "PNG"), 0.01, id="colour PNG"),
        pytest.param(encoded(on("P"), "PNG"), 3, id="palette PNG"),
        pytest.param(encoded(on("LA"), "PNG"), 0, id="grey and alpha PNG"),
        pytest.param(encoded(on("RGBA"), "PNG"), 0.01, id="colour and alpha PNG"),
        pytest.param(encoded(GREY, "TIFF", compression="tiff_lzw"), 0, id="TIFF"),
        pytest.param(encoded(GREY, "BMP"), 0, id="BMP"),
        pytest.param(encoded(on("RGB"), "WEBP", lossless=True), 1, id="WebP"),
    ],
)
def test_every_coat_gives_the_same_film(content: bytes, near: float) -> None:
    picture = decoded(content)
    assert picture.pixels.dtype == np.uint8
    assert (picture.width, picture.height, picture.shrink) == (760, 900, 1)
    assert unlike(picture.pixels, FILM) <= near


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_the_films_whole_range(kind: str) -> None:
    # Twelve bits in sixteen, as scanners leave them: taken as they are, the film would be black.
    deep = Image.fromarray(FILM.astype(np.uint16) * 16)
    assert deep.mode == "I;16"
    picture = decoded(encoded(deep, kind))
    low, high = int(FILM.min()), int(FILM.max())
    wanted = (FILM.astype(float) - low) * 255 / (high - low)
    assert np.abs(picture.pixels - wanted).max() <= 1


def test_a_transparent_part_is_white_like_the_box() -> None:
    palette = on("P")
    palette.info["transparency"] = 0
    palette.putpalette([0, 0, 0] + [value for level in range(1, 256) for value in (level,) * 3])
    indexes = np.array(FILM)
    indexes[:300] = 0
    palette.putdata(indexes.ravel().tolist())
    picture = decoded(encoded(palette, "PNG", transparency=0))
    assert (picture.pixels[:300] == 255).all()
    assert unlike(picture.pixels[300:], FILM[300:]) < 1

    clear = on("LA")
    clear.putalpha(Image.fromarray(np.where(np.arange(900) < 300, 0, 255).astype(np.uint8)[:, None].repeat(760, 1)))
    assert (decoded(encoded(clear, "PNG")).pixels[:300] == 255).all()


def test_only_the_first_page_of_a_tiff_is_read() -> None:
    pages = encoded(GREY, "TIFF", save_all=True, append_images=[Image.new("L", (760, 900), 255)])
    assert unlike(decoded(pages).pixels, FILM) == 0


@pytest.mark.parametrize(("longest", "shrink"), [(2799, 1), (2800, 2), (5599, 2), (5600, 4)])
def test_a_large_jpeg_is_unpacked_reduced(longest: int, shrink: int) -> None:
    picture = decoded(encoded(GREY.resize((longest, 1000)), "JPEG", quality=70))
    assert picture.shrink == shrink
    assert (picture.width, picture.height) == (longest, 1000)
    assert picture.pixels.shape == (1000 // shrink, -(-longest // shrink))


TURNS = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: np.rot90(upright, 2),
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.T,
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).T,
    8: lambda upright: np.rot90(upright, 3),
}
"""How the pixels of an upright film lie in a file with each EXIF orientation."""


@pytest.mark.parametrize("turn", sorted(TURNS))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_upright_by_its_exif_tag(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    lying = Image.fromarray(np.ascontiguousarray(TURNS[turn](FILM)))
    picture = decoded(encoded(lying, kind, exif=exif))
    assert (picture.width, picture.height) == (760, 900)
    assert unlike(picture.pixels, FILM) < 3


@pytest.mark.parametrize("strange", [0, 9, 77])
def test_an_orientation_that_makes_no_sense_is_none(strange: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = strange
    assert unlike(decoded(encoded(GREY, "JPEG", exif=exif)).pixels, FILM) < 3


def test_a_turned_photo_that_is_decoded_reduced_tells_its_upright_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decoded(encoded(GREY.resize((3000, 2000)), "JPEG", exif=exif))
    assert (picture.width, picture.height, picture.shrink) == (2000, 3000, 2)
    assert picture.pixels.shape == (1500, 1000)
