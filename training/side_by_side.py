"""Members fitted side by side, each a task of its own on a Ray cluster: the same weights as one after the other.

A member's fit depends on its recipe, the run folder and the weights folder, and on nothing that another fit leaves
behind. On a cluster of several machines every one must have Filmside installed and see both folders under these paths.
"""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from training.data.sources import DataError
from training.recipe import Recipe
from training.run import fit_member, keep_squares

LOCAL = "local"
"""Instead of a cluster's address: one of this machine alone, started for these fits and stopped after them."""

STORE = 100 * 2**20
"""Bytes that a local cluster keeps for what tasks hand to each other: here a recipe and two paths."""


def fit_side_by_side(recipes: Sequence[Recipe], run: Path, weights: Path | None, address: str) -> None:
    """Fit every recipe on the run's split, as many at a time as the cluster at `address` has cores, or graphics cards.

    Raises DataError where Ray or the cluster is missing, and whatever a fit raises.
    """
    if importlib.util.find_spec("ray") is None:
        raise DataError("--ray wants Ray, which is not installed. Install it: pip install 'filmside[ray]'")
    _check_answers(address)
    for recipe in recipes:
        keep_squares(recipe, run)
    _fit_on_ray(recipes, run.resolve(), weights.resolve() if weights else None, address)


def _fit_on_ray(recipes: Sequence[Recipe], run: Path, weights: Path | None, address: str) -> None:
    # Ray would otherwise tell its makers that it runs, and films are read where nobody is told.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    alone = {"include_dashboard": False, "object_store_memory": STORE} if address == LOCAL else {}
    try:
        ray.init(address, **alone)
    except (ConnectionError, ValueError) as error:
        raise _nothing_at(address, error) from error
    try:
        # A worker serves one fit and ends: TensorFlow would carry state from one to the next. A fit whose worker was
        # killed is called again by Ray, and goes on after its last whole epoch.
        # A TensorFlow for processors only would have the fits wait for cards that none of them uses.
        cards = int(bool(ray.cluster_resources().get("GPU")) and tf.test.is_built_with_cuda())
        task = ray.remote(max_calls=1, num_gpus=cards)(_fit_one)
        ray.get([task.remote(recipe, run, weights) for recipe in recipes])
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """Raise DataError when nothing listens at HOST:PORT: Ray itself would try for minutes and then end the process."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if port.isdigit():
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError as error:
            raise _nothing_at(address, error) from error


def _nothing_at(address: str, error: Exception) -> DataError:
    return DataError(
        f"There is no Ray cluster at {address} ({error}). Start one, name another, or give --ray no address."
    )


def _fit_one(recipe: Recipe, run: Path, weights: Path | None) -> None:
    fit_member(recipe, run, weights)
