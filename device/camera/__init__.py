"""Where photos come from: one protocol, and a file for each kind of camera.

A board's library is imported inside that board's file, which `open_camera` loads by the name in the settings. A
missing camera is a CameraFault, never another camera.
"""

from __future__ import annotations

from typing import Protocol

from device.errors import CameraFault
from device.settings import Settings
from device.values import Frame, Locked, Photo


class Camera(Protocol):
    """Gives frames for the live view and photos to read. Every method may be called from any thread."""

    def frame(self) -> Frame:
        """A fresh small picture as JPEG, at most 800 pixels wide. Raises CameraFault."""
        ...

    def take(self) -> Photo:
        """A full-size photo, encoded.

        Raises CameraFault when the camera vanished, gives nothing, or does not keep to the settings that it accepted.
        """
        ...

    def locked(self) -> Locked:
        """What was held fixed in the last photo, and what this camera cannot hold; empty before the first photo."""
        ...

    def close(self) -> None:
        """Give the camera back. Calling it twice is allowed."""
        ...


def open_camera(settings: Settings) -> Camera:
    """The camera that the settings name. Raises CameraFault that says what to do."""
    if settings.camera == "folder":
        from device.camera.folder import FolderCamera

        return FolderCamera.from_settings(settings)
    if settings.camera == "pi":
        try:
            from device.camera.pi import PiCamera
        except ImportError as error:
            raise CameraFault(
                f'camera = "pi", but picamera2 cannot be loaded: {error}. Install it with `apt install '
                "python3-picamera2`, in a virtual environment made with --system-site-packages."
            ) from error

        return PiCamera.from_settings(settings)
    from device.camera.opencv import OpenCVCamera

    return OpenCVCamera.from_settings(settings)
