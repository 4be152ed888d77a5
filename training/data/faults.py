"""What goes wrong when a film is photographed, each fault at a level from 1 (hardly seen) to 4 (past reading).

Levels 1 and 2 are what a careful technician's photos have; at 3 a reader can no longer be sure, at 4 nobody could read
the film. Each level is a physical amount, given beside the fault.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import numpy as np

from training.data.scene import GLARE_SHAPES, Scene, draw_scene

LEVELS = (1, 2, 3, 4)


class Fault(str, Enum):
    """One thing that goes wrong."""

    BLUR = "blur"
    MOTION = "motion"
    GLARE = "glare"
    TOO_BRIGHT = "too-bright"
    TOO_DARK = "too-dark"
    UNEVEN = "uneven"
    TOO_FAR = "too-far"
    CUT_OFF = "cut-off"
    MOIRE = "moire"
    HAND = "hand"


AMOUNTS: dict[Fault, tuple[float, float, float, float]] = {
    Fault.BLUR: (1.0, 2.0, 7.0, 12.0),  # blur's standard deviation, thousandths of the photo's width
    Fault.MOTION: (3.0, 6.0, 22.0, 40.0),  # length of the shake, thousandths of the photo's width
    Fault.GLARE: (0.04, 0.1, 0.8, 1.6),  # light of the reflection's middle, the bare box being 1
    Fault.TOO_BRIGHT: (1.3, 1.6, 7.0, 14.0),  # exposure, 1 being the bare box at the camera's white
    Fault.TOO_DARK: (0.6, 0.45, 0.03, 0.012),  # the same
    Fault.UNEVEN: (0.1, 0.25, 1.4, 2.2),  # powers of ten that the box is darker by at one end
    Fault.TOO_FAR: (0.5, 0.4, 0.12, 0.08),  # the film's height as a share of the photo's
    Fault.CUT_OFF: (0.0, 0.015, 0.15, 0.3),  # share of the film outside the photo
    Fault.MOIRE: (0.02, 0.04, 0.3, 0.6),  # depth of the bands
    Fault.HAND: (-0.02, 0.015, 0.3, 0.45),  # reach over the film, share of its diagonal
}
"""Fault -> what it amounts to at each level."""


def draw_hard_scene(seed: int, *, width: int, height: int, surround: str | None = None) -> Scene:
    """A scene as `draw_scene` draws it, and what a site may add without fault: any turn, tilt to 30 degrees, a lens's
    barrel, rounded corners, clips, stickers."""
    rng = np.random.default_rng((seed, 8))
    scene = draw_scene(seed, width=width, height=height, surround=surround)
    if scene.surround == "cropped":
        return scene
    return replace(
        scene,
        roll=float(rng.choice([rng.uniform(-12, 12), rng.uniform(-180, 180)])),
        tilt_x=float(rng.uniform(-30, 30)) if rng.random() < 0.3 else scene.tilt_x,
        tilt_y=float(rng.uniform(-30, 30)) if rng.random() < 0.3 else scene.tilt_y,
        distortion=float(rng.choice([0.0, rng.uniform(0.0, 0.02)])),
        rounding=float(rng.choice([0.0, rng.uniform(0.01, 0.05)])),
        clips=int(rng.choice([0, 0, 0, 1, 2])),
        stickers=int(rng.choice([0, 0, 1, 2])),
    )


def spoil(scene: Scene, fault: Fault, level: float) -> Scene:
    """The scene with one fault at a level of 1 to 4, and no other: glare, blur and the like are taken out first.

    Between two levels lies an amount between theirs. Where a fault falls (a corner, a side, a direction) is drawn by
    the scene's own seed.
    """
    rng = np.random.default_rng((scene.seed, 9, list(Fault).index(fault)))
    amount = float(np.interp(level, LEVELS, AMOUNTS[fault]))
    calm = replace(
        scene, glare=0.0, blur=min(scene.blur, 0.5), noise=min(scene.noise, 0.6), exposure=1.0,
        box_fall_off=min(scene.box_fall_off, 0.2),
    )  # fmt: skip
    turn, corner = float(rng.uniform(0, 360)), int(rng.integers(4))
    if fault is Fault.BLUR:
        return replace(calm, blur=amount)
    if fault is Fault.MOTION:
        return replace(calm, motion=amount, motion_angle=turn)
    if fault is Fault.GLARE:
        x, y = rng.uniform(0.38, 0.62, 2)
        return replace(
            calm, glare=amount, glare_x=float(x), glare_y=float(y), glare_size=0.6 + 0.2 * level,
            glare_shape=str(rng.choice(GLARE_SHAPES)), glare_angle=turn,
        )  # fmt: skip
    if fault in (Fault.TOO_BRIGHT, Fault.TOO_DARK):
        return replace(calm, exposure=amount)
    if fault is Fault.UNEVEN:
        return replace(calm, ramp=amount, ramp_angle=turn)
    if fault is Fault.TOO_FAR:
        return replace(calm, film_share=amount)
    if fault is Fault.CUT_OFF:
        return replace(calm, cut=amount, cut_side=corner, film_share=max(calm.film_share, 0.75))
    if fault is Fault.MOIRE:
        return replace(calm, moire=amount)
    return replace(calm, hand=amount, hand_corner=corner)
