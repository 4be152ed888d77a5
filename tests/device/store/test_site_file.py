"""The site's flat field is replaced whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from device.errors import StoreFault
from device.store.site import keep_flat_field, kept_flat_field
from device.store.store import Store


def test_what_was_kept_comes_back_and_is_replaced(tmp_path: Path) -> None:
    data = tmp_path / "not" / "there"
    assert kept_flat_field(data) is None
    assert keep_flat_field(data, b"one") == data / "flat_field.json"
    assert kept_flat_field(data) == b"one"
    keep_flat_field(data, b"another")
    assert kept_flat_field(data) == b"another"
    assert [path.name for path in data.iterdir()] == ["flat_field.json"]


def test_a_power_cut_while_writing_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_flat_field(tmp_path, b"one")

    def cut(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", cut)
        with pytest.raises(StoreFault, match=r"cannot be written to .*: Input/output error; wanted a folder with room"):
            keep_flat_field(tmp_path, b"another")
    assert kept_flat_field(tmp_path) == b"one"
    # The half-written file is in nobody's way.
    keep_flat_field(tmp_path, b"another")
    assert kept_flat_field(tmp_path) == b"another"


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "flat_field.json").mkdir()
    with pytest.raises(StoreFault, match=r"cannot be read: Is a directory\. Give Filmside's user that file"):
        kept_flat_field(tmp_path)


def test_the_store_of_studies_is_not_disturbed_by_it(tmp_path: Path) -> None:
    keep_flat_field(tmp_path, b"one")
    for _ in range(2):
        store = Store(tmp_path, free_megabytes=0)
        assert store.studies() == ()
        store.close()
    assert kept_flat_field(tmp_path) == b"one"
