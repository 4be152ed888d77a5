"""Patients, verdicts, notes, searching, deleting and the table of many, on the page."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from device.reading.contract import Statement
from device.store.pdf import Fonts
from device.study import AgeGroup, Judgement, Patient, Verdict
from device.values import OutcomeKind, Score
from tests.device.store.test_pdf import read_back
from tests.device.web.fake_kiosk import BUNDLE, FINDINGS, GLARE, FakeKiosk, a_reading

BOLD = '<b>Asha</b> & "co"'


def test_the_next_film_is_read_for_whom_the_form_names(client: FlaskClient, kiosk: FakeKiosk) -> None:
    told = client.post("/api/patient", data={"reference": "  TB-1 \r\n", "age": "child"})
    assert told.json == {"reference": "TB-1", "age": "child"}
    assert client.get("/api/status").json["reference"] == "TB-1"
    assert 'value="TB-1"' in client.get("/").text
    # Not read: it stays for the retake.
    kiosk.answers.append(GLARE)
    client.post("/api/read")
    assert kiosk.patient == Patient("TB-1", AgeGroup.CHILD)
    study = client.post("/api/read", data={"reference": "TB-2", "age": ""}).json["study"]
    assert kiosk.store.study(study).patient == Patient("TB-2")
    assert client.get("/api/status").json["reference"] == ""
    # Without JavaScript the form brings it along.
    client.post("/read", data={"reference": "TB-3", "age": "adult"})
    assert kiosk.store.studies(limit=1)[0].patient == Patient("TB-3", AgeGroup.ADULT)


@pytest.mark.parametrize(
    ("data", "say"),
    [({"reference": "x" * 65}, "too long"), ({"reference": "x", "age": "old"}, "no age group")],
)
@pytest.mark.parametrize("address", ["/api/patient", "/api/read", "/read"])
def test_a_patient_that_cannot_be_kept_reads_nothing(
    client: FlaskClient, kiosk: FakeKiosk, data: dict[str, str], say: str, address: str
) -> None:
    refused = client.post(address, data=data)
    assert refused.status_code == 400
    assert say in refused.text
    assert kiosk.photos_taken == 0
    assert kiosk.patient == Patient()


def test_patient_note_and_verdict_are_kept_and_shown_as_text(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    at = f"/studies/{study.id}"
    assert client.post(f"{at}/patient", data={"reference": BOLD, "age": "adult"}).status_code == 303
    assert client.post(f"{at}/note", data={"note": f"{BOLD}\r\nsecond"}).status_code == 303
    done = client.post(f"{at}/verdict", data={"verdict": "confirmed", "finding": "TUBERCULOSIS"})
    assert done.location == f"{at}?saved=verdict#verdict"
    kept = kiosk.store.study(study.id)
    assert kept.patient == Patient(BOLD, AgeGroup.ADULT)
    assert kept.note == f"{BOLD}\nsecond"
    assert kept.judgement == Judgement(Verdict.CONFIRMED, kiosk.now(), "TUBERCULOSIS")
    for page in (client.get(done.location).text, client.get("/studies").text):
        assert "<b>Asha" not in page
        assert "&lt;b&gt;Asha" in page
        assert "Confirmed by test" in page
    client.post(f"{at}/verdict", data={"verdict": ""})
    assert kiosk.store.study(study.id).judgement is None


@pytest.mark.parametrize(
    "data",
    [{"verdict": "maybe"}, {"verdict": "agreed", "finding": "GOUT"}, {"verdict": "confirmed", "finding": ""}],
)
def test_a_verdict_that_is_none_changes_nothing(client: FlaskClient, kiosk: FakeKiosk, data: dict[str, str]) -> None:
    study = kiosk.keep(a_reading())
    assert client.post(f"/studies/{study.id}/verdict", data=data).status_code == 400
    assert kiosk.store.study(study.id).judgement is None


def test_a_refusal_has_no_verdict_and_a_long_note_is_not_cut(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(GLARE)
    assert 'name="verdict"' not in client.get(f"/studies/{study.id}").text
    assert client.post(f"/studies/{study.id}/verdict", data={"verdict": "agreed"}).status_code == 400
    assert client.post(f"/studies/{study.id}/note", data={"note": "x" * 2001}).status_code == 400
    assert kiosk.store.study(study.id).note == ""
    assert client.post(f"/studies/{study.id}/note", data={"note": "x" * 2000}).status_code == 303


def test_deleting_offers_undo_and_undo_brings_it_back(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading())
    gone = client.post(f"/studies/{study.id}/delete")
    page = client.get(gone.location).text
    assert "is deleted" in page
    assert "No film has been read here yet." in page
    assert f"/studies/{study.id}/restore" in page
    assert "This study is deleted" in client.get(f"/studies/{study.id}").text
    assert f'href="/studies/{study.id}"' in client.get("/studies?deleted=1").text
    client.post(f"/studies/{study.id}/restore")
    assert kiosk.store.study(study.id) == study
    assert "is deleted" not in client.get(f"/studies?undo={study.id}").text
    assert client.get(f"/studies?undo={'0' * 32}").status_code == 200


def test_a_search_shows_what_fits_and_keeps_what_was_asked(client: FlaskClient, kiosk: FakeKiosk) -> None:
    ids = [kiosk.keep(a_reading(), patient=Patient(f"TB-{number:02}")).id for number in range(30)]
    other = kiosk.keep(a_reading("NORMAL"), patient=Patient("K 7")).id
    page = client.get("/studies?reference=tb-&outcome=TUBERCULOSIS").text
    assert "30 studies" in page
    assert other not in page
    assert ids[-1] in page
    assert ids[0] not in page
    older = client.get("/studies", query_string={"reference": "tb-", "before": kiosk.store.study(ids[6]).read_at}).text
    assert ids[5] in older
    assert other not in older
    assert "reference=tb-" in page
    assert "No study fits." in client.get("/studies?reference=nobody").text
    assert client.get("/studies?since=2026-13-01").status_code == 400
    day = kiosk.store.study(other).read_at.astimezone().date()
    assert other in client.get(f"/studies?since={day}&until={day}").text
    assert other not in client.get(f"/studies?since={day + timedelta(days=1)}").text
    assert client.get("/studies?until=9999-12-31").status_code == 400


def test_the_table_holds_what_the_search_found(client: FlaskClient, kiosk: FakeKiosk) -> None:
    for number in range(3):
        kiosk.keep(a_reading(), patient=Patient(f"TB-{number}"))
    kiosk.keep(GLARE)
    kiosk.keep(a_reading("ABNORMAL", OutcomeKind.GROUP))
    answer = client.get("/studies.csv?reference=TB-")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [line["reference"] for line in lines] == ["TB-2", "TB-1", "TB-0"]
    assert len(list(csv.DictReader(io.StringIO(client.get("/studies.csv").data.decode("utf-8-sig"))))) == 5


@pytest.mark.parametrize(
    ("name", "age", "say"),
    [
        ("PNEUMONIA-BACTERIAL", AgeGroup.ADULT, "This is an adult. The models learned bacterial pneumonia"),
        ("PNEUMONIA-VIRAL", None, "If this is an adult"),
        ("PNEUMONIA", AgeGroup.ADULT, "This is an adult. The models learned pneumonia from"),
        ("PNEUMONIA-VIRAL", AgeGroup.CHILD, ""),
        ("TUBERCULOSIS", AgeGroup.ADULT, ""),
        ("ABNORMAL", AgeGroup.ADULT, ""),
    ],
)
def test_the_page_says_when_the_age_matters(
    client: FlaskClient, kiosk: FakeKiosk, name: str, age: AgeGroup | None, say: str
) -> None:
    kind = OutcomeKind.GROUP if name in ("PNEUMONIA", "ABNORMAL") else OutcomeKind.FINDING
    study = kiosk.keep(a_reading(name, kind), patient=Patient("x", age))
    page = client.get(f"/studies/{study.id}").text
    assert ('id="age"' in page) == bool(say)
    assert say in page


@pytest.mark.parametrize(
    ("scores", "spread", "said_from", "told"),
    [
        ({"NORMAL": 0.45, "TUBERCULOSIS": 0.41}, 0.1, 0.4, ["Normal (45 %) and Tuberculosis (41 %) are close."]),
        ({"NORMAL": 0.45, "TUBERCULOSIS": 0.2}, 0.1, 0.7, ["Normal is named from 70 % on; here it has 45 %."]),
        ({"NORMAL": 0.45, "TUBERCULOSIS": 0.2}, 0.3, 0.4, ["The members disagree."]),
        ({"EMPHYSEMA": 0.8, "NORMAL": 0.1}, 0.1, None, ["Emphysema alone is never named: it was not right"]),
    ],
)
def test_the_page_says_why_a_reading_is_uncertain(
    client: FlaskClient,
    kiosk: FakeKiosk,
    scores: dict[str, float],
    spread: float,
    said_from: float | None,
    told: list[str],
) -> None:
    made = a_reading("UNCERTAIN", OutcomeKind.UNCERTAIN, max(scores.values()))
    rest = (1 - sum(scores.values())) / (len(FINDINGS) - len(scores))
    given = tuple(Score(finding, scores.get(finding, rest)) for finding in FINDINGS)
    kiosk.ensemble.bundle.statements = tuple(Statement(finding, (finding,), said_from) for finding in FINDINGS)
    study = kiosk.keep(replace(made, scores=given, spread=spread))
    page = client.get(f"/studies/{study.id}").text
    assert page.count("<li>", page.index('id="why"'), page.index("</ul>", page.index('id="why"'))) == len(told)
    for sentence in told:
        assert sentence in page
    assert 'id="why"' not in client.get(f"/studies/{kiosk.keep(a_reading()).id}").text


def test_what_goes_soon_and_a_clock_that_leapt_are_said_on_the_list(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.keep(a_reading())
    kiosk.retention.run()
    assert "goes for good" not in client.get("/studies").text
    kiosk._now += timedelta(days=30)
    kiosk.retention.run()
    for _ in range(11):
        kiosk._now += timedelta(days=30)
        kiosk.retention.run()
    assert "1 study is as old as studies are kept here, and goes for good within a week" in client.get("/studies").text
    kiosk._now += timedelta(days=500)
    page = client.get("/studies").text
    assert "no study is removed for its age" in page
    assert "An administrator can say" in page
    kiosk.retention.believe()
    assert "no study is removed for its age" not in client.get("/studies").text
    kiosk.retention.run()
    assert "was as old as studies are kept here" in client.get("/studies/removed").text


def test_the_report_is_a_page_of_what_the_study_says(client: FlaskClient, kiosk: FakeKiosk) -> None:
    study = kiosk.keep(a_reading("PNEUMONIA-VIRAL"), patient=Patient("TB-0114", AgeGroup.ADULT), by="Amina")
    kiosk.store.set_note(study.id, "Sent to the district hospital.")
    kiosk.store.judge(study.id, Judgement(Verdict.CONFIRMED, kiosk.now(), "TUBERCULOSIS"))
    wanted = {
        "en": (
            "Signs of viral pneumonia",
            "TB-0114",
            "Amina",
            "district hospital",
            "This is an adult.",
            BUNDLE,
            study.id,
        ),
        "sw": ("TB-0114", "Amina", BUNDLE),
    }
    texts = {}
    for language, words in wanted.items():
        answer = client.get(f"/studies/{study.id}/report.pdf", headers={"Accept-Language": language})
        assert answer.mimetype == "application/pdf"
        assert "inline" in answer.headers["Content-Disposition"]
        texts[language], _ = read_back(answer.data)
        for word in words:
            assert word in " ".join(texts[language].split()), word
    assert "Signs of" not in texts["sw"]
    refused = kiosk.keep(GLARE)
    text, picture = read_back(client.get(f"/studies/{refused.id}/report.pdf").data)
    assert "Not read" in text
    assert picture[:, :, :3].min() < 40  # its photo


def test_without_a_font_for_it_the_report_is_in_english(
    client: FlaskClient, kiosk: FakeKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = kiosk.keep(a_reading())
    monkeypatch.setattr("device.web.report.Fonts.found", lambda: Fonts(None, None))
    hindi = client.get(f"/studies/{study.id}/report.pdf", headers={"Accept-Language": "hi"}).data
    assert "Signs of tuberculosis" in read_back(hindi)[0]
    french = client.get(f"/studies/{study.id}/report.pdf", headers={"Accept-Language": "fr"}).data
    assert "Signs of" not in read_back(french)[0]
