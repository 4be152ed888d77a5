"""A clinic's day in one go: the real kiosk with the shipped bundle, a real stick, a real Chromium.

With FILMSIDE_SCREENS=FOLDER every page is also photographed on its way, at three sizes, dark and light.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect

from device import demo
from device.save_to_stick import save_to_stick
from tests.browser.test_light_box import STUDY
from tests.ports import free_port
from tests.sticks import Plugged
from tests.sticks import plugged as plugged

SIZES = {"kiosk": (1024, 600), "phone": (390, 844), "desktop": (1440, 900)}
PASSWORD, PIN = "a film on a box", "314159"
SHOWN = 30_000
"""Milliseconds that a reading may take here at most, whatever else this machine does."""


class Kiosk:
    """A running `filmside serve`, and the system that saves to sticks for it."""

    def __init__(self, folder: Path, sticks: Path) -> None:
        port = free_port()
        box = folder / "box"
        box.mkdir()
        for place, name in enumerate(("05-normal-blurred.jpg", "01-covid.jpg")):
            shutil.copy(demo.PHOTOS / name, box / f"{place}.jpg")
        settings = folder / "filmside.toml"
        settings.write_text(
            f'bundle = "{demo.BUNDLE}"\ndata = "{folder / "data"}"\ncamera = "folder"\ncamera_source = "{box}"\n'
            f'port = {port}\nfree_megabytes = 50\nsticks = "{sticks}"\n'
        )
        self.address = f"http://127.0.0.1:{port}"
        self.log = folder / "kiosk.log"
        self._outbox, self._sticks = folder / "data" / "outbox", sticks
        with self.log.open("w") as log:
            command = [sys.executable, "-m", "device", "serve", "--settings", str(settings)]
            self._serving = subprocess.Popen(command, stdout=log, stderr=log)
        self._ended = threading.Event()
        self._system = threading.Thread(target=self._save)
        self._system.start()

    def _save(self) -> None:
        while not self._ended.wait(0.1):
            save_to_stick(self._outbox, self._sticks, datetime.now(timezone.utc))

    def wait(self) -> None:
        until = time.monotonic() + 60
        while "answers on" not in self.log.read_text():
            assert self._serving.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        self._ended.set()
        self._system.join()
        self._serving.terminate()
        assert self._serving.wait(30) == 0, self.log.read_text()


@pytest.fixture
def kiosk(tmp_path: Path, plugged: Plugged) -> Iterator[Kiosk]:
    kiosk = Kiosk(tmp_path, plugged.mount.parent)
    kiosk.wait()
    yield kiosk
    kiosk.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1024, "height": 600}, color_scheme="dark", locale="en-GB")
    context.set_default_timeout(SHOWN)
    yield context.new_page()
    context.close()


def shoot(page: Page, name: str) -> None:
    """Photograph the page as it is, where photographs are wanted."""
    folder = os.environ.get("FILMSIDE_SCREENS")
    if not folder:
        return
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.wait_for_timeout(250)
            page.screenshot(path=f"{folder}/{name}-{size}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1024, "height": 600})
    page.emulate_media(color_scheme="dark")


def packed(kind: str, pixels: np.ndarray) -> bytes:
    return bytes(cv2.imencode(kind, pixels)[1])


def as_pil(pixels: np.ndarray, mode: str, kind: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(content, kind)
    return content.getvalue()


def mixed_files() -> dict[str, bytes]:
    """Twenty files as they come to a clinic: good photos in many forms, and what is no photo of a film at all."""
    photo = (demo.PHOTOS / "01-covid.jpg").read_bytes()
    pixels = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("film.jpg", photo)
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    huge = header + zlib.crc32(header[12:]).to_bytes(4, "big")
    good = {
        "1.jpg": photo,
        "2.png": packed(".png", pixels),
        "3.tif": packed(".tif", pixels),
        "4 sixteen bits.tif": packed(".tif", grey.astype(np.uint16) * 256),
        "5 cmyk.jpg": as_pil(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), "CMYK", "JPEG"),
        "6 on its side.jpg": packed(".jpg", cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)),
        "7 negative.png": packed(".png", 255 - grey),
        "8.webp": packed(".webp", pixels),
        "9.bmp": packed(".bmp", grey),
        "10 <b>bold</b>.jpg": photo,
        "../" * 90 + "11.jpg": photo,
        "12 " + "long " * 60 + ".jpg": photo,
    }
    bad = {
        "13 blurred.jpg": (demo.PHOTOS / "05-normal-blurred.jpg").read_bytes(),
        "14 a page.jpg": b"<html><script>alert(1)</script></html>",
        "15 text.txt": b"not a picture",
        "16 half.jpg": photo[: len(photo) // 3],
        "17 archive.zip": archive.getvalue(),
        "18 huge.png": huge,
        "19 a wall.png": packed(".png", np.full((900, 1200), 130, np.uint8)),
        "20 tiny.png": packed(".png", cv2.resize(grey, (40, 30))),
    }
    return good | bad


def test_a_clinics_day(page: Page, kiosk: Kiosk, plugged: Plugged) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    first_start(page, kiosk)
    a_refused_photo_and_a_retake(page)
    twenty_files(page)
    pictures_of_a_stick(page, plugged)
    search_note_and_verdict(page)
    results_to_a_stick(page, plugged)
    report(page)
    other_pages(page, kiosk)
    another_language(page)
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    page.goto(f"{kiosk.address}/studies")
    expect(page.locator(".card")).to_have_count(0)
    assert complaints == []
    assert "Traceback" not in kiosk.log.read_text()


def test_a_kiosk_that_cannot_start_says_on_its_page_what_is_broken(page: Page, tmp_path: Path) -> None:
    port = free_port()
    settings = tmp_path / "filmside.toml"
    settings.write_text(
        f'bundle = "{demo.BUNDLE}"\ndata = "{tmp_path / "data"}"\ncamera = "folder"\n'
        f'camera_source = "{tmp_path / "gone"}"\nport = {port}\n'
    )
    command = [sys.executable, "-m", "device", "serve", "--settings", str(settings), "--stay", "120"]
    serving = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                answer = page.goto(f"http://127.0.0.1:{port}/studies")
                break
            except Error:
                assert serving.poll() is None
                assert time.monotonic() < until
                time.sleep(0.2)
        assert answer
        assert answer.status == 503
        expect(page.locator("main")).to_contain_text("Make it, or correct `camera_source` in the settings.")
        shoot(page, "18-out-of-service")
    finally:
        serving.terminate()
        serving.wait(30)


def first_start(page: Page, kiosk: Kiosk) -> None:
    page.goto(kiosk.address)
    expect(page.get_by_role("heading", name="First start")).to_be_visible()
    assert page.locator(".code").inner_text() in kiosk.log.read_text()
    shoot(page, "01-first-start")
    page.get_by_label("Your name").fill("Amina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator").click()
    page.get_by_role("link", name="Kiosk", exact=True).click()
    expect(page.locator("main")).to_contain_text("Disk")
    shoot(page, "02-kiosk")
    page.get_by_role("link", name="Accounts").click()
    new = page.locator("form.entry")
    new.get_by_label("Name").fill("juma")
    new.get_by_label("Password").fill(PIN)
    new.get_by_role("button", name="Make the account").click()
    expect(page.locator(".account")).to_have_count(2)
    shoot(page, "03-accounts")
    page.get_by_role("link", name="Who did what").click()
    expect(page.locator("main")).to_contain_text("juma")
    shoot(page, "03-who-did-what")
    page.get_by_role("button", name="Log out").click()
    shoot(page, "04-login")
    page.get_by_label("Name").fill("juma")
    page.get_by_label("Password or PIN").fill(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)


def a_refused_photo_and_a_retake(page: Page) -> None:
    page.get_by_label("Reference").fill("KITUO-0042")
    page.get_by_label("Adult").check()
    shoot(page, "05-light-box")
    page.get_by_role("button", name="Read film").click()
    expect(page).to_have_url(STUDY, timeout=SHOWN)
    expect(page.get_by_role("heading", level=1)).to_contain_text("blurred")
    shoot(page, "06-refused")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Read film")).to_be_enabled()
    expect(page.get_by_label("Reference")).to_have_value("KITUO-0042")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    expect(page).to_have_url(STUDY, timeout=SHOWN)
    expect(page.get_by_role("heading", level=1)).to_have_text("Signs of COVID-19")
    expect(page.locator(".whose .reference")).to_have_text("KITUO-0042")
    expect(page.locator(".record")).to_contain_text("juma")
    shoot(page, "07-reading")
    page.get_by_role("link", name="Next film").click()
    expect(page.get_by_label("Reference")).to_have_value("")


def twenty_files(page: Page) -> None:
    files = mixed_files()
    assert len(files) == 20
    page.locator("#photo").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files.items()]
    )
    lines = page.locator("#queue li")
    expect(lines).to_have_count(20)
    expect(page.locator("#queue")).not_to_contain_text(re.compile("waiting|reading…"), timeout=4 * SHOWN)
    said = lines.all_inner_texts()
    assert [line for line in said[:12] if "Signs of COVID-19" not in line] == []
    # Whatever is no good says why, and names something to do; the others went on.
    for line in said[12:]:
        assert "Signs of" not in line, said
        assert len(line.partition(": ")[2].split()) > 5, said
    assert page.locator("#queue b").count() == 0
    shoot(page, "08-uploads")


HOSTILE = {
    b"<img src=x onerror=alert(1)>.jpg": "02-normal.jpg",
    b"\xff\xfe no text.jpg": "06-normal.jpg",
    b"DCIM/line\nbreak.jpg": "08-normal.jpg",
    "صورة.jpg".encode(): "01-covid.jpg",
    b"z" * 240 + b".jpg": "07-covid.jpg",
} | {b"DCIM/%03d.jpg" % number: "02-normal.jpg" for number in range(43)}  # a whole page of them


def pictures_of_a_stick(page: Page, plugged: Plugged) -> None:
    link = page.get_by_role("link", name="USB stick")
    expect(link).to_be_hidden()
    plugged.put({name: (demo.PHOTOS / photo).read_bytes() for name, photo in HOSTILE.items()}, size=64_000_000)
    expect(link).to_be_visible()
    link.click()
    previews = page.locator(".preview img")
    expect(previews).to_have_count(len(HOSTILE))  # and none of the links and pipes on it
    shoot(page, "09-stick")
    page.locator("#choose-all").click()
    page.get_by_role("button", name="Read the chosen pictures").click()
    one_is_read(page)
    plugged.pull()
    expect(page.locator("#stop-form")).to_have_count(0, timeout=4 * SHOWN)
    said = page.locator("#items li").all_inner_texts()
    assert said[0].endswith(": Looks normal"), said
    assert "It was pulled out" in said[-1], said
    shoot(page, "10-stick-read")


def one_is_read(page: Page) -> None:
    """Wait for it by the kiosk's own word: the page asks each second, in which a fast machine reads a whole stick."""
    page.wait_for_url("**/stick/reading")
    until = time.monotonic() + SHOWN / 1000
    while page.request.get(page.url.replace("/stick/reading", "/api/stick")).json()["items"][0]["progress"] != "read":
        assert time.monotonic() < until
        time.sleep(0.02)


