"""What one photo of a film is made from, and how it is drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SURROUNDS = ("box", "glow", "dark", "cropped")
"""What is around the film: the box in a dim room, the box filling the photo, a masked box, nothing at all."""

GLARE_SHAPES = ("lamp", "tube", "window")
"""What is mirrored in a film: a round lamp, a long tube, a window with its cross."""


@dataclass(frozen=True)
class Scene:
    """Everything that one photo is made from. Lengths are shares of the photo, angles degrees.

    What stands below `seed` is nothing unless a fault or a hard scene asks for it (`training.data.faults`).
    """

    width: int
    height: int
    surround: str
    film_share: float
    aspect: float
    roll: float
    tilt_x: float
    tilt_y: float
    shift_x: float
    shift_y: float
    box_margin: float
    box_fall_off: float
    box_bands: float
    box_tint: tuple[float, float, float]
    film_tint: tuple[float, float, float]
    film_range: float
    film_border: float
    border_level: float
    room: float
    glare: float
    glare_x: float
    glare_y: float
    exposure: float
    gamma: float
    blur: float
    noise: float
    jpeg_quality: int
    seed: int
    cut: float = 0.0
    """Share of the film that lies outside the photo, beyond `cut_side`: 0 top, 1 right, 2 bottom, 3 left."""
    cut_side: int = 0
    ramp: float = 0.0
    """How much darker the box is at one end than at the other, in powers of ten: 0 not, 1 a tenth of the light."""
    ramp_angle: float = 0.0
    glare_size: float = 1.0
    """Size of the reflection, as a multiple of the usual 0.12 x 0.09."""
    glare_shape: str = "lamp"
    glare_angle: float = 0.0
    motion: float = 0.0
    """Length of the camera's shake in thousandths of the photo's width."""
    motion_angle: float = 0.0
    moire: float = 0.0
    """Depth of the bands that a screen's pixels make with the camera's."""
    hand: float = 0.0
    """How far a hand reaches over the film from one corner, as a share of the film's diagonal."""
    hand_corner: int = 0
    distortion: float = 0.0
    """The lens's barrel: how far the photo's corner is drawn in, as a share of the half diagonal."""
    rounding: float = 0.0
    """Radius of the film's corners, as a share of its shorter side."""
    clips: int = 0
    stickers: int = 0
    neighbours: int = 0
    """Other films beside this one, at most two."""
    clutter: float = 0.0
    """How far the room around the box is brighter or darker in places, as a share of its light: furniture, papers."""


def draw_scene(seed: int, *, width: int, height: int, surround: str | None = None, hardness: float = 1.0) -> Scene:
    """Draw one scene by lot; the same seed draws the same scene. `hardness` scales every defect, 0 to 1 or more."""
    rng = np.random.default_rng(seed)
    if surround is None:
        surround = str(rng.choice(SURROUNDS, p=(0.45, 0.3, 0.1, 0.15)))

    def spread(amount: float) -> float:
        return float(rng.uniform(-amount, amount)) * hardness

    warm = spread(0.18)
    return Scene(
        width=width,
        height=height,
        surround=surround,
        film_share=float(rng.uniform(1.02, 1.25) if surround == "cropped" else rng.uniform(0.55, 0.93)),
        aspect=float(rng.choice([0.82, 0.82, 1.0, 1.22]) * rng.uniform(0.96, 1.04)),
        roll=spread(3.0 if surround == "cropped" else 12.0),
        tilt_x=spread(14.0),
        tilt_y=spread(14.0),
        shift_x=spread(0.06),
        shift_y=spread(0.06),
        box_margin=float(rng.uniform(0.06, 0.5)),
        box_fall_off=float(rng.uniform(0.0, 0.45)) * hardness,
        box_bands=float(rng.uniform(0.0, 0.08)) * hardness,
        box_tint=(1.0 - warm, 1.0, 1.0 + warm),
        film_tint=(1.0 + spread(0.25), 1.0 + spread(0.1), 1.0 + spread(0.25)),
        film_range=float(rng.uniform(1.3, 2.3)),
        film_border=float(rng.choice([0.0, rng.uniform(0.005, 0.04)])),
        border_level=float(rng.choice([0.0, 0.05, 0.9])),
        room=float(rng.uniform(0.0, 0.08)),
        glare=float(rng.choice([0.0, 0.0, rng.uniform(0.05, 0.35)])) * hardness,
        glare_x=float(rng.uniform(0.1, 0.9)),
        glare_y=float(rng.uniform(0.1, 0.9)),
        exposure=float(rng.uniform(0.75, 1.15)),
        gamma=float(rng.uniform(1.8, 2.4)),
        blur=float(rng.uniform(0.2, 0.9)) * hardness,
        noise=float(rng.uniform(0.2, 1.0)) * hardness,
        jpeg_quality=int(rng.integers(72, 96)),
        seed=seed,
    )
