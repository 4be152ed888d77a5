"""How large a picture from outside may be, and what is said of one that is not."""

from __future__ import annotations

from device.values import Reason, Refusal

SHORTEST_SIDE = 140
"""Photo pixels. A film read from less than this has much less than the members' 160 x 160 input."""

MOST_PIXELS = 120_000_000
"""Photo pixels: above any camera that a kiosk has; a larger file is a mistake or an attack."""

MOST_PIXELS_WHOLE = 50_000_000
"""The same for formats that cannot be unpacked at a half or a quarter: a small board has the memory for no more."""


def judge_size(width: int, height: int, most: int) -> Refusal | None:
    """Why a picture of this size cannot be read, None where it can."""
    if width * height > most:
        return Refusal(
            Reason.TOO_LARGE,
            f"This picture has {width} x {height} pixels; wanted at most {most // 1_000_000} million. Choose the photo "
            "as the camera took it.",
        )
    if min(width, height) < SHORTEST_SIDE:
        return Refusal(
            Reason.TOO_SMALL,
            f"This picture has only {width} x {height} pixels; wanted at least {SHORTEST_SIDE} on the shorter side. "
            "Choose the full-size photo, not its preview.",
        )
    return None
