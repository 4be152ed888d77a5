"""Who may import whom, as the README's map says: read from the source, and proved on planted violations."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
TENSORFLOW = ("tensorflow", "keras", "tf_keras")
FLASK_PARTS = ("flask_login", "flask_wtf", "flask_limiter", "flask_talisman", "flask_babel")
RUNTIMES = ("ai_edge_litert", "tflite_runtime")


@dataclass(frozen=True)
class Import:
    """One import in one file: both as dotted names."""

    module: str
    name: str
    line: int
    only_for_types: bool

    def is_of(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(package + ".") for package in packages)

    def is_in(self, *packages: str) -> bool:
        return any(self.module == package or self.module.startswith(package + ".") for package in packages)

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.name}"


def imports_of(repository: Path) -> list[Import]:
    """Every import in device and training, `from x import y` as x.y, relative ones made absolute."""
    found = []
    for path in sorted((*repository.glob("device/**/*.py"), *repository.glob("training/**/*.py"))):
        parts = path.relative_to(repository).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        package = parts[:-1]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
                base = ".".join(part for part in (start, node.module or "") if part)
                names = [f"{base}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "__import__"):
                argument = node.args[0]
                names = [str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument)]
            else:
                continue
            found += [Import(module, name, node.lineno, id(node) in for_types) for name in names]
    assert len(found) > 100, "the source was not found"
    return found


ROOMS_WITHOUT_HARDWARE = ("device.film", "device.reading")


def is_wrong(one: Import) -> bool:
    """Whether an import breaks the house plan."""
    device = one.is_in("device")
    at_the_top = device and one.module.count(".") == 1
    if one.only_for_types:
        return device and one.is_of("training", *TENSORFLOW)
    return any(
        (
            device and one.is_of("training", *TENSORFLOW),
            one.is_of("flask", "werkzeug", *FLASK_PARTS) and not one.is_in("device.web"),
            one.is_of("jinja2", "markupsafe") and not one.is_in("device.web", "training.report"),
            one.is_of("waitress") and not one.is_in("device.serve"),
            one.is_of("picamera2", "libcamera") and not one.is_in("device.camera"),
            one.is_of("gpiozero", "lgpio", "Jetson", "RPi") and not one.is_in("device.light"),
            one.is_of(*RUNTIMES) and not one.is_in(
                "device.reading.member", "training.convert", "training.features"
            ),
            one.is_of("cv2")
            and not one.is_in("device.film", "device.camera", "device.intake", "device.reading.heatmap", "training"),
            one.is_of("pydicom") and not one.is_in("device.intake.dicom"),
            one.is_of("fpdf", "fontTools") and not one.is_in("device.store.pdf"),
            one.is_of("ray") and not one.is_in("training.side_by_side"),
            one.is_of("sqlite3") and not one.is_in("device.store", "training.data.looks"),
            # The inner rooms know nothing of what is around them.
            one.is_in("device.values", "device.errors") and one.is_of("device") and not one.is_of("device.errors"),
            one.is_in("device.account") and one.is_of("device"),
            one.is_in("device.batch")
            and one.is_of("device")
            and not one.is_of("device.background", "device.study", "device.values", "device.errors"),
            one.is_in("device.outbox")
            and one.is_of("device")
            and not one.is_of("device.background", "device.errors"),
            one.is_in("device.background") and one.is_of("device"),
            # Run as root, so it is little.
            one.is_in("device.save_to_stick")
            and one.is_of("device")
            and not one.is_of("device.outbox", "device.errors"),
            one.is_in("device.study") and one.is_of("device") and not one.is_of("device.values"),
            one.is_in(*ROOMS_WITHOUT_HARDWARE)
            and one.is_of("device")
            and not one.is_of("device.film", "device.reading", "device.values", "device.errors"),
            one.is_in("device.film") and one.is_of("device.reading"),
            one.is_in("device.intake")
            and one.is_of("device")
            and not one.is_of("device.intake", "device.values", "device.errors"),
            one.is_in("device.store")
            and one.is_of("device")
            and not one.is_of("device.store", "device.study", "device.account", "device.values", "device.errors"),
            one.is_in("device.camera", "device.light")
            and one.is_of("device")
            and not one.is_of(one.module.rpartition(".")[0] if one.module.count(".") > 1 else one.module,
                              "device.settings", "device.values", "device.errors"),
            one.is_in("device.web")
            and one.is_of("device")
            and not one.is_of(
                "device.web", "device.kiosk", "device.study", "device.account", "device.values", "device.errors",
                "device.reading.heatmap", "device.intake.decode", "device.store.export", "device.store.people",
                "device.store.pdf", "device.store.files", "device.batch", "device.outbox", "device.intake.sticks",
            ),
            one.is_in("device.kiosk") and one.is_of("device.web", "device.settings", "device.serve", "device.cli"),
            one.is_in("device.examine")
            and one.is_of("device")
            and not one.is_of("device.film", "device.reading", "device.intake", "device.values", "device.errors"),
            device and not at_the_top and one.is_of("device.kiosk") and not one.is_in("device.web"),
            # Training shares what the device reads with, and nothing of what it is made of.
            one.is_in("training")
            and one.is_of("device")
            and not one.is_of(
                "device.examine", "device.film", "device.reading", "device.intake", "device.values", "device.errors",
                "device.demo",
            ),
        )
    )  # fmt: skip


def test_every_import_keeps_to_the_plan() -> None:
    assert [str(one) for one in imports_of(REPOSITORY) if is_wrong(one)] == []


PLANTED = {
    "device/film/find.py": ["import training.fit", "from device.camera import Camera", "from ..store import store"],
    "device/reading/ensemble.py": ["import tensorflow as tf", "import cv2", "from device.kiosk import Kiosk"],
    "device/reading/gate.py": ["from ai_edge_litert.interpreter import Interpreter"],
    "device/examine.py": ["from device.kiosk import Kiosk", "from device.camera import Camera"],
    "device/kiosk.py": ["from flask import Flask", "import cv2", "from device.web import create_app"],
    "device/cli.py": ["from keras import Model", "import gpiozero"],
    "device/light/board.py": ["import picamera2", "from device.kiosk import Kiosk"],
    "device/camera/folder.py": ["import Jetson.GPIO", "from device.store.store import Store"],
    "device/store/store.py": ["from device.film.grey import read_kept_film"],
    "device/web/live.py": ["from device.reading.ensemble import Ensemble", "import numpy, cv2"],
    "device/values.py": ["from device.settings import Settings"],
    "device/intake/decode.py": ["import importlib\nimportlib.import_module('training')"],
    "training/fit.py": ["from device.kiosk import examine", "from tflite_runtime.interpreter import Interpreter"],
    "training/pack.py": ["from device.web import create_app"],
    "training/run.py": ["import ray"],
}


@pytest.mark.parametrize(("file", "line"), [(file, line) for file, lines in PLANTED.items() for line in lines])
def test_a_planted_violation_is_found(file: str, line: str, tmp_path: Path) -> None:
    for package in ("device", "training"):
        shutil.copytree(REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("demo", "__pycache__"))
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write(f"\n\ndef planted() -> None:\n    {line.replace(chr(10), chr(10) + '    ')}\n")
    module = file.removesuffix(".py").replace("/", ".")
    wrong = [one for one in imports_of(tmp_path) if is_wrong(one)]
    assert wrong
    assert {one.module for one in wrong} == {module}


def test_importing_the_device_loads_neither_tensorflow_nor_a_boards_library() -> None:
    script = """
import importlib, pathlib, sys
skip = {"device.__main__", "device.camera.pi", "device.light.gpio", "device.light.board", "device.light.button"}
for path in sorted(pathlib.Path("device").rglob("*.py")):
    parts = path.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    if name not in skip:
        importlib.import_module(name)
loaded = {name.split(".")[0] for name in sys.modules}
print(sorted({"tensorflow", "keras", "training", "gpiozero", "picamera2", "Jetson"} & loaded))
"""
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_nothing_of_the_kiosk_is_made_on_import() -> None:
    """No thread runs, no folder appears and nothing is said because a module was imported."""
    script = """
import threading
import device.cli, device.serve, device.web, device.kiosk
assert threading.active_count() == 1, threading.enumerate()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_room_has_outgrown_itself() -> None:
    long = {
        str(path.relative_to(REPOSITORY)): lines
        for path in (*REPOSITORY.glob("device/**/*.py"), *REPOSITORY.glob("training/**/*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}
