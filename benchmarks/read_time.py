"""From bytes to reading with heat map on a 12-megapixel JPEG, as a ratio to OpenCV's plain decode of that JPEG.

    python benchmarks/read_time.py [--photos 8] [--rounds 6]

Photos are rendered from the demo's own photos at 4000 x 3000. Decoding and reading take turns within one run, so that
what else the machine does weighs on both alike. OpenCV is left its own number of threads. Memory is that of a fresh
process that has loaded the bundle and reads the photos: its peak above what it held before the first (Linux only).
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from device import demo
from device.examine import examine
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Photo
from training.data.photograph import photograph
from training.data.scene import draw_scene

JUDGING = ("scout", "find", "rectify", "assess", "gate")
"""The stages that make an upright film of a decoded photo, or a refusal."""


def rendered(number: int) -> Photo:
    """A 12-megapixel photo of a demo film, sharp enough to be read."""
    source = sorted(demo.PHOTOS.glob("*.jpg"))[number % 3]
    film = cv2.imread(str(source), cv2.IMREAD_GRAYSCALE)[100:1100, 350:1280]
    surround = ("box", "glow")[number % 2]
    scene = draw_scene(600 + number, width=4000, height=3000, surround=surround, hardness=0.5)
    return Photo(f"{number}.jpg", photograph(film, scene).jpeg())


def memory_of(status: str) -> float:
    """A line of this process's memory as the kernel tells it, in MB: VmRSS what it holds, VmHWM the most it held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(status)) / 1024


def peak_memory(photos: list[Photo]) -> tuple[float, float]:
    """MB held at rest with the bundle loaded, and the most held above that while these photos are read."""
    ensemble = Ensemble(load_bundle(demo.BUNDLE))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    idle = memory_of("VmRSS")
    for photo in photos:
        examine(photo, ensemble)
    return idle, memory_of("VmHWM") - idle


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=6)
    chosen = parser.parse_args()
    ensemble = Ensemble(load_bundle(demo.BUNDLE))
    photos = [rendered(number) for number in range(chosen.photos)]
    decode_times, read_times, stages = [], [], {}
    for round_ in range(chosen.rounds + 1):
        for photo in photos:
            start = time.perf_counter()
            cv2.imdecode(np.frombuffer(photo.encoded, np.uint8), cv2.IMREAD_COLOR)
            decoded = time.perf_counter()
            examination = examine(photo, ensemble)
            done = time.perf_counter()
            if round_ == 0:
                if examination.reading is None:
                    raise SystemExit(f"{photo.name} was refused: {examination.refusal}")
                continue
            decode_times.append(1000 * (decoded - start))
            read_times.append(1000 * (done - decoded))
            for timing in examination.timings:
                stages.setdefault(timing.stage, []).append(timing.milliseconds)
    ratios = np.array(read_times) / np.array(decode_times)
    print(
        f"{len(ratios)} readings of 12-megapixel photos, {platform.machine()}, {len(ensemble.bundle.members)} members\n"
    )
    print("| | median | 95th percentile |\n|---|---|---|")
    for name, times in (
        ("OpenCV decodes the JPEG in colour", decode_times),
        ("bytes to reading with heat map", read_times),
    ):
        print(f"| {name}, ms | {np.median(times):.0f} | {np.percentile(times, 95):.0f} |")
    print(f"| ratio | {np.median(ratios):.2f} | {np.percentile(ratios, 95):.2f} |")
    for stage, times in stages.items():
        print(f"| of it {stage}, ms | {np.median(times):.1f} | {np.percentile(times, 95):.1f} |")
    judging = np.sum([stages[stage] for stage in JUDGING], axis=0) / np.array(decode_times)
    print(f"| ratio of {', '.join(JUDGING)} | {np.median(judging):.2f} | {np.percentile(judging, 95):.2f} |")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        idle, peak = fresh.submit(peak_memory, photos).result()
    print(f"\nMemory: {idle:.0f} MB with the bundle loaded, at most {peak:.0f} MB more while reading.")


if __name__ == "__main__":
    main()
