"""The film by its edges alone, where no scout has seen it.

The quadrilaterals that clear straight lines form are judged by the step in brightness across their four sides. Where
none is a film for sure, so are those of faint lines, and the outlines of everything that is darker or brighter than a
row of thresholds (as seen, and relative to the light around it). Where no film edge is to be seen, the photo is either
cropped inside the film or holds none.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.border import at_its_border, with_its_border
from device.film.candidates import FAR_AREA, LEAST_AREA, judged
from device.film.lines import clear_quads, faint_quads
from device.film.outlines import hull_quads, large_outlines
from device.values import Grey

LEAST_DETAIL = 0.006
"""How far half of a film's places differ from what is around them, as a share of its light.

Of 150 films, cropped by lot, all but one lay above 0.0086; of 50 rendered boxes without a film all lay below 0.005.
"""


def best_unaided(small: Grey, *, quick: bool) -> NDArray[np.float32] | None:
    """The quadrilateral (4, 2) that is most like a film, None when none is."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)
    quads, merits, sure = judged(soft, [clear_quads(small, LEAST_AREA)])
    if not sure and not quick:
        # Faint lines, and what is darker or brighter than its surroundings without a straight edge to be seen.
        more = [quads, faint_quads(small, LEAST_AREA), *map(hull_quads, large_outlines(small, LEAST_AREA))]
        more_quads, more_merits, _ = judged(soft, more, wide=True)
        quads, merits = np.concatenate([quads, more_quads]), np.concatenate([merits, more_merits])
    if not len(quads) or merits.max() <= 0:
        return None
    best = int(np.argmax(merits))
    return at_its_border(small, with_its_border(soft, quads[best], float(merits[best]), quads, merits))


def is_far(small: Grey) -> bool:
    """Whether there is a film too small to be looked for."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.7), np.float32)
    outlines = large_outlines(small, FAR_AREA)
    quads, merits, _ = judged(soft, [hull_quads(outline) for outline in outlines], FAR_AREA)
    return bool(len(quads)) and bool(merits.max() > 0)


def is_inside_a_film(small: Grey) -> bool:
    """Whether a photo without a film's outline is cropped inside one: detail nearly everywhere.

    A lit box without a film, a wall or a room is smooth but for a few outlines, so half of its places are hardly
    brighter or darker than what is around them.
    """
    fine = np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 2.0), np.float32)
    # A wide blur loses nothing in a copy of a quarter of the size, and takes far less time.
    quarter = cv2.GaussianBlur(cv2.resize(fine, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), (0, 0), 2.0)
    around = cv2.resize(quarter, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    light = np.maximum(around, 0.15 * max(float(np.percentile(fine, 99.5)), 1.0))
    return float(np.median(np.abs(fine - around) / light)) > LEAST_DETAIL
