"""What lands in front of the camera, or on the page, that is no plain photo of one film: the right reading of the right
film, or a refusal that says what to do."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from device import demo
from device.examine import Examination, examine
from device.film.coach import coach
from device.reading.ensemble import Ensemble
from device.values import Grey, Photo, Picture, Reason
from tests.bare_boxes import Box
from tests.films import as_photo
from training.data.faults import Fault, spoil
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import Scene, draw_scene

NORMAL = demo.PHOTOS / "02-normal.jpg"
SIZE = {"width": 1600, "height": 1200}
SEVERAL = "More than one film is in the picture. Leave one film on the box."


@pytest.fixture(scope="module")
def plain(ensemble: Ensemble) -> Examination:
    """The demo's photo of a normal film as it is, read."""
    examination = examine(Photo(NORMAL.name, NORMAL.read_bytes()), ensemble)
    assert examination.reading is not None
    return examination


@pytest.fixture(scope="module")
def film(plain: Examination) -> Grey:
    assert plain.film is not None
    return plain.film.pixels


def outcome(examination: Examination) -> str:
    """What was read, or why not."""
    if examination.reading is None:
        assert examination.refusal is not None
        return examination.refusal.reason.value
    return examination.reading.outcome.name


def scores(examination: Examination) -> list[float]:
    assert examination.reading is not None, examination.refusal
    return [score.value for score in examination.reading.scores]


# The same photo in another coat.


def coated(kind: str, mode: str, **options: object) -> bytes:
    buffer = BytesIO()
    Image.open(NORMAL).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def sixteen_bits() -> bytes:
    """A 16-bit grey TIFF of the demo's photo, with twelve bits in use, as scanners leave them."""
    deep = np.asarray(Image.open(NORMAL).convert("L")).astype(np.uint16) * 16
    buffer = BytesIO()
    Image.fromarray(deep).save(buffer, "TIFF")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(sixteen_bits(), id="16-bit grey TIFF"),
        pytest.param(coated("JPEG", "CMYK", quality=95), id="CMYK JPEG"),
        pytest.param(coated("PNG", "RGBA"), id="PNG with alpha"),
    ],
)
def test_another_coat_gives_the_same_reading(content: bytes, ensemble: Ensemble, plain: Examination) -> None:
    examination = examine(Photo("film", content), ensemble)
    assert outcome(examination) == outcome(plain)
    assert scores(examination) == pytest.approx(scores(plain), abs=0.1)


@pytest.mark.parametrize(("tag", "turns"), [(3, 2), (6, 1), (8, 3)])
def test_a_photo_turned_by_its_exif_tag_gives_the_same_reading_of_an_upright_film(
    tag: int, turns: int, ensemble: Ensemble, plain: Examination
) -> None:
    exif = Image.Exif()
    exif[0x0112] = tag
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(np.asarray(Image.open(NORMAL)), turns)))
    buffer = BytesIO()
    lying.save(buffer, "JPEG", quality=95, exif=exif)
    examination = examine(Photo("turned.jpg", buffer.getvalue()), ensemble)
    assert outcome(examination) == outcome(plain)
    assert scores(examination) == pytest.approx(scores(plain), abs=0.1)
    assert examination.corners is not None
    assert plain.corners is not None
    for found, wanted in zip(examination.corners.points(), plain.corners.points(), strict=True):
        assert (found.x, found.y) == pytest.approx((wanted.x, wanted.y), abs=8)


# More than one film.


def beside(film: Grey, seed: int, **facts: object) -> FilmPhoto:
    """A photo of a film on a wide box, with what `facts` ask for."""
    scene = draw_scene(seed, **SIZE, surround="glow", hardness=0.5)  # type: ignore[arg-type]
    return photograph(film, replace(scene, **{"film_share": 0.5, "aspect": 0.9, "shift_x": 0.0, **facts}))  # type: ignore[arg-type]