def search_note_and_verdict(page: Page) -> None:
    page.get_by_role("link", name="Studies").first.click()
    shoot(page, "11-studies")
    page.get_by_label("Reference").fill("kituo")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".card")).to_have_count(2)
    shoot(page, "12-found")
    page.locator(".card", has_text="Signs of COVID-19").click()
    page.get_by_label("Confirmed by test").check()
    page.get_by_label("What it was, if known").select_option("COVID-19")
    page.locator("#verdict button").click()
    expect(page.locator("#verdict .saved")).to_be_visible()
    page.locator("#note-text").fill("PCR positive. <b>Isolate</b>.")
    page.locator("#note button").click()
    expect(page.locator("#note .saved")).to_be_visible()
    shoot(page, "13-study")


def results_to_a_stick(page: Page, plugged: Plugged) -> None:
    plugged.plug("ro")
    page.reload()
    page.get_by_role("button", name="Save to the USB stick").click()
    expect(page.get_by_text("Saved, in the folder")).to_be_visible(timeout=SHOWN)
    shoot(page, "14-saved")
    (folder,) = plugged.mount.glob("filmside-*")
    kinds = {path.name.rpartition("_")[2] for path in folder.iterdir()}
    assert kinds == {"studies.csv", "report.pdf", "photo.jpg", "film.png", "heat.png"}
    assert "PCR positive." in (folder / "studies.csv").read_text(encoding="utf-8-sig")
    assert os.statvfs(plugged.mount).f_flag & os.ST_RDONLY
    plugged.pull()
    page.go_back()


