"""What an enemy or an accident sends: by the server that a kiosk runs, each at a bounded cost, nothing lost."""

from __future__ import annotations

import gc
import io
import re
import resource
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from device import demo
from device.serve import _server
from device.values import Photo, Reason, Refusal
from device.web import create_app
from device.web.limits import MOST_FORM_FILES
from device.web.site import Site
from tests.device.web.fake_kiosk import FakeKiosk, a_film, a_photo
from tests.ports import free_port

LARGE = 500_000_000
PART = b"x" * 1_000_000


@pytest.fixture
def port(kiosk: FakeKiosk, site: Site, tmp_path: Path) -> Iterator[int]:
    """A served page, as `filmside serve` serves it."""
    settings = replace(demo.settings(tmp_path / "served"), port=free_port())
    server = _server(settings, create_app(kiosk, site))
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield server.effective_port
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    serving.join(5)


def sent(port: int, head: str, amount: int) -> tuple[str, int]:
    """Send a head and then so much of a body, until the server has had enough: its answer, and how much it took."""
    took = 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode())
        connection.settimeout(5)
        try:
            while took < amount:
                connection.sendall(PART)
                took += len(PART)
        except OSError:
            pass  # it has hung up
        try:
            answer = connection.recv(65536).decode("utf-8", "replace")
        except OSError:
            answer = ""
    return answer, took


@pytest.mark.parametrize("path", ["/api/upload", "/uploads"])
def test_an_upload_of_half_a_gigabyte_is_refused_before_it_is_taken_in(kiosk: FakeKiosk, port: int, path: str) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {LARGE}\r\n"
    answer, took = sent(port, f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n", LARGE)
    assert answer.startswith("HTTP/1.1 413 ") or answer == ""
    assert took < LARGE / 4
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # kilobytes
    assert kiosk.store.count() == 0
    assert answers(port)


def test_an_upload_that_does_not_say_how_large_it_is_ends_at_the_limit(kiosk: FakeKiosk, port: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    head = f"POST /api/upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
        took = 0
        with pytest.raises(OSError):
            while took < LARGE:
                connection.sendall(b"%x\r\n%s\r\n" % (len(PART), PART))
                took += len(PART)
    assert took < LARGE / 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250_000
    assert kiosk.store.count() == 0
    assert answers(port)


def answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /alive HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return connection.recv(1000).startswith(b"HTTP/1.1 200")


def form_of(files: int, content: bytes) -> dict[str, object]:
    """A form with so many files, as a browser sends it."""
    part = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="%d.jpg"\r\n\r\n%s\r\n'
    body = b"".join(part % (number, content) for number in range(files)) + b"--x--\r\n"
    return {"data": body, "content_type": "multipart/form-data; boundary=x"}


# Werkzeug leaves the files that it had in hand to the garbage collector when a form has too many: 110 small ones.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ten_thousand_files_in_one_form_are_refused_in_words_and_none_is_read(
    client: FlaskClient, kiosk: FakeKiosk
) -> None:
    began = time.monotonic()
    answer = client.post("/uploads", **form_of(10_000, b"x"))
    assert (answer.status_code, "At most 64 MB and 100 files" in answer.text) == (413, True)
    assert kiosk.store.count() == 0
    assert time.monotonic() - began < 20
    gc.collect()


def test_a_hundred_files_in_one_form_are_read(client: FlaskClient, kiosk: FakeKiosk) -> None:
    answer = client.post("/uploads", **form_of(MOST_FORM_FILES, a_photo(a_film()).encoded))
    assert answer.status_code == 303
    assert kiosk.store.count() == MOST_FORM_FILES
    assert client.get(answer.location).text.count('class="card') >= MOST_FORM_FILES


@pytest.mark.parametrize("name", ["../" * 100 + "etc/passwd", "x/../" * 60 + "a" * 300 + ".jpg", "..", "\0.jpg"])
def test_a_name_never_leads_anywhere(client: FlaskClient, kiosk: FakeKiosk, name: str) -> None:
    before = {path for path in kiosk.store._folder.parent.rglob("*") if "pictures" not in path.parts}
    answer = client.post("/api/upload", data={"photo": (io.BytesIO(a_photo(a_film()).encoded), name)})
    assert answer.status_code == 200
    (study,) = kiosk.store.studies()
    assert "/" not in study.photo_name
    assert 0 < len(study.photo_name) <= 120
    assert {path.name for path in (kiosk.store._folder / "pictures" / study.id).iterdir()} <= {"photo.jpg", "film.png"}
    assert {path for path in kiosk.store._folder.parent.rglob("*") if "pictures" not in path.parts} == before


PAGE = b"<html><script>alert(document.cookie)</script></html>"


def test_a_picture_that_is_a_page_too_stays_a_picture(client: FlaskClient, kiosk: FakeKiosk) -> None:
    """A polyglot: JPEG and HTML at once, sent under a page's name."""
    encoded = a_photo(a_film()).encoded + PAGE
    url = client.post("/api/upload", data={"photo": (io.BytesIO(encoded), "film.html")}).json["url"]
    photo = client.get(f"{url}/photo")
    assert photo.data == encoded
    assert photo.mimetype == "image/jpeg"
    assert photo.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in photo.headers["Content-Security-Policy"]
    assert "default-src 'self'" in photo.headers["Content-Security-Policy"]
    assert "alert(" not in client.get(url).text
    assert re.search(r"film\.html", client.get(url).text)


def test_a_file_that_is_no_picture_has_a_sign_in_its_place(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.answers.append(Refusal(Reason.NOT_A_PICTURE, "This file is no picture."))
    study = kiosk.read_photo(Photo("film.jpg", PAGE))
    sign = client.get(f"/studies/{study.id}/thumbnail.jpg")
    assert (sign.status_code, sign.mimetype) == (200, "image/svg+xml")
    page = client.get(f"/studies/{study.id}").text
    assert f"/studies/{study.id}/photo" not in page
    assert "no-picture.svg" in page
