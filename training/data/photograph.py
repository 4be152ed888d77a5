"""A film as a camera would see it on a light box: seeded, with the true corners.

The film is a transparency: light of the box goes through it, so its bright parts are the box seen through clear
film and its dark parts hold the light back. The scene is made in linear light (box, film, stray light), then the
camera adds blur, exposure, noise, its tone curve and JPEG. Members learn from such photos of every class, because a
kiosk only ever sees photos.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.values import Grey

Colour = NDArray[np.uint8]
Linear = NDArray[np.float32]

SURROUNDS = ("box", "glow", "dark", "cropped")
"""What is around the film: the box in a dim room, the box filling the photo, a masked box, nothing at all."""


@dataclass(frozen=True)
class Scene:
    """Everything that is drawn by lot for one photo. Lengths are shares of the photo, angles degrees."""

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


@dataclass(frozen=True, eq=False)
class FilmPhoto:
    """A rendered photo: BGR pixels, and the film's true corners (4, 2) in photo pixels, TL TR BR BL."""

    pixels: Colour
    corners: NDArray[np.float32]
    scene: Scene

    def jpeg(self) -> bytes:
        """The photo as the camera's JPEG file."""
        done, data = cv2.imencode(".jpg", self.pixels, [cv2.IMWRITE_JPEG_QUALITY, self.scene.jpeg_quality])
        if not done:
            raise ValueError("OpenCV could not encode the rendered photo")
        return bytes(data)


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


def photograph(film: Grey, scene: Scene) -> FilmPhoto:
    """Render a grey film (bones bright) as this scene's photo."""
    rng = np.random.default_rng((scene.seed, 1))
    corners = _film_corners(scene)
    sheet = _sheet(film, scene)
    matrix = cv2.getPerspectiveTransform(_rectangle(sheet.shape[1], sheet.shape[0]), corners)
    size = (scene.width, scene.height)
    interpolation = cv2.INTER_AREA if _shrinks(sheet, corners) else cv2.INTER_CUBIC
    through = cv2.warpPerspective(sheet, matrix, size, flags=interpolation)
    covered = cv2.warpPerspective(np.ones(sheet.shape[:2], np.float32), matrix, size, flags=cv2.INTER_LINEAR)[..., None]
    light = _box_light(scene, corners, rng)
    around = light if scene.surround != "dark" else np.full_like(light, scene.room * 0.5)
    linear = light * np.clip(through, 0, 1) * covered + around * (1 - covered)
    linear = linear + scene.room * 0.1 + _glare(scene)[..., None]
    return FilmPhoto(_expose(np.asarray(linear, np.float32), scene, rng), corners, scene)


def _sheet(film: Grey, scene: Scene) -> Linear:
    """The film as a sheet of transmittance (h, w, 3), its border and tint included."""
    grey: Linear = film.astype(np.float32) / 255.0
    edge = round(scene.film_border * max(grey.shape))
    if edge:
        bordered = cv2.copyMakeBorder(grey, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=scene.border_level)
        grey = np.asarray(bordered, np.float32)
    # A pixel's brightness stands for optical density: white is the film's base (0.15), black its darkest.
    density = 0.15 + scene.film_range * (1.0 - grey)
    transmittance = np.power(10.0, -density)[..., None] * np.asarray(scene.film_tint, np.float32)
    return np.clip(transmittance, 0, 1).astype(np.float32)


