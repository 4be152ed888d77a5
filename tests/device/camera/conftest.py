from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.device.camera.stand_ins import Plug, picamera2_class


@pytest.fixture
def plug() -> Iterator[Plug]:
    plug = Plug()
    yield plug
    plug.released.set()


@pytest.fixture
def pi_module(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> Any:
    """device.camera.pi, loaded over a stand-in picamera2 and forgotten afterwards."""
    import importlib

    stand_in = ModuleType("picamera2")
    stand_in.Picamera2 = picamera2_class(plug)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", stand_in)
    monkeypatch.delitem(sys.modules, "device.camera.pi", raising=False)
    module = importlib.import_module("device.camera.pi")
    monkeypatch.setitem(sys.modules, "device.camera.pi", module)
    return module