def frame_of(photo: FilmPhoto) -> Picture:
    grey = cv2.cvtColor(cv2.resize(photo.pixels, (640, 480), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return Picture(np.asarray(grey, np.uint8), 2, photo.scene.width, photo.scene.height)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("neighbours", "shift"), [(1, -0.15), (2, 0.0)])
def test_two_or_three_films_side_by_side_are_never_read(
    film: Grey, neighbours: int, shift: float, seed: int, ensemble: Ensemble
) -> None:
    photo = beside(film, seed, neighbours=neighbours, shift_x=shift)
    examination = examine(Photo("several.jpg", photo.jpeg()), ensemble)
    assert examination.reading is None
    assert examination.refusal is not None
    assert (examination.refusal.reason, examination.refusal.say) == (Reason.SEVERAL_FILMS, SEVERAL)
    # The page can show which film was found, and the live view says the same before the photo is taken.
    assert examination.corners is not None
    coaching = coach(frame_of(photo))
    assert (coaching.say, coaching.ready) == (SEVERAL, False)


@pytest.mark.parametrize("seed", range(4))
def test_one_film_alone_is_read_and_so_is_one_with_a_strip_of_another_at_the_photos_edge(
    film: Grey, seed: int, ensemble: Ensemble
) -> None:
    alone = beside(film, seed)
    strip = beside(film, seed, neighbours=1, film_share=0.8, shift_x=0.05, roll=0.0, tilt_y=0.0)
    # The other film's near side is in the photo, most of it is not.
    gap = 0.06 * (strip.corners[1, 0] - strip.corners[0, 0])
    assert strip.corners[1:3, 0].max() + gap < 1600
    for photo in (alone, strip):
        assert examine(Photo("one.jpg", photo.jpeg()), ensemble).refusal is None


# A film and something else.


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_fingers_at_a_corner_do_not_keep_a_film_from_being_read(
    film: Grey, level: int, seed: int, ensemble: Ensemble
) -> None:
    scene: Scene = draw_scene(seed, **SIZE, surround=("box", "glow")[seed % 2], hardness=0.6)
    held = spoil(scene, Fault.HAND, level)
    # Beside the same photo without them: the film was photographed once before, which costs a score more than they do.
    photo, without = (photograph(film, one) for one in (held, replace(held, hand=0.0)))
    with_fingers, alone = (examine(Photo("film.jpg", one.jpeg()), ensemble) for one in (photo, without))
    assert with_fingers.corners is not None
    found = np.array([(point.x, point.y) for point in with_fingers.corners.points()])
    off = np.linalg.norm(found - photo.corners, axis=1).max()
    assert off < 0.01 * np.linalg.norm(photo.corners[2] - photo.corners[0])
    # At level 2 they hide enough of the film to move a score, but not what it is taken for.
    assert scores(with_fingers) == pytest.approx(scores(alone), abs={1: 0.03, 2: 0.06}[level])
    assert np.argmax(scores(with_fingers)) == np.argmax(scores(alone))


def placed(thing: Grey, onto: Grey, corners: list[tuple[int, int]]) -> Grey:
    """A flat thing laid into a picture at four corners."""
    height, width = thing.shape
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(sheet, np.array(corners, np.float32))
    size = onto.shape[::-1]
    laid = cv2.warpPerspective(thing, matrix, size, flags=cv2.INTER_AREA)
    covered = cv2.warpPerspective(np.ones_like(thing), matrix, size, flags=cv2.INTER_NEAREST)
    return np.asarray(np.where(covered > 0, laid, onto), np.uint8)


def table(level: int, seed: int = 0) -> Grey:
    grain = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((1200, 1600)) * 12, (0, 0), 3)
    return np.asarray(np.clip(level + grain, 0, 255), np.uint8)


def letter(seed: int) -> Grey:
    """A white sheet with printed lines."""
    rng = np.random.default_rng(seed)
    sheet = np.full((1100, 780), 236, np.uint8)
    for line in range(24):
        words = " ".join("".join(rng.choice(list("abcdefghiklmnoprstu"), rng.integers(2, 9))) for _ in range(6))
        cv2.putText(sheet, words[:44], (70, 90 + 40 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.75, 40, 2, cv2.LINE_AA)
    return sheet


@pytest.mark.parametrize("level", [30, 100, 200])
@pytest.mark.parametrize("seed", range(2))
def test_a_photo_of_paper_is_refused(level: int, seed: int, ensemble: Ensemble) -> None:
    photo = placed(letter(seed), table(level, seed), [(420, 60), (1190, 80), (1180, 1150), (400, 1130)])
    for file in (as_photo(photo, "letter.jpg"), as_photo(letter(seed), "letter.png")):
        assert outcome(examine(file, ensemble)) in (Reason.NO_FILM.value, Reason.NOT_A_CHEST_FILM.value)


@pytest.mark.parametrize("box", [Box(), Box(margin=0.0), Box(fall_off=0.1, room=0.1), Box(margin=0.2, exposure=0.8)])
def test_a_box_with_no_film_asks_for_one(box: Box, ensemble: Ensemble) -> None:
    examination = examine(Photo("bare.jpg", box.jpeg()), ensemble)
    assert outcome(examination) == Reason.NO_FILM.value
    assert examination.refusal is not None
    assert "Lay the film flat on the lit box" in examination.refusal.say


def phone(film: Grey) -> Grey:
    """A phone that shows a film as wide as its screen, black above and below."""
    high = round(940 * film.shape[0] / film.shape[1])
    body = np.full((2160, 1100), 4, np.uint8)
    cv2.rectangle(body, (50, 80), (1050, 2080), 12, -1)
    top = (2160 - high) // 2
    body[top : top + high, 80:1020] = cv2.resize(film, (940, high), interpolation=cv2.INTER_AREA)
    return body


@pytest.mark.parametrize("level", [40, 120, 230])
def test_a_phone_that_shows_a_film_is_never_read_wrong_and_with_moire_refused(
    film: Grey, level: int, ensemble: Ensemble, plain: Examination
) -> None:
    photo = placed(phone(film), table(level), [(520, 40), (1090, 52), (1080, 1160), (528, 1148)])
    # The phone's own shape squashes the film that it shows: it may be taken for a shaken one.
    assert outcome(examine(as_photo(photo), ensemble)) in (outcome(plain), Reason.MOTION.value, Reason.BANDS.value)
    y, x = np.mgrid[0:1200, 0:1600].astype(np.float32)
    bands = 1 + 0.15 * np.cos(0.35 * x + 0.08 * y + 1e-4 * (x - 700) ** 2)
    banded = np.clip(photo * bands, 0, 255).astype(np.uint8)
    examination = examine(as_photo(banded), ensemble)
    assert examination.reading is None
    assert examination.refusal is not None
