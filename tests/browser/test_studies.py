"""A patient's reference scanned, a verdict, a note, a search, a study deleted and brought back: in a real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from device.study import AgeGroup, Judgement, Patient, Verdict
from device.values import Photo
from device.web.languages import LANGUAGES
from tests.browser.conftest import wait_until
from tests.device.web.fake_kiosk import GLARE, FakeKiosk, a_photo, a_reading


def test_a_scanned_reference_reads_nothing_by_itself_and_goes_with_the_film(page: Page, kiosk: FakeKiosk) -> None:
    # A scanner types where the focus is, which is nowhere, and ends with Enter.
    page.keyboard.type("KITUO-0042")
    page.keyboard.press("Enter")
    expect(page.locator("#reference")).to_have_value("KITUO-0042")
    page.get_by_label("Child").click()
    wait_until(page, "fetch('/api/status').then(a => a.json()).then(s => s.reference + s.age)")
    expect(page.locator("#reference")).not_to_be_focused()
    assert kiosk.photos_taken == 0
    # Chosen by touch, the age gives the space bar back to reading.
    page.keyboard.press("Space")
    expect(page.locator(".whose .reference")).to_have_text("KITUO-0042")
    expect(page.locator(".whose")).to_contain_text("Child")
    assert kiosk.store.studies()[0].patient == Patient("KITUO-0042", AgeGroup.CHILD)
    page.locator(".report .primary").click()
    expect(page.locator("#reference")).to_have_value("")


def test_the_boxs_own_button_knows_what_was_typed(page: Page, kiosk: FakeKiosk) -> None:
    page.locator("#reference").fill("TB-7")
    expect(page.locator("#reference")).to_have_value("TB-7")
    page.wait_for_timeout(600)
    assert kiosk.read_film().patient == Patient("TB-7")
    page.evaluate("document.activeElement.blur()")
    # Read: the next film is somebody else's.
    expect(page.locator("#reference")).to_have_value("")


def test_after_a_refusal_the_reference_is_still_there(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.answers.append(GLARE)
    page.locator("#reference").fill("TB-8")
    page.locator("#read").click()
    expect(page.locator("h1")).to_have_text(GLARE.say)
    page.locator("#again").click()
    expect(page.locator("#reference")).to_have_value("TB-8")


def test_a_verdict_and_a_note_are_saved_from_the_page(page: Page, kiosk: FakeKiosk, address: str) -> None:
    study = kiosk.keep(a_reading())
    page.goto(f"{address}/studies/{study.id}")
    page.get_by_label("Confirmed by test").check()
    page.get_by_label("What it was, if known").select_option("TUBERCULOSIS")
    page.locator("#verdict button").click()
    expect(page.locator("#verdict .saved")).to_be_in_viewport()
    page.get_by_label("Note").fill("Sputum sent.\nSee <b>Dr Otieno</b>.")
    page.locator("#note button").click()
    expect(page.locator("#note .saved")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Sputum sent.\nSee <b>Dr Otieno</b>.")
    expect(page.get_by_label("Confirmed by test")).to_be_checked()
    kept = kiosk.store.study(study.id)
    assert kept.judgement == Judgement(Verdict.CONFIRMED, kiosk.now(), "TUBERCULOSIS")


def test_the_space_bar_in_a_note_after_a_refusal_is_a_space(page: Page, kiosk: FakeKiosk, address: str) -> None:
    study = kiosk.keep(GLARE)
    page.goto(f"{address}/studies/{study.id}")
    page.get_by_label("Note").press_sequentially("two words")
    expect(page.get_by_label("Note")).to_have_value("two words")
    expect(page).to_have_url(re.compile(study.id))


def test_search_delete_and_undo(page: Page, kiosk: FakeKiosk, address: str) -> None:
    kiosk.keep(a_reading(), patient=Patient("TB-1"))
    kiosk.keep(a_reading("NORMAL"), patient=Patient("K-2"))
    page.goto(f"{address}/studies")
    page.get_by_label("Reference").fill("tb-")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".card")).to_have_count(1)
    page.locator(".card").click()
    page.get_by_role("button", name="Delete this study").click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card")).to_contain_text("K-2")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".whose .reference")).to_have_text("TB-1")
    assert kiosk.store.count() == 2
    with page.expect_download() as got:
        page.goto(f"{address}/studies")
        page.get_by_text("Save as a table (CSV)").click()
    assert re.fullmatch(r"filmside-\d{4}-\d\d-\d\d\.csv", got.value.suggested_filename)


def test_remarks_work_without_javascript(page: Page, kiosk: FakeKiosk, address: str) -> None:
    study = kiosk.keep(a_reading())
    context = page.context.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{address}/studies/{study.id}")
    plain.get_by_label("Reference").fill("TB-9")
    plain.locator("#patient button").click()
    expect(plain.locator(".whose .reference")).to_have_text("TB-9")
    context.close()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_page_is_wider_than_a_phone(page: Page, kiosk: FakeKiosk, address: str, language: str) -> None:
    reading = kiosk.keep(
        a_reading("PNEUMONIA-BACTERIAL"), patient=Patient("A-VERY-LONG-REFERENCE-" * 2, AgeGroup.ADULT)
    )
    refusal = kiosk.keep(GLARE)
    kiosk.read_photo(Photo("a name of many words that goes on and on " * 5 + ".jpg", a_photo(kiosk.film).encoded))
    page.set_viewport_size({"width": 390, "height": 844})
    page.context.add_cookies([{"name": "language", "value": language, "url": address}])
    for path in ("/", "/studies", f"/studies/{reading.id}", f"/studies/{refusal.id}", "/studies/removed", "/health"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
