"""The site's own file in the data folder: replaced whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

from device.errors import StoreFault
from device.store.files import sync_folder, write_synced

FLAT_FIELD, SECRET = "flat_field.json", "session.key"


def keep_flat_field(data: Path, content: bytes) -> Path:
    """Write the flat field's file, and give its path. A power cut leaves the older one. Raises StoreFault."""
    path = data / FLAT_FIELD
    new = path.with_suffix(".new")
    try:
        data.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)  # what an earlier power cut left
        write_synced(new, content)
        new.replace(path)
        sync_folder(data)
    except OSError as error:
        raise StoreFault(
            f"The flat field cannot be written to {path}: {error.strerror}; wanted a folder with room. Free some, or "
            "give Filmside's user that folder."
        ) from error
    return path


def kept_flat_field(data: Path) -> bytes | None:
    """The flat field's file, None when this site was never calibrated. Raises StoreFault."""
    path = data / FLAT_FIELD
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreFault(
            f"The flat field {path} cannot be read: {error.strerror}. Give Filmside's user that file, or run `filmside "
            "calibrate` again."
        ) from error


def kept_secret(data: Path) -> bytes:
    """What signs this kiosk's sessions, made at the first call; readable by Filmside's user only. Raises StoreFault."""
    path = data / SECRET
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)
            new.touch(mode=0o600)
            new.write_bytes(secrets.token_bytes(32))
            new.replace(path)
            sync_folder(data)
        secret = path.read_bytes()
    except OSError as error:
        raise StoreFault(
            f"The key of the sessions {path} cannot be used: {error.strerror}. Give Filmside's user that folder."
        ) from error
    if len(secret) != 32:
        raise StoreFault(f"{path} has {len(secret)} bytes; wanted 32. Remove it: everybody must then log in again.")
    return secret
