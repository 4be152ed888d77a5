"""Known collections of chest films, as they come from where they are had: folders, class names, how many there should
be.

Counts are those that the collection's own page or the papers state. A collection that has other counts is read all the
same, and said to: half a download trains a poor member without a word.

Only the six-class paper names its set's page; the other pages were found by titles and counts. A licence stands here
only where one was found. Most collections are merged of others' films, whose licences hold too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.data.sources import PICTURES, Row, own_part, tidy

PNEUMONIA = "PNEUMONIA-BACTERIAL/PNEUMONIA-VIRAL"
"""A finding of which only the group is known, as `Row.name` writes it."""


NOT_KNOWN = "not known: read its page before passing films on"
"""The licence of a collection for which none was found."""


def _named(path: Path, name: str) -> tuple[str, str]:
    """The finding of a folder's name; a file's name tells no patient."""
    return name, ""


def _kermany(path: Path, name: str) -> tuple[str, str]:
    """Kermany's file names tell more than the folders: the cause, and the child, who may have films in every folder.

    `person12_bacteria_45.jpeg`, `person3_virus_6.jpeg`, `IM-0115-0001.jpeg`, `NORMAL2-IM-0927-0001.jpeg`. The same
    number stands for two children where one has bacteria and the other a virus.
    """
    if found := re.match(r"person(\d+)_(bacteria|virus)", path.name):
        kind = "PNEUMONIA-BACTERIAL" if found[2] == "bacteria" else "PNEUMONIA-VIRAL"
        return kind, f"person{found[1]}-{found[2]}"
    if found := re.match(r"((?:NORMAL2-)?IM-\d+)", path.name):
        return name, found[1]
    return name, ""


@dataclass(frozen=True)
class Layout:
    """One collection. `classes` are its class folders and the findings they mean; `parts` the folders of its own split,
    ("",) where it has none; `inside` a folder within each class folder that holds the pictures; `counts` how many a
    (part, class) should have, to within `near`; `read` tells a picture's finding and its patient, "" where nothing
    does."""

    name: str
    title: str
    where: str
    licence: str
    classes: Mapping[str, str]
    counts: Mapping[tuple[str, str], int]
    parts: tuple[str, ...] = ("",)
    inside: str = ""
    near: int = 0
    read: Callable[[Path, str], tuple[str, str]] = _named

    def folders(self, source: Path) -> dict[tuple[str, str], Path] | None:
        """The folder of every part and class; None where one is missing: then it is another collection."""
        found = {}
        for part in self.parts:
            below = _child(source, part) if part else source
            for name in self.classes:
                folder = _child(below, name) if below else None
                if folder is not None and self.inside:
                    folder = _child(folder, self.inside)
                if folder is None:
                    return None
                found[part, name] = folder
        return found

    def rows(self, source: Path) -> tuple[Row, ...]:
        """Every picture of the collection that lies at `source`."""
        rows = []
        for (part, name), folder in (self.folders(source) or {}).items():
            for path in pictures_in(folder):
                finding, patient = self.read(path, self.classes[name])
                # Two folders may each have a 1.png, of two patients.
                place = Path(part, name, path.relative_to(folder)).as_posix()
                rows.append(
                    Row(
                        path,
                        tuple(finding.split("/")),
                        self.name,
                        f"{self.name}:{patient or place}",
                        self.licence,
                        part=own_part(part),
                    )
                )
        return tuple(rows)

    def mismatches(self, source: Path) -> tuple[str, ...]:
        """What is fewer or more than it should be, in words."""
        said = []
        for (part, name), folder in (self.folders(source) or {}).items():
            found, wanted = len(pictures_in(folder)), self.counts[part, name]
            if abs(found - wanted) > self.near:
                place = f"{part}/{name}" if part else name
                said.append(f"{self.name}: {place} has {found:,} pictures; its description says {wanted:,}.")
        return tuple(said)


def pictures_in(folder: Path) -> list[Path]:
    """Every picture file at or below a folder, in order."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURES]


def recognised(source: Path) -> Layout | None:
    """The known collection that lies at `source`; of those with the same folders the one with counts most alike."""
    alike = [layout for layout in LAYOUTS if layout.folders(source)]
    if len(alike) < 2:
        return alike[0] if alike else None
    return min(alike, key=lambda layout: abs(len(layout.rows(source)) - sum(layout.counts.values())))


