"""What people say of a study, searching, deleting and removing for good: on a real database."""

from __future__ import annotations

import csv
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from device.errors import NoSuchStudy, StoreFault
from device.store.export import HEADER, csv_table
from device.store.migrate import schema_steps
from device.store.store import Store
from device.study import (
    STANDING,
    AgeGroup,
    Judgement,
    Patient,
    Removal,
    RemovalReason,
    Search,
    Study,
    Verdict,
)
from tests.device.store.studies import NOON, a_film, a_photo, a_reading, a_refusal


def kept(store: Store, id: str, *, days: float = 0.0, reference: str = "", refused: bool = False) -> Study:
    study = a_refusal(id) if refused else a_reading(id)
    study = replace(study, read_at=NOON + timedelta(days=days), patient=Patient(reference))
    store.keep(study, a_photo(), None if refused else a_film())
    return study


def ids(studies: tuple[Study, ...]) -> list[str]:
    return [study.id for study in studies]


def test_all_that_is_said_of_a_study_outlives_a_restart(tmp_path: Path) -> None:
    said = replace(
        a_reading("a1"),
        patient=Patient("Kituo/42 é", AgeGroup.CHILD),
        note="one\ntwo <b>three</b>",
        judgement=Judgement(Verdict.CONFIRMED, NOON, "COVID-19"),
        deleted_at=NOON + timedelta(days=1),
    )
    store = Store(tmp_path, free_megabytes=0)
    said = replace(said, read_by="amina")
    store.keep(replace(a_reading("a1"), read_by="amina"), a_photo(), a_film())
    store.keep(replace(said, id="a2"), a_photo(), a_film())
    store.set_patient("a1", said.patient)
    store.set_note("a1", said.note)
    store.judge("a1", said.judgement)
    store.set_deleted("a1", said.deleted_at)
    store.close()
    again = Store(tmp_path, free_megabytes=0)
    assert again.study("a1") == said
    assert again.study("a2") == replace(said, id="a2")
    again.judge("a1", None)
    again.set_deleted("a1", None)
    again.set_patient("a1", Patient())
    assert again.study("a1") == replace(said, judgement=None, deleted_at=None, patient=Patient())
    again.close()


def test_studies_of_the_first_schema_are_all_there_after_the_second(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "studies.sqlite")
    old.executescript(schema_steps()[0] + "\nPRAGMA user_version = 1;")
    row = ("a1", NOON.isoformat(timespec="microseconds"), None, "blurred", "b", "x.jpg", "photo.jpg", None)
    refusal = '{"reason":"blurred","say":"Hold still"}'
    old.execute("INSERT INTO studies VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, '[]')", (*row, refusal))
    old.commit()
    old.close()
    (tmp_path / "pictures" / "a1").mkdir(parents=True)
    store = Store(tmp_path, free_megabytes=0)
    assert store.study("a1") == replace(a_refusal("a1"), photo_name="x.jpg", bundle="b")
    assert store.studies() == (store.study("a1"),)
    store.close()


def test_a_search_finds_what_fits_all_that_is_given(store: Store) -> None:
    kept(store, "a1", reference="TB-0114")
    kept(store, "a2", days=1, reference="tb-0115")
    kept(store, "a3", days=2, reference="Ärzte_50%", refused=True)
    kept(store, "a4", days=3)
    assert ids(store.studies(Search("tb"))) == ["a2", "a1"]
    assert ids(store.studies(Search("ä"))) == ["a3"]
    # Not wild cards.
    assert ids(store.studies(Search("_50%"))) == ["a3"]
    assert ids(store.studies(Search("%"))) == ["a3"]
    assert ids(store.studies(Search("' OR 1=1 --"))) == []
    assert ids(store.studies(Search(since=NOON + timedelta(days=1), before=NOON + timedelta(days=3)))) == ["a3", "a2"]
    assert ids(store.studies(Search(outcome="PNEUMONIA"))) == ["a4", "a2", "a1"]
    assert ids(store.studies(Search(outcome="NORMAL"))) == []
    assert ids(store.studies(Search(refused=True))) == ["a3"]
    assert ids(store.studies(Search("tb", since=NOON + timedelta(hours=1)))) == ["a2"]
    assert ids(store.studies(Search("tb"), limit=1)) == ["a2"]
    assert ids(store.studies(Search("tb"), before=NOON + timedelta(days=1))) == ["a1"]
    assert ids(store.studies(oldest=True, limit=2)) == ["a1", "a2"]
    assert (store.count(Search("tb")), store.count(), store.count(Search(refused=True))) == (2, 4, 1)


