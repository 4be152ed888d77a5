"""The pins of this Raspberry Pi, by lgpio: the one way that works on every Pi, the fifth included."""

from __future__ import annotations

from gpiozero.pins.lgpio import LGPIOFactory

from device.errors import LightFault


def board_pins() -> LGPIOFactory:
    """The board's pins. Raises LightFault where there are none.

    gpiozero would otherwise try four libraries in turn and settle for the one that fails last.
    """
    try:
        return LGPIOFactory()
    except Exception as error:  # lgpio.error and gpiozero's PinUnknownPi have no nearer parent in common
        raise LightFault(
            f"The pins of this board cannot be reached: {str(error) or type(error).__name__}; wanted a Raspberry Pi "
            'whose /dev/gpiochip* Filmside\'s user may open. Add the user to the group gpio, or set light = "none" and '
            "button_pin = -1."
        ) from error
