"""A flat field as bytes and back: JSON that a person can read, with a hash that tells when it is damaged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from device.errors import SiteFault
from device.film.bare_box import Measures, Spot
from device.film.flat_field import FlatField
from device.values import Point

FORMAT = 1

_MEND = "Run `filmside calibrate` again."


def encode(field: FlatField) -> bytes:
    """The file's content. Gains keep four decimals, far finer than a grey level."""
    content = {
        "format": FORMAT,
        "width": field.width,
        "height": field.height,
        "made_at": field.made_at.isoformat(),
        "box": [[point.x, point.y] for point in field.box],
        "gain": [[round(float(gain), 4) for gain in row] for row in field.gain],
        "measures": asdict(field.measures),
    }
    return json.dumps({**content, "sha256": _hash(content)}).encode()


def decode(encoded: bytes) -> FlatField:
    """The flat field of `encode`. Raises SiteFault when the content is damaged or of another format."""
    try:
        content = json.loads(encoded)
        found = content.pop("sha256")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise SiteFault(f"The flat field is damaged: {error}; wanted the file as it was written. {_MEND}") from error
    if content.get("format") != FORMAT:
        raise SiteFault(f"The flat field has the format {content.get('format')}; wanted {FORMAT}. {_MEND}")
    if found != _hash(content):
        raise SiteFault(f"The flat field is damaged: its content has not the hash that was written with it. {_MEND}")
    try:
        return _built(content)
    except (ValueError, KeyError, TypeError) as error:
        raise SiteFault(
            f"The flat field cannot be understood: {error!r}; wanted one of this release. {_MEND}"
        ) from error


def _built(content: dict[str, Any]) -> FlatField:
    facts = dict(content["measures"])
    spots = tuple(Spot(Point(**one["at"]), one["width"], one["contrast"]) for one in facts.pop("spots"))
    first, second, third, last = (Point(x, y) for x, y in content["box"])
    gain = np.asarray(content["gain"], np.float32)
    if gain.ndim != 2 or gain.size < 4 or not (np.isfinite(gain).all() and gain.min() > 0):
        raise ValueError(f"gains of shape {gain.shape}")
    return FlatField(
        width=int(content["width"]),
        height=int(content["height"]),
        made_at=datetime.fromisoformat(content["made_at"]),
        box=(first, second, third, last),
        gain=gain,
        measures=Measures(spots=spots, **facts),
    )


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
