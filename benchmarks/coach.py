"""How long coaching takes for one live-view frame, and how often its "ready" agrees with the photo's passing.

    python benchmarks/coach.py [--scenes 240] [--seed 70000000]

Films are cut from the demo's photos and rendered again in fresh scenes, from easy to far too blurred, too far away or
too dark. Each scene gives a photo of 1600 x 1200, judged as the kiosk judges it, gate included, and a frame of it of
640 x 480. The frame comes three times to a `Coach`, on one thread: as a new picture, as one that rests, and as one that
was there before. Times are from the frame's JPEG bytes to the coaching, of the processor alone. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from films import demo_films, judged

from device import demo
from device.camera.jpeg import FRAME_QUALITY, encode_jpeg
from device.film.coach import Coach
from device.film.quads import quad_of
from device.reading.bundle import load_bundle
from device.reading.ensemble import Ensemble
from device.values import Coaching, Corners, Film, Frame, Picture
from device.window import as_picture
from training.data.photograph import photograph
from training.data.scene import Scene, draw_scene

PHOTO, FRAME = (1600, 1200), (640, 480)
HARDNESS = (0.5, 1.0, 2.0, 4.0)
STAGES = (
    "the picture changes: a quick look",
    "the first frame at rest: found as in a photo",
    "it lies still: only assessed",
)
BUDGET = 20.0
"""Milliseconds: ten frames a second, and a Pi 4 five times slower than this machine."""


def scene(seed: int, number: int) -> Scene:
    """A scene by lot: one in four easy, one in four hopeless; some films are far away, some boxes nearly dark."""
    drawn = draw_scene(seed + number, width=PHOTO[0], height=PHOTO[1], hardness=HARDNESS[number % 4])
    if number % 10 == 3 and drawn.surround != "cropped":
        drawn = replace(drawn, film_share=0.2 + 0.004 * (number % 100))
    return replace(drawn, exposure=0.05 + 0.001 * (number % 100)) if number % 15 == 7 else drawn


def frame_of(pixels: np.ndarray) -> Frame:
    """The live view of what the photo shows."""
    small = cv2.resize(pixels, FRAME, interpolation=cv2.INTER_AREA)
    return Frame(encode_jpeg(small, FRAME_QUALITY), *PHOTO)


def picture_of(frame: Frame) -> Picture:
    """The frame's pixels, for coaching."""
    picture = as_picture(frame)
    assert isinstance(picture, Picture)
    return picture


def timed(see: Callable[[], Coaching]) -> tuple[Coaching, float]:
    """What was seen, and in how many milliseconds of this thread's own."""
    start = time.thread_time()
    coaching = see()
    return coaching, 1000 * (time.thread_time() - start)


def corner_gap(one: Corners, other: Corners) -> float:
    """The largest distance of two films' corners, as a share of the diagonal."""
    a, b = (quad_of(corners) for corners in (one, other))
    return float(np.linalg.norm(a - b, axis=1).max() / np.linalg.norm(a[2] - a[0]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=240)
    parser.add_argument("--seed", type=int, default=70_000_000)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    films, ensemble = demo_films(), Ensemble(load_bundle(demo.BUNDLE))
    spent: dict[str, list[float]] = {name: [] for name in STAGES}
    gaps: list[float] = []
    agree: Counter[tuple[str, bool, bool]] = Counter()
    rough = 0
    for number in range(chosen.scenes):
        made = scene(chosen.seed, number)
        photo = photograph(films[number % len(films)], made)
        frame, found = frame_of(photo.pixels), judged(photo.jpeg(), ensemble.upright, ensemble.look)
        coach = Coach(ensemble.upright, ensemble.look)
        seen = [timed(lambda frame=frame, coach=coach: coach.see(picture_of(frame))) for _ in STAGES]
        for times, (_, milliseconds) in zip(spent.values(), seen, strict=True):
            times.append(milliseconds)
        passes, (first, *_, last) = isinstance(found, Film), (coaching for coaching, _ in seen)
        rough += first.ready == passes
        agree[(made.surround, last.ready, passes)] += 1
        if last.film and isinstance(found, Film):
            gaps.append(corner_gap(last.film.corners, found.corners))
    print_times(spent)
    print_agreement(agree, chosen.scenes, gaps)
    print(f"As long as the picture changes, with the quick look, they agree on {rough} of {chosen.scenes}.")


def print_times(spent: dict[str, list[float]]) -> None:
    """Print how long coaching took."""
    print(f"Frames of {FRAME[0]} x {FRAME[1]}, one thread; wanted: at most {BUDGET:.0f} ms.\n")
    print("| ms for one frame | median | 95th percentile | frames a second |\n|---|---|---|---|")
    for name, values in spent.items():
        median, high = np.median(values), np.percentile(values, 95)
        print(f"| {name} | {median:.1f} | {high:.1f} | {1000 / median:.0f} |")
    moving, first, still = (float(np.median(values)) for values in spent.values())
    mean = (10 * moving + first + 9 * still) / 20
    print(f"\nA second of movement and one of rest, at ten frames a second: {mean:.1f} ms a frame.")


def print_agreement(agree: Counter[tuple[str, bool, bool]], scenes: int, gaps: Sequence[float]) -> None:
    """Print how often the frame's "ready" and the photo's passing agree."""
    print("\n| around the film | scenes | both pass | both refuse | ready, photo refused | not ready, photo passes |")
    print("|---|---|---|---|---|---|")
    for name in sorted({surround for surround, _, _ in agree}):
        counts = [agree[(name, *both)] for both in ((True, True), (False, False), (True, False), (False, True))]
        print(f"| {name} | {sum(counts)} | {' | '.join(str(count) for count in counts)} |")
    alike = sum(count for (_, ready, passes), count in agree.items() if ready == passes)
    print(f"\nThe two agree on {alike} of {scenes} ({100 * alike / scenes:.1f}%).")
    median, high = np.median(gaps), np.percentile(gaps, 95)
    print(f"Corners on the frame lie {median:.4f} (95th percentile {high:.4f}) of the diagonal from the photo's.")


if __name__ == "__main__":
    main()
