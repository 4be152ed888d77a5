"""What the two papers report, number for number as they print it; see `papers.py` for what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SixClassRow:
    """One version of the six-class paper's network on one split: its Tables 1 and 2 and the metrics of its Figures 4,
    6, 8 and 10. Shares as the paper has them; None where it gives none."""

    accuracy: float
    loss: float | None
    auc: float
    precision: float
    recall: float
    f1: float


SIX_CLASS = {
    ("validation", "float32"): SixClassRow(0.869, 0.33, 0.98, 0.87, 0.87, 0.87),
    ("validation", "int8"): SixClassRow(0.762, 1.34, 0.96, 0.81, 0.76, 0.75),
    ("test", "float32"): SixClassRow(0.8314, None, 0.98, 0.86, 0.87, 0.86),
    ("test", "int8"): SixClassRow(0.7234, None, 0.96, 0.81, 0.76, 0.74),
}

SIX_CLASS_FILES = {
    "float32": ("4279 ms", "1.1M", "2.3M"),
    "int8": ("2947 ms", "416.1K", "713.0K"),
}
"""Inferencing time, peak RAM and flash usage: Table 1. The board is not told."""

SIX_CLASS_CONFUSION = {
    ("validation", "int8"): (
        (96.4, 2.8, 0.6, 0.2, 0.0, 0.0),
        (49.3, 50.2, 0.5, 0.0, 0.0, 0.0),
        (0.4, 0.0, 95.9, 2.5, 1.2, 0.0),
        (2.4, 0.0, 4.3, 86.7, 6.5, 0.0),
        (3.0, 0.0, 7.3, 52.5, 37.1, 0.0),
        (12.2, 1.2, 0.0, 0.4, 0.2, 86.1),
    ),
    ("validation", "float32"): (
        (89.4, 8.8, 1.2, 0.4, 0.2, 0.0),
        (10.7, 89.1, 0.2, 0.0, 0.0, 0.0),
        (0.2, 0.0, 97.5, 0.8, 1.5, 0.0),
        (0.2, 0.2, 3.9, 75.4, 20.2, 0.0),
        (0.0, 0.4, 7.1, 22.3, 70.2, 0.0),
        (1.4, 0.2, 0.0, 0.0, 0.0, 98.5),
    ),
    ("test", "int8"): (
        (97.3, 1.0, 0.3, 0.3, 0.0, 0.0, 1.0),
        (46.0, 46.8, 0.4, 0.0, 0.0, 0.0, 6.8),
        (1.0, 0.0, 92.0, 2.7, 0.0, 0.0, 4.3),
        (2.3, 0.3, 4.3, 77.9, 4.7, 0.0, 10.4),
        (1.3, 0.0, 4.7, 45.7, 30.7, 0.0, 17.7),
        (9.8, 0.3, 0.0, 0.3, 0.0, 86.1, 3.5),
    ),
    ("test", "float32"): (
        (91.2, 5.4, 0.0, 0.3, 0.3, 0.0, 2.7),
        (10.0, 84.4, 0.0, 0.0, 0.0, 0.0, 5.6),
        (0.3, 0.0, 96.3, 1.0, 1.3, 0.0, 1.0),
        (0.0, 0.3, 4.7, 68.2, 13.4, 0.0, 13.4),
        (0.3, 0.0, 5.0, 17.3, 62.3, 0.0, 15.0),
        (1.7, 0.0, 0.0, 0.0, 0.0, 97.2, 1.0),
    ),
}
"""Figures 3, 5, 7 and 9: in per cent, a row for each finding that films show; the test's last column is UNCERTAIN."""

SIX_CLASS_F1 = {
    ("validation", "int8"): (0.75, 0.65, 0.92, 0.70, 0.51, 0.93),
    ("validation", "float32"): (0.89, 0.89, 0.93, 0.75, 0.74, 0.99),
    ("test", "int8"): (0.78, 0.63, 0.91, 0.69, 0.45, 0.93),
    ("test", "float32"): (0.90, 0.88, 0.94, 0.73, 0.70, 0.99),
}
"""The last lines of the same figures."""

ENSEMBLE = "ensemble"

Three = tuple[tuple[float, float, float], ...]
"""Precision, recall and F1 of COVID-19, pneumonia and normal."""

THREE_CLASS: dict[str, tuple[tuple[float, Three], tuple[float, Three]]] = {
    "three_class_mobilenet": (
        (0.9914, ((0.99, 0.99, 0.99), (0.99, 1.00, 1.00), (0.99, 0.98, 0.99))),
        (0.9758, ((1.00, 0.99, 1.00), (0.99, 0.94, 0.97), (0.94, 1.00, 0.97))),
    ),
    "three_class_resnet50": (
        (0.9883, ((0.98, 0.99, 0.99), (0.99, 1.00, 0.99), (0.99, 0.98, 0.98))),
        (0.9860, ((1.00, 1.00, 1.00), (0.98, 0.98, 0.98), (0.98, 0.98, 0.98))),
    ),
    "three_class_resnet152": (
        (0.9876, ((0.99, 0.98, 0.98), (1.00, 1.00, 1.00), (0.98, 0.98, 0.98))),
        (0.9783, ((1.00, 1.00, 1.00), (0.97, 0.97, 0.97), (0.97, 0.97, 0.97))),
    ),
    "three_class_custom_cnn": (
        (0.9638, ((0.95, 0.96, 0.96), (0.99, 0.99, 0.99), (0.95, 0.95, 0.95))),
        (0.9630, ((0.98, 0.99, 0.99), (0.96, 0.94, 0.95), (0.95, 0.96, 0.96))),
    ),
    ENSEMBLE: (
        (0.9956, ((0.9943, 0.9952, 0.9948), (0.9981, 0.9990, 0.9986), (0.9943, 0.9924, 0.9933))),
        (0.9885, ((1.0000, 0.9959, 0.9979), (0.9815, 0.9852, 0.9834), (0.9852, 0.9852, 0.9852))),
    ),
    "three_class_vit": (
        (0.9524, ((0.94, 0.95, 0.94), (0.98, 0.99, 0.98), (0.94, 0.92, 0.93))),
        (0.9640, ((0.94, 0.95, 0.94), (0.98, 0.99, 0.98), (0.94, 0.92, 0.93))),
    ),
}
"""Table III: accuracy and each finding's figures on data set 1 (3,150 test films) and data set 2 (784). The ViT's
figures by finding are the same in both as printed."""

THREE_CLASS_FINDINGS = ("COVID-19", "PNEUMONIA", "NORMAL")
"""In the order of Table III."""

TABLE_IV = (
    ("Inception-ResNet-V2, Xception", 3, 0.9578, 0.9563, 0.9563, 0.9563),
    ("EfficientNet B3", 3, 0.9664, 0.968, 0.978, 0.973),
    ("EfficientNet B0", 3, 0.9582, 0.968, 0.958, 0.950),
    ("COVIDWNET GB", 4, 0.9681, 0.980, 0.970, 0.980),
    ("Xception", 3, 0.980, 0.990, 0.930, 0.960),
    ("CDC_Net", 5, 0.9939, 0.9942, 0.9813, 0.9826),
    ("this paper's ensemble", 3, 0.9956, None, None, None),
)
"""Table IV: other works as the paper quotes them, each on data of its own, and itself: classes, accuracy, precision,
recall, F1."""
