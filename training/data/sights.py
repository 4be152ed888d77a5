"""What the scout learns from: whole photos as small as it sees them, where the film lies in them, and what is wrong.

Needs no labels: films are photographed by us, one thing going wrong at a time, so the film's place and the fault are
known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.shrink import squashed
from device.reading.contract import SIGHT_ANSWERS
from device.values import Grey, Reason
from training.data import obstacles
from training.data.cache import PHOTO_SIZES, CacheSpec, hash_of, kept, read_film
from training.data.faults import Fault, draw_hard_scene, spoil
from training.data.others import other_paths
from training.data.photograph import bare, photograph
from training.data.scene import SURROUNDS, Scene, draw_scene
from training.data.sources import Row
from training.data.spoilt import BAD, SLIGHT

SIDE = 160
"""Pixels of what the scout sees: the whole photo, squashed to a square."""

CELLS = 40
"""Cells of the scout's map along each side."""

SIGHTS = 6
"""Photos made of each film."""

SURROUND_SHARES = (0.4, 0.22, 0.2, 0.18)
"""How many of the photos have each of SURROUNDS."""

REASONS = {
    Fault.BLUR: Reason.BLURRED,
    Fault.MOTION: Reason.MOTION,
    Fault.GLARE: Reason.GLARE,
    Fault.TOO_BRIGHT: Reason.TOO_BRIGHT,
    Fault.TOO_DARK: Reason.TOO_DARK,
    Fault.UNEVEN: Reason.UNEVEN,
    Fault.TOO_FAR: Reason.TOO_SMALL,
    Fault.CUT_OFF: Reason.CUT_OFF,
    Fault.MOIRE: Reason.BANDS,
    Fault.HAND: Reason.COVERED,
}
"""What a photo with each fault is to be refused for."""

EVERYWHERE = tuple(fault for fault in Fault if fault not in (Fault.UNEVEN, Fault.TOO_FAR, Fault.CUT_OFF))
"""Faults that a photo cropped inside its film can have."""

FILMS = ("chest", "radiograph", "mammogram", "dental", "ct-", "mri-")
"""How the kinds of other pictures begin that may be on film too, for the gate to refuse; the others are no films."""

FIT = SIGHT_ANSWERS.index("fit")


@dataclass(frozen=True, eq=False)
class Sights:
    """Photos (n, SIDE, SIDE), how much of each cell is film (n, CELLS, CELLS) of 255, and the answers (n,)."""

    photos: NDArray[np.uint8]
    film: NDArray[np.uint8]
    answers: NDArray[np.intp]


def sights(rows: tuple[Row, ...], others: Path, part: str, seed: int, folder: Path) -> Sights:
    """SIGHTS photos of every film, and as many again of other pictures as there are. Made once, kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = CacheSpec("stretch", False, SIGHTS, seed)
    packed = kept(_sights_of, rows, spec, folder / f"sights-{SIGHTS}-{seed}-{hash_of(rows)}.npy")
    packed = np.asarray(packed).reshape(-1, packed.shape[-1])
    more = [
        _packed(*_other_sight(path, kind, seed + place)) for place, (path, kind) in enumerate(other_paths(others, part))
    ]
    return _unpacked(np.concatenate([packed, np.stack(more)]))


def _packed(photo: Grey, film: Grey, answer: int) -> NDArray[np.uint8]:
    return np.concatenate([photo.ravel(), film.ravel(), np.array([answer], np.uint8)])


def _unpacked(packed: NDArray[np.uint8]) -> Sights:
    photos, film, answers = np.split(packed, [SIDE * SIDE, SIDE * SIDE + CELLS * CELLS], axis=1)
    return Sights(photos.reshape(-1, SIDE, SIDE), film.reshape(-1, CELLS, CELLS), np.asarray(answers[:, 0], np.intp))


def _sights_of(row: Row, spec: CacheSpec) -> NDArray[np.uint8]:
    """Of one film: fit twice (as it should be, and with a fault hardly seen), spoilt three times, and one by lot."""
    film = read_film(row.path)
    rng = np.random.default_rng((spec.seed, 12))
    made = [_fit(film, rng), _spoilt(film, rng, SLIGHT, FIT)]
    made += [_spoilt(film, rng, BAD, None) for _ in range(3)]
    made.append(_odd(film, rng))
    return np.stack([_packed(*one) for one in made])


def _fit(film: Grey, rng: np.random.Generator) -> tuple[Grey, Grey, int]:
    return _seen(film, _scene(rng), FIT, rng)


def _spoilt(
    film: Grey, rng: np.random.Generator, levels: tuple[float, float], answer: int | None
) -> tuple[Grey, Grey, int]:
    scene = _scene(rng)
    faults = EVERYWHERE if scene.surround == "cropped" else tuple(Fault)
    fault = faults[int(rng.integers(len(faults)))]
    spoilt = spoil(scene, fault, float(rng.uniform(*levels)))
    return _seen(film, spoilt, SIGHT_ANSWERS.index(REASONS[fault].value) if answer is None else answer, rng)


def _odd(film: Grey, rng: np.random.Generator) -> tuple[Grey, Grey, int]:
    """A film's own file, several films, or no film at all."""
    what = rng.random()
    if what < 0.3:
        return squashed(film, SIDE), np.full((CELLS, CELLS), 255, np.uint8), FIT
    scene = _scene(rng, everywhere=False)
    if what < 0.55:
        several = replace(
            scene, neighbours=int(rng.integers(1, 3)), film_share=float(rng.uniform(0.3, 0.5)), surround="glow",
            roll=float(rng.uniform(-12, 12)),
        )  # fmt: skip
        return _seen(film, several, SIGHT_ANSWERS.index(Reason.SEVERAL_FILMS.value), rng)
    empty = np.zeros((CELLS, CELLS), np.uint8)
    pixels = cv2.cvtColor(bare(scene), cv2.COLOR_BGR2GRAY)
    return squashed(np.asarray(pixels, np.uint8), SIDE), empty, SIGHT_ANSWERS.index(Reason.NO_FILM.value)