def test_a_deleted_study_is_out_of_the_list_and_comes_back_whole(store: Store) -> None:
    study = kept(store, "a1")
    kept(store, "a2", days=1)
    store.set_deleted("a1", NOON)
    assert ids(store.studies()) == ["a2"]
    assert ids(store.studies(Search(deleted=True))) == ["a1"]
    assert ids(store.studies(Search(deleted=True, deleted_before=NOON))) == []
    assert ids(store.studies(Search(deleted=True, deleted_before=NOON + timedelta(seconds=1)))) == ["a1"]
    store.set_deleted("a1", None)
    assert store.study("a1") == study
    assert store.studies(Search(deleted=True)) == ()
    assert store.photo("a1").encoded == a_photo().encoded


def test_a_removed_study_leaves_nothing_but_that_it_was(tmp_path: Path, store: Store) -> None:
    study = kept(store, "a1")
    kept(store, "a2")
    store.remove("a1", NOON + timedelta(days=400), RemovalReason.AGE)
    assert ids(store.studies()) == ["a2"]
    assert not (tmp_path / "data/pictures/a1").exists()
    assert (tmp_path / "data/pictures/a2").exists()
    gone = Removal("a1", study.read_at, NOON + timedelta(days=400), RemovalReason.AGE)
    assert store.removals() == (gone,)
    with pytest.raises(NoSuchStudy):
        store.remove("a1", NOON, RemovalReason.AGE)


def test_a_power_cut_while_removing_leaves_a_store_that_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, free_megabytes=0)
    kept(store, "a1")
    kept(store, "a2")

    def cut(path: Path) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr("device.store.store.shutil.rmtree", cut)
        with pytest.raises(StoreFault, match="could not be changed: the power is gone"):
            store.remove("a1", NOON, RemovalReason.DELETED)
    store.close()
    assert (tmp_path / "pictures/a1").exists()
    again = Store(tmp_path, free_megabytes=0)
    assert ids(again.studies()) == ["a2"]
    assert not (tmp_path / "pictures/a1").exists()
    assert [one.id for one in again.removals()] == ["a1"]
    again.close()


def test_what_is_said_of_an_unknown_study_is_no_such_study(store: Store) -> None:
    for say in (
        lambda: store.set_note("a9", "x"),
        lambda: store.set_patient("a9", Patient("x")),
        lambda: store.judge("a9", None),
        lambda: store.set_deleted("a9", NOON),
    ):
        with pytest.raises(NoSuchStudy, match="'a9'"):
            say()


def test_a_verdict_without_its_time_cannot_be_kept(tmp_path: Path, store: Store) -> None:
    kept(store, "a1")
    with sqlite3.connect(tmp_path / "data/studies.sqlite") as base, pytest.raises(sqlite3.IntegrityError):
        base.execute("UPDATE studies SET verdict = 'agreed'")
    base.close()


def test_the_table_of_many_holds_every_fact_and_no_formula(store: Store) -> None:
    kept(store, "a1", reference="=cmd|' /C calc'!A1")
    kept(store, "a2", days=1, refused=True)
    store.set_note("a1", 'a "quoted", note\nof two lines')
    store.judge("a1", Judgement(Verdict.NOT_AGREED, NOON, "NORMAL"))
    text = "".join(csv_table(store.studies(STANDING), ("NORMAL", "COVID-19", "EMPHYSEMA")))
    lines = list(csv.DictReader(text.splitlines(keepends=True)))
    assert tuple(lines[0])[: len(HEADER)] == HEADER
    refused, read = lines
    assert (refused["study"], refused["refusal"], refused["outcome"], refused["score_NORMAL"]) == (
        "a2",
        "blurred",
        "",
        "",
    )
    assert read["reference"] == "'=cmd|' /C calc'!A1"
    assert read["note"] == 'a "quoted", note\nof two lines'
    assert (read["verdict"], read["finding"]) == ("not-agreed", "NORMAL")
    assert (read["outcome"], read["score"], read["score_NORMAL"], read["score_EMPHYSEMA"]) == (
        "PNEUMONIA", "0.6667", "0.3333", "",
    )  # fmt: skip
    assert datetime.fromisoformat(read["read_at"]) == NOON
