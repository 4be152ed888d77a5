"""A camera that replays the photos of a folder: for the demo, for teaching and for tests. Never a default."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np

from device.camera.jpeg import encode_frame
from device.errors import CameraFault
from device.settings import Settings
from device.values import Frame, Locked, Photo

SUFFIXES = (".jpg", ".jpeg", ".png")


class FolderCamera:
    """Gives the photos of a folder in the order of their names, one a take, and begins again after the last."""

    def __init__(self, folder: Path) -> None:
        """Raises CameraFault when the folder is missing or holds no photo."""
        self._folder = folder
        self._taken = 0
        self._closed = False
        self._lock = threading.Lock()
        self._cached_for: tuple[Path, int, int] | None = None
        self._cached = Frame(b"", 0, 0)
        self._next()

    @classmethod
    def from_settings(cls, settings: Settings) -> FolderCamera:
        """`camera_source` is the folder."""
        return cls(Path(settings.camera_source))

    def frame(self) -> Frame:
        """The photo that the next take will give, small. Encoded once for each photo, as a page asks often."""
        with self._lock:
            path = self._next()
            try:
                now = path.stat()
                key = (path, now.st_mtime_ns, now.st_size)
                if key != self._cached_for:
                    pixels = _pixels(path)
                    self._cached = Frame(encode_frame(pixels), width=pixels.shape[1], height=pixels.shape[0])
                    self._cached_for = key
            except OSError as error:
                raise self._unreadable(path, error) from error
            return self._cached

    def take(self) -> Photo:
        """The next photo, byte for byte as it lies in the folder."""
        with self._lock:
            path = self._next()
            try:
                encoded = path.read_bytes()
            except OSError as error:
                raise self._unreadable(path, error) from error
            self._taken += 1
            return Photo(path.name, encoded)

    def locked(self) -> Locked:
        """Nothing: the photos are what they are."""
        return Locked()

    def close(self) -> None:
        """Give no more photos. Calling it twice is allowed."""
        self._closed = True

    def _next(self) -> Path:
        if self._closed:
            raise CameraFault("The camera is closed; wanted an open one. Start the kiosk again.")
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in SUFFIXES)
        except OSError as error:
            raise CameraFault(
                f"The folder of photos {self._folder} cannot be listed: {error.strerror}; wanted a folder that "
                "Filmside may read. Make it, or correct `camera_source` in the settings."
            ) from error
        if not paths:
            raise CameraFault(
                f"The folder {self._folder} holds no photo; wanted files ending in {', '.join(SUFFIXES)}. Put some "
                "there, or correct `camera_source` in the settings."
            )
        return paths[self._taken % len(paths)]

    def _unreadable(self, path: Path, error: OSError) -> CameraFault:
        return CameraFault(f"The photo {path} cannot be read: {error}. Mend it or take it out of the folder.")


def _pixels(path: Path) -> cv2.typing.MatLike:
    """The photo upright in colour, 8 bits. Raises CameraFault when it is no picture."""
    encoded = np.frombuffer(path.read_bytes(), np.uint8)
    pixels = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    if pixels is None:
        raise CameraFault(f"{path} is no picture; wanted a JPEG or PNG. Take it out of the folder, or mend it.")
    return pixels
