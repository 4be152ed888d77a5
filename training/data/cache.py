"""Films and their rendered photos, straightened and squared once, kept as arrays for training.

A training film is kept clean and as a few photos of it, each from another scene; augmentation works on these squares,
so that an epoch renders nothing. The photos go through `device.film.rectify` with their true corners, a little off as
a finder would be.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.film.prepare import fit_square
from device.film.quads import corners_of
from device.film.rectify import rectify
from device.intake.decode import from_deep
from device.values import Corners, Grey, Picture
from training.data.growing import GrowingRows
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import draw_scene
from training.data.seen import read_seen, seen, touched
from training.data.sources import DataError, Row
from training.data.workers import fresh_workers, in_turn

SIDE = 208
"""Pixels of a kept square: 160 and room for augmentation to crop into."""

ROOM = SIDE / 160
"""How much larger than its input a member's squares are kept, if that is larger than most."""

PHOTO_SIZES = ((560, 420), (640, 480), (480, 640))
"""Photo sizes that scenes are drawn at; a film is then about as fine as its source."""

KEPT_AT_ONCE = 64
"""Films after which what was rendered is seen to be on the disk: so many are rendered again after a kill."""


@dataclass(frozen=True)
class CacheSpec:
    """What the squares are made for: the recipe's fit and tone, how many photos a film, the seed of their scenes, and
    how many pixels they have a side."""

    fit: str
    trim: bool
    photos: int
    seed: int
    side: int = SIDE

    def file(self, rows: tuple[Row, ...]) -> str:
        """The cache's file name for these films: other films, or the same in another order, have another."""
        trim = "trim" if self.trim else "whole"
        return f"squares-{self.fit}-{trim}-{self.photos}-{self.seed}-{hash_of(rows)}{self.large}.npy"

    @property
    def large(self) -> str:
        """What the name of a file of squares ends with where they are larger than most."""
        return f"-{self.side}" if self.side != SIDE else ""


Make = Callable[[Row, CacheSpec], NDArray[np.uint8]]
"""What makes a row's squares, or whatever else is kept of it."""


def side_for(side: int) -> int:
    """Pixels of the squares that are kept for members which see `side` pixels."""
    return max(SIDE, round(ROOM * side))


def hash_of(rows: tuple[Row, ...]) -> str:
    """What tells a cache of these films, in this order, from one of others."""
    return hashlib.sha256("\n".join(str(row.path) for row in rows).encode()).hexdigest()[:10]


