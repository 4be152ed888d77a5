"""Processes that share the work on many pictures."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

import cv2

Item = TypeVar("Item")
Made = TypeVar("Made")

_AT_ONCE = 4
"""Items that a process takes in one go: what it made of the others is lost with one that fails."""


def fresh_workers(count: int | None = None) -> ProcessPoolExecutor:
    """A pool of new processes, one a core if not told otherwise; in each OpenCV keeps to one thread, and none outlives
    the process that began it, however that ends."""
    # A forked worker waits for ever for the threads that TensorFlow or OpenCV had started before the fork.
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count or os.cpu_count(), spawn, initializer=_begin)


def _begin() -> None:
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker waits for work for ever, also when whoever gives it has been killed.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def in_turn(pool: ProcessPoolExecutor, make: Callable[[Item], Made], items: Sequence[Item]) -> Generator[Made]:
    """What `make` makes of every item, in their order. Little is made ahead of whoever takes it, which bounds memory;
    close it, and what was not begun is not made."""
    chunks = (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
    ahead = 4 * (os.cpu_count() or 1)
    waiting: deque[Future[list[Made]]] = deque(pool.submit(_each, make, chunk) for chunk in islice(chunks, ahead))
    try:
        while waiting:
            made = waiting.popleft().result()
            waiting += [pool.submit(_each, make, chunk) for chunk in islice(chunks, 1)]
            yield from made
    finally:
        for future in waiting:
            future.cancel()


def _each(make: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    return [make(item) for item in items]