def _child(folder: Path, name: str) -> Path | None:
    return next((path for path in sorted(folder.iterdir()) if path.is_dir() and tidy(path.name) == tidy(name)), None)


SIX = {
    "Normal": "NORMAL",
    "Pneumonia-Bacterial": "PNEUMONIA-BACTERIAL",
    "Pneumonia-Viral": "PNEUMONIA-VIRAL",
    "Covid-19": "COVID-19",
    "Tuberculosis": "TUBERCULOSIS",
    "Emphysema": "EMPHYSEMA",
}
THREE = {"COVID": "COVID-19", "NORMAL": "NORMAL", "PNEUMONIA": PNEUMONIA}
TWO = {"covid": "COVID-19", "normal": "NORMAL"}
CHILDREN = {"NORMAL": "NORMAL", "PNEUMONIA": PNEUMONIA}
RADIOGRAPHY = {
    "COVID": "COVID-19",
    "Normal": "NORMAL",
    "Viral Pneumonia": "PNEUMONIA-VIRAL",
    # "Lung opacity (non-COVID lung infection)": the three-class paper counts it as pneumonia.
    "Lung_Opacity": PNEUMONIA,
}


def _counts(classes: Mapping[str, str], **parts: tuple[int, ...]) -> dict[tuple[str, str], int]:
    return {
        (part.removeprefix("whole"), name): count
        for part, counts in parts.items()
        for name, count in zip(classes, counts, strict=True)
    }


LAYOUTS = (
    Layout(
        "six_class",
        "Chest X-Ray 6 Classes, the six-class paper's set",
        "kaggle.com/datasets/mohamedasak/chest-x-ray-6-classes-dataset",
        NOT_KNOWN,
        SIX,
        _counts(SIX, train=(2671, 2400, 2413, 2417, 2600, 2050), test=(300, 300, 300, 300, 287, 250)),
        parts=("train", "test"),
    ),
    Layout(
        "covid19_radiography",
        "COVID-19 Radiography Database (Chowdhury et al., 2020; Rahman et al., 2021)",
        "kaggle.com/datasets/tawsifurrahman/covid19-radiography-database",
        NOT_KNOWN,
        RADIOGRAPHY,
        _counts(RADIOGRAPHY, whole=(3616, 10192, 1345, 6012)),
        inside="images",
    ),
    Layout(
        "kermany",
        "Chest X-ray (Kermany et al., 2018): children of one to five years",
        "data.mendeley.com/datasets/rscbjbr9sj",
        "CC BY 4.0",
        CHILDREN,
        # 5,856; the three-class paper says 5,863, as the collection's page once did.
        _counts(CHILDREN, train=(1341, 3875), val=(8, 8), test=(234, 390)),
        parts=("train", "val", "test"),
        read=_kermany,
    ),
    Layout(
        "covid_15k",
        "15K Chest X-Ray Images (COVID-19)",
        "kaggle.com/datasets/scipygaurav/15k-chest-xray-images-covid19",
        NOT_KNOWN,
        TWO,
        _counts(TWO, train=(2158, 13800), test=(200, 200)),
        parts=("train", "test"),
        near=50,  # "13.8k" is all that is said of the normal ones
    ),
    Layout(
        "covid_pneumonia_normal",
        "COVID-19+PNEUMONIA+NORMAL Chest X-Ray Image Dataset, the three-class paper's Dataset 2",
        "data.mendeley.com/datasets/dvntn9yhd2; kaggle.com/datasets/sachinkumar413/"
        "covid-pneumonia-normal-chest-xray-images",
        NOT_KNOWN,
        THREE,
        _counts(THREE, whole=(1626, 1802, 1800)),
    ),
    Layout(
        "merged_21k",
        "COVID-PNEUMONIA-CXR-21k, the three-class paper's Dataset 1: the four above merged",
        "not known: the paper cites it as 3.7, which is not among its references; the four above can be had",
        NOT_KNOWN,
        THREE,
        _counts(THREE, whole=(7000, 7000, 7000)),
    ),
)
