"""The demo as a stranger starts it: the real bundle, the shipped photos, a real browser."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, expect

from tests.ports import free_port

REPOSITORY = Path(__file__).parents[2]


class Demo:
    """A running `filmside demo`: its address, and what its light said so far."""

    def __init__(self, address: str, log: Path) -> None:
        self.address = address
        self._log = log

    def light(self) -> list[str]:
        return re.findall(r"^light: ([a-z]+)", self._log.read_text(), re.MULTILINE)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    port = free_port()
    log = tmp_path / "demo.log"
    output: IO[str]
    with log.open("w") as output:
        command = [sys.executable, "-u", "-m", "device", "demo", "--port", str(port)]
        running = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(f"{address}/api/status", running, log)
            yield Demo(address, log)
        finally:
            running.terminate()
            assert running.wait(20) == 0, log.read_text()


def _wait(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert running.poll() is None, log.read_text()
            time.sleep(0.2)
    pytest.fail(f"The demo did not answer in a minute: {log.read_text()}")


def test_read_film_on_the_demo_shows_a_reading_and_the_light_says_so(browser: Browser, demo: Demo) -> None:
    page = browser.new_page(viewport={"width": 1024, "height": 600})
    page.goto(demo.address)
    expect(page.get_by_role("button", name="Read film")).to_be_enabled()

    page.get_by_role("button", name="Read film").click()

    page.wait_for_url(re.compile("/studies/[0-9a-f]{32}"), timeout=30_000)
    expect(page.get_by_text("Not a diagnosis").first).to_be_visible()
    expect(page.get_by_text("COVID-19").first).to_be_visible()
    film = page.locator("img[src*='film.png']").first
    expect(film).to_be_visible()
    assert film.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    assert demo.light()[:2] == ["ready", "reading"]
    assert demo.light()[2] in ("done", "uncertain")
    page.close()


def test_the_blurred_photo_of_the_demo_is_refused_with_one_thing_to_do(browser: Browser, demo: Demo) -> None:
    page = browser.new_page(viewport={"width": 1024, "height": 600})
    for _ in range(5):
        page.goto(demo.address)
        page.get_by_role("button", name="Read film").click()
        page.wait_for_url(re.compile("/studies/[0-9a-f]{32}"), timeout=30_000)

    expect(page.get_by_text(re.compile("blurred")).first).to_be_visible()
    assert demo.light()[-1] == "take"  # the light says "take the photo again"
    page.close()