def report(page: Page) -> None:
    link = page.get_by_role("link", name="Report (PDF)")
    content = page.request.get(page.url.rpartition("/studies")[0] + str(link.get_attribute("href"))).body()
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) == 1
        text = document[0].get_textpage().get_text_bounded()
    for wanted in ("Signs of COVID-19", "KITUO-0042", "juma", "Confirmed by test", "PCR positive.", "Not a diagnosis"):
        assert wanted in text


def other_pages(page: Page, kiosk: Kiosk) -> None:
    study = page.url
    for path, heading in (
        ("/account", "password"),
        ("/studies?deleted=1", "Deleted studies"),
        ("/studies/removed", "Removed studies"),
        ("/nothing-here", "no such page"),
    ):
        page.goto(kiosk.address + path)
        expect(page.get_by_role("heading").first).to_contain_text(re.compile(heading, re.IGNORECASE))
        shoot(page, f"17{re.sub(r'[^a-z]+', '-', path)}")
    page.goto(study)


def another_language(page: Page) -> None:
    study = page.url.partition("?")[0]
    page.locator("#language").select_option("fr")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(re.compile(f"^{study}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("COVID-19")
    shoot(page, "15-french")
    page.locator("#language").select_option("hi")
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    shoot(page, "16-hindi")
    page.locator("#language").select_option("fr")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
