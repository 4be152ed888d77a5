"""A reading in a real browser: film, heat map, photo, and no scrolling for what matters."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch, wait_until
from tests.browser.test_light_box import STUDY
from tests.device.web.fake_kiosk import CORNERS, GLARE, FakeKiosk, a_photo, a_reading


@pytest.fixture
def reading(page: Page) -> Page:
    page.keyboard.press("Space")
    expect(page).to_have_url(STUDY)
    return page


def opacity(page: Page) -> float:
    return float(page.locator("#heat").evaluate("image => getComputedStyle(image).opacity"))


def test_slider_moves_the_heat_map(reading: Page) -> None:
    slider = reading.get_by_label("Heat map, how strong over the film")
    assert opacity(reading) == pytest.approx(0.6)
    slider.fill("100")
    assert opacity(reading) == 1
    slider.focus()
    reading.keyboard.press("Home")
    assert opacity(reading) == 0


def test_score_shows_its_own_heat_map(reading: Page) -> None:
    heat = reading.locator("#heat")
    before = heat.get_attribute("src")
    score = reading.get_by_role("link", name="Emphysema")
    score.click()
    expect(score).to_have_attribute("aria-current", "true")
    expect(reading.locator("#heat-name")).to_have_text("Emphysema")
    assert heat.get_attribute("src") != before
    heat.evaluate("image => image.decode()")
    expect(reading).to_have_url(STUDY)


def test_heat_map_lies_exactly_on_the_film(reading: Page) -> None:
    wait_until(reading, "[...document.querySelectorAll('.pane:not([hidden]) img')].every(one => one.naturalWidth)")
    shapes = reading.evaluate(
        "[...document.querySelectorAll('.pane:not([hidden]) img')].map(one => one.naturalWidth / one.naturalHeight)"
    )
    assert shapes[0] == pytest.approx(shapes[1], rel=0.005)
    boxes = [reading.locator(".pane:visible img").nth(place).bounding_box() for place in (0, 1)]
    assert boxes[0] == boxes[1]


def test_photo_shows_the_found_outline(reading: Page) -> None:
    reading.get_by_text("Photo", exact=True).first.click()
    expect(reading.locator("#whole-photo")).to_be_visible()
    expect(reading.locator("#outline")).to_have_attribute("viewBox", "0 0 1280 960")
    expect(reading.locator("#outline")).to_be_visible()
    expect(reading.locator("#heat")).to_be_hidden()


def test_a_refusal_shows_the_found_outline_at_once(page: Page, kiosk: FakeKiosk, address: str) -> None:
    """It was drawn, but Chromium did not look again at `:not([viewBox])` when the attribute came."""
    refused = kiosk.keep(GLARE)
    kiosk.store.keep(replace(refused, id="e" * 32, corners=CORNERS), a_photo(kiosk.film), None)
    page.goto(f"{address}/studies/{'e' * 32}")
    expect(page.locator("#outline")).to_be_visible()


def test_outcome_and_film_fit_the_small_screen(reading: Page) -> None:
    for wanted in (".stage", "h1", ".next", ".report .disclaimer", ".report .primary"):
        box = reading.locator(wanted).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 600, f"{wanted} ends below the screen"
    assert reading.evaluate("document.documentElement.scrollWidth") <= 1024


def test_phone_width_never_scrolls_sideways(reading: Page) -> None:
    reading.set_viewport_size({"width": 360, "height": 740})
    assert reading.evaluate("document.documentElement.scrollWidth") <= 360


def test_normal_reading_starts_with_a_clear_film(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.answers.append(a_reading("NORMAL", score=0.95))
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Looks normal")
    assert opacity(page) == 0


def test_list_leads_to_a_study(reading: Page) -> None:
    reading.get_by_role("link", name="Studies").click()
    expect(reading.locator(".card")).to_have_count(1)
    reading.locator(".card").click()
    expect(reading).to_have_url(STUDY)


def test_a_reading_just_made_is_the_page_that_its_address_shows(page: Page, watch: Watch) -> None:
    """It is shown without leaving the light box; nothing of that may be left, and nothing of the study's missing."""
    page.evaluate("window.mark = 'the light box'")
    page.keyboard.press("Space")
    expect(page).to_have_url(STUDY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Signs of tuberculosis")
    assert page.evaluate("window.mark") == "the light box"
    wait_until(page, "document.activeElement.id === 'main'")
    shown = [page.title(), page.locator("body").get_attribute("class"), page.get_by_role("navigation").inner_html()]
    page.get_by_label("Heat map, how strong over the film").fill("20")
    assert opacity(page) == pytest.approx(0.2)
    page.get_by_role("button", name="Larger").click()
    expect(page.locator("#film-view")).to_have_class(re.compile("zoomed"))

    page.reload()

    assert page.evaluate("window.mark === undefined")
    assert [
        page.title(), page.locator("body").get_attribute("class"), page.get_by_role("navigation").inner_html()
    ] == shown  # fmt: skip


def test_the_space_bar_reads_no_other_film_while_a_reading_is_looked_at(reading: Page, kiosk: FakeKiosk) -> None:
    frames, studies = kiosk.frames, kiosk.store.count()
    reading.keyboard.press("Space")
    reading.keyboard.type("KITUO-0042")
    reading.wait_for_timeout(700)
    assert (kiosk.store.count(), kiosk.frames) == (studies, frames)
    expect(reading).to_have_url(STUDY)


def test_back_from_a_reading_is_the_light_box(reading: Page, kiosk: FakeKiosk) -> None:
    reading.go_back()
    expect(reading.get_by_role("button", name="Read film")).to_be_enabled()
    reading.keyboard.press("Space")
    expect(reading).to_have_url(STUDY)
    assert kiosk.store.count() == 2


def test_another_language_shows_the_same_reading(reading: Page) -> None:
    study = reading.url
    reading.locator("#language").select_option("fr")
    expect(reading.locator("html")).to_have_attribute("lang", "fr")
    expect(reading).to_have_url(study)


def test_the_film_never_lies_over_what_comes_below_it(reading: Page) -> None:
    """It stays in sight beside its reading, and lay over the forms where one scrolled down to them."""
    for wanted in ("#verdict .choices label:nth-of-type(3)", "#reference", "#note-text", ".votes table"):
        reading.locator(wanted).scroll_into_view_if_needed()
        reading.locator(wanted).evaluate("one => one.scrollIntoView({block: 'center'})")
        over = reading.locator(wanted).evaluate(
            "one => { const box = one.getBoundingClientRect();"
            " const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
            " return one.contains(top) ? '' : top.outerHTML.slice(0, 200) }"
        )
        assert over == "", wanted
