"""Every page and endpoint on the fake kiosk."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage

from device import web
from device.errors import Busy, StoreFault
from device.film.coach import READY
from device.reading.contract import ShortcutAudit
from device.values import Coaching, Corners, Film, Lie, OutcomeKind, Photo, Status
from device.web.uploads import _name
from device.web.words import AUDIT_FAILED, STATUS_WORDS
from tests.device.web.fake_kiosk import (
    BUNDLE,
    CORNERS,
    FINDINGS,
    GLARE,
    FakeBundle,
    FakeKiosk,
    a_film,
    a_photo,
    a_reading,
)
from tests.films import chest

STATIC = Path(web.__file__).parent / "static"
STUDY = re.compile(r"^/studies/[0-9a-f]{32}$")


def upload(client: FlaskClient, path: str, *photos: tuple[bytes, str]) -> object:
    return client.post(path, data={"photo": [(io.BytesIO(encoded), name) for encoded, name in photos]})


def test_light_box_shows_the_status_and_the_last_film(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    page = client.get("/").text
    assert "Lay a film on the light box" in page
    assert f"/studies/{study.id}" in page


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_word_and_its_own_lamp(client: FlaskClient, kiosk: FakeKiosk, status: Status) -> None:
    kiosk.status = status
    assert client.get("/api/status").json["word"] == STATUS_WORDS[status].word
    assert f"is-{status.value}" in client.get("/").text
    assert f".is-{status.value} " in (STATIC / "filmside.css").read_text()


def test_read_leads_to_the_study(client: FlaskClient) -> None:
    answer = client.post("/read")
    assert answer.status_code == 303
    assert STUDY.match(answer.location)
    assert client.get(answer.location).status_code == 200


def test_the_page_gets_the_study_with_the_reading_and_a_program_gets_json(client: FlaskClient) -> None:
    page = client.post("/api/read", headers={"Accept": "text/html"})
    assert STUDY.match(page.headers["Content-Location"])
    assert "study-page" in page.text
    assert client.get(page.headers["Content-Location"]).text.count("<h1") == page.text.count("<h1") == 1
    for accepts in ("*/*", "application/json", "application/json, text/html"):
        assert STUDY.match(client.post("/api/read", headers={"Accept": accepts}).json["url"])


def test_browsers_keep_our_files_for_good_and_patients_pages_not_at_all(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    address = re.search(r'"(/static/live\.js\?digest=[0-9a-f]{12})"', page.text)[1]
    kept = "public, max-age=31536000, immutable"
    # Asked without the digest it may be another file next time.
    for asked, wanted in ((address, True), ("/static/live.js", False), ("/static/none.js?digest=0", False)):
        with client.get(asked) as answer:
            assert (answer.headers.get("Cache-Control") == kept) is wanted, asked


def test_a_reading_shows_all_there_is_to_know(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    page = client.get(f"/studies/{study.id}").text
    for wanted in (
        "Signs of tuberculosis",
        "87 %",
        "Show this film to a doctor.",
        "Not a diagnosis: a decision aid, not a medical device.",
        "All 4 members agree.",
        "Pneumonia, bacterial",
        "resnet-18",
        BUNDLE,
        "931 ms",
        "box.jpg",
    ):
        assert wanted in page


def test_what_cannot_be_ruled_out_is_said(client: FlaskClient, kiosk: FakeKiosk) -> None:
    one = replace(a_reading(), possible=("TUBERCULOSIS",))
    assert "Cannot be ruled out" not in client.get(f"/studies/{kiosk.keep(one).id}").text
    two = replace(a_reading(), possible=("NORMAL", "TUBERCULOSIS"))
    assert "Cannot be ruled out: Normal, Tuberculosis." in client.get(f"/studies/{kiosk.keep(two).id}").text


def test_readings_of_a_bundle_that_failed_its_audit_say_so(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    for audit, said in ((None, False), (ShortcutAudit(True, 40.0), False), (ShortcutAudit(False, 4.0), True)):
        kiosk.ensemble.bundle = FakeBundle(audit=audit)
        assert (AUDIT_FAILED in client.get(f"/studies/{study.id}").text) == said
    # What another bundle read is not this one's fault.
    kiosk.ensemble.bundle = FakeBundle(id="another", audit=ShortcutAudit(False, 4.0))
    assert AUDIT_FAILED not in client.get(f"/studies/{study.id}").text


@pytest.mark.parametrize(
    ("name", "kind", "headline", "step"),
    [
        ("NORMAL", OutcomeKind.FINDING, "Looks normal", "No sign of the findings listed here."),
        ("COVID-19", OutcomeKind.FINDING, "Signs of COVID-19", "Show this film to a doctor."),
        ("PNEUMONIA", OutcomeKind.GROUP, "Signs of pneumonia", "which of its findings it is stays open"),
        ("ABNORMAL", OutcomeKind.GROUP, "Looks abnormal", "Show this film to a doctor."),
        ("UNCERTAIN", OutcomeKind.UNCERTAIN, "Uncertain", "for the likeliest, Pneumonia, viral"),
        ("SILICOSIS", OutcomeKind.GROUP, "Signs of SILICOSIS", "Show this film to a doctor."),
    ],
)
def test_outcome_in_words(
    client: FlaskClient, kiosk: FakeKiosk, name: str, kind: OutcomeKind, headline: str, step: str
) -> None:
    page = client.get(f"/studies/{kiosk.keep(a_reading(name, kind)).id}").text
    assert f"<h1>{headline}</h1>" in page
    assert step in page
    assert "Not a diagnosis" in page


def test_a_refusal_shows_its_sentence_and_one_action(client: FlaskClient, kiosk: FakeKiosk) -> None:
    page = client.get(f"/studies/{kiosk.keep(GLARE).id}").text
    assert GLARE.say in page
    assert "Try again" in page
    assert "Scores" not in page


def test_what_was_put_right_is_said(client: FlaskClient, kiosk: FakeKiosk) -> None:
    lay = kiosk.keep(a_reading())
    assert 'id="put-right"' not in client.get(f"/studies/{lay.id}").text
    turned = replace(lay, id="f" * 32, corners=replace(CORNERS, lie=Lie(2, mirrored=True)))
    kiosk.store.keep(turned, a_photo(kiosk.film), Film(kiosk.film, CORNERS))
    page = client.get(f"/studies/{turned.id}").text
    assert "The film was upside down and back to front: it was put right before it was read." in page


def test_api_read_tells_where_the_study_is(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.answers.extend([a_reading(), GLARE])
    read = client.post("/api/read").json
    assert STUDY.match(read["url"])
    assert (read["status"], read["refusal"]) == ("done-finding", None)
    refused = client.post("/api/read").json
    assert (refused["status"], refused["refusal"]) == ("retake", GLARE.say)
    assert client.get("/api/newest").json == refused


def test_one_upload_leads_to_its_study(client: FlaskClient, kiosk: FakeKiosk) -> None:
    encoded = a_photo(a_film()).encoded
    answer = upload(client, "/uploads", (encoded, "films/one.jpg"))
    assert answer.status_code == 303
    study = kiosk.store.studies(limit=1)[0]
    assert study.photo_name == "one.jpg"
    assert kiosk.store.photo(study.id).encoded == encoded
    assert STUDY.match(upload(client, "/api/upload", (encoded, "two.jpg")).json["url"])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/a.jpg", "a.jpg"),
        ("C:\\films\\a.jpg", "a.jpg"),
        ("a\x07\u202eb.jpg", "ab.jpg"),
        ("/", "upload"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_file_name_is_shown_never_trusted(sent: str, kept: str) -> None:
    assert _name(FileStorage(filename=sent)) == kept


def test_several_uploads_lead_to_a_list_that_says_why(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.answers.extend([GLARE, a_reading("NORMAL")])
    answer = upload(client, "/uploads", (b"1", "a.jpg"), (b"2", "b.jpg"))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert GLARE.say in page
    assert "Looks normal" in page


def test_uploads_cut_short_by_a_fault_show_what_was_read_and_what_not(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.answers.extend([a_reading(), StoreFault("The disk is full. Remove old studies.")])
    answer = upload(client, "/uploads", (b"1", "a.jpg"), (b"2", "b.jpg"), (b"3", "c.jpg"))
    assert answer.status_code == 503
    for wanted in ("Signs of tuberculosis", "The disk is full. Remove old studies.", "Not read: b.jpg, c.jpg"):
        assert wanted in answer.text
    kiosk.answers.extend([a_reading(), Busy("busy")])
    assert upload(client, "/uploads", (b"1", "a.jpg"), (b"2", "b.jpg")).status_code == 409


def test_list_is_newest_first_in_pages(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kept = [kiosk.keep(a_reading(), Photo(f"film-{place}.jpg", b"")) for place in range(26)]
    page = client.get("/studies").text
    shown = re.findall(r'href="/studies/([0-9a-f]{32})"', page)
    assert shown == [study.id for study in reversed(kept)][:24]
    older = re.search(r'href="(/studies\?before=[^"]+)"', page)
    assert older
    rest = re.findall(r'href="/studies/([0-9a-f]{32})"', client.get(older[1].replace("&amp;", "&")).text)
    assert rest == [kept[1].id, kept[0].id]
    assert client.get("/studies?before=2026-03-14T09:10:00").status_code == 200
    assert client.get("/studies?before=soon").status_code == 400


def test_empty_list_says_so(client: FlaskClient) -> None:
    assert "No film has been read here yet." in client.get("/studies").text


def test_sentences_of_a_page_keep_their_distance(client: FlaskClient) -> None:
    assert not re.search(r"[a-z]\.[A-Z]", re.sub(r"<[^>]+>", " ", client.get("/studies/removed").text))


def test_pictures(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    at = f"/studies/{study.id}"
    film = client.get(f"{at}/film.png")
    assert film.mimetype == "image/png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(film.data))), kiosk.store.film(study.id))
    assert client.get(f"{at}/photo").data == kiosk.store.photo(study.id).encoded
    assert max(Image.open(io.BytesIO(client.get(f"{at}/thumbnail.jpg").data)).size) == 320
    for place in range(len(FINDINGS)):
        heat = client.get(f"{at}/heat/{place}.png")
        assert heat.mimetype == "image/png"
        assert Image.open(io.BytesIO(heat.data)).mode == "RGBA"
    assert client.get(f"{at}/heat/{len(FINDINGS)}.png").status_code == 404
    assert client.get(f"{at}?map={len(FINDINGS)}").status_code == 404
    assert client.get(f"{at}?map=0").status_code == 200


def test_a_refused_photo_has_a_thumbnail_and_no_film(client: FlaskClient, kiosk: FakeKiosk) -> None:
    at = f"/studies/{kiosk.keep(GLARE).id}"
    assert client.get(f"{at}/thumbnail.jpg").mimetype == "image/jpeg"
    assert client.get(f"{at}/film.png").status_code == 404
    assert client.get(f"{at}/heat/0.png").status_code == 404


def test_a_file_that_is_no_picture_never_goes_out_again(client: FlaskClient, kiosk: FakeKiosk) -> None:
    at = f"/studies/{kiosk.keep(GLARE, Photo('x.jpg', b'<html><script>alert(1)</script>')).id}"
    assert client.get(f"{at}/photo").status_code == 404
    assert b"<script" not in client.get(f"{at}/thumbnail.jpg").data


def test_a_tiff_photo_is_packed_for_the_browser(client: FlaskClient, kiosk: FakeKiosk) -> None:
    packed = io.BytesIO()
    Image.fromarray(a_film()).save(packed, "TIFF")
    answer = client.get(f"/studies/{kiosk.keep(a_reading(), Photo('x.tif', packed.getvalue())).id}/photo")
    assert answer.mimetype == "image/jpeg"
    assert cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_GRAYSCALE).shape == (700, 560)


def test_api_coaching_gives_the_outline_as_shares_of_the_picture(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.film = chest(3, width=560, height=700)
    answer = client.get("/api/coaching").json
    assert answer is not None
    assert (answer["ready"], answer["say"]) == (True, READY)
    for seen, point in zip(answer["outline"], CORNERS.points(), strict=True):
        assert seen == pytest.approx([point.x / 1280, point.y / 960], abs=0.004)


def test_api_coaching_draws_nothing_where_no_edge_is_seen(client: FlaskClient, kiosk: FakeKiosk) -> None:
    whole = Film(kiosk.film, Corners.of_whole_photo(1280, 960))
    for film in (None, whole):
        kiosk.advice = Coaching(film, "Lay a film on the box.", False, 1280, 960)
        told = client.get("/api/coaching").json
        assert (told["say"], told["ready"], told["outline"]) == ("Lay a film on the box.", False, [])


def test_api_coaching_is_empty_while_a_film_is_read(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.status = Status.READING
    assert set(client.get("/api/coaching").json) == {"wait"}
    assert kiosk.frames == 0


def test_api_coaching_without_a_camera_says_what_to_do(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.camera_fault = "The camera is gone. Push its cable in."
    answer = client.get("/api/coaching")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["say"] == "The camera is gone. Push its cable in."
