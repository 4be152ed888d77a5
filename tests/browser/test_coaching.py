"""Coaching in a real browser: the outline lies on the film at any size, the line is calm, ready is to be seen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from device.errors import CameraFault
from device.film.coach import READY
from device.values import Coaching, Status
from tests.browser.conftest import Watch
from tests.browser.test_demo import Demo, demo  # noqa: F401
from tests.browser.test_light_box import fits
from tests.device.web.fake_kiosk import CORNERS, FakeKiosk
from tests.films import chest

CLOSER = Coaching(None, "Move the camera closer to the film.", False, 1280, 960)
LIGHTER = Coaching(None, "The film is too dark. Turn the light box up.", False, 1280, 960)


@pytest.fixture(autouse=True)
def sharp(kiosk: FakeKiosk) -> None:
    """The fake's own film is too soft to pass."""
    kiosk.film = chest(3, width=560, height=700)


def outline_gap(page: Page, shares: list[tuple[float, float]]) -> float:
    """How far the drawn corners lie from where the film's are on the screen, in pixels, at most."""
    drawn = page.evaluate(
        """() => {
            const polygon = document.querySelector("#outline polygon"), matrix = polygon.getScreenCTM();
            return [...polygon.points].map(one => one.matrixTransform(matrix)).map(one => [one.x, one.y]);
        }"""
    )
    box = page.locator("#frame").bounding_box()
    assert box is not None
    # As large as it fits, in the middle; every camera here has photos of 4 to 3.
    width = min(box["width"], box["height"] * 4 / 3)
    left = box["x"] + (box["width"] - width) / 2
    top = box["y"] + (box["height"] - width * 3 / 4) / 2
    wanted = [(left + x * width, top + y * width * 3 / 4) for x, y in shares]
    return max(abs(a - b) for one, other in zip(drawn, wanted, strict=True) for a, b in zip(one, other, strict=True))


def is_ready(page: Page) -> bool:
    return bool(page.evaluate("document.body.classList.contains('film-ready')"))


def test_the_outline_lies_on_the_film_at_any_size(page: Page) -> None:
    expect(page.locator("#outline")).to_be_visible()
    expect(page.locator("#coaching")).to_have_text(READY)
    shares = [(point.x / 1280, point.y / 960) for point in CORNERS.points()]
    for size in ((1024, 600), (1600, 900), (390, 844), (800, 480)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert outline_gap(page, shares) < 3
    page.set_viewport_size({"width": 1024, "height": 600})
    assert fits(page)


def test_ready_is_to_be_seen_and_the_space_bar_reads_as_before(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.advice = CLOSER
    expect(page.locator("#coaching")).to_have_text(CLOSER.say)
    assert not is_ready(page)
    expect(page.locator("#outline")).to_be_hidden()
    before = page.locator("#coaching").evaluate("line => getComputedStyle(line).backgroundColor")
    kiosk.advice = None
    expect(page.locator("#coaching")).to_have_text(READY)
    assert is_ready(page)
    assert page.locator("#coaching").evaluate("line => getComputedStyle(line).backgroundColor") != before
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("/studies/"))


def test_a_screen_reader_hears_only_what_has_held(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.advice = CLOSER
    spoken = page.locator("#coaching-spoken")
    expect(spoken).to_have_attribute("aria-live", "polite")
    expect(spoken).to_have_text(CLOSER.say)
    page.evaluate(
        """() => {
            window.heard = [];
            const spoken = document.getElementById("coaching-spoken");
            new MutationObserver(() => window.heard.push(spoken.textContent)).observe(spoken, {childList: true});
        }"""
    )
    for advice in (LIGHTER, CLOSER, LIGHTER, CLOSER):
        kiosk.advice = advice
        page.wait_for_timeout(500)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.heard") == []
    kiosk.advice = LIGHTER
    expect(spoken).to_have_text(LIGHTER.say)
    assert page.evaluate("window.heard") == [LIGHTER.say]


def test_coaching_rests_while_a_film_is_read(page: Page, kiosk: FakeKiosk) -> None:
    expect(page.locator("#outline")).to_be_visible()
    kiosk.status = Status.READING
    expect(page.locator("#outline")).to_be_hidden()
    expect(page.locator("#coaching")).to_have_text("")
    assert not is_ready(page)
    kiosk.status = Status.READY
    expect(page.locator("#coaching")).to_have_text(READY)


def test_a_lost_camera_takes_the_outline_away_and_the_page_goes_on(page: Page, kiosk: FakeKiosk, watch: Watch) -> None:
    watch.expected = ("503",)
    expect(page.locator("#outline")).to_be_visible()
    kiosk.camera_fault = str(CameraFault("The camera is gone. Push its cable in."))
    expect(page.locator("#no-picture")).to_have_text("The camera is gone. Push its cable in.")
    expect(page.locator("#outline")).to_be_hidden()
    expect(page.locator("#coaching")).to_have_text("")
    kiosk.camera_fault = None
    expect(page.locator("#coaching")).to_have_text(READY)


def test_a_mistake_in_the_coaching_leaves_the_picture(page: Page, kiosk: FakeKiosk, watch: Watch) -> None:
    watch.expected = ("500",)
    expect(page.locator("#outline")).to_be_visible()
    kiosk.advice = replace(CLOSER, say=object())  # type: ignore[arg-type]
    expect(page.locator("#outline")).to_be_hidden()
    frames = kiosk.frames
    page.wait_for_timeout(1000)
    assert kiosk.frames > frames
    kiosk.advice = None
    expect(page.locator("#outline")).to_be_visible()


def test_a_photo_that_was_taken_unasked_is_offered(page: Page, kiosk: FakeKiosk) -> None:
    """A quick reading begins and ends between two questions after the status."""
    expect(page.locator("#status")).to_have_text("Ready")
    page.wait_for_timeout(1200)
    study = kiosk.read_film()
    kiosk.status = Status.READY
    expect(page.locator("#last a")).to_have_attribute("href", f"/studies/{study.id}")


@pytest.mark.parametrize("size", [(1024, 600), (1440, 900)])
def test_the_demos_film_is_outlined_and_ready(browser: Browser, demo: Demo, size: tuple[int, int]) -> None:  # noqa: F811
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(demo.address)
    expect(page.locator("#coaching")).to_have_text(READY, timeout=10_000)
    assert is_ready(page)
    expect(page.locator("#outline")).to_be_visible()
    # Where the first demo photo's film lies.
    photo = (1600, 1200)
    corners = [(400.7, 70.7), (1314.6, 99.8), (1285.2, 1134.1), (344.5, 1092.3)]
    assert outline_gap(page, [(x / photo[0], y / photo[1]) for x, y in corners]) < 4
    page.close()
