"""`filmside read`: photo files to answers, without a kiosk."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from tqdm import tqdm

from device.answers import csv_heading, csv_line, json_line, plain_line
from device.errors import Fault
from device.examine import Examination, examine
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.reading.heatmap import film_with_heat_png
from device.values import Photo

PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
"""What is read of a folder; a file that is named itself is read whatever it is called."""

MANY = 4
"""From this many photos on a progress bar is shown, when somebody looks at a terminal."""


class Form(Enum):
    """How answers are printed."""

    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"


def read_files(paths: Sequence[Path], *, bundle: Path, form: Form, heat_maps: Path | None) -> int:
    """Read every photo and print one answer a line to standard output; gives how many were refused. Raises Fault."""
    photos = _photos(paths)
    if heat_maps is not None:
        _make_folder(heat_maps)
    ensemble = Ensemble(load_bundle(bundle))
    refused = 0
    findings = ensemble.bundle.findings
    if form is Form.CSV:
        print(csv_heading(findings))
    quiet = len(photos) < MANY or not sys.stderr.isatty()
    for number, path in enumerate(tqdm(photos, unit="photo", disable=quiet, file=sys.stderr)):
        examination = examine(_load(path), ensemble)
        refused += examination.refusal is not None
        if form is Form.JSON:
            line = json_line(str(path), examination, ensemble.bundle.id)
        elif form is Form.CSV:
            line = csv_line(str(path), examination, ensemble.bundle.id, findings)
        else:
            line = plain_line(str(path), examination)
        tqdm.write(line, file=sys.stdout)
        if heat_maps is not None:
            _write_heat_map(examination, heat_maps / f"{number:05d}-{path.stem[:100]}.png")
    return refused


def _photos(paths: Sequence[Path]) -> list[Path]:
    photos: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES and file.is_file())
            if not inside:
                raise Fault(f"The folder {path} holds no photo; wanted {', '.join(PICTURES)}. Name another folder.")
            photos += inside
        elif path.is_file():
            photos.append(path)
        else:
            raise Fault(f"There is no {path}; wanted a photo or a folder of photos. Check the name.")
    return photos


def _load(path: Path) -> Photo:
    try:
        return Photo(path.name, path.read_bytes())
    except OSError as error:
        raise Fault(f"{path} cannot be read: {error.strerror}. Check its permissions, or copy it again.") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Fault(f"The folder {folder} cannot be made: {error.strerror}. Name another with --heatmaps.") from error


def _write_heat_map(examination: Examination, path: Path) -> None:
    """The film under the heat map of its likeliest finding; nothing for a refused photo."""
    if examination.reading is None or examination.film is None:
        return
    likeliest = max(examination.reading.scores, key=lambda score: score.value).finding
    (heat_map,) = (one for one in examination.reading.heat_maps if one.finding == likeliest)
    try:
        path.write_bytes(film_with_heat_png(examination.film.pixels, heat_map))
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}. Free some space, or name another folder.") from error
