"""Pictures to look at: sheets of captioned pictures, and the page that shows each of them large."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

STYLE = (
    "body{font:16px sans-serif;margin:2rem}div{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;width:20rem}"
    "img{width:20rem}"
)
LINE = 15
"""Pixels from one line of a caption on a sheet to the next."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One picture: its file's name without the ending, grey or BGR pixels, and what is said of it."""

    name: str
    pixels: Pixels
    caption: str


@dataclass(frozen=True)
class Strip:
    """Pictures that belong together, under a heading."""

    heading: str
    pictures: tuple[Shown, ...]


def write_page(strips: Sequence[Strip], title: str, out: Path) -> Path:
    """Write every picture and `index.html` into `out`; gives the page."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for strip in strips:
        cells = []
        for shown in strip.pictures:
            cv2.imwrite(str(out / f"{shown.name}.jpg"), shown.pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])
            caption = html.escape(shown.caption)
            cells.append(
                f'<figure><img src="{shown.name}.jpg" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
            )
        lines.append(f"<h2>{html.escape(strip.heading)}</h2><div>{''.join(cells)}</div>")
    page = out / "index.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{html.escape(title)}</h1>{''.join(lines)}\n",
        encoding="utf-8",
    )
    return page


def write_sheet(pictures: Sequence[Shown], columns: int, path: Path, *, cell: tuple[int, int] = (320, 240)) -> None:
    """Write all pictures as one, each fitted into a cell (width, height) with its caption beneath."""
    captions = [_wrapped(shown.caption, cell[0]) for shown in pictures]
    below = LINE * max(len(lines) for lines in captions) + 8
    cells = [_cell(shown.pixels, lines, cell, below) for shown, lines in zip(pictures, captions, strict=True)]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(rows))


def _cell(pixels: Pixels, caption: Sequence[str], size: tuple[int, int], below: int) -> Pixels:
    """One picture in the middle of its cell, white around it, its caption beneath: (height + below, width, 3)."""
    width, height = size
    scale = min((width - 6) / pixels.shape[1], (height - 6) / pixels.shape[0])
    fitted = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, fitted, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    made = np.full((height + below, width, 3), 255, np.uint8)
    left, top = (width - fitted[0]) // 2, (height - fitted[1]) // 2
    made[top : top + fitted[1], left : left + fitted[0]] = small
    for number, line in enumerate(caption):
        place = (4, height + LINE * number + 12)
        cv2.putText(made, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA)
    return made


def _wrapped(caption: str, width: int) -> list[str]:
    """The caption in lines that fit into `width` pixels."""
    lines = [""]
    for word in caption.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and cv2.getTextSize(longer, cv2.FONT_HERSHEY_SIMPLEX, 0.38, 1)[0][0] > width - 10:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
