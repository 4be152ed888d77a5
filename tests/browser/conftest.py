"""A real Chromium against a real server on this machine. A missing browser is a failure, not a skip."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from device.web import create_app
from device.web.site import Site
from tests.device.web.conftest import kiosk as kiosk
from tests.device.web.conftest import site as site
from tests.device.web.fake_kiosk import FakeKiosk

CHROMIUM = (Path("/usr/bin/chromium"), Path("/usr/bin/chromium-browser"), Path("/usr/bin/google-chrome"))
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
)


def wait_until(page: Page, script: str, seconds: float = 8.0) -> None:
    """Ask the page until it says yes. Playwright's own wait_for_function asks by eval, which our policy forbids."""
    until = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < until, script
        time.sleep(0.02)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests."""
    found = next((path for path in CHROMIUM if path.exists()), None)
    if found is None:
        wanted = ", ".join(str(path) for path in CHROMIUM)
        pytest.fail(f"There is no Chromium; wanted one of {wanted}. Install it: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(found), args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def address(kiosk: FakeKiosk, site: Site) -> Iterator[str]:
    """The page's address, served on a free port until the test ends."""
    server = create_server(create_app(kiosk, site), host="127.0.0.1", port=0, threads=4)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    kiosk.hold.set()
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    serving.join(5)


class Watch:
    """What a page complained about and whom it asked; `expected` says which complaints a test provokes."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.expected: tuple[str, ...] = ()

    def on(self, page: Page) -> None:
        page.on("console", lambda said: self.hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))

    def hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def prove(self, address: str) -> None:
        left = [one for one in self.complaints if not any(word in one for word in self.expected)]
        assert left == []
        assert self.asked <= {urlsplit(address).netloc}


@pytest.fixture
def watch(address: str) -> Iterator[Watch]:
    """Fails a test whose page complained in the console (a CSP violation does) or asked another host."""
    watching = Watch()
    yield watching
    watching.prove(address)


@pytest.fixture
def page(browser: Browser, address: str, watch: Watch) -> Iterator[Page]:
    """The light box on the kiosk's own 7-inch screen."""
    context = browser.new_context(viewport={"width": 1024, "height": 600}, has_touch=False)
    context.set_default_timeout(8000)
    page = context.new_page()
    watch.on(page)
    page.goto(address)
    yield page
    context.close()
