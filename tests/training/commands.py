"""`filmside-train` as a user calls it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def filmside_train(*arguments: str | Path, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training.cli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=timeout, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )  # fmt: skip


def does(*arguments: str | Path, timeout: int = 300) -> str:
    """Run a command that must succeed; what it said."""
    done = filmside_train(*arguments, timeout=timeout)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
