"""What a benchmark prints, to be held against the page that is committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def printed(script: str, *options: str | Path) -> str:
    """The page that a script of `benchmarks` prints; what it says on standard error where it fails."""
    command = [sys.executable, str(BENCHMARKS / script), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
