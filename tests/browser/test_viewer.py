"""Looking closely at a film: zoom, pan, invert, contrast, beside its heat map; by mouse, touch and keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until
from tests.device.web.fake_kiosk import FakeKiosk, a_reading


@pytest.fixture
def viewer(page: Page, kiosk: FakeKiosk, address: str) -> Page:
    page.goto(f"{address}/studies/{kiosk.keep(a_reading()).id}")
    wait_until(page, "document.querySelector('.film').complete && document.querySelector('.heat').complete")
    return page


def shown(page: Page) -> tuple[float, float, float]:
    """Scale, and where the film lies from the middle of its pane, in pixels."""
    look = "getComputedStyle(document.querySelector('.pane:not([hidden]) .layers')).transform"
    scale, x, y = page.evaluate(f"(m => [m.a, m.e, m.f])(new DOMMatrix({look}))")
    return scale, x, y


def test_the_film_is_enlarged_moved_and_put_back(viewer: Page) -> None:
    larger = viewer.get_by_role("button", name="Larger")
    larger.click()
    larger.click()
    assert shown(viewer) == pytest.approx((1.96, 0, 0))
    box = viewer.locator("#film-view").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    viewer.mouse.move(x, y)
    viewer.mouse.down()
    viewer.mouse.move(x + 40, y - 30, steps=4)
    viewer.mouse.up()
    assert shown(viewer) == pytest.approx((1.96, 40, -30))
    # Not out of sight.
    viewer.mouse.move(x, y)
    viewer.mouse.down()
    viewer.mouse.move(x + 5000, y, steps=3)
    viewer.mouse.up()
    assert shown(viewer)[1] == pytest.approx(box["width"] * 0.96 / 2, abs=1)
    viewer.get_by_role("button", name="As it was").click()
    assert shown(viewer) == (1, 0, 0)


def test_the_wheel_enlarges_what_is_under_the_pointer(viewer: Page) -> None:
    box = viewer.locator("#film-view").bounding_box()
    assert box
    viewer.mouse.move(box["x"] + box["width"] / 2 + 100, box["y"] + box["height"] / 2)
    for _ in range(5):
        viewer.mouse.wheel(0, -100)
    wait_until(viewer, "new DOMMatrix(document.querySelector('.pane:not([hidden]) .layers').style.transform).a > 1.9")
    scale, x, _ = shown(viewer)
    assert x == pytest.approx(100 * (1 - scale), abs=1)


def test_inverted_with_contrast_and_beside_its_heat_map(viewer: Page) -> None:
    viewer.get_by_role("button", name="Invert").focus()
    viewer.keyboard.press("Enter")
    viewer.get_by_role("button", name="More contrast").click()
    film = viewer.locator(".pane:not([hidden]) .film")
    expect(film).to_have_css("filter", "contrast(1.4) invert(1)")
    expect(viewer.locator("#heat")).to_have_css("filter", "none")
    viewer.get_by_role("button", name="side by side").click()
    expect(viewer.locator(".pane:visible")).to_have_count(2)
    wait_until(viewer, "[...document.querySelectorAll('.film')].every(one => one.complete && one.naturalWidth)")
    boxes = [pane.bounding_box() for pane in viewer.locator(".pane:visible").all()]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] == pytest.approx(boxes[1]["x"], abs=1)
    viewer.get_by_role("button", name="Larger").click()
    both = viewer.evaluate("[...document.querySelectorAll('.layers')].map(one => one.style.transform)")
    assert both[0] == both[1] != ""


def test_without_javascript_there_is_nothing_to_press(viewer: Page) -> None:
    context = viewer.context.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(viewer.url)
    expect(plain.locator(".look")).to_be_hidden()
    expect(plain.locator(".pane:visible .film")).to_be_visible()
    context.close()
