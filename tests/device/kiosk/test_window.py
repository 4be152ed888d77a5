"""Several browsers look through one camera, and none holds up a reading."""

from __future__ import annotations

import threading

import pytest

from device.errors import CameraFault
from device.values import Frame
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
