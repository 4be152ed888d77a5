"""What the page refuses, hides and never sends."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from device import web
from device.errors import Busy, CameraFault, StoreFault
from device.values import Photo
from device.web import limits
from tests.device.web.fake_kiosk import GLARE, FakeKiosk, a_film, a_photo, a_reading

HOSTILE = "'><script>alert(1)</script>.jpg"


def every_page(kiosk: FakeKiosk) -> list[str]:
    reading, refusal = kiosk.keep(a_reading()), kiosk.keep(GLARE)
    return [
        "/",
        "/studies",
        f"/studies/{reading.id}",
        f"/studies/{refusal.id}",
        f"/uploads?study={reading.id}",
        "/nothing-here",
        "/studies/removed",
        "/health",
        "/api/status",
        f"/studies/{reading.id}/film.png",
        f"/studies/{reading.id}/photo",
        "/live/frame.jpg",
    ]


def test_headers_on_every_answer(client: FlaskClient, kiosk: FakeKiosk) -> None:
    for address in every_page(kiosk):
        headers = client.get(address).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self';"), address
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store", address


def test_no_page_names_another_host_or_holds_inline_code(client: FlaskClient, kiosk: FakeKiosk) -> None:
    for address in every_page(kiosk)[:8]:
        page = client.get(address).text
        assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", page), address
        assert not re.search(r"<style|style=|\son[a-z]+=|<script(?! src=)", page), address
    assets = list((Path(web.__file__).parent / "static").glob("*.[cj]s*"))
    assert len(assets) == 13
    for asset in assets:
        assert not re.search(r"https?://", asset.read_text()), asset


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 303),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_posts_from_other_sites_are_refused(
    client: FlaskClient, kiosk: FakeKiosk, headers: dict[str, str], code: int
) -> None:
    assert client.post("/read", headers=headers).status_code == code
    assert kiosk.store.count() == (code == 303)


def test_a_get_reads_no_film(client: FlaskClient, kiosk: FakeKiosk) -> None:
    assert client.get("/read").status_code == 405
    assert client.get("/api/read").status_code == 405
    assert not kiosk.store.count()


def test_names_are_escaped(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading("<i>FINDING</i>"), Photo(HOSTILE, a_photo(a_film()).encoded))
    for address in ("/", "/studies", f"/studies/{study.id}"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<i>" not in page
    kiosk.answers.extend([a_reading(), StoreFault("<u>full</u>")])
    page = client.post("/uploads", data={"photo": [(io.BytesIO(b"1"), "a"), (io.BytesIO(b"2"), HOSTILE)]}).text
    assert "&lt;u&gt;full" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("id", ["0" * 32, "..%2f..%2fetc", "x", "0" * 31, "A" * 32, "0" * 32 + "/film.png"])
def test_unknown_studies_are_not_found(client: FlaskClient, id: str) -> None:
    answer = client.get(f"/studies/{id}")
    assert answer.status_code == 404
    assert "Back to the light box" in answer.text


def test_busy(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.answers.extend([Busy("busy"), Busy("busy")])
    page, answer = client.post("/read"), client.post("/api/read")
    assert (page.status_code, answer.status_code) == (409, 409)
    assert "A film is being read already" in page.text
    assert answer.json["headline"] == "A film is being read already"
    assert answer.json["kind"] == "busy"


@pytest.mark.parametrize("fault", [CameraFault("No camera. Push its cable in."), StoreFault("Disk full. Remove some.")])
def test_faults_say_what_to_do(client: FlaskClient, kiosk: FakeKiosk, fault: Exception) -> None:
    kiosk.answers.extend([fault, fault])
    page, answer = client.post("/read"), client.post("/api/read")
    assert (page.status_code, answer.status_code) == (503, 503)
    assert str(fault) in page.text
    assert answer.json == {"kind": "fault", "headline": "Something is broken", "say": str(fault)}
    assert str(fault) in client.get("/").text


def test_a_broken_store_still_shows_the_fault(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.store.fault = StoreFault("The disk is gone. Put it back.")
    for address in ("/", "/studies", "/studies/" + "0" * 32):
        answer = client.get(address)
        assert answer.status_code == 503, address
        assert "The disk is gone. Put it back." in answer.text


def test_a_lost_camera_answers_in_plain_words(
    client: FlaskClient, kiosk: FakeKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/live/frame.jpg").mimetype == "image/jpeg"
    kiosk.camera_fault = "The camera is gone. Push its cable in."
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    answer = client.get("/live/frame.jpg")
    assert (answer.status_code, answer.mimetype, answer.text) == (503, "text/plain", kiosk.camera_fault)


def test_a_bug_shows_no_traceback(client: FlaskClient, kiosk: FakeKiosk) -> None:
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    kiosk.answers.extend([ZeroDivisionError("secret"), ZeroDivisionError("secret")])
    page, answer = client.post("/read"), client.post("/api/read")
    assert (page.status_code, answer.status_code) == (500, 500)
    for text in (page.text, answer.text):
        assert "The kiosk made a mistake" in text
        assert "secret" not in text
        assert "Traceback" not in text


def test_too_large_an_upload(client: FlaskClient, kiosk: FakeKiosk) -> None:
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    assert limits.MOST_BYTES == 64 * 1024 * 1024
    for address in ("/uploads", "/api/upload"):
        answer = client.post(address, data={"photo": (io.BytesIO(b"x" * 2000), "big.jpg")})
        assert answer.status_code == 413
        assert "At most 64 MB and 100 files can be sent at once." in answer.text
    assert not kiosk.store.count()


def test_no_file_chosen(client: FlaskClient) -> None:
    for address in ("/uploads", "/api/upload"):
        answer = client.post(address, data={"photo": (io.BytesIO(b""), "")})
        assert answer.status_code == 400
        assert "Choose a photo of a film first" in answer.text
