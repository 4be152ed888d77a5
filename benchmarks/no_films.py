"""Pictures without a film, drawn by lot: bare light boxes, walls, paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.bare_boxes import Box

Colour = NDArray[np.uint8]

SHAPE = (1050, 1400)
"""Rows and columns of every picture."""


def bare_box(seed: int) -> Colour:
    """A lit box without a film: in a dim room or filling the photo, with fall-off, bands, tint and dust."""
    rng = np.random.default_rng((seed, 21))
    spots = tuple(
        (int(rng.uniform(200, 1200)), int(rng.uniform(200, 850)), int(rng.uniform(2, 9)), float(rng.uniform(0.3, 0.9)))
        for _ in range(int(rng.integers(0, 4)))
    )
    warm = rng.uniform(-0.15, 0.15)
    box = Box(
        width=SHAPE[1], height=SHAPE[0], margin=float(rng.choice([0.0, rng.uniform(0.03, 0.25)])),
        fall_off=float(rng.uniform(0, 0.45)), bands=float(rng.uniform(0, 0.06)), slope=float(rng.uniform(0, 0.4)),
        tint=(1 - warm, 1.0, 1 + warm), spots=spots, exposure=float(rng.uniform(0.3, 1.1)),
        room=float(rng.uniform(0, 0.08)), blur=float(rng.uniform(0.4, 2.0)), noise=float(rng.uniform(0.5, 3.0)),
        shift=(int(rng.uniform(-40, 40)), int(rng.uniform(-25, 25))), seed=seed,
    )  # fmt: skip
    return box.colours()


def wall(seed: int) -> Colour:
    """A painted wall lit from one side, with a door's edge, a socket or a shadow before it."""
    rng = np.random.default_rng((seed, 22))
    rows, columns = SHAPE
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x / columns - 0.5) * np.cos(angle) + (y / rows - 0.5) * np.sin(angle)
    light = rng.uniform(60, 210) * (1 + rng.uniform(0, 0.8) * slope)
    plaster = cv2.GaussianBlur(rng.standard_normal(SHAPE, np.float32), (0, 0), float(rng.uniform(1, 3)))
    light = light * (1 + 0.01 * plaster / plaster.std())
    if rng.random() < 0.5:  # a door's edge
        light[:, int(rng.uniform(0.1, 0.9) * columns) :] *= rng.uniform(0.5, 0.9)
    if rng.random() < 0.5:  # a socket
        left, top = int(rng.uniform(0.1, 0.8) * columns), int(rng.uniform(0.1, 0.8) * rows)
        light[top : top + 110, left : left + 110] *= rng.uniform(0.7, 1.3)
    if rng.random() < 0.5:  # a shadow
        shadow = np.zeros(SHAPE, np.float32)
        middle = (int(rng.uniform(0, columns)), int(rng.uniform(0, rows)))
        cv2.ellipse(shadow, middle, (300, 200), float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        light = light * (1 - rng.uniform(0.1, 0.5) * cv2.GaussianBlur(shadow, (0, 0), 40))
    return _exposed(light, rng)


def paper(seed: int) -> Colour:
    """A written page, filling the photo or lying on a table."""
    rng = np.random.default_rng((seed, 23))
    page = np.full((1400, 1000), 225, np.uint8)
    for line in range(int(rng.integers(0, 30))):
        words = " ".join("abcdefgh"[: int(size)] for size in rng.integers(2, 9, 9))
        place = (90, 120 + 42 * line)
        cv2.putText(page, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 50, 2, cv2.LINE_AA)
    rows, columns = SHAPE
    size = rng.uniform(0.6, 0.9) if rng.random() < 0.5 else 2.2
    half = np.array([0.5 * size * rows * 0.71, 0.5 * size * rows])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    angle = np.radians(rng.uniform(-15, 15))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = (corners @ turn.T + [columns / 2, rows / 2]).astype(np.float32)
    sheet = np.array([[0, 0], [1000, 0], [1000, 1400], [0, 1400]], np.float32)
    matrix = cv2.getPerspectiveTransform(sheet, place)
    table = float(rng.uniform(20, 120))
    light = cv2.warpPerspective(page, matrix, (columns, rows), borderMode=cv2.BORDER_CONSTANT, borderValue=table)
    return _exposed(np.asarray(light, np.float32) * rng.uniform(0.6, 1.1), rng)


def _exposed(light: NDArray[np.floating], rng: np.random.Generator) -> Colour:
    soft = cv2.GaussianBlur(np.asarray(light, np.float32), (0, 0), float(rng.uniform(0.5, 1.5)))
    grey = soft + rng.standard_normal(SHAPE, np.float32) * rng.uniform(0.5, 3.0)
    return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


KINDS = {"bare box": bare_box, "wall": wall, "paper": paper}
"""What the pictures show -> how one is drawn."""
