"""Processes that share the work on many pictures."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import cv2


def fresh_workers(count: int | None = None) -> ProcessPoolExecutor:
    """A pool of new processes, one a core if not told otherwise; in each OpenCV keeps to one thread."""
    # A forked worker waits for ever for the threads that TensorFlow or OpenCV had started before the fork.
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count or os.cpu_count(), spawn, initializer=cv2.setNumThreads, initargs=(1,))
