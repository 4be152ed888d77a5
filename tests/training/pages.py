"""What a benchmark prints, to be held against the page that is committed, and its own functions."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def printed(script: str, *options: str | Path) -> str:
    """The page that a script of `benchmarks` prints; what it says on standard error where it fails."""
    command = [sys.executable, str(BENCHMARKS / script), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def benchmark(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A script of `benchmarks` as a module: it finds its neighbours as long as the patch holds."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module(name)
