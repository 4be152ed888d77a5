"""Both themes are readable: text stands out from its ground by the measure of WCAG 2 (4.5 to 1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.device.web.fake_kiosk import GLARE, FakeKiosk, a_reading

CONTRASTS = """() => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
        .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
    const ground = element => {
        for (let one = element; one; one = one.parentElement) {
            const colour = numbers(getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const words = [...document.querySelectorAll("body *")].filter(one => one.offsetParent
        && !one.closest(".unseen, .skip, .stage")
        && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
    return words.map(one => {
        const [a, b] = [light(numbers(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), one.outerHTML.slice(0, 120)];
    }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_stand_out(page: Page, kiosk: FakeKiosk, address: str, theme: str) -> None:
    reading, refusal = kiosk.keep(a_reading()), kiosk.keep(GLARE)
    kiosk.fault = "The camera is gone. Push its cable in."
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    for path in ("/", "/studies", f"/studies/{reading.id}", f"/studies/{refusal.id}"):
        page.goto(address + path)
        assert page.evaluate(CONTRASTS) == [], path
