"""A stick on the page: previews, reading what is chosen, progress, and a stick that is pulled out."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from flask.testing import FlaskClient
from PIL import Image

from device.batch import Item, Progress
from device.errors import Busy
from device.intake.sticks import token_of
from device.save_to_stick import save_to_stick
from device.study import Patient
from device.web import saving
from device.web.site import Site
from tests.device.web.clients import a_site, page_of
from tests.device.web.fake_kiosk import GLARE, FakeKiosk, a_film, a_photo, a_reading

HOSTILE = "<script>alert(1)<!-- .jpg"


@pytest.fixture
def stick(kiosk: FakeKiosk, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder that stands for a mounted stick; `tests/device/intake/test_sticks.py` mounts real ones."""
    folder = kiosk.sticks / "sdz1"
    folder.mkdir(parents=True)
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(a_photo(a_film()).encoded)
    (folder / HOSTILE).write_bytes(a_photo(a_film()).encoded)
    (folder / "broken.jpg").write_bytes(b"no picture")
    return "sdz1"


def wait(client: FlaskClient) -> list[dict[str, str]]:
    until = time.monotonic() + 20
    while (state := client.get("/api/stick").json)["running"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    return list(state["items"])


def test_a_stick_is_offered_with_previews(client: FlaskClient, stick: str) -> None:
    page = client.get("/stick").text
    assert page.count('name="picture"') == 5
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    preview = client.get(f"/stick/{stick}/{token_of(b'0.jpg')}/preview.jpg")
    assert preview.mimetype == "image/jpeg"
    assert len(preview.data) < 20_000
    for token in (token_of(b"broken.jpg"), token_of(b"../x"), "%", token_of(b"none.jpg")):
        assert client.get(f"/stick/{stick}/{token}/preview.jpg").status_code == 404
    assert client.get(f"/stick/other/{token_of(b'0.jpg')}/preview.jpg").status_code == 404
    assert client.get("/api/status").json["stick"] is True


def test_chosen_pictures_are_read_in_the_background(client: FlaskClient, kiosk: FakeKiosk, stick: str) -> None:
    kiosk.answers.extend([a_reading(), GLARE])
    names = [b"0.jpg", b"1.jpg", HOSTILE.encode()]
    done = client.post("/stick/read", data={"stick": stick, "picture": [token_of(name) for name in names]})
    assert done.location == "/stick/reading"
    assert [item["progress"] for item in wait(client)] == ["read", "refused", "read"]
    page = client.get("/stick/reading").text
    assert "3 / 3" in page
    assert "0.jpg: Signs of tuberculosis<" in page
    assert "1.jpg: not read. " in page
    assert "<script>alert" not in page
    assert kiosk.store.count() == 3
    assert kiosk.store.studies(limit=1)[0].read_by == "kiosk-screen"


def test_a_stick_pulled_out_half_way_says_so_for_what_is_left(
    client: FlaskClient, kiosk: FakeKiosk, stick: str
) -> None:
    kiosk.hold.clear()
    names = [b"0.jpg", b"1.jpg", b"2.jpg"]
    client.post("/stick/read", data={"stick": stick, "picture": [token_of(name) for name in names]})
    (kiosk.sticks / stick).rename(kiosk.sticks.parent / "pulled")
    kiosk.hold.set()
    items = wait(client)
    assert [item["progress"] for item in items[1:]] == ["failed", "failed"]
    assert "It was pulled out" in items[1]["say"]
    page = client.get("/stick/reading").text
    assert "1.jpg, 2.jpg: failed. " in page
    assert page.count("It was pulled out") == 1
    assert "3 / 3" in page


def test_it_can_be_stopped_and_one_at_a_time(client: FlaskClient, kiosk: FakeKiosk, stick: str) -> None:
    kiosk.hold.clear()
    tokens = [token_of(name) for name in (b"0.jpg", b"1.jpg", b"2.jpg")]
    client.post("/stick/read", data={"stick": stick, "picture": tokens})
    assert client.post("/stick/read", data={"stick": stick, "picture": tokens}).status_code == 409
    client.post("/stick/stop")
    kiosk.hold.set()
    assert [item["progress"] for item in wait(client)][1:] == ["stopped", "stopped"]


class EndsMeanwhile:
    """A batch that ends between the two looks that the page takes at it."""

    def __init__(self) -> None:
        self.looks = 0

    @property
    def running(self) -> bool:
        self.looks += 1
        return self.looks == 1

    @property
    def items(self) -> tuple[Item, ...]:
        self.looks += 1
        return (Item("a.jpg", Progress.WAITING if self.looks == 1 else Progress.READ),)


@pytest.mark.parametrize("path", ["/api/stick", "/stick/reading"])
def test_what_ended_is_never_told_as_waiting_and_over(kiosk: FakeKiosk, path: str) -> None:
    """The page then asked no more, and showed pictures that waited for ever."""
    site = a_site(kiosk, batch=EndsMeanwhile())
    answer = page_of(kiosk, site).test_client().get(path).text
    is_over = '"running":false' in answer or (path == "/stick/reading" and "data-running" not in answer)
    assert not (is_over and "waiting" in answer)
    site.people.close()


@pytest.mark.parametrize(
    "data", [{}, {"stick": "sdz1"}, {"stick": "none", "picture": ["YQ"]}, {"stick": "sdz1", "picture": ["Li4veA"]}]
)
def test_nothing_chosen_reads_nothing(
    client: FlaskClient, kiosk: FakeKiosk, stick: str, data: dict[str, object]
) -> None:
    assert client.post("/stick/read", data=data).status_code == 400
    assert not kiosk.store.count()


def test_without_a_stick_the_page_says_what_to_do(client: FlaskClient, site: Site) -> None:
    assert "Plug a USB stick in." in client.get("/stick").text
    assert 'id="stick-link"' in client.get("/").text
    assert client.get("/api/status").json["stick"] is False
    assert not site.batch.running


def test_a_film_on_the_light_box_comes_before_the_stick(
    client: FlaskClient, kiosk: FakeKiosk, stick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.batch.BUSY_S", 0.02)
    kiosk.answers.extend([Busy("x"), Busy("x"), a_reading()])
    client.post("/stick/read", data={"stick": stick, "picture": [token_of(b"0.jpg")]})
    assert [item["progress"] for item in wait(client)] == ["read"]


def pdf_text(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        return str(document[0].get_textpage().get_text_bounded())


class System:
    """Answers the outbox as the system does, into a folder instead of a stick."""

    def __init__(self, outbox: Path, stick: Path) -> None:
        self.outbox, self.stick = outbox, stick
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.wait)
        self.thread.start()

    def wait(self) -> None:
        while not self.ended.wait(0.02):
            save_to_stick(self.outbox, self.stick.parent, datetime.now(timezone.utc), lambda path, how: None)

    def saved(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.stick.glob("filmside-*/*"))}


@pytest.fixture
def system(kiosk: FakeKiosk, stick: str) -> Iterator[System]:
    system = System(kiosk.store._folder / "outbox", kiosk.sticks / stick)
    yield system
    system.ended.set()
    system.thread.join()


def saved(client: FlaskClient) -> str:
    until = time.monotonic() + 20
    while client.get("/api/stick/saving").json["running"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    return client.get("/stick/saving").text


def test_one_study_goes_to_the_stick(client: FlaskClient, kiosk: FakeKiosk, stick: str, system: System) -> None:
    study = kiosk.keep(a_reading(), patient=Patient("TB/7"))
    page = client.get(f"/studies/{study.id}").text
    assert f'name="study" value="{study.id}"' in page
    assert "Nothing has been saved to a stick yet" in client.get("/stick/saving").text
    done = client.post("/stick/save", data={"stick": stick, "study": study.id})
    assert (done.status_code, done.location) == (303, "/stick/saving")
    assert re.search(r"Saved, in the folder filmside-\d{8}-\d{6} of the stick", saved(client))
    files = system.saved()
    names = [re.sub(r"^\d{8}-\d{4}_", "", name) for name in files]
    start = f"TB-7_{study.id[:8]}"
    assert names == [
        f"{start}_film.png",
        f"{start}_heat.png",
        f"{start}_photo.jpg",
        f"{start}_report.pdf",
        "studies.csv",
    ]
    film, heat, photo, report, table = files.values()
    assert photo == kiosk.store.photo(study.id).encoded
    assert report.startswith(b"%PDF")
    assert table.startswith(b"\xef\xbb\xbfstudy,read_at")
    assert study.id.encode() in table
    shapes = [np.asarray(Image.open(io.BytesIO(one))).shape for one in (film, heat)]
    assert shapes == [kiosk.film.shape, (*kiosk.film.shape, 3)]
    assert client.get("/api/stick/saving").json["running"] is False


def test_those_that_a_search_finds_go_to_the_stick_in_the_language_of_the_page(
    client: FlaskClient, kiosk: FakeKiosk, stick: str, system: System
) -> None:
    kiosk.keep(a_reading(), patient=Patient("A-1"))
    kiosk.keep(GLARE, patient=Patient("A-2"))
    kiosk.keep(a_reading("NORMAL"), patient=Patient("B-1"))
    client.set_cookie("language", "fr")
    page = client.get("/studies?reference=A-").text
    assert '<input type="hidden" name="reference" value="A-">' in page
    client.post("/stick/save", data={"stick": stick, "reference": "A-"})
    saved(client)
    files = system.saved()
    # A refused photo has no film and no heat map.
    assert sorted(name.split("_")[1] + name[-4:] for name in files if "_" in name) == [
        "A-1.jpg", "A-1.pdf", "A-1.png", "A-1.png", "A-2.jpg", "A-2.pdf",
    ]  # fmt: skip
    assert files["studies.csv"].count(b"\n") == 3
    reports = [pdf_text(content) for name, content in files.items() if name.endswith(".pdf")]
    assert all("aide à la décision" in text for text in reports), reports


def test_what_cannot_be_saved_says_why(client: FlaskClient, kiosk: FakeKiosk, stick: str) -> None:
    study = kiosk.keep(a_reading())
    gone = client.post("/stick/save", data={"stick": "sdq9", "study": study.id})
    assert (gone.status_code, "The stick is not there" in gone.text) == (409, True)
    for nothing in ({"study": "0" * 32}, {"reference": "none such"}):
        answer = client.post("/stick/save", data={"stick": stick, **nothing})
        assert (answer.status_code, "No study fits" in answer.text) == (400, True)
    assert client.post("/stick/save", data={"stick": stick, "since": "yesterday"}).status_code == 400
    client.post("/stick/save", data={"stick": stick, "study": study.id})
    assert "enable filmside-stick-save.path" in saved(client)


def test_too_many_for_one_time_are_not_begun(
    client: FlaskClient, kiosk: FakeKiosk, stick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_STUDIES", 2)
    for _ in range(3):
        kiosk.keep(a_reading())
    answer = client.post("/stick/save", data={"stick": stick})
    assert (answer.status_code, "Search by date" in answer.text) == (413, True)
    assert client.get("/api/stick/saving").json["running"] is False


def test_without_a_stick_nothing_offers_to_save_to_one(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    for address in ("/studies", f"/studies/{study.id}"):
        assert "/stick/save" not in client.get(address).text
