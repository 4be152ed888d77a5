"""The repository's own wheel, and the wheels that it needs on Debian 12, for a host with no network."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
from pathlib import Path

from tests.deploy.machines import cache_folder, run

REPOSITORY = Path(__file__).parents[2]
DEBIAN_PYTHON = "3.11"


def filmside_wheel(folder: Path) -> Path:
    """The wheel of this repository as it stands, built in `folder`."""
    source = folder / "source"
    # A copy, as setuptools leaves its build folder beside what it builds.
    shutil.copytree(
        REPOSITORY,
        source,
        ignore=shutil.ignore_patterns(".git", ".*", "runs", "build", "dist", "*.egg-info", "tests", "__pycache__"),
    )
    run(_pip(), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source), seconds=300)
    (wheel,) = folder.glob("filmside-*.whl")
    return wheel


def needed_wheels(wheel: Path) -> Path:
    """A folder with every wheel that filmside needs on Debian 12, kept until pyproject.toml changes."""
    key = hashlib.sha256((REPOSITORY / "pyproject.toml").read_bytes()).hexdigest()[:16]
    folder = cache_folder() / f"wheels-{key}"
    if not folder.exists():
        getting = folder.with_name(f"getting-{key}")
        machine = platform.machine()
        platforms = [f"--platform=manylinux_2_{minor}_{machine}" for minor in (17, 27, 28, 34)]
        run(
            *(_pip(), "download", "--quiet", "--only-binary=:all:", f"--python-version={DEBIAN_PYTHON}"),
            *(*platforms, f"--platform=manylinux2014_{machine}", "--dest", str(getting), str(wheel)),
            seconds=600,
        )
        for copy in getting.glob("filmside-*.whl"):
            copy.unlink()
        getting.rename(folder)
    return folder


def _pip() -> str:
    """A pip of its own: the environment that runs the tests may have been made without one."""
    folder = cache_folder() / f"pip-{sys.version_info.major}.{sys.version_info.minor}"
    if not (folder / "bin" / "pip").exists():
        run(sys.executable, "-m", "venv", "--clear", str(folder), seconds=120)
    return str(folder / "bin" / "pip")