def read_film(path: Path) -> Grey:
    """A film's grey pixels, of a deeper picture stretched as the device does. Raises DataError for a file that is no
    picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    if pixels is None:
        raise DataError(f"{path} is no readable picture; wanted JPEG or PNG. Remove it, or copy it again.")
    return np.asarray(pixels, np.uint8) if pixels.dtype == np.uint8 else from_deep(pixels.astype(np.float32))


def squares(rows: tuple[Row, ...], spec: CacheSpec, folder: Path) -> NDArray[np.uint8]:
    """Squares of every row, shape (rows, 1 + photos, side, side): clean first. Made once, then read from `folder`."""
    return kept(_squares_of, rows, spec, folder / spec.file(rows))


def kept(make: Make, rows: tuple[Row, ...], spec: CacheSpec, path: Path) -> NDArray[np.uint8]:
    """What `make` makes of every row, stacked; made once, on all cores, then read from `path`, which memory only maps.

    `make` is a module's own function; each row comes to it with a seed of its own in `spec`. Broken off, it goes on
    where it was. What was made of a film whose file has another content now is made again; what was kept before that
    was looked at is taken as it is. Raises DataError for a film that cannot be read, and where the disk is full.
    """
    try:
        if not path.is_file():
            _make_all(make, rows, spec, path)
        _make_replaced(make, rows, spec, path)
        return np.asarray(np.load(path, mmap_mode="r"))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DataError(
            f"What is rendered of {len(rows):,} films cannot be kept in {path.parent} ({error.strerror or error}); "
            "wanted a folder with room for it. The films rendered before are kept: free some room and call the same "
            "command again, it goes on from there."
        ) from error


def _make_all(make: Make, rows: tuple[Row, ...], spec: CacheSpec, path: Path) -> None:
    unfinished = path.with_suffix(".part.npy")
    with GrowingRows(unfinished) as made:
        if path.is_file():  # By the process that was waited for.
            unfinished.unlink(missing_ok=True)
            return
        with GrowingRows(_seen_file(path)) as files:
            done = min(made.count, files.count)
            made.cut(done)
            files.cut(done)
            with closing(_rendered(make, rows, spec, range(done, len(rows)), done)) as results:
                for one, file in results:
                    made.append(one)
                    files.append(file)
                    if made.count % KEPT_AT_ONCE == 0:
                        made.keep()
                        files.keep()
        made.keep()
        unfinished.replace(path)


def _make_replaced(make: Make, rows: tuple[Row, ...], spec: CacheSpec, path: Path) -> None:
    """Make again what was made of films whose files have another content now; a copied file is no other film."""
    known = read_seen(_seen_file(path), len(rows))
    places = touched([row.path for row in rows], known) if known is not None else []
    if known is None or not places:
        return
    now = {place: seen(rows[place].path) for place in tqdm(places, desc="looking again", unit="film")}
    again = [place for place in places if not np.array_equal(now[place]["sha256"], known[place]["sha256"])]
    if again:
        _make_again(make, rows, spec, path, again)
    # So that nobody looks at the others again; in a folder that may only be read, somebody will.
    with suppress(OSError), GrowingRows(_seen_file(path)) as files:
        for place in sorted(set(places) - set(again)):
            files.replace(place, now[place])


def _make_again(make: Make, rows: tuple[Row, ...], spec: CacheSpec, path: Path, places: Sequence[int]) -> None:
    with (
        GrowingRows(path) as made,
        GrowingRows(_seen_file(path)) as files,
        closing(_rendered(make, rows, spec, places)) as results,
    ):
        for place, (one, file) in zip(places, results, strict=True):
            made.replace(place, one)
            made.keep()
            files.replace(place, file)


def _seen_file(path: Path) -> Path:
    """Which files the rows of `path` were made of."""
    return path.with_name(f"films-of-{path.name}")


def _rendered(
    make: Make, rows: tuple[Row, ...], spec: CacheSpec, places: Sequence[int], done: int = 0
) -> Generator[tuple[NDArray[np.uint8], NDArray[np.void]]]:
    """What is made of the rows at `places`, in their order, each with the file that it was made of; `done` were made
    before."""
    jobs = [(rows[place], replace(spec, seed=spec.seed * 100_003 + place)) for place in places]
    with (
        fresh_workers() as pool,
        closing(in_turn(pool, partial(_one, make), jobs)) as results,
        tqdm(total=done + len(jobs), initial=done, desc="rendering photos", unit="film") as bar,
    ):
        for result in results:
            yield result
            bar.update()


def _one(make: Make, job: tuple[Row, CacheSpec]) -> tuple[NDArray[np.uint8], NDArray[np.void]]:
    row, spec = job
    # Before it is read: a film that is replaced in between is then made again the next time.
    file = seen(row.path)
    return make(row, spec), file


def _squares_of(row: Row, spec: CacheSpec) -> NDArray[np.uint8]:
    film = read_film(row.path)
    made = [fit_square(film, spec.fit, spec.side, trim=spec.trim)]
    for number in range(spec.photos):
        pixels = straightened_photo(film, spec.seed * 16 + number)
        made.append(fit_square(pixels, spec.fit, spec.side, trim=spec.trim))
    return np.stack(made)


def straightened_photo(film: Grey, seed: int) -> Grey:
    """A rendered photo of the film, straightened by corners up to 0.6% of the film's size off."""
    rng = np.random.default_rng((seed, 2))
    width, height = PHOTO_SIZES[rng.integers(len(PHOTO_SIZES))]
    return straightened(photograph(film, draw_scene(seed, width=width, height=height)), rng)


def straightened(photo: FilmPhoto, rng: np.random.Generator) -> Grey:
    """The film out of a photo, by corners as a finder would give them: up to 0.6% of the film's size off."""
    grey = cv2.imdecode(np.frombuffer(photo.jpeg(), np.uint8), cv2.IMREAD_GRAYSCALE)
    height, width = photo.pixels.shape[:2]
    if photo.scene.surround == "cropped":
        corners = Corners.of_whole_photo(width, height)
    else:
        size = np.linalg.norm(photo.corners[2] - photo.corners[0])
        quad = photo.corners + rng.uniform(-0.006, 0.006, (4, 2)).astype(np.float32) * size
        corners = corners_of(quad)
    return rectify(Picture(np.asarray(grey, np.uint8), 1, width, height), corners).pixels
