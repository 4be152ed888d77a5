from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data", free_megabytes=0)
    yield store
    store.close()
