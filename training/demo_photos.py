"""The photos that `filmside demo` replays: rendered from films whose licence allows it, none of them trained on.

Run as `filmside-train demo-photos --run RUN --out device/demo/photos`. Films are drawn from the test split by hash,
never by how well they are read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from device.film.find import find
from device.film.rectify import rectify
from device.intake.decode import decode
from device.values import Photo, Refusal
from training.data.cache import read_film
from training.data.photograph import photograph
from training.data.scene import draw_scene
from training.data.sources import DataError, Row
from training.data.split import Split

FREE = {
    "CC BY 3.0": "CC BY 3.0",
    "CC BY 4.0": "CC BY 4.0",
    "not stated in repo for images; upstream NIH ChestX-ray14, CC0 per Kaggle mirror, attribute NIH Clinical Center": (
        "no restrictions (NIH Clinical Center)"
    ),
}
"""Licences that allow a film to be passed on with credit, as the table writes them and as the credits do."""

CREDIT = {
    "Cohen": "Cohen et al., COVID-19 Image Data Collection, arXiv:2006.11988",
    "NIH ChestX-ray14": "Wang et al., ChestX-ray8, CVPR 2017; NIH Clinical Center",
}

SIZE = (1600, 1200)


@dataclass(frozen=True)
class Wish:
    """One photo to render: the film's finding and origin, the scene, and whether it is to be spoilt by blur."""

    name: str
    finding: str
    origin: str
    surround: str
    place: int = 0
    spoilt: bool = False


WISHES = (
    Wish("01-covid", "COVID-19", "Cohen", "box"),
    Wish("02-normal", "NORMAL", "NIH ChestX-ray14", "glow"),
    Wish("03-emphysema", "EMPHYSEMA", "NIH ChestX-ray14", "box"),
    Wish("04-pneumonia", "PNEUMONIA-BACTERIAL/PNEUMONIA-VIRAL", "NIH ChestX-ray14", "glow"),
    Wish("05-normal-blurred", "NORMAL", "NIH ChestX-ray14", "box", place=1, spoilt=True),
    Wish("06-normal", "NORMAL", "NIH ChestX-ray14", "box", place=1),
    Wish("07-covid", "COVID-19", "Cohen", "box", place=1),
    Wish("08-normal", "NORMAL", "Cohen", "glow"),
)
"""What the demo shows: no film of tuberculosis or of children's pneumonia here may be passed on."""


def render_demo_photos(films: Split, out: Path) -> None:
    """Write the photos and `CREDITS.md`; one film a patient."""
    out.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Where these photos come from",
        "",
        "Each is a rendering: a public chest film, drawn as a camera would see it on a light box. None of the films",
        "was trained on. Names state what the film's source says it shows.",
        "",
        "| photo | film (sha256, first 16) | source says | from | licence |",
        "|---|---|---|---|---|",
    ]
    for number, wish in enumerate(WISHES):
        row = _film_for(films, wish)
        scene = draw_scene(880 + number, width=SIZE[0], height=SIZE[1], surround=wish.surround, hardness=0.6)
        scene = replace(scene, film_share=0.86, jpeg_quality=88, glare=0.0, aspect=0.9)
        if wish.spoilt:
            scene = replace(scene, blur=9.0)
        (out / f"{wish.name}.jpg").write_bytes(photograph(read_film(row.path), scene).jpeg())
        said = "PNEUMONIA, cause not given" if "/" in row.name else row.name
        lines.append(f"| {wish.name}.jpg | {row.path.stem} | {said} | {CREDIT[row.origin]} | {FREE[row.licence]} |")
    (out / "CREDITS.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def reference_films(photos: Path, out: Path, names: tuple[str, ...] = ("01-covid", "02-normal")) -> list[Path]:
    """Straightened films of two demo photos, small, for a bundle to prove itself on."""
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for name in names:
        picture = decode(Photo(name, (photos / f"{name}.jpg").read_bytes()))
        corners = picture if isinstance(picture, Refusal) else find(picture)
        if isinstance(picture, Refusal) or isinstance(corners, Refusal):
            raise DataError(f"No film is found in {photos / name}.jpg. Render the demo photos again.")
        film = rectify(picture, corners).pixels
        small = cv2.resize(film, None, fx=320 / max(film.shape), fy=320 / max(film.shape), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(out / f"{name}.png"), small)
        made.append(out / f"{name}.png")
    return made


def _film_for(films: Split, wish: Wish) -> Row:
    patients: dict[str, Row] = {}
    for row in films.test:
        if row.name == wish.finding and row.origin == wish.origin and row.licence in FREE:
            patients.setdefault(row.group, row)
    ranked = sorted(patients.values(), key=lambda row: hashlib.sha256(row.path.stem.encode()).hexdigest())
    if len(ranked) <= wish.place:
        raise DataError(f"The test split has no free film for {wish}; wanted {wish.place + 1}. Use another split.")
    return ranked[wish.place]
