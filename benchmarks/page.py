"""What the page costs: from pressing Read film to the reading on the screen, and with twenty browsers looking on.

    python benchmarks/page.py [--readings 15] [--lookers 20]

Starts `filmside demo` on a folder with one photo of 12 megapixels (as `read_time.py` renders it), presses *Read film*
in a real Chromium and asks the page's own clock when the reading and its film were drawn. What is not the reading
itself is the time from the press until then, less the study's own `take` and `total`. The lookers are programs that ask
for frames, coaching and status as the page does, as often as the kiosk lets them, from a process of their own; they
share this machine's cores with the kiosk, and so does the browser. Prints Markdown. Times hold for one machine and one
run: what counts is the share and the ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from read_time import rendered

REPOSITORY = Path(__file__).parent.parent


def photo_of_12_megapixels(folder: Path) -> None:
    """The photo that `read_time.py` begins with."""
    (folder / "film.jpg").write_bytes(rendered(0).encoded)


@contextlib.contextmanager
def kiosk(photos: Path) -> Iterator[str]:
    """The address of a demo kiosk that runs meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "device", "demo", "--port", str(port), "--photos", str(photos)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if "answers on" in line:
            break
    threading.Thread(target=process.stderr.read, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def wait_until(page: Page, script: str) -> None:
    """Ask the page until it says yes; Playwright's own way asks by eval, which the page's policy forbids."""
    while not page.evaluate(script):
        time.sleep(0.005)


WATCH = """
addEventListener("click", (event) => {
  if (!event.target.closest("#read")) return;
  const drawn = () => requestAnimationFrame(() => { window.shownAfter = performance.now() - event.timeStamp; });
  const look = () => {
    const films = [...document.querySelectorAll(".study-page .film")];
    if (films.some((one) => one.complete && one.naturalWidth)) requestAnimationFrame(drawn);
    else setTimeout(look, 4);
  };
  look();
}, true);
"""
"""Tells by the page's own clock how long after the press the film of the reading was drawn."""


def press(page: Page, address: str) -> tuple[float, float]:
    """One film read by pressing: seconds until its reading and film are drawn, and the reading's own seconds."""
    page.goto(address)
    wait_until(page, "document.getElementById('frame').naturalWidth > 0")
    box = page.locator("#read").bounding_box()
    assert box
    # The live view as whoever stands there has it, and a plain press: asking the page meanwhile would slow it.
    time.sleep(0.5)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    time.sleep(1.0)
    wait_until(page, "window.shownAfter > 0")
    times = dict(re.findall(r'data-stage="(\w+)">(\d+) ms', page.content()))
    return page.evaluate("window.shownAfter") / 1000, (int(times["take"]) + int(times["total"])) / 1000


def weight(page: Page, address: str) -> int:
    """Bytes of the first load, pictures apart."""
    sizes: list[int] = []
    page.on(
        "response", lambda one: sizes.append(0 if "image" in one.headers.get("content-type", "") else len(one.body()))
    )
    page.goto(address)
    wait_until(page, "document.getElementById('frame').naturalWidth > 0")
    return sum(sizes)


def look(address: str, count: int, seconds: float) -> list[float]:
    """Be `count` browsers with the live view open; how long each frame took, in seconds."""
    waits: list[float] = []
    end = time.monotonic() + seconds

    def one(name: int) -> None:
        asked = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)

        def answer(path: str) -> bytes:
            asked.request("GET", path)
            return asked.getresponse().read()

        status = 0.0
        while time.monotonic() < end:
            began = time.perf_counter()
            answer("/live/frame.jpg")
            waits.append(time.perf_counter() - began)
            every = json.loads(answer(f"/api/coaching?looker=page{name}"))["wait"] / 1000
            if time.monotonic() > status:
                answer("/api/status")
                status = time.monotonic() + 1.0
            time.sleep(max(0.0, began + every - time.perf_counter()))

    threads = [threading.Thread(target=one, args=[name]) for name in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def readings(address: str, count: int) -> list[tuple[float, float]]:
    """So many films, one after another."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1024, "height": 600}).new_page()
        page.add_init_script(WATCH)
        press(page, address)  # the first one warms up both
        found = [press(page, address) for _ in range(count)]
        browser.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readings", type=int, default=15)
    parser.add_argument("--lookers", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photo_of_12_megapixels(Path(folder))
        with kiosk(Path(folder)) as address:
            alone = readings(address, chosen.readings)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                bytes_ = weight(browser.new_page(), address)
                browser.close()
            command = [sys.executable, "-c", _LOOKER, address, str(chosen.lookers)]
            lookers = subprocess.Popen(
                command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            time.sleep(2)
            together = readings(address, chosen.readings)
            told, _ = lookers.communicate("stop\n", timeout=60)
            waits = json.loads(told)
    report(alone, together, waits, bytes_, chosen.lookers)


_LOOKER = """
import json, sys, threading
sys.path.insert(0, "benchmarks")
import page
end = threading.Thread(target=sys.stdin.readline, daemon=True)
end.start()
found = []
while end.is_alive():
    found += page.look(sys.argv[1], int(sys.argv[2]), 2.0)
print(json.dumps(found))
"""


def report(
    alone: list[tuple[float, float]],
    together: list[tuple[float, float]],
    waits: list[float],
    bytes_: int,
    lookers: int,
) -> None:
    """Print what was found."""
    print(f"{len(alone)} readings of a photo of 4000 x 3000, {os.cpu_count()} cores.\n")
    print("| | median, ms | 95th percentile, ms |\n|---|---|---|")
    for name, times in (
        ("from the press to the reading shown", [shown for shown, _ in alone]),
        ("the reading itself (take and all stages)", [own for _, own in alone]),
        ("what is not the reading", [shown - own for shown, own in alone]),
        (f"the reading itself, {lookers} lookers", [own for _, own in together]),
        ("a looker's wait for a frame", waits),
    ):
        print(f"| {name} | {1000 * statistics.median(times):.0f} | {1000 * percentile(times):.0f} |")
    ratio = statistics.median(own for _, own in together) / statistics.median(own for _, own in alone)
    print(f"\nWith {lookers} lookers a reading takes {ratio:.2f} times as long.")
    print(f"The page's first load without pictures: {bytes_ / 1000:.0f} kB.")


def percentile(times: list[float], share: float = 0.95) -> float:
    """The time that this share stays under."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


if __name__ == "__main__":
    main()
