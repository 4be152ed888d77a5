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
from training.data import obstacles
from training.data.scene import Scene

Colour = NDArray[np.uint8]
Linear = NDArray[np.float32]


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


def photograph(film: Grey, scene: Scene) -> FilmPhoto:
    """Render a grey film (bones bright) as this scene's photo."""
    rng = np.random.default_rng((scene.seed, 1))
    corners = _film_corners(scene)
    sheet = obstacles.sticker(_sheet(film, scene), scene)
    light = _box_light(scene, corners, rng)
    around = _around(light, scene)
    for place in obstacles.neighbours(scene, corners):
        around = _lay(sheet[:, ::-1], place, light, around, scene)
    linear = _lay(sheet, corners, light, around, scene)
    linear = obstacles.clips(linear, scene, corners)
    linear = obstacles.hand(linear, scene, corners)
    linear, corners = _through_the_lens(_with_stray_light(linear, scene), scene, corners)
    return FilmPhoto(_expose(linear, scene, rng), corners, scene)


def bare(scene: Scene) -> Colour:
    """The scene without its film: the lit box, the mask's dark or the room, BGR pixels."""
    rng = np.random.default_rng((scene.seed, 1))
    light = _box_light(scene, _film_corners(scene), rng)
    return _expose(_with_stray_light(_around(light, scene), scene), scene, rng)


def _around(light: Linear, scene: Scene) -> Linear:
    """What is seen beside a film: the light of the box and its room, or the even dark of a mask."""
    return light if scene.surround != "dark" else np.full_like(light, scene.room * 0.5)


def _with_stray_light(linear: Linear, scene: Scene) -> Linear:
    """The picture with what the room and a lamp's reflection add to all of it."""
    return np.asarray(linear + scene.room * 0.1 + _glare(scene)[..., None], np.float32)


def _lay(sheet: Linear, corners: NDArray[np.float32], light: Linear, around: Linear, scene: Scene) -> Linear:
    """A sheet on the light: what is seen of the box through it, and `around` beside it."""
    matrix = cv2.getPerspectiveTransform(_rectangle(sheet.shape[1], sheet.shape[0]), corners)
    size = (scene.width, scene.height)
    interpolation = cv2.INTER_AREA if _shrinks(sheet, corners) else cv2.INTER_CUBIC
    through = cv2.warpPerspective(sheet, matrix, size, flags=interpolation)
    outline = obstacles.rounded(sheet.shape[:2], scene.rounding)
    covered = cv2.warpPerspective(outline, matrix, size, flags=cv2.INTER_LINEAR)[..., None]
    return np.asarray(light * np.clip(through, 0, 1) * covered + around * (1 - covered), np.float32)


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
    placed = flat + shift + np.array([scene.width / 2, scene.height / 2])
    return (placed + _cut_off(scene, placed)).astype(np.float32)


def _cut_off(scene: Scene, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shift (2,) that leaves a share of the film outside the photo on one side."""
    if not scene.cut:
        return np.zeros(2)
    low, high = corners.min(axis=0), corners.max(axis=0)
    out = scene.cut * (high - low)
    photo = np.array([scene.width, scene.height])
    axis = 1 if scene.cut_side in (0, 2) else 0
    shift = np.zeros(2)
    shift[axis] = -low[axis] - out[axis] if scene.cut_side in (0, 3) else photo[axis] - high[axis] + out[axis]
    return shift


def _box_light(scene: Scene, corners: NDArray[np.float32], rng: np.random.Generator) -> Linear:
    """The light box as the camera sees it, before the film: (h, w, 3), 1 at its brightest."""
    y, x = np.mgrid[0 : scene.height, 0 : scene.width].astype(np.float32)
    x, y = x / scene.width, y / scene.height
    centre = rng.uniform(0.35, 0.65, 2)
    field = 1.0 - scene.box_fall_off * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) * 2
    tubes = rng.integers(2, 6)
    across = x if rng.random() < 0.5 else y
    field *= 1.0 + scene.box_bands * np.cos(2 * np.pi * (tubes * across + rng.random()))
    if scene.ramp:
        angle = np.radians(scene.ramp_angle)
        along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
        field *= np.power(np.float32(10), -scene.ramp * np.clip(along + 0.5, 0, 1))
    light = field[..., None] * np.asarray(scene.box_tint, np.float32)
    if scene.surround == "box":
        inside = _box_mask(scene, corners)[..., None]
        room = scene.room * obstacles.clutter(scene)[..., None] if scene.clutter else scene.room
        light = light * inside + room * (1 - inside)
    return np.asarray(light, np.float32)


def _box_mask(scene: Scene, corners: NDArray[np.float32]) -> Linear:
    """1 on the light box, 0 in the room: the film's outline, larger by the margin, soft at its edge."""
    middle = corners.mean(axis=0)
    outline = middle + (corners - middle) * (1 + scene.box_margin)
    mask = np.zeros((scene.height, scene.width), np.float32)
    cv2.fillConvexPoly(mask, outline.round().astype(np.int32), 1.0, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.002 * scene.width + 0.5), np.float32)


