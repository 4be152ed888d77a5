"""What a photo of a chest film on a screen suffers, in the transforms of CheXphoto, each at a level from 1 to 4.

Phillips et al., "CheXphoto: 10,000+ Photos and Transformations of Chest X-rays for Benchmarking Deep Learning
Robustness" (Machine Learning for Health, 2020, arXiv:2007.06199), names them: tilt, matte and glossy glare and moire
make a digital film look photographed; blur, motion, brightness, contrast, rotation and translation are the digital
ones; each has four levels. Re-made from that description. The amounts are ours, from hardly seen (1) to what few
would read (4), so that figures compare with each other and not with the paper's.

A transform keeps the film's size; what comes in from beyond its edges is black.
"""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Grey
from training.data.photograph import streak

LEVELS = (1, 2, 3, 4)

Light = NDArray[np.float32]
"""A film's grey levels, (h, w), 0 black to 1 white; may stray beyond until it is clipped."""


class Transform(str, Enum):
    """One thing that CheXphoto does to a film."""

    TILT = "tilt"
    GLARE_MATTE = "glare, matte"
    GLARE_GLOSSY = "glare, glossy"
    MOIRE = "moire"
    BLUR = "blur"
    MOTION = "motion"
    BRIGHTER = "brightness up"
    DARKER = "brightness down"
    CONTRAST_UP = "contrast up"
    CONTRAST_DOWN = "contrast down"
    ROTATION = "rotation"
    TRANSLATION = "translation"


AMOUNTS: dict[Transform, tuple[float, float, float, float]] = {
    Transform.TILT: (10.0, 20.0, 30.0, 40.0),  # degrees that the film is turned away from the camera
    Transform.GLARE_MATTE: (0.15, 0.3, 0.5, 0.7),  # share of the way to white in the middle of a wide glow
    Transform.GLARE_GLOSSY: (0.2, 0.4, 0.7, 1.0),  # the same within the outline of a reflected window
    Transform.MOIRE: (0.03, 0.07, 0.15, 0.3),  # depth of the bands
    Transform.BLUR: (0.003, 0.005, 0.012, 0.02),  # standard deviation, share of the film's longer side
    Transform.MOTION: (0.008, 0.015, 0.04, 0.07),  # length of the shake, share of the film's longer side
    Transform.BRIGHTER: (1.15, 1.3, 1.7, 2.5),  # gain
    Transform.DARKER: (0.75, 0.5, 0.3, 0.15),  # gain
    Transform.CONTRAST_UP: (1.3, 1.7, 2.3, 3.5),  # gain around the film's mean
    Transform.CONTRAST_DOWN: (0.7, 0.5, 0.3, 0.15),  # gain around the film's mean
    Transform.ROTATION: (5.0, 10.0, 20.0, 30.0),  # degrees
    Transform.TRANSLATION: (0.05, 0.1, 0.17, 0.25),  # share of the film's size
}
"""Transform -> what it amounts to at each level."""


def transformed(film: Grey, transform: Transform, level: int, seed: int) -> Grey:
    """The film (h, w) after one transform, of the same size.

    Where it falls (a direction, a place) is drawn by seed and transform alone, so that levels differ by amount only.
    """
    rng = np.random.default_rng((seed, list(Transform).index(transform)))
    amount = AMOUNTS[transform][level - 1]
    light: Light = film.astype(np.float32) / np.float32(255)
    made = _apply(light, transform, amount, rng)
    return np.asarray((np.clip(made, 0, 1) * 255).round(), np.uint8)


