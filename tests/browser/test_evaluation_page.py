"""The evaluation's report on a small window."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from device import demo
from device.reading.bundle import load_bundle
from tests.judged import judged
from training.readers import answers
from training.report.evaluation import on_test
from training.report.whole import Wanted, further
from training.report.write import as_html


def test_no_table_bursts_a_window_of_1024_pixels(browser: Browser, tmp_path: Path) -> None:
    bundle = load_bundle(demo.BUNDLE)
    test = answers("test", bundle, tmp_path, judged(bundle))
    sections = [on_test(test), *further(test, test, bundle, tmp_path, Wanted(), ())]
    (tmp_path / "report.html").write_text(as_html("An evaluation", "", sections), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1024, "height": 768})
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    page.goto((tmp_path / "report.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = "[...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth)"
    assert page.evaluate(f"{wide}.map(one => one.innerText.slice(0, 80))") == []
    assert page.evaluate("document.documentElement.scrollWidth") == 1024
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()
