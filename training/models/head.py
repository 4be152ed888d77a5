"""The class-activation head that every member ends in.

A 1x1 convolution makes one map per finding; a map's mean is the finding's logit. So the heat map costs nothing: it is
the second output of the same pass, and it holds exactly what the score was made from (Zhou et al., "Learning Deep
Features for Discriminative Localization", 2016, with the convolution before the mean).
"""

from __future__ import annotations

import keras


def class_activation_head(
    features: keras.KerasTensor, findings: int, *, dropout: float
) -> dict[str, keras.KerasTensor]:
    """`maps` (batch, rows, columns, findings), `logits` and `scores` (batch, findings) on top of feature maps."""
    if dropout:
        features = keras.layers.SpatialDropout2D(dropout)(features)
    maps = keras.layers.Conv2D(findings, 1, name="maps")(features)
    logits = keras.layers.GlobalAveragePooling2D(name="logits")(maps)
    scores = keras.layers.Softmax(name="scores")(logits)
    return {"maps": maps, "logits": logits, "scores": scores}
