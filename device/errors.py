"""Everything that can go wrong, in one tree.

::

    FilmsideError
    ├── Fault                something broken that a person must mend
    │   ├── SettingsFault    the settings file cannot be used
    │   ├── CameraFault      the camera is missing, vanished, or gives no photo
    │   ├── LightFault       the status light cannot be driven
    │   ├── BundleFault      the bundle is not what it says it is
    │   ├── SiteFault        the site's flat field is damaged, missing or made for another camera
    │   └── StoreFault       a study cannot be kept or found on disk
    ├── StickGone            a USB stick was pulled out, or cannot be read
    ├── NoSuchStudy          a study was asked for that is not kept here
    └── Busy                 a film is being read already

Every message says what was found, what was wanted and what to do. A photo that cannot be read is no error: it is
a `values.Refusal`.
"""

from __future__ import annotations


class FilmsideError(Exception):
    """Base of every error that Filmside raises on purpose."""


class Fault(FilmsideError):
    """Something is broken and a person must mend it."""


class SettingsFault(Fault):
    """The settings file cannot be used."""


class CameraFault(Fault, OSError):
    """The camera is missing, vanished, or gives no photo."""


class LightFault(Fault, OSError):
    """The status light cannot be driven."""


class BundleFault(Fault, ValueError):
    """The bundle is not what it says it is."""


class SiteFault(Fault, ValueError):
    """The site's flat field is damaged, missing or made for another camera."""


class StoreFault(Fault, OSError):
    """A study cannot be kept or found on disk."""


class StickGone(FilmsideError, OSError):
    """A USB stick cannot be read any more."""


class NoSuchStudy(FilmsideError, LookupError):
    """A study was asked for that is not kept here."""


class Busy(FilmsideError, RuntimeError):
    """A film is being read already."""
