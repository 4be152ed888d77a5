"""Six languages: every text of the page is in every catalogue, and nothing on a page is left in English."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from device import film, intake, watch
from device.account import Event, Role
from device.film import coach
from device.film.refusals import REFUSALS
from device.study import AgeGroup, Judgement, Patient, Verdict
from device.values import Lie, Status
from device.web import words
from device.web.languages import LANGUAGES
from device.web.passwords import new_account
from device.web.sentences import SENTENCES, _patterns, said
from device.web.site import Site
from tests.device.web.clients import page_of
from tests.device.web.fake_kiosk import CORNERS, GLARE, FakeKiosk, a_reading

REPOSITORY = Path(__file__).parents[3]
TRANSLATIONS = REPOSITORY / "device/web/translations"
OTHERS = sorted(set(LANGUAGES) - {"en"})
GAP = re.compile(r"%\(\w+\)s|\{\w+\}")


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text that the source marks."""
    made = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "device/web/translations.cfg"]
    subprocess.run([*command, "-k", "N_", "-o", str(made), "."], cwd=REPOSITORY, check=True, timeout=120)
    with made.open("rb") as file:
        return read_po(file)


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language)


# The catalogues.


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_the_same_gaps(wanted: Catalog, language: str) -> None:
    found = catalogue(language)
    left, torn = [], []
    for text in wanted:
        if not text.id:
            continue
        there = found.get(text.id)
        forms = [] if there is None else [there.string] if isinstance(there.string, str) else list(there.string)
        if not forms or not all(forms) or there.fuzzy:  # type: ignore[union-attr]
            left.append(text.id)
            continue
        first = text.id if isinstance(text.id, str) else text.id[0]
        torn += [first for form in forms if sorted(GAP.findall(form)) != sorted(GAP.findall(first))]
    assert left == []
    assert torn == []
    gone = [text.id for text in found if text.id and wanted.get(text.id) is None]
    assert gone == [], "no longer in the source: make translations"


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_of_its_source_and_says_who_made_it(language: str) -> None:
    found = catalogue(language)
    with (TRANSLATIONS / language / "LC_MESSAGES/messages.mo").open("rb") as file:
        compiled = read_mo(file)
    for text in found:
        if text.id:
            assert list(compiled.get(text.id).string) == list(text.string), text.id  # type: ignore[union-attr]
    # Until a speaker has read it, who then says so here.
    assert "machine-made" in found.header_comment or "read by" in found.header_comment


# Sentences of other rooms.


def sentences_of(paths: Iterable[Path], made: tuple[str, ...] = ("Refusal",), place: int = 1) -> list[str]:
    """The sentence of everything of these names that is made there, its gaps as {}."""
    found = []
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in made and len(node.args) > place:
                say = node.args[place]
                if isinstance(say, ast.Constant):
                    found.append(str(say.value))
                elif isinstance(say, ast.JoinedStr):
                    found.append(
                        "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in say.values)
                    )
    return found


def test_every_sentence_of_another_room_is_known() -> None:
    rooms = (Path(film.__file__).parent, Path(intake.__file__).parent)
    told = sentences_of(path for room in rooms for path in room.glob("*.py"))
    assert len(told) > 20
    told += [refusal.say for refusal in REFUSALS.values()]
    told += [coach.READY, coach.READY_WHOLE, *coach._SAY.values(), *watch._SAY.values()]
    assert unknown(told) == []


def unknown(sentences: list[str]) -> list[str]:
    """Those that are told in no other language."""
    told = [re.sub(r"\{\w*\}", "7", sentence) for sentence in sentences]
    return [one for one in told if not any(pattern.fullmatch(one) for pattern, _ in _patterns())]


def test_what_fails_at_work_is_known_and_so_is_what_to_do_about_the_kiosk() -> None:
    device = Path(film.__file__).parents[1]
    at_work = [device / name for name in ("window.py", "camera/limit.py", "store/store.py")]
    failed = sentences_of(at_work, ("CameraFault", "StoreFault"), 0)
    # A bug is for whoever mends it, and so is a folder that cannot be used at all: no kiosk starts on it.
    failed = [one for one in failed if "Report this as a bug" not in one and "wanted one that Filmside may" not in one]
    assert len(failed) > 6
    to_do = sentences_of([device / "health.py"], ("Check",), 3)
    assert len([one for one in to_do if one]) > 4
    assert unknown([*failed, *filter(None, to_do)]) == []


def test_a_fault_is_told_in_the_language_of_the_page(client: FlaskClient, kiosk: FakeKiosk) -> None:
    kiosk.fault = "The USB camera 0 gave no picture; wanted one. Unplugged? Check its cable and try again."
    kiosk.status = Status.FAULT
    client.set_cookie("language", "es")
    told = "USB camera 0 no dio ninguna imagen; se esperaba una. ¿Desconectada? Revise el cable e inténtelo de nuevo."
    assert told in client.get("/").text
    assert client.get("/api/status").json["fault"] == told


