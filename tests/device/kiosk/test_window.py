"""Several browsers look through one camera, and none holds up a reading; what it shows is coached once."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import pytest

from device import demo
from device.camera.jpeg import encode_frame
from device.errors import CameraFault
from device.film.find import find
from device.film.quality import assess
from device.film.rectify import rectify
from device.intake.decode import decode
from device.values import Coaching, Corners, Frame, Photo, Picture
from device.window import Window


class SlowKiosk:
    """Gives a frame when it is let to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = threading.Event()
        self.count = 0
        self.fault = False

    def frame(self) -> Frame:
        self.asked.set()
        assert self.go.wait(5)
        if self.fault:
            raise CameraFault("The camera is gone. Push its cable in.")
        self.count += 1
        return Frame(b"%d" % self.count, 0, 0)


def look_in_vain(window: Window) -> None:
    with pytest.raises(CameraFault):
        window.frame()


def test_only_one_request_waits_for_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    kiosk = SlowKiosk()
    window = Window(kiosk.frame)
    kiosk.go.set()
    assert window.frame().encoded == b"1"
    kiosk.go.clear()
    kiosk.asked.clear()
    waiting = threading.Thread(target=window.frame, daemon=True)
    waiting.start()
    assert kiosk.asked.wait(5)
    assert window.frame().encoded == b"1", "a second browser gets the last frame at once"
    kiosk.go.set()
    waiting.join(5)
    assert kiosk.count == 2


def test_browsers_at_the_same_moment_share_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 60.0)
    kiosk = SlowKiosk()
    kiosk.go.set()
    window = Window(kiosk.frame)
    assert window.frame() is window.frame()
    assert kiosk.count == 1


def test_the_first_frame_is_waited_for_by_all() -> None:
    kiosk = SlowKiosk()
    window = Window(kiosk.frame)
    first = threading.Thread(target=window.frame, daemon=True)
    first.start()
    assert kiosk.asked.wait(5)
    threading.Timer(0.1, kiosk.go.set).start()
    assert window.frame().encoded == b"1"
    first.join(5)


def test_no_old_frame_after_the_camera_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    kiosk = SlowKiosk()
    kiosk.go.set()
    window = Window(kiosk.frame)
    window.frame()
    kiosk.fault = True
    with pytest.raises(CameraFault):
        window.frame()
    kiosk.go.clear()
    kiosk.asked.clear()
    waiting = threading.Thread(target=look_in_vain, args=[window], daemon=True)
    waiting.start()
    assert kiosk.asked.wait(5)
    with pytest.raises(CameraFault):
        window.frame()
    kiosk.go.set()
    waiting.join(5)


class Eye:
    """In the place of `Coach`: counts what it is shown."""

    def __init__(self) -> None:
        self.go, self.seeing = threading.Event(), threading.Event()
        self.go.set()
        self.seen = 0

    def see(self, frame: Picture) -> Coaching:
        self.seeing.set()
        assert self.go.wait(5)
        self.seen += 1
        return Coaching(None, f"look {self.seen}", False, frame.width, frame.height)


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch) -> Eye:
    eye = Eye()
    monkeypatch.setattr("device.window.Coach", lambda gate, scout: eye)
    return eye


def a_view(name: str = "02-normal.jpg") -> Frame:
    pixels = cv2.imread(str(demo.PHOTOS / name))
    assert pixels is not None
    return Frame(encode_frame(pixels), width=pixels.shape[1], height=pixels.shape[0])


def test_a_frame_is_coached_only_when_it_is_asked_for_and_only_once(monkeypatch: pytest.MonkeyPatch, eye: Eye) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 60.0)
    window = Window(a_view)
    window.frame()
    assert eye.seen == 0
    assert [window.coaching().say for _ in range(3)] == ["look 1"] * 3
    assert (window.coaching().width, window.coaching().height) == (1600, 1200)


def test_a_frame_that_comes_again_is_looked_at_again(monkeypatch: pytest.MonkeyPatch, eye: Eye) -> None:
    """A folder camera gives one frame many times; what was seen roughly must not stand for ever."""
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    one = a_view()
    window = Window(lambda: one)
    assert [window.coaching().say for _ in range(3)] == ["look 1", "look 2", "look 3"]


def test_a_second_browser_does_not_wait_for_the_coaching(monkeypatch: pytest.MonkeyPatch, eye: Eye) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    window = Window(a_view)
    window.coaching()
    eye.go.clear()
    eye.seeing.clear()
    waiting = threading.Thread(target=window.coaching, daemon=True)
    waiting.start()
    assert eye.seeing.wait(5)
    assert window.coaching().say == "look 1"
    eye.go.set()
    waiting.join(5)
    assert eye.seen == 2


def test_no_coaching_of_a_frame_from_before_the_camera_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    kiosk = SlowKiosk()
    kiosk.go.set()
    window = Window(kiosk.frame)
    window.coaching()
    kiosk.fault = True
    with pytest.raises(CameraFault, match="Push its cable in"):
        window.coaching()


def test_a_frame_that_is_no_picture_is_said_in_words() -> None:
    said = Window(lambda: Frame(b"no JPEG", 1600, 1200)).coaching()
    assert (said.ready, said.film) == (False, None)
    assert "no picture that Filmside knows" in said.say


def test_a_blurred_picture_is_not_ready_although_it_came_as_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    """At JPEG quality 75 the edges of its blocks were taken for sharp ones."""
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    window = Window(lambda: a_view("05-normal-blurred.jpg"))
    said = [window.coaching() for _ in range(3)]
    assert [(one.ready, one.say) for one in said] == [
        (False, "The picture is blurred. Hold still and let the camera focus.")
    ] * 3


@pytest.mark.parametrize("path", sorted(demo.PHOTOS.glob("*.jpg")), ids=lambda path: path.stem)
def test_ready_means_that_the_photo_would_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.window.FRESH_SECONDS", 0.0)
    window = Window(lambda: a_view(path.name))
    said = [window.coaching() for _ in range(2)][-1]
    picture = decode(Photo(path.name, path.read_bytes()))
    assert isinstance(picture, Picture)
    corners = find(picture)
    assert isinstance(corners, Corners)
    assert said.ready == (assess(rectify(picture, corners), picture) is None)
    assert said.film is not None
    for seen, true in zip(said.film.corners.points(), corners.points(), strict=True):
        # A blurred edge is itself some thirty pixels wide.
        near = 25 if "blurred" in path.name else 6
        assert (seen.x, seen.y) == pytest.approx((true.x, true.y), abs=near)
