"""Studies come back as they went in, from any thread and after a restart."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from device.errors import NoSuchStudy, StoreFault
from device.store.store import Store
from device.values import Photo
from tests.device.store.studies import NOON, a_film, a_photo, a_reading, a_refusal


def test_a_study_comes_back_exactly_after_a_restart(tmp_path: Path) -> None:
    studies = a_reading("a1"), a_refusal("b2")
    store = Store(tmp_path / "data", free_megabytes=0)
    store.keep(studies[0], a_photo(), a_film())
    store.keep(studies[1], a_photo(), None)
    store.close()

    store = Store(tmp_path / "data", free_megabytes=0)
    assert store.study("a1") == studies[0]
    assert store.study("b2") == studies[1]
    assert store.photo("a1").encoded == a_photo().encoded
    assert store.photo("a1").name == studies[0].photo_name
    film = store.film("a1")
    assert film is not None
    np.testing.assert_array_equal(film, a_film().pixels)
    assert store.film("b2") is None
    store.close()


def test_a_time_in_another_zone_is_the_same_time_in_utc(store: Store) -> None:
    study = replace(a_refusal("a1"), read_at=NOON.astimezone(timezone(timedelta(hours=5, minutes=45))))
    store.keep(study, a_photo(), None)
    assert store.study("a1").read_at == study.read_at
    assert store.study("a1").read_at.utcoffset() == timedelta(0)


def test_the_list_gives_the_newest_first_page_by_page(store: Store) -> None:
    for number in range(5):
        store.keep(replace(a_refusal(f"s{number}"), read_at=NOON + timedelta(seconds=number)), a_photo(), None)
    page = store.studies(limit=2)
    assert [study.id for study in page] == ["s4", "s3"]
    assert [study.id for study in store.studies(limit=50, before=page[-1].read_at)] == ["s2", "s1", "s0"]


@pytest.mark.parametrize(
    ("beginning", "file"),
    [
        (b"\xff\xd8\xff\xe0", "photo.jpg"),
        (b"\x89PNG\r\n\x1a\n", "photo.png"),
        (b"II*\0", "photo.tif"),
        (b"MM\0*", "photo.tif"),
        (b"GIF89a", "photo.gif"),
        (b"\0" * 128 + b"DICM" + b"x" * 9, "photo.dcm"),
        (b"<script>", "photo.bin"),
        (b"", "photo.bin"),
    ],
)
def test_a_photo_is_named_by_its_content(tmp_path: Path, store: Store, beginning: bytes, file: str) -> None:
    photo = Photo("liar.png", beginning)
    store.keep(a_refusal("a1"), photo, None)
    assert (tmp_path / "data" / "pictures" / "a1" / file).read_bytes() == beginning
    assert store.photo("a1").encoded == beginning


@pytest.mark.parametrize("name", ["lung\udcff.jpg", "../../etc/passwd", "", "a\0b", "'; DROP TABLE studies; --"])
def test_any_photo_name_is_kept_and_never_a_path(tmp_path: Path, store: Store, name: str) -> None:
    store.keep(replace(a_refusal("a1"), photo_name=name), a_photo(), None)
    assert store.study("a1").photo_name == name.replace("\udcff", "?")
    assert [path.name for path in (tmp_path / "data" / "pictures").rglob("photo*")] == ["photo.jpg"]


def test_an_unknown_study_is_no_such_study(store: Store) -> None:
    for ask in (store.study, store.photo, store.film):
        with pytest.raises(NoSuchStudy, match="There is no study 'nope' here"):
            ask("nope")


@pytest.mark.parametrize("id_", ["", "..", "a/b", ".hidden", "a\0b"])
def test_an_id_that_is_no_plain_name_is_refused(store: Store, id_: str) -> None:
    with pytest.raises(StoreFault, match="wanted letters and digits"):
        store.keep(a_refusal(id_), a_photo(), None)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreFault, match="has no zone"):
        store.keep(replace(a_refusal("a1"), read_at=datetime(2026, 1, 1)), a_photo(), None)
    assert store.studies() == ()


def test_the_same_id_twice_keeps_the_first(store: Store) -> None:
    store.keep(a_reading("a1"), a_photo(), a_film())
    with pytest.raises(StoreFault, match="could not be kept"):
        store.keep(a_refusal("a1"), Photo("other", b"other"), None)
    assert store.study("a1") == a_reading("a1")
    assert store.photo("a1").encoded == a_photo().encoded


def test_many_threads_keep_and_read_at_once(store: Store) -> None:
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(5):
                study = a_reading(f"{name}{number}")
                store.keep(study, a_photo(), a_film())
                assert store.study(study.id) == study
                assert store.studies(limit=3)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not problems
    assert len(store.studies()) == 20


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreFault, match="closed"):
        store.studies()
    with pytest.raises(StoreFault, match="closed"):
        store.keep(a_refusal("a1"), a_photo(), None)