def _apply(light: Light, transform: Transform, amount: float, rng: np.random.Generator) -> Light:
    height, width = light.shape
    longest = max(height, width)
    if transform is Transform.TILT:
        return _tilted(light, amount, rng.uniform(0, 360))
    if transform is Transform.GLARE_MATTE:
        return _lit(light, amount * _glow(height, width, rng))
    if transform is Transform.GLARE_GLOSSY:
        return _lit(light, amount * _window(height, width, rng))
    if transform is Transform.MOIRE:
        return np.asarray(light * (1 + amount * _bands(height, width, rng)), np.float32)
    if transform is Transform.BLUR:
        return np.asarray(cv2.GaussianBlur(light, (0, 0), amount * longest), np.float32)
    if transform is Transform.MOTION:
        kernel = streak(amount * longest, rng.uniform(0, np.pi))
        return np.asarray(cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
    if transform in (Transform.BRIGHTER, Transform.DARKER):
        return light * np.float32(amount)
    if transform in (Transform.CONTRAST_UP, Transform.CONTRAST_DOWN):
        mean = light.mean()
        return np.asarray(mean + (light - mean) * amount, np.float32)
    if transform is Transform.ROTATION:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), amount * rng.choice([-1, 1]), 1.0)
        return np.asarray(cv2.warpAffine(light, matrix, (width, height)), np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    shift = amount * np.array([width * np.cos(turn), height * np.sin(turn)])
    return np.asarray(cv2.warpAffine(light, np.column_stack([np.eye(2), shift]), (width, height)), np.float32)


def _tilted(light: Light, degrees: float, direction: float) -> Light:
    """The film turned in space by `degrees` about an axis in its plane, seen by a pinhole camera, all of it in."""
    height, width = light.shape
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    flat = sheet - np.array([width / 2, height / 2], np.float32)
    tilt, turn = np.radians(degrees), np.radians(direction)
    axis = np.array([np.cos(turn), np.sin(turn)])
    along, across = flat @ axis, flat @ np.array([-axis[1], axis[0]])
    depth = across * np.sin(tilt) / (1.5 * max(height, width))
    seen = np.outer(along, axis) + np.outer(across * np.cos(tilt), [-axis[1], axis[0]])
    seen = seen / (1 + depth[:, None])
    low, high = seen.min(axis=0), seen.max(axis=0)
    scale = min(1.0, float((np.array([width, height]) / (high - low)).min()))
    corners = (seen - (low + high) / 2) * scale + np.array([width / 2, height / 2])
    matrix = cv2.getPerspectiveTransform(sheet, corners.astype(np.float32))
    return np.asarray(cv2.warpPerspective(light, matrix, (width, height), flags=cv2.INTER_AREA), np.float32)


def _lit(light: Light, glare: Light) -> Light:
    """The film with light reflected over it: each place goes its share of the way to white."""
    return np.asarray(1 - (1 - light) * (1 - glare), np.float32)


def _grid(height: int, width: int) -> tuple[Light, Light]:
    """Every place's x and y as shares of the size, 0 to 1: each (h, w)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (x + 0.5) / width, (y + 0.5) / height


def _glow(height: int, width: int, rng: np.random.Generator) -> Light:
    """A lamp scattered by a matte surface: one wide soft glow, 1 in its middle, (h, w)."""
    x, y = _grid(height, width)
    middle, size = rng.uniform(0.2, 0.8, 2), rng.uniform(0.25, 0.45, 2)
    return np.asarray(np.exp(-(((x - middle[0]) / size[0]) ** 2) - ((y - middle[1]) / size[1]) ** 2), np.float32)


def _window(height: int, width: int, rng: np.random.Generator) -> Light:
    """A window mirrored by a glossy surface: four bright panes with sharp edges and a bar between, (h, w)."""
    size = np.array([width, height], np.float32)
    middle = rng.uniform(0.3, 0.7, 2)
    half = np.array([rng.uniform(0.12, 0.2), rng.uniform(0.15, 0.25)])
    lean = rng.uniform(-0.35, 0.35, 2)
    mask = np.zeros((height, width), np.float32)
    for left, top in ((-1.0, -1.0), (0.06, -1.0), (-1.0, 0.06), (0.06, 0.06)):
        pane = np.array([(left, top), (left + 0.94, top), (left + 0.94, top + 0.94), (left, top + 0.94)])
        sheared = pane + pane[:, ::-1] * lean  # a window is seldom seen straight on
        places = (middle + sheared * half) * size
        cv2.fillConvexPoly(mask, np.round(places * 16).astype(np.int32), 1.0, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.004 * max(height, width))
    halo = cv2.GaussianBlur(mask, (0, 0), 0.05 * max(height, width))
    return np.asarray(0.85 * soft + 0.15 * halo, np.float32)


def _bands(height: int, width: int, rng: np.random.Generator) -> Light:
    """The bands that a screen's pixels make with the camera's, -1 to 1, (h, w).

    A screen's rows and columns, of nearly the camera's own fineness, a little turned and bent by the lens, each taken
    at the camera's pixels: what is left of them are their wide curved beats.
    """
    x, y = _grid(height, width)
    turn = rng.uniform(0, np.pi)
    beats, bend = rng.uniform(14, 30), rng.uniform(10, 30) * rng.choice([-1, 1])
    middle = rng.uniform(0.2, 0.8, 2)
    bent = bend * ((x - middle[0]) ** 2 + (y - middle[1]) ** 2)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    columns = np.cos(2 * np.pi * (beats * along + bent))
    rows = np.cos(2 * np.pi * (0.6 * beats * across + bent))
    return np.asarray((columns + 0.4 * rows) / 1.4, np.float32)
