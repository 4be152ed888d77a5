"""First start, logging in, a technician's account, logging out by idleness: in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from device.web.site import Site
from tests.browser.conftest import Watch
from tests.device.web.clients import CODE, a_site
from tests.device.web.fake_kiosk import FakeKiosk

PASSWORD, PIN = "film on a box", "271828"


@pytest.fixture
def site(kiosk: FakeKiosk) -> Iterator[Site]:
    """A kiosk that nobody may use yet."""
    site = a_site(kiosk, open_screen=False)
    yield site
    site.people.close()


def test_from_the_first_start_to_a_technicians_film(page: Page, kiosk: FakeKiosk, site: Site, watch: Watch) -> None:
    watch.expected = ("403",)  # the wrong PIN
    expect(page.locator(".code")).to_have_text(CODE)
    page.get_by_label("Your name").fill("Amina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator").click()
    page.get_by_role("link", name="Accounts").click()
    new = page.locator("form.entry")
    new.get_by_label("Name").fill("juma")
    new.get_by_label("Password").fill(PIN)
    new.get_by_role("button", name="Make the account").click()
    expect(page.locator(".account")).to_have_count(2)
    page.get_by_role("button", name="Log out").click()

    page.get_by_label("Name").fill("juma")
    page.get_by_label("Password or PIN").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    page.get_by_label("Name").fill("juma")
    page.get_by_label("Password or PIN").fill(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    expect(page.locator("h1")).to_contain_text("Signs of")
    expect(page.locator(".record")).to_contain_text("juma")
    assert kiosk.store.studies()[0].read_by == "juma"
    assert site.people.audit().wrong == ""


def test_who_is_logged_out_while_the_page_is_open_is_asked_to_log_in(
    page: Page, kiosk: FakeKiosk, watch: Watch
) -> None:
    watch.expected = ("401",)
    page.get_by_label("Your name").fill("Amina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator").click()
    expect(page.locator("#read")).to_be_visible()
    kiosk._now += timedelta(hours=2)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/login\?following=/"))
