"""Found corners and every refusal's wording, on one page to look at.

    python benchmarks/find_gallery.py [--scenes 30] [--seed 50000000] [--out build/finding]

Films are those of the demo's photos, laid into hard scenes of every surround, a third of them spoilt at level 1 and a
third at level 2; the true outline is drawn thin, the found one bold, with the mean corner error in percent of the
film's diagonal. Beneath stands one photo for every sentence that a refusal may have. Writes `index.html`, and
`scenes.png` and `refusals.png` for the eye; says which reasons no photo here is refused for.
"""

from __future__ import annotations

import argparse
import io
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import demo_films
from find import corner_error
from no_films import paper

from device import demo
from device.camera.jpeg import PHOTO_QUALITY, encode_jpeg
from device.examine import Examination, examine
from device.film.quads import quad_of
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Grey, Photo, Reason, Side
from training.data.faults import LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import FilmPhoto, photograph
from training.data.scene import SURROUNDS, Scene, draw_scene
from training.report.sheets import Pixels, Shown, Strip, write_page, write_sheet

SIZE = {"width": 1600, "height": 1200}
TRUE, FOUND = (255, 60, 0), (0, 150, 255)
"""Colours of the outlines, BGR."""

SHOWN_WIDTH = 800
"""Pixels that outlined photos are shown at."""

PARTS = re.compile(r"\d+|" + "|".join(rf"\b{side.value}\b" for side in Side) + r"|\band\b")
"""What one sentence may say differently from photo to photo."""


def hard_scenes(count: int, seed: int) -> Iterator[tuple[Scene, str]]:
    """Scenes with what was done to them, every surround in turn; of each three one is not spoilt."""
    faults = list(Fault)
    for number in range(count):
        wanted, level = SURROUNDS[number % len(SURROUNDS)], number % 3
        scene = draw_hard_scene(seed, **SIZE)
        while scene.surround != wanted or (level and wanted == "cropped"):
            if level and wanted == "cropped":
                wanted = "dark"  # nothing can be wrong with an outline that is not in the photo
            seed += 1
            scene = draw_hard_scene(seed, **SIZE)
        seed += 1
        fault = faults[number % len(faults)]
        yield (spoil(scene, fault, level), f"{wanted}, {fault.value} {level}") if level else (scene, wanted)


