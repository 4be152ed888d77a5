"""SQLite and picture files: where studies are kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from device.values import Film, Grey, Photo, Study


class Store:
    """Studies in one folder: `studies.sqlite` and a folder of pictures for each study."""

    def __init__(self, folder: Path, *, free_megabytes: int) -> None:
        raise NotImplementedError

    def keep(self, study: Study, photo: Photo, film: Film | None) -> None:
        """Keep a study for good: files written and synced, then one row. Raises StoreFault, keeping nothing half."""
        raise NotImplementedError

    def study(self, id: str) -> Study:
        """One study. Raises NoSuchStudy."""
        raise NotImplementedError

    def studies(self, *, limit: int = 50, before: datetime | None = None) -> tuple[Study, ...]:
        """The newest studies first, at most `limit`, read before the given time."""
        raise NotImplementedError

    def photo(self, id: str) -> Photo:
        """The photo of a study, byte for byte as it came in. Raises NoSuchStudy."""
        raise NotImplementedError

    def film(self, id: str) -> Grey | None:
        """The straightened film of a study, None when no film was found. Raises NoSuchStudy."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the database. Calling it twice is allowed."""
        raise NotImplementedError
