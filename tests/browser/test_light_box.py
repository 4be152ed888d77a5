"""The light box in a real browser: read by mouse, by space bar, by file; follow the kiosk; fit the small screen."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from device.errors import CameraFault, StoreFault
from device.values import Status
from tests.browser.conftest import Watch
from tests.device.web.fake_kiosk import GLARE, FakeKiosk, a_film, a_photo

STUDY = re.compile(r"/studies/[0-9a-f]{32}$")


def fits(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
        )
    )


def test_mouse_reads_a_film(page: Page) -> None:
    page.get_by_role("button", name="Read film").click()
    expect(page).to_have_url(STUDY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Signs of tuberculosis")
    expect(page.get_by_text("Show this film to a doctor.")).to_be_visible()
    expect(page.get_by_text("Not a diagnosis: a decision aid, not a medical device.")).to_be_visible()


def test_space_bar_reads_a_film_and_tries_again_after_a_refusal(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.answers.append(GLARE)
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text(GLARE.say)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Read film")).to_be_visible()


def test_space_bar_tries_again_as_soon_as_the_refusal_is_there(page: Page, kiosk: FakeKiosk) -> None:
    # The refusal comes into the page; the study's own script only follows it, here never.
    page.route("**/study.js*", lambda route: None)
    kiosk.answers.append(GLARE)
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text(GLARE.say)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Read film")).to_be_visible()


def test_the_button_pressed_twice_reads_once(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.hold.clear()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Reading…")).to_be_visible()
    page.keyboard.press("Space")
    frames = kiosk.frames
    expect(page.locator("#status")).to_have_text("Reading")
    for _ in range(50):
        if kiosk.frames > frames:
            break
        page.wait_for_timeout(100)
    assert kiosk.frames > frames, "the live view stands still while a film is read"
    kiosk.hold.set()
    expect(page).to_have_url(STUDY)
    assert kiosk.store.count() == 1


def test_picker_reads_one_photo(page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "one.jpg"
    photo.write_bytes(a_photo(a_film()).encoded)
    page.get_by_label("Read a photo from a file").set_input_files(photo)
    expect(page).to_have_url(STUDY)
    expect(page.get_by_text("one.jpg")).to_be_visible()


def test_several_dropped_photos_are_read_in_turn_and_a_refused_one_says_why(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.answers.extend([GLARE])
    encoded = base64.b64encode(a_photo(a_film()).encoded).decode()
    page.evaluate(
        """encoded => {
            const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            for (const name of ["glare.jpg", "<b>good</b>.jpg"])
                dataTransfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
            for (const type of ["dragenter", "dragover", "drop"])
                document.querySelector(".stage").dispatchEvent(
                    new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}));
        }""",
        encoded,
    )
    lines = page.locator("#queue li")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_have_text(f"glare.jpg: {GLARE.say}")
    expect(lines.nth(1)).to_have_text("<b>good</b>.jpg: Signs of tuberculosis")
    lines.nth(1).get_by_role("link").click()
    expect(page).to_have_url(STUDY)


def test_page_follows_the_kiosk(page: Page, kiosk: FakeKiosk) -> None:
    expect(page.locator("#status")).to_have_text("Ready")
    kiosk.status = Status.READING
    expect(page.locator("#status")).to_have_text("Reading")
    study = kiosk.keep(GLARE)
    kiosk.status = Status.RETAKE
    expect(page.locator("#status")).to_have_text("Retake")
    expect(page.locator("#last a")).to_have_attribute("href", f"/studies/{study.id}")


def test_a_last_study_that_arrives_after_the_page_was_turned_is_let_go(page: Page, kiosk: FakeKiosk) -> None:
    # A page that complains fails at the end of the test: what shows the last study went with the light box.
    held: list[Route] = []
    page.route("**/newest*", lambda route: held.append(route))
    kiosk.status = Status.READING
    expect(page.locator("#status")).to_have_text("Reading")
    kiosk.keep(GLARE)
    with page.expect_request("**/newest*"):
        kiosk.status = Status.RETAKE
    page.keyboard.press("Space")
    expect(page).to_have_url(STUDY)
    held[0].continue_()
    page.wait_for_timeout(500)


def test_fault_says_what_to_do_and_goes_when_mended(page: Page, kiosk: FakeKiosk, watch: Watch) -> None:
    watch.expected = ("503",)
    kiosk.answers.append(StoreFault("The disk is full; wanted 200 MB free. Remove old studies."))
    page.get_by_role("button", name="Read film").click()
    expect(page.get_by_role("alert")).to_contain_text("The disk is full; wanted 200 MB free. Remove old studies.")
    assert fits(page)
    page.get_by_role("button", name="Read film").click()
    expect(page).to_have_url(STUDY)


def test_lost_camera_says_so_where_the_picture_was(page: Page, kiosk: FakeKiosk, watch: Watch) -> None:
    watch.expected = ("503",)
    kiosk.camera_fault = str(CameraFault("The camera is gone. Push its cable in."))
    expect(page.get_by_text("The camera is gone. Push its cable in.")).to_be_visible()
    kiosk.camera_fault = None
    expect(page.locator("#no-picture")).to_be_hidden()


def test_busy_kiosk_says_so(page: Page, kiosk: FakeKiosk, watch: Watch) -> None:
    watch.expected = ("409",)
    kiosk._lock.acquire()
    page.keyboard.press("Space")
    expect(page.locator("#message")).to_have_text("A film is being read already. Wait for its reading, then try again.")
    kiosk._lock.release()


def test_light_box_fits_the_small_screen_and_a_phone(page: Page, kiosk: FakeKiosk) -> None:
    kiosk.keep(GLARE)
    page.reload()
    assert fits(page)
    too_small = page.evaluate(
        """[...document.querySelectorAll("a:not(.skip), button, label")].filter(one => one.offsetParent)
           .filter(one => one.getBoundingClientRect().height < 48).map(one => one.outerHTML)"""
    )
    assert too_small == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_keyboard_alone(page: Page) -> None:
    here = "document.activeElement"
    what = f"({here}.labels?.[0] ?? {here}.selectedOptions?.[0] ?? {here})"
    names = []
    for _ in range(11):
        page.keyboard.press("Tab")
        names.append(page.evaluate(f"{what}.innerText.trim()"))
    wanted = ["Skip to the page", "Filmside", "Light box", "Studies", "Kiosk", "Log in", "English", "Reference"]
    assert names == [*wanted, "Not said", "Read film", "Read a photo from a file"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(STUDY)


def test_works_with_javascript_off(page: Page, address: str, tmp_path: Path) -> None:
    photo = tmp_path / "plain.jpg"
    photo.write_bytes(a_photo(a_film()).encoded)
    assert page.context.browser is not None
    context = page.context.browser.new_context(java_script_enabled=False)
    context.set_default_timeout(8000)
    plain = context.new_page()
    plain.goto(address)
    plain.get_by_role("button", name="Read film").click()
    expect(plain).to_have_url(STUDY)
    plain.goto(address)
    plain.locator("input[type=file]").set_input_files(photo)
    plain.get_by_role("button", name="Read these photos").click()
    expect(plain).to_have_url(STUDY)
    expect(plain.get_by_text("plain.jpg")).to_be_visible()
    context.close()
