"""Every fault of the simulator at every level, on one page to look at.

    python benchmarks/fault_gallery.py [--film FILM.png] [--out build/faults]

Writes a picture a fault and level, `index.html`, and `sheet.png` of them all. Without a film it renders the one of the
demo's first photo.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import demo_films

from device.values import Grey
from training.data.cache import read_film
from training.data.faults import AMOUNTS, LEVELS, Fault, draw_hard_scene, spoil
from training.data.photograph import photograph
from training.report.sheets import Shown, Strip, write_page, write_sheet

WIDTH, HEIGHT = 800, 600
SEED = 77


def strip(film: Grey, number: int, fault: Fault) -> Strip:
    """One fault at every level."""
    pictures = []
    for level in LEVELS:
        scene = spoil(draw_hard_scene(SEED + number, width=WIDTH, height=HEIGHT), fault, level)
        caption = f"{fault.value}, level {level}: {AMOUNTS[fault][level - 1]:g}"
        pictures.append(Shown(f"{fault.value}-{level}", photograph(film, scene).pixels, caption))
    return Strip(fault.value, tuple(pictures))


def main() -> None:
    """Render the gallery."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--film", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/faults"))
    chosen = parser.parse_args()
    film = read_film(chosen.film) if chosen.film else demo_films()[0]
    strips = [strip(film, number, fault) for number, fault in enumerate(Fault)]
    write_sheet([shown for one in strips for shown in one.pictures], len(LEVELS), chosen.out / "sheet.png")
    print(write_page(strips, "What goes wrong when a film is photographed", chosen.out))


if __name__ == "__main__":
    main()