def _film_corners(scene: Scene) -> NDArray[np.float32]:
    """Where the sheet's corners fall in the photo: a rectangle turned in space, seen by a pinhole camera."""
    cropped = scene.surround == "cropped"
    aspect = scene.width / scene.height if cropped else scene.aspect
    fit = min(scene.width / aspect, scene.height) if not cropped else scene.height
    half_height = 0.5 * scene.film_share * fit
    half_width = half_height * aspect
    sheet = np.array(
        [[-half_width, -half_height], [half_width, -half_height], [half_width, half_height], [-half_width, half_height]]
    )
    x, y, z = (np.radians(angle) * (0.3 if cropped else 1.0) for angle in (scene.tilt_x, scene.tilt_y, scene.roll))
    turn_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    turn_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    turn_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    space = np.column_stack([sheet, np.zeros(4)]) @ (turn_x @ turn_y @ turn_z).T
    distance = 1.9 * max(scene.width, scene.height)
    flat = space[:, :2] * (distance / (distance + space[:, 2:]))
    if not cropped:
        extent = np.abs(flat).max(axis=0) / (0.49 * np.array([scene.width, scene.height]))
        flat = flat / max(1.0, float(extent.max()))
    room = np.maximum(0, 0.5 * np.array([scene.width, scene.height]) - np.abs(flat).max(axis=0))
    shift = np.array([scene.shift_x * scene.width, scene.shift_y * scene.height])
    shift = np.zeros(2) if cropped else np.clip(shift, -room * 0.9, room * 0.9)
    return (flat + shift + np.array([scene.width / 2, scene.height / 2])).astype(np.float32)


def _box_light(scene: Scene, corners: NDArray[np.float32], rng: np.random.Generator) -> Linear:
    """The light box as the camera sees it, before the film: (h, w, 3), 1 at its brightest."""
    y, x = np.mgrid[0 : scene.height, 0 : scene.width].astype(np.float32)
    x, y = x / scene.width, y / scene.height
    centre = rng.uniform(0.35, 0.65, 2)
    field = 1.0 - scene.box_fall_off * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) * 2
    tubes = rng.integers(2, 6)
    across = x if rng.random() < 0.5 else y
    field *= 1.0 + scene.box_bands * np.cos(2 * np.pi * (tubes * across + rng.random()))
    light = field[..., None] * np.asarray(scene.box_tint, np.float32)
    if scene.surround == "box":
        inside = _box_mask(scene, corners)[..., None]
        light = light * inside + scene.room * (1 - inside)
    return np.asarray(light, np.float32)


def _box_mask(scene: Scene, corners: NDArray[np.float32]) -> Linear:
    """1 on the light box, 0 in the room: the film's outline, larger by the margin, soft at its edge."""
    middle = corners.mean(axis=0)
    outline = middle + (corners - middle) * (1 + scene.box_margin)
    mask = np.zeros((scene.height, scene.width), np.float32)
    cv2.fillConvexPoly(mask, outline.round().astype(np.int32), 1.0, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.002 * scene.width + 0.5), np.float32)


def _glare(scene: Scene) -> Linear:
    """A soft reflection of a lamp or window, added to everything."""
    y, x = np.mgrid[0 : scene.height, 0 : scene.width].astype(np.float32)
    near = ((x / scene.width - scene.glare_x) / 0.12) ** 2 + ((y / scene.height - scene.glare_y) / 0.09) ** 2
    return np.asarray(scene.glare * np.exp(-near), np.float32)


def _expose(linear: Linear, scene: Scene, rng: np.random.Generator) -> Colour:
    """The camera: lens blur, exposure, sensor noise, tone curve, 8 bits. `blur` is in thousandths of the width."""
    sigma = scene.blur * scene.width / 1000
    if sigma > 0.15:
        linear = np.asarray(cv2.GaussianBlur(linear, (0, 0), sigma), np.float32)
    exposed = linear * scene.exposure
    shot = rng.standard_normal(exposed.shape[:2], dtype=np.float32)[..., None]
    exposed = exposed + scene.noise * 0.012 * shot * np.sqrt(np.clip(exposed, 0, None) + 0.02)
    curve = np.power(np.clip(exposed, 0, 1), 1.0 / scene.gamma)
    return np.asarray((curve * 255).round(), np.uint8)


def _rectangle(width: int, height: int) -> NDArray[np.float32]:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _shrinks(sheet: Linear, corners: NDArray[np.float32]) -> bool:
    return float(np.linalg.norm(corners[1] - corners[0])) < 0.7 * sheet.shape[1]
