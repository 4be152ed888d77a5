"""What each light shows: colour, pattern and word."""

from __future__ import annotations

import io
import time

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from device.errors import LightFault
from device.light.gpio import GpioLight
from device.light.memory import MemoryLight
from device.light.patterns import look_of
from device.light.terminal import TerminalLight
from device.values import Status

RGB = (17, 27, 22)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_every_status_has_a_pattern_and_a_word_of_its_own() -> None:
    looks = [look_of(status) for status in Status]
    assert len({(look.pattern.on, look.pattern.off, look.pattern.fade) for look in looks}) == len(Status)
    assert len({look.pattern.name for look in looks}) == len(Status)
    assert len({look.word for look in looks}) == len(Status)


def test_no_pattern_flashes_more_than_three_times_a_second() -> None:
    for status in Status:
        pattern = look_of(status).pattern
        assert pattern.steady or pattern.on + pattern.off + 2 * pattern.fade > 1 / 3


def test_the_terminal_says_the_word_in_colour_once_a_change() -> None:
    stream = Terminal()
    light = TerminalLight(stream)
    for status in (Status.READY, Status.READY, Status.FAULT):
        light.show(status)
    assert stream.getvalue() == (
        "\x1b[38;2;255;255;255m●\x1b[0m light: ready (white, steady)\n"
        "\x1b[38;2;255;0;0m●\x1b[0m light: fault, see the page (red, fast blink)\n"
    )


def test_a_log_gets_words_without_escape_codes() -> None:
    stream = io.StringIO()
    TerminalLight(stream).show(Status.RETAKE)
    assert stream.getvalue() == "light: take the photo again (amber, blink)\n"


def test_a_terminal_that_is_gone_is_a_fault() -> None:
    stream = io.StringIO()
    light = TerminalLight(stream)
    stream.close()
    with pytest.raises(LightFault, match=r'nothing can be written: .*set light = "none"'):
        light.show(Status.READY)


def test_the_memory_light_remembers_the_order() -> None:
    light = MemoryLight()
    for status in (Status.READY, Status.READING, Status.READY):
        light.show(status)
    assert light.shown == (Status.READY, Status.READING, Status.READY)


def wait_for(pins: list[MockPWMPin], wanted: tuple[float, ...]) -> None:
    """Until the pins have been in these states, or fail."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        if all(any(abs(now.state - want) < 0.01 for now in pin.states) for pin, want in zip(pins, wanted, strict=True)):
            return
        time.sleep(0.01)
    pytest.fail(f"wanted {wanted}; the pins were {[pin.states for pin in pins]}")


@pytest.mark.parametrize("status", list(Status))
def test_the_rgb_led_shows_the_colour_of_the_status(pins: MockFactory, status: Status) -> None:
    light = GpioLight(RGB, pin_factory=pins)
    colour = look_of(status).colour
    light.show(status)
    wait_for([pins.pin(number) for number in RGB], (colour.red, colour.green, colour.blue))
    light.close()


def test_ready_is_steady_and_a_fault_blinks_on_one_led(pins: MockFactory) -> None:
    light = GpioLight((17,), pin_factory=pins)
    pin = pins.pin(17)
    light.show(Status.READY)
    pin.clear_states()
    time.sleep(0.5)
    assert [state.state for state in pin.states] == [1.0]
    light.show(Status.FAULT)
    deadline = time.monotonic() + 3
    while len(pin.states) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    # Setting up the blink switches the LED off first, hence two offs at the most.
    assert [state.state for state in pin.states][-4:] in ([1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0])
    light.close()


def test_a_pulse_fades(pins: MockFactory) -> None:
    light = GpioLight((17,), pin_factory=pins)
    light.show(Status.READING)
    wait_for([pins.pin(17)], (1.0,))
    assert any(0.2 < state.state < 0.8 for state in pins.pin(17).states)
    light.close()


def test_closing_switches_off_and_gives_the_pins_back(pins: MockFactory) -> None:
    light = GpioLight(RGB, pin_factory=pins)
    light.show(Status.READY)
    light.close()
    assert [pins.pin(number).state for number in RGB] == [0, 0, 0]
    GpioLight(RGB, pin_factory=pins).close()


def test_pins_that_are_taken_or_not_there_are_a_fault(pins: MockFactory) -> None:
    light = GpioLight(RGB, pin_factory=pins)
    with pytest.raises(LightFault, match=r"on pins 17 cannot be driven: .*in use.*Correct `light_pins`"):
        GpioLight((17,), pin_factory=pins)
    with pytest.raises(LightFault, match=r"on pins 99 cannot be driven"):
        GpioLight((99,), pin_factory=pins)
    light.close()
