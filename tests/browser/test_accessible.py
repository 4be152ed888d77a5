"""WCAG 2.2 AA by axe-core on every page, dark and light; and twice as large as it was drawn."""

from __future__ import annotations

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from device.study import AgeGroup, Judgement, Patient, Verdict
from device.values import OutcomeKind
from tests.browser.conftest import Watch
from tests.device.web.fake_kiosk import GLARE, FakeKiosk, a_film, a_photo, a_reading

LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def pages(kiosk: FakeKiosk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every page, with something on it."""
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    (kiosk.sticks / "sdz1").mkdir(parents=True)
    (kiosk.sticks / "sdz1" / "film.jpg").write_bytes(a_photo(a_film()).encoded)
    reading = kiosk.keep(a_reading("PNEUMONIA-VIRAL"), patient=Patient("TB-7", AgeGroup.ADULT))
    kiosk.store.judge(reading.id, Judgement(Verdict.CONFIRMED, kiosk.now(), "TUBERCULOSIS"))
    uncertain = kiosk.keep(a_reading("UNCERTAIN", OutcomeKind.UNCERTAIN, 0.3))
    refusal = kiosk.keep(GLARE)
    deleted = kiosk.keep(a_reading("NORMAL"))
    kiosk.store.set_deleted(deleted.id, kiosk.now())
    return [
        "/", "/studies", f"/studies?undo={deleted.id}", "/studies?reference=none", f"/studies/{reading.id}",
        f"/studies/{uncertain.id}", f"/studies/{refusal.id}", f"/studies/{deleted.id}", "/studies/removed", "/health",
        "/stick", "/stick/reading", "/stick/saving", "/login", "/setup", f"/uploads?study={reading.id}",
        "/nothing-here", "/accounts",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_on_any_page(browser: Browser, address: str, pages: list[str], theme: str) -> None:
    context = browser.new_context(viewport={"width": 1024, "height": 600}, color_scheme=theme)
    page = context.new_page()
    wrong = []
    for path in pages:
        page.goto(address + path)
        page.wait_for_load_state("load")
        found = Axe().run(page, options=LEVELS)
        for one in found.response["violations"]:
            places = [node["target"] for node in one["nodes"]][:3]
            wrong.append((path, one["impact"], one["id"], places))
    context.close()
    assert wrong == []


def test_twice_as_large_nothing_is_cut_off(page: Page, address: str, pages: list[str], watch: Watch) -> None:
    watch.expected = ("404", "403")  # a page that is not there, one for administrators
    # 200 % on a screen of 1024 x 600 is a window of 512 x 300 CSS pixels.
    page.set_viewport_size({"width": 512, "height": 300})
    for path in pages:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 512, path
