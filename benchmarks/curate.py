"""Curating many pictures: time, peak memory, and whether a kill in the middle changes what comes out.

    python benchmarks/curate.py [--pictures 100000] [--folder build/curation]

Makes synthetic pictures (soft random fields over one chest-like shape, JPEG of 256 x 256), one in fifty of them another
picture saved again smaller, every thousandth of each of three rules' kinds. Curates them twice by the shipped command:
once whole, once killed (SIGKILL) when half of them had been looked at and then called again. Prints Markdown. Memory is
the highest sum of what the command and its workers held, looked at ten times a second, shared pages counted in each;
Linux only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.films import chest

REPOSITORY = Path(__file__).parent.parent
SIDE = 256
CLASSES = ("COVID-19", "NORMAL", "TUBERCULOSIS", "EMPHYSEMA", "PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL")
COPY_EVERY, POOR_EVERY = 50, 1000
FILES = ("index.csv", "left-out.csv", "curation.md")


@cache
def shape() -> np.ndarray:
    """What all pictures have in common, (SIDE, SIDE)."""
    return np.asarray(cv2.resize(chest(1), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def picture(number: int) -> np.ndarray:
    """Synthetic picture `number`, (SIDE, SIDE)."""
    if number % COPY_EVERY == COPY_EVERY - 1:
        return np.asarray(cv2.resize(picture(number - 1 - COPY_EVERY // 2), (200, 200)), np.uint8)
    rng = np.random.default_rng(number)
    soft = cv2.resize(rng.standard_normal((9, 9), dtype=np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    made = np.asarray(np.clip(0.7 * shape() + 30 + 20 * soft, 0, 255), np.uint8)
    poor = number % POOR_EVERY
    if poor == 10:
        return 255 - made
    if poor == 20:
        return np.full_like(made, 90)
    return made[:140] if poor == 30 else made


def write_pictures(folder: Path, numbers: range) -> None:
    """Write these pictures, spread over the class folders; a copy lies in its original's class."""
    for number in numbers:
        is_copy = number % COPY_EVERY == COPY_EVERY - 1
        finding = CLASSES[(number - 1 - COPY_EVERY // 2 if is_copy else number) % len(CLASSES)]
        cv2.imwrite(str(folder / finding / f"{number:07d}.jpg"), picture(number), [cv2.IMWRITE_JPEG_QUALITY, 85])


def make(folder: Path, count: int) -> None:
    """Make the tree, if it is not there."""
    if (folder / "made").is_file() and (folder / "made").read_text() == str(count):
        return
    shutil.rmtree(folder, ignore_errors=True)
    for finding in CLASSES:
        (folder / finding).mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        for start in range(0, count, 500):
            pool.submit(write_pictures, folder, range(start, min(count, start + 500)))
    (folder / "made").write_text(str(count))


@dataclass(frozen=True)
class Run:
    """How long the command ran, and the most memory that it held, in MB."""

    seconds: float
    memory: float


def curated(films: Path, out: Path, kill_at: int | None = None) -> Run:
    """Call the command; with `kill_at` kill it and its workers when so many pictures have been looked at."""
    start, most = time.perf_counter(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-m", "training.cli", "curate", str(films), "--out", str(out)],
        cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None:
        most = max(most, held(process.pid))
        if kill_at is not None and looked_at(out / "looks.sqlite") >= kill_at:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Run(time.perf_counter() - start, most)
        time.sleep(0.1 if kill_at is None else 0.5)
    if process.returncode:
        raise SystemExit(f"filmside-train curate ended with {process.returncode}")
    return Run(time.perf_counter() - start, most)


def held(session: int) -> float:
    """MB of memory that the processes of a session hold together."""
    pages = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[3]) == session:
                pages += int((folder / "statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def looked_at(base: Path) -> int:
    """How many pictures have been looked at."""
    if not base.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{base}?mode=ro", uri=True)) as looks:
        try:
            return int(looks.execute("SELECT count(*) FROM looks").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path("build/curation"))
    chosen = parser.parse_args()
    films, whole, killed = (chosen.folder.absolute() / name for name in ("films", "whole", "killed"))
    make(films, chosen.pictures)
    for out in (whole, killed):
        shutil.rmtree(out, ignore_errors=True)
    once = curated(films, whole)
    first = curated(films, killed, kill_at=chosen.pictures // 2)
    second = curated(films, killed)
    same = all((whole / name).read_bytes() == (killed / name).read_bytes() for name in FILES)
    print(f"{chosen.pictures:,} pictures, {os.cpu_count()} cores.\n")
    print("| | seconds | peak memory, MB |\n|---|---|---|")
    for name, run in (("whole", once), ("killed at half", first), ("called again", second)):
        print(f"| {name} | {run.seconds:.0f} | {run.memory:.0f} |")
    print(
        f"\nThe table, what was left out and the counts are {'the same' if same else 'NOT the same'} after the kill.\n"
    )
    print((whole / "curation.md").read_text(encoding="utf-8").split("\n\n", 1)[1].split("\n\nLook")[0])


if __name__ == "__main__":
    main()