def _scene(rng: np.random.Generator, *, everywhere: bool = True) -> Scene:
    width, height = PHOTO_SIZES[rng.integers(len(PHOTO_SIZES))]
    shares = np.array(SURROUND_SHARES) * ([1, 1, 1, 1] if everywhere else [1, 1, 1, 0])
    surround = str(rng.choice(SURROUNDS, p=shares / shares.sum()))
    draw = draw_hard_scene if rng.random() < 0.6 else draw_scene
    scene = draw(int(rng.integers(2**31)), width=width, height=height, surround=surround)
    room = float(rng.uniform(0.08, 0.5)) if surround == "box" and rng.random() < 0.2 else scene.room
    return replace(scene, room=room, clutter=float(rng.choice([0.0, rng.uniform(0.2, 1.0)])))


def _seen(film: Grey, scene: Scene, answer: int, rng: np.random.Generator) -> tuple[Grey, Grey, int]:
    """The scene as the scout sees it; three films in ten do not lie upright."""
    if rng.random() < 0.3:
        film = np.ascontiguousarray(np.rot90(film[:, ::-1] if rng.random() < 0.5 else film, int(rng.integers(4))))
    if rng.random() < 0.06:
        film = np.asarray(255 - film, np.uint8)
    photo = photograph(film, scene)
    grey = cv2.imdecode(np.frombuffer(photo.jpeg(), np.uint8), cv2.IMREAD_GRAYSCALE)
    quads = [photo.corners, *obstacles.neighbours(scene, photo.corners)]
    return squashed(np.asarray(grey, np.uint8), SIDE), _cells(quads, scene), answer


def _cells(quads: list[NDArray[np.float32]], scene: Scene) -> Grey:
    """How much of each cell is film, of 255."""
    if scene.surround == "cropped":
        return np.full((CELLS, CELLS), 255, np.uint8)
    fine = np.zeros((8 * CELLS, 8 * CELLS), np.uint8)
    for quad in quads:
        places = quad * (8 * CELLS / np.array([scene.width, scene.height])) - 0.5
        cv2.fillConvexPoly(fine, np.round(places * 16).astype(np.int32), 255, cv2.LINE_8, 4)
    return np.asarray(cv2.resize(fine, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.uint8)


def _other_sight(path: Path, kind: str, seed: int) -> tuple[Grey, Grey, int]:
    """Another picture: a film too where it may be, on its own or on a box; else no film."""
    rng = np.random.default_rng((seed, 13))
    pixels = read_film(path)
    if kind.startswith(FILMS):
        if rng.random() < 0.5:
            return squashed(pixels, SIDE), np.full((CELLS, CELLS), 255, np.uint8), FIT
        return _fit(pixels, rng)
    empty, answer = np.zeros((CELLS, CELLS), np.uint8), SIGHT_ANSWERS.index(Reason.NO_FILM.value)
    if rng.random() < 0.6:
        return squashed(pixels, SIDE), empty, answer
    sheet = photograph(pixels, replace(_scene(rng, everywhere=False), film_range=float(rng.uniform(0.5, 1.2))))
    grey = np.asarray(cv2.cvtColor(sheet.pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    return squashed(grey, SIDE), empty, answer
