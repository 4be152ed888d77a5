"""Random changes to a squared film, so that no member learns its source: pose, light, blur, noise, boxes, letters,
another film's surroundings."""

from __future__ import annotations

import cv2
import numpy as np

from device.values import Grey


def strong(square: Grey, rng: np.random.Generator, *, mirror: bool = True) -> Grey:
    """A training film as another hospital, tube and technician might have made it; half are mirrored, if wanted."""
    square = _pose(square, rng, turn=9.0, size=0.14, shift=0.07, shape=0.12, mirror=mirror)
    bend = np.exp(rng.uniform(-0.5, 0.5)) if rng.random() < 0.8 else 1.0
    grey = cv2.LUT(square, np.power(np.linspace(0, 1, 256), bend).astype(np.float32))
    if rng.random() < 0.5:
        grey = grey * _slope(grey.shape, rng)
    if rng.random() < 0.5:
        grey = cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.3, 1.8)))
    elif rng.random() < 0.4:
        grey = np.clip(grey + rng.uniform(0.3, 1.2) * (grey - cv2.GaussianBlur(grey, (0, 0), 2.0)), 0, 1)
    if rng.random() < 0.5:
        grey = grey + rng.standard_normal(grey.shape, dtype=np.float32) * np.float32(rng.uniform(0.003, 0.025))
    made = np.asarray(cv2.convertScaleAbs(np.maximum(grey, 0), alpha=255), np.uint8)
    if rng.random() < 0.5:
        _boxes(made, rng)
    if rng.random() < 0.3:
        _letter(made, rng)
    if rng.random() < 0.4:
        _bars(made, rng)
    return made


def surrounded(square: Grey, other: Grey, rng: np.random.Generator) -> Grey:
    """The middle of a film, where the lungs are, in the surroundings of another of the same side: shoulders, belly,
    marks and bare borders then tell nothing of what the film shows. Half of the others are mirrored, and half brought
    to the film's own level and contrast there, so that no seam tells the two apart.

    As Xiao et al. (Noise or Signal, 2021) put objects before other pictures' backgrounds.
    """
    if rng.random() < 0.5:
        other = other[:, ::-1]
    far = _far_from_middle(square.shape[0], rng)
    softness = rng.uniform(0.02, 0.25)
    kept = np.clip((1 + softness / 2 - far) / softness, 0, 1).astype(np.float32)
    inner, outer = square.astype(np.float32), other.astype(np.float32)
    if rng.random() < 0.5:
        around = far >= 1
        mean, spread = (f(outer[around]) for f in (np.mean, np.std))
        outer = (outer - mean) / (spread + 1) * (inner[around].std() + 1) + inner[around].mean()
    return np.asarray(np.clip(inner * kept + outer * (1 - kept), 0, 255), np.uint8)


def _far_from_middle(side: int, rng: np.random.Generator) -> np.ndarray:
    """How far each place lies from a middle of drawn size and shape, ellipse to box: 1 on its rim (side, side)."""
    across = np.linspace(-1, 1, side, dtype=np.float32)
    width, height = rng.uniform(0.62, 0.92, 2)
    right, down = rng.uniform(-0.06, 0.06, 2)
    power = int(rng.choice([2, 4, 8]))
    summed = np.abs((across[None, :] - right) / width) ** power + np.abs((across[:, None] - down) / height) ** power
    return np.asarray(summed ** (1 / power), np.float32)


def plain(square: Grey, rng: np.random.Generator) -> Grey:
    """What Edge Impulse calls augmentation: mirror, crop, brightness."""
    square = _pose(square, rng, turn=0.0, size=0.08, shift=0.04, shape=0.0)
    return np.asarray(np.clip(square.astype(np.float32) + rng.uniform(-25, 25), 0, 255), np.uint8)


def _pose(
    square: Grey, rng: np.random.Generator, *, turn: float, size: float, shift: float, shape: float, mirror: bool = True
) -> Grey:
    side = square.shape[0]
    angle = np.radians(rng.uniform(-turn, turn))
    zoom_x, zoom_y = (np.exp(rng.uniform(-size, size)) * np.exp(rng.uniform(-shape, shape)) for _ in range(2))
    way = -1.0 if rng.random() < 0.5 and mirror else 1.0
    shear = rng.uniform(-shape, shape) * 0.5
    turned = np.array([[np.cos(angle), -np.sin(angle) + shear], [np.sin(angle), np.cos(angle)]])
    matrix = turned @ np.diag([zoom_x * way, zoom_y])
    middle = np.full(2, (side - 1) / 2)
    move = middle - matrix @ middle + rng.uniform(-shift, shift, 2) * side
    edge = cv2.BORDER_REFLECT_101 if rng.random() < 0.3 else cv2.BORDER_CONSTANT
    level = float(rng.choice([0, 0, 128, 235]))
    made = cv2.warpAffine(square, np.column_stack([matrix, move]), (side, side), borderMode=edge, borderValue=level)
    return np.asarray(made, np.uint8)


def _slope(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Light that falls off to one side."""
    way, amount = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    down = np.linspace(-1, 1, shape[0], dtype=np.float32) * np.float32(amount * np.sin(way))
    across = np.linspace(-1, 1, shape[1], dtype=np.float32) * np.float32(amount * np.cos(way))
    return np.asarray(1.0 + down[:, None] + across[None, :], np.float32)


def _boxes(grey: Grey, rng: np.random.Generator) -> None:
    """Redaction boxes, stickers, a covered part: anywhere, on films of every class."""
    side = grey.shape[0]
    for _ in range(rng.integers(1, 4)):
        width, height = (int(value) for value in rng.uniform(0.06, 0.38, 2) * side)
        left, top = int(rng.uniform(-0.1, 0.95) * side), int(rng.uniform(-0.1, 0.95) * side)
        level = int(rng.choice([0, 255, 255, int(rng.integers(256))]))
        cv2.rectangle(grey, (left, top), (left + width, top + height), level, -1)


def _letter(grey: Grey, rng: np.random.Generator) -> None:
    """A burned-in side mark or note."""
    side = grey.shape[0]
    text = str(rng.choice(["R", "L", "AP", "PA", "PORTABLE", "SUPINE", "D", "12:30", "#"]))
    place = (int(rng.uniform(0.02, 0.85) * side), int(rng.uniform(0.08, 0.98) * side))
    scale = float(rng.uniform(0.3, 0.9))
    cv2.putText(grey, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, int(rng.integers(180, 256)), 1, cv2.LINE_AA)


def _bars(grey: Grey, rng: np.random.Generator) -> None:
    """Bare borders of any level, as collimation, film base or a crop leave them."""
    side = grey.shape[0]
    level = int(rng.choice([0, 0, 255, int(rng.integers(256))]))
    for edge in rng.permutation(4)[: rng.integers(1, 4)]:
        deep = int(rng.uniform(0.01, 0.1) * side)
        strips = (np.s_[:deep, :], np.s_[side - deep :, :], np.s_[:, :deep], np.s_[:, side - deep :])
        strip = strips[int(edge)]
        grey[strip] = np.uint8(level)
