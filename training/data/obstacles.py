"""What lies on, beside or before a film on its light box: rounded corners, stickers, other films, clips, a hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.scene import Scene

Linear = NDArray[np.float32]
Quad = NDArray[np.float32]


def rounded(shape: tuple[int, int], radius: float) -> Linear:
    """1 where a sheet (rows, columns) is, its corners cut round by `radius`, a share of its shorter side."""
    outline = np.ones(shape, np.float32)
    reach = round(radius * min(shape))
    if reach < 1:
        return outline
    away = np.hypot(*np.mgrid[0:reach, 0:reach].astype(np.float32))
    corner = np.clip(reach - away, 0, 1)
    outline[:reach, :reach] = corner[::-1, ::-1]
    outline[:reach, -reach:] = corner[::-1]
    outline[-reach:, :reach] = corner[:, ::-1]
    outline[-reach:, -reach:] = corner
    return outline


def sticker(sheet: Linear, scene: Scene) -> Linear:
    """The sheet (h, w, 3) with paper labels near its edges, written on, and with letters on the film itself."""
    rng = np.random.default_rng((scene.seed, 5))
    rows, columns = sheet.shape[:2]
    sheet = sheet.copy() if scene.stickers else sheet
    for _ in range(scene.stickers):
        wide, high = round(columns * rng.uniform(0.12, 0.3)), round(rows * rng.uniform(0.04, 0.09))
        left = int(rng.uniform(0.02, 0.96) * (columns - wide))
        top = round(rows * 0.01) if rng.random() < 0.5 else rows - high - round(rows * 0.01)
        patch = sheet[top : top + high, left : left + wide]
        letters = _letters(patch.shape[:2])
        ink = 0.02
        if rng.random() < 0.7:
            patch[:] = rng.uniform(0.12, 0.3)  # paper lets some of the box's light through
        else:
            ink = 0.6  # clear letters, as a marker that lay in the beam leaves them
        patch[:] = patch * (1 - letters) + ink * letters
    return sheet


def _letters(shape: tuple[int, int]) -> Linear:
    """1 where there is ink, (rows, columns, 1)."""
    mask = np.zeros(shape, np.uint8)
    size = shape[0] / 40
    where = (round(0.05 * shape[1]), round(0.75 * shape[0]))
    cv2.putText(mask, "L 4711 PA", where, cv2.FONT_HERSHEY_SIMPLEX, size, 255, max(1, round(2 * size)), cv2.LINE_AA)
    return np.asarray(mask[..., None] / np.float32(255), np.float32)


def neighbours(scene: Scene, corners: Quad) -> list[Quad]:
    """Where other films lie: to the right of this one and to its left, a small gap between."""
    places = []
    for side in (1, -1)[: scene.neighbours]:
        across = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
        places.append(np.asarray(corners + side * across * 1.06, np.float32))
    return places


def clutter(scene: Scene) -> Linear:
    """How bright the room is beside the box (h, w), 1 where nothing stands: things with straight edges, by lot."""
    rng = np.random.default_rng((scene.seed, 11))
    room = np.ones((scene.height, scene.width), np.float32)
    size = np.array([scene.width, scene.height])
    for _ in range(int(rng.integers(3, 14))):
        half = size.max() * rng.uniform(0.02, 0.35, 2)
        turn = rng.choice([0.0, rng.uniform(0, np.pi)])
        across = np.array([np.cos(turn), np.sin(turn)]) * half[0]
        down = np.array([-np.sin(turn), np.cos(turn)]) * half[1]
        middle = rng.uniform(-0.1, 1.1, 2) * size
        outline = np.array(
            [middle - across - down, middle + across - down, middle + across + down, middle - across + down]
        )
        shade = max(0.0, 1 + scene.clutter * float(rng.uniform(-1, 2)))
        cv2.fillConvexPoly(room, np.round(outline * 16).astype(np.int32), shade, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 0.002 * scene.width), np.float32)


def clips(linear: Linear, scene: Scene, corners: Quad) -> Linear:
    """The picture with the light box's clips over the film's upper edge."""
    rng = np.random.default_rng((scene.seed, 6))
    top, side = corners[1] - corners[0], corners[3] - corners[0]
    for _ in range(scene.clips):
        left, wide = rng.uniform(0.05, 0.85), rng.uniform(0.05, 0.1)
        low, high = rng.uniform(0.01, 0.035), rng.uniform(0.03, 0.08)
        shape = [(left, -high), (left + wide, -high), (left + wide, low), (left, low)]
        outline = np.array([corners[0] + x * top + y * side for x, y in shape])
        linear = _covered(linear, outline, np.full(3, rng.uniform(0.005, 0.08), np.float32), 0.8)
    return linear


def hand(linear: Linear, scene: Scene, corners: Quad) -> Linear:
    """The picture with a hand, or a finger of it, that reaches over the film from one side; before a lit box it is
    nearly black."""
    if not scene.hand:
        return linear
    rng = np.random.default_rng((scene.seed, 7))
    corner, beyond = corners[scene.hand_corner], corners[(scene.hand_corner + 1) % 4]
    start, middle = corner + rng.uniform(0, 0.5) * (beyond - corner), corners.mean(axis=0)
    inward = (middle - start) / np.linalg.norm(middle - start)
    sideways = np.array([-inward[1], inward[0]])
    diagonal = float(np.linalg.norm(corners[2] - corners[0]))
    tip, size = start + inward * scene.hand * diagonal, rng.uniform(0.12, 0.2) * diagonal
    mask = np.zeros(linear.shape[:2], np.uint8)
    fingers = int(rng.choice([1, 2, 4, 4]))
    for finger in range(fingers):
        beside = sideways * size * 0.27 * (finger - (fingers - 1) / 2)
        end = tip + beside - inward * size * (0.1 * abs(finger - 1.3) + rng.uniform(0, 0.08))
        knuckle = tip + beside * 1.1 - inward * size * 1.1
        cv2.line(mask, _pixel(knuckle), _pixel(end), 255, max(2, round(size * 0.2)), cv2.LINE_AA)
    palm, wrist = tip - inward * size * 1.4, tip - inward * size * 6
    cv2.line(mask, _pixel(palm), _pixel(wrist), 255, max(2, round(size * 1.0)), cv2.LINE_AA)
    skin = np.array([0.45, 0.55, 0.8], np.float32) * (0.02 + 0.5 * scene.room)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.0015 * scene.width + 0.5)[..., None]
    return np.asarray(linear * (1 - soft) + skin * soft, np.float32)


def _covered(linear: Linear, outline: NDArray[np.floating], colour: Linear, blur: float) -> Linear:
    mask = np.zeros(linear.shape[:2], np.float32)
    cv2.fillConvexPoly(mask, np.round(outline * 16).astype(np.int32), 1.0, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), blur)[..., None]
    return np.asarray(linear * (1 - soft) + colour * soft, np.float32)


def _pixel(place: NDArray[np.floating]) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))
