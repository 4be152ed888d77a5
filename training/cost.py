"""What a bundle costs on this machine: time on one core, memory, size; by the device's own code, each alone."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from device.film.prepare import prepare
from device.reading.bundle import load_bundle
from device.reading.contract import Bundle, MemberSpec
from device.reading.ensemble import Ensemble
from device.reading.member import Member
from device.values import Corners, Film

ROUNDS = 40
FILM = (900, 1100)
"""Width and height in pixels of the film that is read: about what a photo of 12 megapixels gives."""


@dataclass(frozen=True)
class Cost:
    """What one reader takes: milliseconds (median, 95th percentile), bytes on disk, megabytes above a bare Python.

    `memory` is None where the system does not tell a process's peak.
    """

    name: str
    precision: str
    median: float
    p95: float
    size: int
    memory: float | None


def costs(folder: Path, run: Path, rounds: int = ROUNDS) -> tuple[Cost, ...]:
    """The ensemble, its members, and these at float32 where the run keeps the files, each in a process of its own."""
    bundle = load_bundle(folder)
    jobs: list[tuple[Callable[..., Cost], tuple[object, ...]]] = [(_ensemble, (folder, rounds))]
    for member in bundle.members:
        jobs.append((_member, (member, rounds)))
        kept = run / member.name / "float32.tflite"
        if kept.is_file():
            jobs.append((_member, (replace(member, file=kept, precision="float32"), rounds)))
    return tuple(_alone(*job) for job in jobs)


def cost_of(member: MemberSpec, rounds: int = ROUNDS) -> Cost:
    """What one file takes, in a process of its own."""
    return _alone(_member, (member, rounds))


def _alone(job: Callable[..., Cost], facts: tuple[object, ...]) -> Cost:
    """A job's cost in a fresh process, whose memory is nobody else's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(job, *facts).result()


def _ensemble(folder: Path, rounds: int) -> Cost:
    bundle, film = load_bundle(folder), _film()
    rest = _keep_to_one_core()
    ensemble = Ensemble(bundle)
    # A film that was read before has its inputs made: each round reads one of its own.
    times = _timed(lambda: ensemble.read(Film(film.pixels, film.corners)), rounds)
    return _cost("ensemble, film to reading", "int8", times, _size(bundle), rest)


def _member(spec: MemberSpec, rounds: int) -> Cost:
    tensor = prepare(_film().pixels, spec.input)
    rest = _keep_to_one_core()
    member = Member(spec)
    times = _timed(lambda: member.answer(tensor), rounds)
    return _cost(spec.name, spec.precision, times, spec.file.stat().st_size, rest)


def _cost(name: str, precision: str, times: list[float], size: int, rest: float | None) -> Cost:
    peak = _peak_megabytes()
    memory = None if peak is None or rest is None else peak - rest
    return Cost(name, precision, float(np.median(times)), float(np.percentile(times, 95)), size, memory)


def _size(bundle: Bundle) -> int:
    return sum(member.file.stat().st_size for member in bundle.members)


def _film() -> Film:
    width, height = FILM
    pixels = np.random.default_rng(1).integers(0, 256, (height, width), np.uint8)
    return Film(pixels, Corners.of_whole_photo(width, height))


def _timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round; the first three warm up and do not count."""
    times = []
    for number in range(rounds + 3):
        start = time.perf_counter()
        work()
        if number >= 3:
            times.append(1000 * (time.perf_counter() - start))
    return times


def _keep_to_one_core() -> float | None:
    """Keep this process to one core, where the system can; gives its peak memory so far in megabytes."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return _peak_megabytes()


def _peak_megabytes() -> float | None:
    """The most memory that this process held. Of Linux only: a child's `ru_maxrss` may be its parent's."""
    if sys.platform != "linux":
        return None
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024
