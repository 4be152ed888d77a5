"""What every light does."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pytest
from gpiozero.pins.mock import MockFactory

from device.errors import LightFault
from device.light import Light
from device.light.gpio import GpioLight
from device.light.memory import MemoryLight
from device.light.none import NoLight
from device.light.terminal import TerminalLight
from device.values import Status

LIGHTS: dict[str, Callable[[MockFactory], Light]] = {
    "none": lambda pins: NoLight(),
    "memory": lambda pins: MemoryLight(),
    "terminal": lambda pins: TerminalLight(io.StringIO()),
    "gpio-rgb": lambda pins: GpioLight((17, 27, 22), pin_factory=pins),
    "gpio-led": lambda pins: GpioLight((17,), pin_factory=pins),
}


@pytest.fixture(params=LIGHTS)
def light(request: pytest.FixtureRequest, pins: MockFactory) -> Light:
    return LIGHTS[request.param](pins)


def test_every_status_can_be_shown_and_shown_again(light: Light) -> None:
    for status in (*Status, *Status, Status.READY, Status.READY):
        light.show(status)
    light.close()


def test_threads_may_show_at_once(light: Light) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for status in Status:
                light.show(status)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert not problems
    light.close()


def test_closing_twice_is_allowed(light: Light) -> None:
    light.show(Status.READING)
    light.close()
    light.close()


@pytest.mark.parametrize("name", [name for name in LIGHTS if name != "none"])
def test_a_closed_light_shows_nothing_more(name: str, pins: MockFactory) -> None:
    light = LIGHTS[name](pins)
    light.close()
    with pytest.raises(LightFault, match="closed"):
        light.show(Status.READY)