def outlined(photo: FilmPhoto, examination: Examination) -> Pixels:
    """The photo with the true outline thin and the found one bold."""
    scale = SHOWN_WIDTH / photo.pixels.shape[1]
    pixels = cv2.resize(photo.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

    def draw(corners: np.ndarray, colour: tuple[int, int, int], width: int) -> None:
        cv2.polylines(pixels, [np.round(corners * scale * 16).astype(np.int32)], True, colour, width, cv2.LINE_AA, 4)

    if examination.corners is not None:
        draw(quad_of(examination.corners), FOUND, 9)
    draw(photo.corners, TRUE, 2)
    return np.asarray(pixels, np.uint8)


def scenes(films: list[Grey], ensemble: Ensemble, count: int, seed: int) -> Strip:
    """The hard scenes with their outlines."""
    pictures = []
    for number, (scene, what) in enumerate(hard_scenes(count, seed)):
        photo = photograph(films[number % len(films)], scene)
        examination = examine(Photo("scene.jpg", photo.jpeg()), ensemble)
        said = [what]
        if examination.corners is not None:
            whole = examination.corners.whole_photo
            said.append("taken as a whole" if whole else f"{100 * corner_error(examination.corners, photo):.2f}%")
        if examination.refusal is not None:
            said.append(f"refused: {examination.refusal.reason.value}")
        pictures.append(Shown(f"scene-{number:02d}", outlined(photo, examination), "; ".join(said)))
    return Strip("Found corners: the true outline thin and blue, the found one bold and orange", tuple(pictures))


def as_jpeg(pixels: Pixels, name: str) -> Photo:
    """Pixels as a camera's file."""
    return Photo(name, encode_jpeg(pixels, PHOTO_QUALITY))


def damaged_files(film: Grey) -> Iterator[Photo]:
    """Files that no film can be read from, whatever they show."""
    whole = as_jpeg(film, "cut short.jpg")
    yield Photo("a letter", b"Dear colleague,\n" * 50)
    yield replace(whole, encoded=whole.encoded[: len(whole.encoded) // 2])
    moving = io.BytesIO()
    Image.fromarray(film).save(moving, "GIF", save_all=True, append_images=[Image.fromarray(film[::-1].copy())])
    yield Photo("an animation", moving.getvalue())
    yield as_jpeg(np.asarray(cv2.resize(film, (100, 120)), np.uint8), "a preview")
    head = b"IHDR" + struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    large = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    yield Photo("a PNG of 10000 x 10000", b"\x89PNG\r\n\x1a\n" + large + struct.pack(">I", 0) + b"IDAT")


def bad_photos(film: Grey) -> Iterator[Photo]:
    """Photos that ought to be refused, each for another reason; then every fault at levels 4 and 3."""
    calm = draw_scene(3, **SIZE, surround="glow", hardness=0.4)
    box = replace(draw_scene(8, **SIZE, surround="box", hardness=0.4), film_share=0.6)

    def of(shown: Grey, scene: Scene, name: str) -> Photo:
        return Photo(name, photograph(shown, scene).jpeg())

    yield as_jpeg(np.full((1200, 1600, 3), 4, np.uint8), "lens cap on")
    yield as_jpeg(np.full((1200, 1600, 3), 255, np.uint8), "nothing but light")
    yield of(np.full((40, 40), 255, np.uint8), replace(calm, film_share=1e-3, film_range=0.0), "bare box")
    yield of(film, replace(calm, film_share=0.14), "far away")
    yield of(np.asarray(film[:, : film.shape[1] // 3]), replace(box, aspect=0.31, film_share=0.9), "a strip")
    yield of(np.full_like(film, 150), box, "a sheet without a picture")
    yield of(np.asarray(film // 6, np.uint8), replace(box, film_range=2.8), "a black film")
    lung = film[film.shape[0] // 8 : -film.shape[0] // 8, : film.shape[1] * 45 // 100]
    yield of(np.asarray(lung), replace(box, aspect=lung.shape[1] / lung.shape[0]), "a film of one lung")
    yield of(film, replace(calm, neighbours=1, film_share=0.5, shift_x=-0.15), "two films")
    yield of(film, replace(calm, motion=40.0, motion_angle=20.0), "a shaken photo")
    yield as_jpeg(paper(2), "a written page")
    near = replace(calm, width=640, height=480, film_share=0.28, aspect=1.2, roll=0.0)
    yield Photo("a camera of few pixels", photograph(film, near).jpeg())
    for fault in Fault:
        for level in (LEVELS[3], LEVELS[2]):
            for seed in (11, 12, 13):
                scene = draw_scene(seed, **SIZE, surround="box", hardness=0.4)
                yield of(film, spoil(scene, fault, level), f"{fault.value} at level {level}")


def shown_of(photo: Photo) -> Pixels:
    """The photo's pixels, or a blank card for a file that has none."""
    blank = np.full((240, 320, 3), 225, np.uint8)
    if b"IHDR" in photo.encoded[:32]:
        return blank
    pixels = cv2.imdecode(np.frombuffer(photo.encoded, np.uint8), cv2.IMREAD_COLOR)
    return blank if pixels is None else np.asarray(pixels, np.uint8)


def refusals(film: Grey, ensemble: Ensemble) -> tuple[Strip, set[Reason]]:
    """One photo for every sentence, in the order of the reasons; and the reasons that none was refused for."""
    found: dict[str, tuple[Reason, Shown]] = {}
    for photo in (*damaged_files(film), *bad_photos(film)):
        refusal = examine(photo, ensemble).refusal
        key = refusal.reason.value + PARTS.sub("", refusal.say) if refusal else ""
        if refusal and key not in found:
            caption = f"{photo.name} [{refusal.reason.value}] {refusal.say}"
            found[key] = refusal.reason, Shown(f"refusal-{len(found):02d}", shown_of(photo), caption)
    order = list(Reason)
    pictures = sorted(found.values(), key=lambda one: order.index(one[0]))
    missing = set(Reason) - {reason for reason, _ in pictures}
    return Strip("Every refusal, in its words", tuple(shown for _, shown in pictures)), missing


def main() -> None:
    """Render the gallery."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=50_000_000)
    parser.add_argument("--out", type=Path, default=Path("build/finding"))
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    ensemble, films = Ensemble(load_bundle(demo.BUNDLE)), demo_films()
    found = scenes(films, ensemble, chosen.scenes, chosen.seed)
    refused, missing = refusals(films[0], ensemble)
    write_sheet(found.pictures, 5, chosen.out / "scenes.png")
    write_sheet(refused.pictures, 4, chosen.out / "refusals.png")
    print(write_page([found, refused], "Finding and refusing", chosen.out))
    if missing:
        print("No photo here is refused as " + ", ".join(sorted(reason.value for reason in missing)))


if __name__ == "__main__":
    main()
