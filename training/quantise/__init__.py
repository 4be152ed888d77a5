"""A fitted member made ready for int8: the same answers from weights and flows that bear rounding.

TFLite rounds every weight, and every picture between two layers, to eight bits. Left to itself that changed the answer
of a MobileNetV2 0.35 on one film in forty. Four steps, none of which fits anything, and one that does, where a recipe
asks for it; none looks at a label:

1. `fold`: batch norms go into the convolutions before them, as TFLite does it, so that what is rounded is seen here;
2. `equalise`: channels that share one range between layers are scaled to use all of it;
3. `compensate`: layer by layer, weights are rounded so that each one's error is taken back by those not yet rounded,
   biases take back what rounding adds to a channel's mean, and ranges are drawn in where a few far values stretch them;
4. `tune`: weights, biases and ranges are fitted, all rounded, to say what the network says (quantisation-aware
   fine-tuning);
5. `hold`: TFLite is told the ranges.
"""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from training.quantise.compensate import compensate
from training.quantise.equalise import equalise
from training.quantise.fold import fold
from training.quantise.held import hold
from training.quantise.tune import Tuning, tune


def ready_for_int8(model: keras.Model, films: NDArray[np.float32], tuning: Tuning | None = None) -> keras.Model:
    """A network of batch 1 with maps and scores that says what `model` says and that TFLite can round with little loss.

    `films` (films, side, side, channels) are inputs as in use; all that flows through two layers is held in memory for
    all of them at once, some gigabytes for 256 films of 160 pixels in MobileNetV2 1.0. `model` is left as it is.
    """
    network = fold(model)
    equalise(network, films)
    ranges = compensate(network, films)
    if tuning:
        ranges = tune(network, ranges, model, tuning)
    return hold(network, ranges)
