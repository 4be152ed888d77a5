"""A stick plugged in while the page is open, its pictures read, pulled out half-way: in a real Chromium."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.device.web.fake_kiosk import FakeKiosk, a_film, a_photo


@pytest.fixture
def plug(kiosk: FakeKiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that stands for a stick; real ones are mounted in `tests/device/intake/test_sticks.py`."""
    monkeypatch.setattr(os.path, "ismount", lambda path: True)


def test_a_stick_is_noticed_read_and_pulled_out(page: Page, kiosk: FakeKiosk, plug: None, watch: Watch) -> None:
    watch.expected = ("404",)  # the preview of what is no picture
    link = page.locator("#stick-link")
    expect(link).to_be_hidden()
    folder = kiosk.sticks / "sdz1"
    folder.mkdir(parents=True)
    for name in ("1 <b>first<b>.jpg", "2.jpg", "3.jpg"):
        (folder / name).write_bytes(a_photo(a_film()).encoded)
    (folder / "broken.jpg").write_bytes(b"no picture")
    expect(link).to_be_visible()
    link.click()
    expect(page.locator(".preview")).to_have_count(4)
    expect(page.locator(".preview b")).to_have_count(0)
    expect(page.get_by_text("No preview").filter(visible=True)).to_have_count(1)
    expect(page.locator(".preview img").nth(3)).to_be_hidden()
    expect(page.locator(".preview img").first).to_be_visible()
    page.locator("#choose-all").click()
    page.locator(".preview input").nth(3).uncheck()
    kiosk.hold.clear()
    page.get_by_role("button", name="Read the chosen pictures").click()
    expect(page.locator("#items li")).to_have_count(3)
    expect(page.locator("#items li").first).to_contain_text("reading…")
    folder.rename(kiosk.sticks.parent / "pulled")
    kiosk.hold.set()
    expect(page.locator("#how-far")).to_have_text("3 / 3")
    expect(page.locator("#items li").first).to_contain_text(".jpg: Signs of")
    expect(page.locator("#items li").nth(1)).to_contain_text("It was pulled out")
    expect(page.locator("#stop-form")).to_have_count(0)
    page.locator("#items a").first.click()
    expect(page.locator("h1")).to_contain_text("Signs of")
    expect(page.locator("#stick-link")).to_be_hidden()


def test_reading_a_stick_is_stopped(page: Page, kiosk: FakeKiosk, plug: None, address: str) -> None:
    folder = kiosk.sticks / "sdz1"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(a_photo(a_film()).encoded)
    page.goto(f"{address}/stick")
    page.locator("#choose-all").click()
    kiosk.hold.clear()
    page.get_by_role("button", name="Read the chosen pictures").click()
    page.get_by_role("button", name="Stop").click()
    kiosk.hold.set()
    expect(page.locator("#items li").nth(2)).to_contain_text("stopped")
    assert kiosk.store.count() == 1
