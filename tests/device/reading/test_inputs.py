"""What a film becomes for each network: what `prepare` says, made once, and forgotten with the film."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import cv2
import numpy as np
import pytest

from device.film.prepare import FITS, TONES, Part, prepare
from device.reading.inputs import Inputs
from device.values import Corners, Film, InputSpec
from tests.films import chest

SPEC = InputSpec(side=64, channels=3, fit="stretch", tone="even", low=-1.0, high=1.0)


def bordered() -> Film:
    pixels = cv2.copyMakeBorder(chest(4, width=380, height=450), 30, 10, 0, 25, cv2.BORDER_CONSTANT, value=250)
    return Film(np.asarray(pixels, np.uint8), Corners.of_whole_photo(405, 490))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("tone", TONES)
def test_inputs_are_what_prepare_makes(fit: str, tone: str) -> None:
    inputs, film = Inputs(), bordered()
    for side in (64, 100):
        spec = replace(SPEC, fit=fit, tone=tone, side=side)
        assert np.array_equal(inputs.of(film, spec), prepare(film.pixels, spec))


def test_an_input_is_made_once_a_film() -> None:
    inputs, film, other = Inputs(), bordered(), bordered()
    assert inputs.of(film, SPEC) is inputs.of(film, replace(SPEC))
    assert inputs.of(film, SPEC) is not inputs.of(other, SPEC)


def test_nothing_is_kept_of_a_film_that_is_gone() -> None:
    inputs, film = Inputs(), bordered()
    made = weakref.ref(inputs.of(film, SPEC))
    del film
    gc.collect()
    assert made() is None


def test_the_part_that_an_input_shows() -> None:
    inputs, film = Inputs(), bordered()
    height, width = film.pixels.shape
    assert inputs.part(film, replace(SPEC, tone="plain")) == Part()
    trimmed = inputs.part(film, SPEC)
    # Borders of 30, 10, 0 and 25 pixels, to a step of 1/128.
    assert trimmed.top == pytest.approx(30 / height, abs=0.02)
    assert trimmed.bottom == pytest.approx(1 - 10 / height, abs=0.02)
    assert trimmed.right == pytest.approx(1 - 25 / width, abs=0.02)
    middle = inputs.part(film, replace(SPEC, tone="plain", fit="shortest"))
    assert (middle.left, middle.right) == (0, 1)
    assert middle.bottom - middle.top == pytest.approx(width / height)
    assert middle.bottom + middle.top == pytest.approx(1, abs=0.01)
