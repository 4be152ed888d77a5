"""The light and the button that the settings name, or a fault with what to do: never another light."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from device.errors import LightFault
from device.light import open_button, open_light
from device.light.gpio import GpioLight
from device.light.none import NoLight
from device.light.terminal import TerminalLight
from device.settings import Settings
from device.values import Status

RGB = Settings(light="gpio-rgb", light_pins=(17, 27, 22))
BUTTON = Settings(button_pin=5)


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """device.light.board over a stand-in lgpio whose factory the test chooses."""
    factories: dict[str, Any] = {}
    library, gpiozero_part = ModuleType("lgpio"), ModuleType("gpiozero.pins.lgpio")
    library.error = type("error", (Exception,), {})  # type: ignore[attr-defined]
    gpiozero_part.LGPIOFactory = lambda: factories["make"]()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", library)
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", gpiozero_part)
    monkeypatch.delitem(sys.modules, "device.light.board", raising=False)
    factories["error"] = library.error  # type: ignore[attr-defined]
    return factories


def test_lights_without_a_board() -> None:
    assert isinstance(open_light(Settings(light="none")), NoLight)
    assert isinstance(open_light(Settings(light="terminal")), TerminalLight)
    assert open_button(Settings(), lambda: None) is None


@pytest.mark.parametrize("missing", ["gpiozero", "lgpio"])
def test_a_missing_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for module in ("board", "gpio", "button"):
        monkeypatch.delitem(sys.modules, f"device.light.{module}", raising=False)
    with pytest.raises(LightFault, match=r'light = "gpio-rgb", but .* cannot be loaded: .*filmside\[pi\]'):
        open_light(RGB)
    with pytest.raises(LightFault, match=r"button_pin = 5, but .* cannot be loaded: .*filmside\[pi\]"):
        open_button(BUTTON, lambda: None)


def test_a_board_without_pins_says_what_to_do(lgpio: dict[str, Any]) -> None:
    def refuse() -> None:
        raise lgpio["error"]("can not open gpiochip")

    lgpio["make"] = refuse
    for open_ in (lambda: open_light(RGB), lambda: open_button(BUTTON, lambda: None)):
        with pytest.raises(LightFault, match=r"cannot be reached: can not open gpiochip; .*group gpio"):
            open_()


def test_a_board_with_pins_shines_and_listens(lgpio: dict[str, Any]) -> None:
    pins = MockFactory(pin_class=MockPWMPin)
    lgpio["make"] = lambda: pins
    light = open_light(RGB)
    assert isinstance(light, GpioLight)
    light.show(Status.READY)
    assert [pins.pin(number).state for number in RGB.light_pins] == [1, 1, 1]
    button = open_button(BUTTON, lambda: None)
    assert button is not None
    button.close()
    light.close()
