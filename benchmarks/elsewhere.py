"""Lays out the films of other hospitals that `unseen.md` tells of, from clones of where they are had.

    python benchmarks/elsewhere.py --clones CLONES --out FOLDER

`elsewhere.csv` names every film: what it is used for, its hospital and finding, and the repository on GitHub, the
commit and the path that it is had by. CLONES has a clone of each repository, bare or not, in a folder of the
repository's name (`git clone https://github.com/OWNER/NAME`). FOLDER gets a folder for each use, in it one for each
hospital, and in that one for each finding: `HOSPITALS` and `COVID` to be read, of which nothing was learnt; `MORE`,
which the shipped members learnt from; `TRIED`, which was tried to learn from and left. No film of theirs is in this
repository.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

NAMED = Path(__file__).with_suffix(".csv")

ABOUT = """Three hospitals of benchmarks/unseen.md, where their films were had; nothing was learnt from them. That two
others were to be learnt from, Shenzhen and Montgomery, was decided by a look at these three: a hospital that is new
should expect a little less. Of 400 films of another region, all COVID-19, 46% are named on their files and 49% on
photos: benchmarks/unseen_covid.md. Of 441 films of NIH that show something else than the bundle's findings, 47% are
called NORMAL on their files and 44% on photos.
"""


def clone_of(repository: str, clones: Path) -> Path:
    """Where a repository's clone lies, bare or not. Raises SystemExit where there is none."""
    name = repository.split("/")[1]
    for clone in (clones / name, clones / f"{name}.git"):
        if clone.is_dir():
            return clone
    sys.exit(f"{clones / name} is not there; wanted a clone of {repository}. Clone it there.")


def content(clone: Path, commit: str, path: str) -> bytes:
    """A file of a clone as it was at a commit. Raises SystemExit where the clone has it not."""
    done = subprocess.run(["git", "-C", clone, "show", f"{commit}:{path}"], capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{clone} has no {path} at {commit}: {done.stderr.decode().strip()}. Clone it with its history.")
    return done.stdout


def name_of(path: str) -> str:
    """A film's file name; one repository has every picture in several variants, of which `aug0_` is the unchanged."""
    return Path(path).name.removeprefix("aug0_")


def main() -> None:
    """Write the folders, and say how many films each has."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    films: Counter[tuple[str, str]] = Counter()
    with NAMED.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            folder = chosen.out / line["use"] / line["place"] / line["finding"]
            folder.mkdir(parents=True, exist_ok=True)
            clone = clone_of(line["repository"], chosen.clones)
            (folder / name_of(line["path"])).write_bytes(content(clone, line["commit"], line["path"]))
            films[line["use"], line["place"]] += 1
    if (hospitals := chosen.out / "HOSPITALS").is_dir():
        (hospitals / "about.txt").write_text(ABOUT, encoding="utf-8")
    for (use, place), count in sorted(films.items()):
        print(f"{use}/{place}: {count} films")


if __name__ == "__main__":
    main()
