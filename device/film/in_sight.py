"""The film that the scout has seen: of the quadrilaterals on the photo's edges, the one that agrees with the sight."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from device.film.border import around_it, at_its_border, may_be_a_border, with_its_border
from device.film.candidates import FAR_AREA, LEAST_AREA, judged
from device.film.lines import clear_quads
from device.film.merit import ON_A_BOX, unseen_sides
from device.film.sides import Quads, moved_onto_steps, straightness
from device.film.sight import Sight, agreement, seen_quads
from device.film.sweep import swept
from device.film.unaided import is_inside_a_film
from device.values import Grey, Reason

AGREEING = 0.05
"""How much worse than the best a quadrilateral may agree with what the scout sees, and be the film by its edges."""

GAINED = 0.005
"""By how much a film with its border must agree better with what the scout sees.

Of 260 validation films in the dark twelve had a border that was not seen before: each gained 0.007 to 0.05. Of 150 on a
box in photos that are too dark twelve had their box taken for a border: nine of these agreed worse.
"""

SURELY_AGREES = 0.93
"""Agreement with what the scout sees from which a quadrilateral on clear steps is the film beyond doubt."""

MOSTLY_STRAIGHT = 0.5
"""Share of each side that must lie right on its step for a film in sight to be settled.

Of 300 hard validation scenes 53 films on a lit box had a side with less than 0.9. Where it had 0.4 or more, a search
along the sides found the same to a tenth of a per cent of the diagonal or, once, worse; below, it was often needed.
"""

LEAST_AGREES = 0.75
"""Agreement below which what the scout saw has no film's shape: a shadow on a wall."""

MOSTLY_WHOLE = 0.82
"""Share of the photo that the scout must see as film for the whole photo to be one.

Of 1000 validation photos cropped inside the film all but 3 lay above 0.8; of 3711 others all but one below.
"""


def best_in_sight(small: Grey, sight: Sight, *, quick: bool) -> NDArray[np.float32] | Reason | None:
    """The quadrilateral (4, 2) that is the film in sight; none where all of the photo is film; why there is none."""
    if sight.says(Reason.NO_FILM):
        return Reason.NO_FILM
    share = float((sight.film > 0.5).mean())
    if share < LEAST_AREA:
        is_far = share > FAR_AREA or sight.says(Reason.TOO_SMALL)
        return Reason.TOO_SMALL if is_far else Reason.NO_FILM
    if float(sight.film.mean()) > MOSTLY_WHOLE:
        return None if is_inside_a_film(small) else Reason.NO_FILM
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.float32)
    seen = seen_quads(sight.film, small.shape)
    if not len(seen):
        return Reason.NO_FILM
    # Most films are settled by a look close to what was seen; a wide one takes as long again.
    for wide in (False, True):
        quads, merits, _ = judged(soft, [seen], wide=wide)
        quads = np.concatenate([quads, seen])
        merits = np.concatenate([merits, np.zeros(len(seen))])
        agree = agreement(sight.film, quads, small.shape)
        best = _chosen(merits, agree)
        likely = quick and merits[best] > 0 and agree[best] > LEAST_AGREES
        if likely or (quick and wide) or _settles(soft, quads, merits, agree):
            return at_its_border(small, _outermost(soft, sight, quads[best], float(merits[best])))
    # Where clips break a side, or no line speaks for itself, most of a side has some step all the same.
    middle = seen[len(seen) // 2]
    dim = swept(soft, middle, unseen_sides(soft.shape, middle[None])[0])
    more, more_merits, _ = judged(soft, [dim[None], clear_quads(small, LEAST_AREA)])
    quads, merits = np.concatenate([quads, more]), np.concatenate([merits, more_merits])
    best = _chosen(merits, np.concatenate([agree, agreement(sight.film, more, small.shape)]))
    if merits[best] >= ON_A_BOX:
        return at_its_border(small, _outermost(soft, sight, quads[best], float(merits[best])))
    moved = moved_onto_steps(soft, dim[None], 2.5, unseen_sides(soft.shape, dim[None]))
    if agreement(sight.film, moved, small.shape)[0] < LEAST_AGREES:
        return Reason.NO_FILM
    return np.asarray(moved[0], np.float32)


def _outermost(soft: NDArray[np.float32], sight: Sight, quad: NDArray[np.float32], merit: float) -> NDArray[np.float32]:
    """The film with its clear border, where it lies in the dark with one: what the scout sees holds the border too.

    A lit box that is dim in a dark photo looks the same; but the scout does not take it for film.
    """
    if merit < ON_A_BOX or not may_be_a_border(soft, quad):
        return quad
    outer = with_its_border(soft, quad, merit, *around_it(soft, quad))
    without, with_it = agreement(sight.film, np.stack([quad, outer]), soft.shape)
    return outer if with_it > without + GAINED else quad


def _chosen(merits: NDArray[np.float64], agree: NDArray[np.float64]) -> int:
    """The place of the best by its edges of those that agree with the sight nearly as well as any."""
    return int(np.argmax(np.where(agree > agree.max() - AGREEING, merits + agree, -1)))


def _settles(soft: NDArray[np.float32], quads: Quads, merits: NDArray[np.float64], agree: NDArray[np.float64]) -> bool:
    """Whether one of the quadrilaterals is the film in sight beyond doubt: it agrees, and has a lit box all around."""
    best = int(np.argmax(merits + agree))
    if merits[best] < ON_A_BOX or agree[best] < SURELY_AGREES:
        return False
    unseen = unseen_sides(soft.shape, quads[best][None])[0]
    straight = straightness(soft, quads[best][None])[0]
    return bool(np.where(unseen, 1.0, straight).min() > MOSTLY_STRAIGHT)