def test_sentences_with_gaps_are_told_in_another_language(client: FlaskClient) -> None:
    with client.application.test_request_context(headers={"Accept-Language": "fr"}):
        for sentence in (
            GLARE.say.replace("{where}", "on the upper left")
            if "{where}" in GLARE.say
            else "Glare on the upper left. Move the lamp or tilt the box until the reflection is gone.",
            "The film is cut off at the top and left of the photo. Move the camera or the film so that all four edges "
            "are in the picture.",
            "This picture has only 200 x 310 pixels; wanted at least 480 on the shorter side. Choose the full-size "
            "photo, not its preview.",
            Lie(2, negative=True, mirrored=True).words(),
        ):
            told = said(sentence)
            assert told != sentence
            assert "{" not in told
            assert " and " not in told
            assert re.findall(r"\d+", told) == re.findall(r"\d+", sentence)
        assert said("The camera is gone.") == "The camera is gone."


# The pages.


class Texts(HTMLParser):
    """What a person reads or hears of a page: text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._foreign = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.found += [str(given[name]) for name in ("aria-label", "alt", "title", "placeholder") if given.get(name)]
        # The languages' own names are in their own language.
        self._foreign += tag == "option" and "lang" in given

    def handle_endtag(self, tag: str) -> None:
        if tag == "option":
            self._foreign = 0

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._foreign:
            self.found.append(" ".join(data.split()))


SAME = {
    "Filmside", "COVID-19", "·", "box.jpg", "Amina", "juma", "TB-7", "a note", "_",
}  # fmt: skip
"""What is the same in every language: names, and what people typed."""

# Words that two languages share.
COGNATES = {
    "fr": {
        "Pages",
        "Version",
        "Patient",
        "Photo",
        "Note",
        "Score",
        "Scores",
        "score",
        "Technician",
        "Code",
        "Normal",
        "film",
        "Film",
    },
    "es": {"Normal", "Tuberculosis"},
    "pt": {"Normal", "Pneumonia", "pneumonia"},
    "sw": set(),
    "hi": set(),
}


@pytest.mark.parametrize("language", OTHERS)
def test_no_page_has_a_text_left_in_english(kiosk: FakeKiosk, site: Site, language: str) -> None:
    site.people.claim(new_account("Amina", Role.ADMINISTRATOR, "film on a box"), kiosk.now())
    site.people.record(Event(kiosk.now(), "Amina", "read-film", "x"))
    client = page_of(kiosk, site).test_client()
    reading = kiosk.keep(a_reading("PNEUMONIA-VIRAL"), patient=Patient("TB-7", AgeGroup.ADULT), by="Amina")
    kiosk.store.judge(reading.id, Judgement(Verdict.CONFIRMED, kiosk.now(), "TUBERCULOSIS"))
    kiosk.store.set_note(reading.id, "a note")
    refused = kiosk.keep(GLARE.__class__(GLARE.reason, next(iter(REFUSALS.values())).say))
    pages = [
        "/", "/login", "/studies", "/studies?deleted=1", "/studies?reference=none", f"/studies?undo={refused.id}",
        f"/studies/{reading.id}", f"/studies/{refused.id}", "/studies/removed", "/nothing-here",
        f"/uploads?study={reading.id}", "/accounts", "/audit", "/account", "/health",
    ]  # fmt: skip
    client.post("/login", data={"name": "Amina", "password": "film on a box"})
    texts: dict[str, set[str]] = {}
    for spoken in ("en", language):
        client.set_cookie("language", spoken)
        texts[spoken] = set()
        for address in pages:
            parser = Texts()
            page = client.get(address).text
            assert f'<html lang="{spoken}">' in page
            parser.feed(page)
            texts[spoken] |= set(parser.found)
            told = re.search(r"data-words=\"([^\"]+)\"", page)
            if told:
                texts[spoken] |= set(json.loads(told[1].replace("&#34;", '"').replace("&quot;", '"')).values())
    left = {text for text in texts["en"] & texts[language] if re.search(r"[A-Za-z]{2}", text)}
    left -= SAME | COGNATES[language]
    # Ids, hashes, sizes and the members' own names.
    left = {text for text in left if not re.fullmatch(r"[\w.:-]*\d[\w.:-]*|\d+ ms|custom-cnn|vit-tiny", text)}
    assert left == set()


def test_a_browser_gets_its_own_language_until_another_is_chosen(client: FlaskClient) -> None:
    def spoken(**headers: str) -> str:
        found = re.search(r'<html lang="(\w+)">', client.get("/", headers=headers).text)
        assert found
        return found[1]

    assert spoken() == "en"
    assert spoken(**{"Accept-Language": "de, sw;q=0.8, en;q=0.5"}) == "sw"
    assert spoken(**{"Accept-Language": "pt-BR"}) == "pt"
    done = client.post("/language", data={"language": "hi", "back": "/studies?outcome=NORMAL"})
    assert (done.status_code, done.location) == (303, "/studies?outcome=NORMAL")
    assert spoken(**{"Accept-Language": "fr"}) == "hi"
    assert client.post("/language", data={"language": "xx"}).status_code == 400
    for trap in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert client.post("/language", data={"language": "fr", "back": trap}).location == "/"


def test_the_scripts_answers_are_translated_too(client: FlaskClient, kiosk: FakeKiosk) -> None:
    client.set_cookie("language", "es")
    status = client.get("/api/status").json
    assert status["word"] != words.STATUS_WORDS[kiosk.status].word
    kiosk.advice = None
    assert client.get("/api/coaching").json["say"] not in SENTENCES
    assert CORNERS