def _glare(scene: Scene) -> Linear:
    """A soft reflection of a lamp, a tube or a window, added to everything."""
    y, x = np.mgrid[0 : scene.height, 0 : scene.width].astype(np.float32)
    wide, high = 0.12 * scene.glare_size, 0.09 * scene.glare_size
    across, down = x / scene.width - scene.glare_x, y / scene.height - scene.glare_y
    if scene.glare_shape == "lamp":
        return np.asarray(scene.glare * np.exp(-((across / wide) ** 2 + (down / high) ** 2)), np.float32)
    angle = np.radians(scene.glare_angle)
    along = (across * np.cos(angle) + down * np.sin(angle)) / wide
    beside = (down * np.cos(angle) - across * np.sin(angle)) / high
    if scene.glare_shape == "tube":
        return np.asarray(scene.glare * np.exp(-((along / 2.2) ** 4) - (beside / 0.55) ** 2), np.float32)
    pane = np.exp(-(along**8) - beside**8)
    cross = 1 - 0.8 * np.maximum(np.exp(-((along / 0.08) ** 2)), np.exp(-((beside / 0.08) ** 2)))
    return np.asarray(scene.glare * pane * cross, np.float32)


def _through_the_lens(linear: Linear, scene: Scene, corners: NDArray[np.float32]) -> tuple[Linear, NDArray[np.float32]]:
    """The picture as a barrel lens bends it, and where the film's corners fall then."""
    if not scene.distortion:
        return linear, corners
    middle = np.array([scene.width / 2, scene.height / 2], np.float32)
    reach = float(np.linalg.norm(middle))
    y, x = np.mgrid[0 : scene.height, 0 : scene.width].astype(np.float32)
    from_middle = np.stack([x + 0.5, y + 0.5], axis=2) - middle
    # A place at r in the bent picture shows what a straight one has at r (1 + k r^2).
    bend = 1 + scene.distortion * (from_middle**2).sum(axis=2) / reach**2
    source = from_middle * bend[..., None] + middle - np.float32(0.5)
    bent = cv2.remap(linear, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    straight = (corners - middle).astype(np.float64)
    moved = straight.copy()
    for _ in range(8):
        moved = straight / (1 + scene.distortion * (moved**2).sum(axis=1, keepdims=True) / reach**2)
    return np.asarray(bent, np.float32), (moved + middle).astype(np.float32)


def _expose(linear: Linear, scene: Scene, rng: np.random.Generator) -> Colour:
    """The camera: lens blur, exposure, sensor noise, tone curve, 8 bits. `blur` is in thousandths of the width."""
    sigma = scene.blur * scene.width / 1000
    if sigma > 0.15:
        linear = np.asarray(cv2.GaussianBlur(linear, (0, 0), sigma), np.float32)
    if scene.motion:
        linear = _shaken(linear, scene)
    if scene.moire:
        linear = linear * _moire(scene)[..., None]
    exposed = linear * scene.exposure
    shot = rng.standard_normal(exposed.shape[:2], dtype=np.float32)[..., None]
    exposed = exposed + scene.noise * 0.012 * shot * np.sqrt(np.clip(exposed, 0, None) + 0.02)
    curve = np.power(np.clip(exposed, 0, 1), 1.0 / scene.gamma)
    return np.asarray((curve * 255).round(), np.uint8)


def _shaken(linear: Linear, scene: Scene) -> Linear:
    """The picture smeared along a straight line."""
    kernel = streak(scene.motion * scene.width / 1000, np.radians(scene.motion_angle))
    return np.asarray(cv2.filter2D(linear, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)


def streak(length: float, angle: float) -> NDArray[np.float32]:
    """What a shake makes of one point of light: a line `length` pixels long at an angle in radians, its sum 1."""
    length = max(1.0, length)
    side = 2 * int(np.ceil(length / 2)) + 3
    kernel = np.zeros((side, side), np.float32)
    middle = (side - 1) / 2
    for step in np.linspace(-length / 2, length / 2, 8 * side):
        x, y = middle + step * np.cos(angle), middle + step * np.sin(angle)
        left, top = int(x), int(y)
        for down in (0, 1):
            for right in (0, 1):
                kernel[top + down, left + right] += abs(1 - down - (y - top)) * abs(1 - right - (x - left))
    return np.asarray(kernel / kernel.sum(), np.float32)


def _moire(scene: Scene) -> Linear:
    """Bands of a screen's rows and columns against the camera's, slowly bent, about 1."""
    rng = np.random.default_rng((scene.seed, 4))
    y, x = np.mgrid[0 : scene.height, 0 : scene.width].astype(np.float32) / scene.width
    bands = np.zeros((scene.height, scene.width), np.float32)
    for turn in (0.0, 90.0):
        angle = np.radians(turn + rng.uniform(-25, 25))
        bent = x * np.cos(angle) + y * np.sin(angle) + rng.uniform(0.004, 0.012) * np.sin(2 * np.pi * (x + y))
        bands += np.sin(2 * np.pi * rng.uniform(60, 130) * bent)
    return np.asarray(1.0 + scene.moire * bands / 2, np.float32)


def _rectangle(width: int, height: int) -> NDArray[np.float32]:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _shrinks(sheet: Linear, corners: NDArray[np.float32]) -> bool:
    return float(np.linalg.norm(corners[1] - corners[0])) < 0.7 * sheet.shape[1]
