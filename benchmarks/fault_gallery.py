"""Every fault of the simulator at every level, on one page to look at.

    python benchmarks/fault_gallery.py [--film FILM.png] [--out build/faults]

Writes a picture a fault and level and `index.html`. Without a film it renders the one of the demo's first photo.
"""

from __future__ import annotations

import argparse
import html
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import demo_films

from device.values import Grey
from training.data.cache import read_film
from training.data.faults import AMOUNTS, LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import photograph

WIDTH, HEIGHT = 800, 600
SEED = 77


def render(film: Grey, out: Path) -> None:
    """Write the pictures, the page, and one sheet of all of them."""
    out.mkdir(parents=True, exist_ok=True)
    lines, rows = [], []
    for number, fault in enumerate(Fault):
        cells, row = [], []
        for level in LEVELS:
            scene = spoil(draw_hard_scene(SEED + number, width=WIDTH, height=HEIGHT), fault, level)
            photo = photograph(film, scene)
            name = f"{fault.value}-{level}.jpg"
            (out / name).write_bytes(photo.jpeg())
            row.append(cv2.resize(photo.pixels, (320, 240), interpolation=cv2.INTER_AREA))
            cells.append(
                f'<figure><img src="{name}" alt="{fault.value} at level {level}">'
                f"<figcaption>level {level}: {AMOUNTS[fault][level - 1]:g}</figcaption></figure>"
            )
        lines.append(f"<h2>{html.escape(fault.value)}</h2><div>{''.join(cells)}</div>")
        rows.append(np.hstack(row))
    cv2.imwrite(str(out / "sheet.png"), np.vstack(rows))
    style = "body{font:16px sans-serif;margin:2rem}div{display:flex;gap:1rem}figure{margin:0}img{width:20rem}"
    (out / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Faults</title><style>{style}</style>"
        f"<h1>What goes wrong when a film is photographed</h1>{''.join(lines)}",
        encoding="utf-8",
    )


def main() -> None:
    """Render the gallery."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--film", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/faults"))
    chosen = parser.parse_args()
    render(read_film(chosen.film) if chosen.film else demo_films()[0], chosen.out)
    print(chosen.out / "index.html")


if __name__ == "__main__":
    main()
