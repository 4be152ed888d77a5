"""The button: one call a press, busy presses harmless, faults swallowed as the page shows them."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from gpiozero.pins.mock import MockFactory

from device.errors import Busy, CameraFault, LightFault
from device.light.button import BOUNCE, ReadButton

PIN = 5


def press(pins: MockFactory) -> None:
    pins.pin(PIN).drive_low()
    time.sleep(2 * BOUNCE)
    pins.pin(PIN).drive_high()
    time.sleep(2 * BOUNCE)


def test_each_press_calls_once(pins: MockFactory) -> None:
    calls: list[str] = []
    button = ReadButton(PIN, lambda: calls.append("press"), pin_factory=pins)
    for _ in range(3):
        press(pins)
    button.close()
    assert len(calls) == 3


def test_presses_while_a_film_is_read_do_nothing(pins: MockFactory) -> None:
    calls: list[str] = []
    done = threading.Event()

    def read() -> None:
        calls.append("press")
        done.wait(10)

    button = ReadButton(PIN, read, pin_factory=pins)
    for _ in range(3):
        press(pins)
    assert len(calls) == 1
    done.set()
    time.sleep(0.05)
    press(pins)
    button.close()
    assert len(calls) == 2


@pytest.mark.parametrize("error", [Busy("busy"), CameraFault("gone"), RuntimeError("a bug")])
def test_a_press_that_fails_leaves_the_button_alive(
    pins: MockFactory, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    def read() -> None:
        calls.append("press")
        raise error

    button = ReadButton(PIN, read, pin_factory=pins)
    with caplog.at_level(logging.INFO):
        press(pins)
        press(pins)
    button.close()
    assert len(calls) == 2
    assert str(error) in caplog.text


def test_a_closed_button_does_nothing(pins: MockFactory) -> None:
    calls: list[str] = []
    button = ReadButton(PIN, lambda: calls.append("press"), pin_factory=pins)
    button.close()
    button.close()
    press(pins)
    assert calls == []


def test_a_pin_that_is_not_there_is_a_fault(pins: MockFactory) -> None:
    with pytest.raises(LightFault, match=r"The button on pin 99 cannot be used: .*Correct `button_pin`"):
        ReadButton(99, lambda: None, pin_factory=pins)
