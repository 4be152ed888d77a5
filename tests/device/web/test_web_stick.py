"""A stick on the page: previews, reading what is chosen, progress, and a stick that is pulled out."""

from __future__ import annotations

import os
import time

import pytest
from flask.testing import FlaskClient

from device.errors import Busy
from device.intake.sticks import token_of
from device.web.site import Site
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


def test_it_can_be_stopped_and_one_at_a_time(client: FlaskClient, kiosk: FakeKiosk, stick: str) -> None:
    kiosk.hold.clear()
    tokens = [token_of(name) for name in (b"0.jpg", b"1.jpg", b"2.jpg")]
    client.post("/stick/read", data={"stick": stick, "picture": tokens})
    assert client.post("/stick/read", data={"stick": stick, "picture": tokens}).status_code == 409
    client.post("/stick/stop")
    kiosk.hold.set()
    assert [item["progress"] for item in wait(client)][1:] == ["stopped", "stopped"]


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
