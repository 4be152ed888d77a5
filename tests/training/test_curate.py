"""Curation: what is left out and why, the same film kept once, and nothing looked at twice."""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.intake.decode import decode
from device.values import Photo, Picture
from tests.films import chest
from training.cli import main
from training.data import curate
from training.data.cache import read_film
from training.data.curate import Verdict, gather, judge, look_at_all
from training.data.duplicates import LEAST_ALIKE, MOST_BITS, alike_hashes, clusters, same_films
from training.data.looks import Look, Looks, look, perceptual_hash, ranks
from training.data.sources import DataError, Row, load_table
from training.recipe import FINDINGS, GROUPS

REPOSITORY = Path(__file__).parents[2]


def film(number: int, *, width: int = 380, height: int = 450) -> np.ndarray:
    """A made-up film of another patient than any other number's."""
    rng = np.random.default_rng(number)
    soft = cv2.resize(rng.standard_normal((9, 9), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(chest(number, width=width, height=height) * 0.8 + 20 + 22 * soft, 0, 255), np.uint8)


def put(path: Path, pixels: np.ndarray, quality: int = 95) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good films of every class, and one picture for every reason to leave one out."""
    folder = tmp_path_factory.mktemp("films")
    for place, finding in enumerate(FINDINGS):
        for number in range(3):
            put(folder / finding / f"good-{number}.jpg", film(10 * place + number))
    normal, covid, viral = folder / "NORMAL", folder / "COVID-19", folder / "PNEUMONIA-VIRAL"
    put(normal / "too-small.jpg", cv2.resize(film(91), (150, 170)))
    put(normal / "not-grey.jpg", cv2.merge([film(92), film(92), np.full_like(film(92), 90)]))
    put(normal / "blank.jpg", np.full((450, 380), 120, np.uint8))
    put(normal / "over-exposed.jpg", np.where(film(93) > 110, 255, film(93)))
    put(normal / "under-exposed.jpg", film(94) // 8)
    put(normal / "inverted.jpg", 255 - film(95))
    (normal / "unreadable.jpg").write_bytes(b"not a picture")
    (normal / "unreadable-empty.png").write_bytes(b"")
    (normal / "later").mkdir()
    shutil.copy(normal / "good-0.jpg", normal / "later" / "exact-duplicate.jpg")
    brighter = np.power(film(0) / 255, 0.75) * 255
    put(covid / "near-duplicate.jpg", cv2.resize(brighter.astype(np.uint8), (304, 360)), quality=60)
    put(covid / "contradictory.jpg", film(96))
    put(viral / "contradictory-too.jpg", cv2.resize(film(96), (340, 400)))
    put(folder / "PNEUMONIA" / "near-duplicate-group.jpg", cv2.resize(film(30), (304, 360)))
    return folder


def judged(sources: list[Path], base: Path) -> tuple[Verdict, ...]:
    rows, _ = gather(sources, FINDINGS, GROUPS)
    with closing(Looks(base / "looks.sqlite")) as looks:
        look_at_all([row.path for row in rows], looks, workers=1)
        return judge(rows, looks)


@pytest.fixture(scope="module")
def verdicts(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    made = judged([tree], tmp_path_factory.mktemp("looks"))
    return {str(one.row.path.relative_to(tree)): one for one in made}


def test_every_picture_is_left_out_for_its_own_reason(verdicts: dict[str, Verdict]) -> None:
    for name, verdict in verdicts.items():
        stem = Path(name).stem
        reason = "" if stem.startswith("good") else stem.removesuffix("-group").removesuffix("-too")
        assert verdict.reason == reason.removesuffix("-empty"), name


def test_a_copy_names_the_one_that_is_kept_and_the_larger_is(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["NORMAL/later/exact-duplicate.jpg"].like.endswith("NORMAL/good-0.jpg")
    near = verdicts["COVID-19/near-duplicate.jpg"]
    assert near.like.endswith("COVID-19/good-0.jpg")
    # Its patient's other films must fall into the same split.
    assert near.row.group == verdicts["COVID-19/good-0.jpg"].row.group
    assert len({one.row.group for one in verdicts.values() if one.row.path.stem.startswith("good")}) == 3 * 6


def test_a_copy_that_says_less_takes_nothing_from_one_that_says_more(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["PNEUMONIA-BACTERIAL/good-0.jpg"].row.findings == ("PNEUMONIA-BACTERIAL",)


def test_a_copy_that_says_more_is_believed(tmp_path: Path) -> None:
    put(tmp_path / "PNEUMONIA" / "large.jpg", film(1))
    put(tmp_path / "PNEUMONIA-VIRAL" / "small.jpg", cv2.resize(film(1), (304, 360)))
    large, small = judged([tmp_path], tmp_path / "looks")
    assert (large.reason, small.reason) == ("", "near-duplicate")
    assert large.row.findings == ("PNEUMONIA-VIRAL",)


def test_copies_are_found_across_sources(tree: Path, tmp_path: Path) -> None:
    put(tmp_path / "other" / "NORMAL" / "theirs.jpg", cv2.resize(film(21), (760, 900)))
    made = judged([tree, tmp_path / "other"], tmp_path / "looks")
    (ours,) = [one for one in made if one.row.path == tree / "NORMAL" / "good-1.jpg"]
    assert (ours.reason, Path(ours.like).name) == ("near-duplicate", "theirs.jpg")


def test_real_film_photos_are_never_left_out_for_what_photos_are(tmp_path: Path) -> None:
    put(tmp_path / "photo.jpg", cv2.merge([film(5), film(5), film(5) // 2]))
    put(tmp_path / "film.jpg", film(5))
    lines = ["path,finding6,origin,group,film_photo", "photo.jpg,TUBERCULOSIS,a,g1,yes", "film.jpg,TUBERCULOSIS,a,g2,"]
    (tmp_path / "index.csv").write_text("\n".join(lines) + "\n")
    photo, clean = judged([tmp_path], tmp_path / "looks")
    assert photo.reason == ""
    assert clean.reason == "near-duplicate", "the film must not be trained on: its photo is tested with"
    assert photo.row.group == clean.row.group


def test_a_picture_in_two_sources_is_said(tree: Path) -> None:
    with pytest.raises(DataError, match="is in two of the sources"):
        gather([tree, tree], FINDINGS, GROUPS)


def test_large_pictures_are_looked_at_as_small_ones_are(tmp_path: Path) -> None:
    large = look(put(tmp_path / "large.jpg", cv2.resize(film(3), (3040, 3600), interpolation=cv2.INTER_CUBIC)))
    small = look(put(tmp_path / "small.jpg", film(3)))
    assert abs(large.width - 3040) < 8
    assert abs(large.height - 3600) < 8
    assert (large.phash ^ small.phash).bit_count() <= 2
    assert np.abs(large.pixels().astype(int) - small.pixels()).mean() < 3


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_a_picture_of_twelve_bits_is_looked_at_and_read_as_the_device_reads_it(tmp_path: Path, ending: str) -> None:
    grey = cv2.normalize(film(3), None, 0, 255, cv2.NORM_MINMAX)
    deep, plain = tmp_path / f"deep.{ending}", put(tmp_path / "plain.png", grey)
    cv2.imwrite(str(deep), grey.astype(np.uint16) * 16)
    seen, wanted = look(deep), look(plain)
    assert (seen.width, seen.height, seen.low, seen.high) == (wanted.width, wanted.height, wanted.low, wanted.high)
    assert (seen.colour, seen.phash, seen.thumb) == (wanted.colour, wanted.phash, wanted.thumb)
    picture = decode(Photo(deep.name, deep.read_bytes()))
    assert isinstance(picture, Picture)
    assert np.array_equal(read_film(deep), picture.pixels)
    assert np.array_equal(read_film(plain), grey)


# Duplicates.


def test_alike_hashes_are_those_of_a_comparison_of_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    hashes = rng.integers(-(2**63), 2**63, 300, dtype=np.int64)
    for place in range(0, 300, 3):  # near ones, some nearer than allowed, some farther
        flips = rng.choice(64, int(rng.integers(0, 12)), replace=False)
        hashes[place + 1] = hashes[place] ^ np.bitwise_or.reduce(np.left_shift(np.int64(1), flips), initial=0)
    near = np.bitwise_count(hashes.view(np.uint64)[:, None] ^ hashes.view(np.uint64)[None]) <= MOST_BITS
    wanted = {(int(i), int(j)) for i, j in np.argwhere(near) if i < j}
    assert 40 < len(wanted) < 110
    for _ in range(2):
        found = [(int(one), int(other)) for pairs in alike_hashes(hashes) for one, other in pairs]
        assert len(found) == len(set(found))
        assert set(found) == wanted
        monkeypatch.setattr("training.data.duplicates._AT_ONCE", 3)


def test_same_films_are_those_whose_ranks_correlate_of_those_whose_hashes_are_near() -> None:
    rng = np.random.default_rng(5)
    thumbs = np.stack([cv2.resize(film(seed % 12), (32, 32), interpolation=cv2.INTER_AREA) for seed in range(60)])
    noise = rng.normal(0, np.linspace(0, 20, 60)[:, None, None], thumbs.shape)
    thumbs = np.clip(thumbs + noise, 0, 255).astype(np.uint8)
    ranked = np.stack([ranks(thumb).ravel() for thumb in thumbs])
    hashes = np.array([perceptual_hash(thumb) for thumb in thumbs], np.int64)
    near = {(int(one), int(other)) for pairs in alike_hashes(hashes) for one, other in pairs}
    correlation = np.corrcoef(ranked.astype(np.float64))
    wanted = {pair for pair in near if correlation[pair] >= LEAST_ALIKE}
    assert 0 < len(wanted) < len(near)
    assert set(same_films(hashes, ranked)) == wanted


def test_clusters_join_through_others() -> None:
    assert clusters(7, [(5, 1), (3, 5), (0, 6)]) == [[0, 6], [1, 3, 5]]


def test_tones_do_not_change_a_hash() -> None:
    thumb = np.asarray(cv2.resize(film(7), (32, 32), interpolation=cv2.INTER_AREA), np.uint8)
    darker = np.asarray(255 * (thumb / 255) ** 1.5, np.uint8)
    assert (perceptual_hash(thumb) ^ perceptual_hash(darker)).bit_count() <= 2
    assert (perceptual_hash(thumb) ^ perceptual_hash(255 - thumb)).bit_count() > 50


# The command.


def test_the_command_leaves_a_table_that_can_be_split_and_sheets_to_look_at(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["curate", str(tree), "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "18 of 31 pictures are kept." in said
    assert (tmp_path / "curation.md").read_text(encoding="utf-8").strip() == said.strip()
    rows = load_table(tmp_path, FINDINGS, GROUPS)
    assert len(rows) == 18
    assert Counter(row.name for row in rows) == dict.fromkeys(FINDINGS, 3)
    with (tmp_path / "left-out.csv").open() as file:
        reasons = Counter(line["reason"] for line in csv.DictReader(file))
    assert sum(reasons.values()) == 13
    assert {path.stem for path in (tmp_path / "sheets").iterdir()} == set(reasons)
    for sheet in (tmp_path / "sheets").iterdir():
        assert cv2.imread(str(sheet)).std() > 10
    assert main(["split", str(tmp_path), "--run", str(tmp_path / "run")]) in (0, 2)


def test_a_picture_of_twelve_bits_is_as_bright_on_the_sheet_as_its_copy(tmp_path: Path) -> None:
    grey = cv2.normalize(film(3), None, 0, 255, cv2.NORM_MINMAX)
    put(tmp_path / "films" / "NORMAL" / "plain.png", grey)
    cv2.imwrite(str(tmp_path / "films" / "NORMAL" / "deep.png"), grey.astype(np.uint16) * 16)
    assert main(["curate", str(tmp_path / "films"), "--out", str(tmp_path)]) == 0
    sheet = cv2.imread(str(tmp_path / "sheets" / "near-duplicate.jpg"), cv2.IMREAD_GRAYSCALE)
    first, second = (sheet[:150, side : side + 180].mean() for side in (0, 208))
    assert abs(first - second) < 4


def test_what_was_looked_at_is_not_looked_at_again(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = gather([tree], FINDINGS, GROUPS)
    paths = [row.path for row in rows]
    with closing(Looks(tmp_path / "looks.sqlite")) as looks:
        looks.add([look(path) for path in paths[:20]])
        assert looks.missing(paths) == paths[20:]
    with closing(Looks(tmp_path / "looks.sqlite")) as looks:
        asked: list[Path] = []
        known = looks.add

        def watched(made: list[Look]) -> None:
            asked.extend(Path(one.path) for one in made)
            known(made)

        monkeypatch.setattr(looks, "add", watched)
        look_at_all(paths, looks, workers=1)
        assert asked == paths[20:]
        assert looks.missing(paths) == []


def test_a_picture_that_has_changed_is_looked_at_again(tmp_path: Path) -> None:
    path = put(tmp_path / "film.jpg", film(1))
    with closing(Looks(tmp_path / "looks.sqlite")) as looks:
        looks.add([look(path)])
        put(path, film(2))
        assert looks.missing([path]) == [path]


def test_killed_in_the_middle_it_comes_to_the_same(tree: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training.cli", "curate", str(tree), "--out"]
    code = "import sys, training.data.curate as c, training.cli as cli; c._CHUNK = 1; cli.main(sys.argv[1:])"
    slow = [sys.executable, "-c", code, *command[3:], str(tmp_path / "killed")]
    process = subprocess.Popen(slow, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = tmp_path / "killed" / "looks.sqlite"
    for _ in range(400):
        time.sleep(0.05)
        if base.is_file() and looked(base) >= 3:
            break
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    assert looked(base) >= 3
    for name in ("killed", "whole"):
        done = subprocess.run(
            [*command, str(tmp_path / name)], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
    for file in ("index.csv", "left-out.csv", "curation.md"):
        assert (tmp_path / "killed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert looked(base) == 31


def looked(base: Path) -> int:
    with closing(Looks(base)) as looks:
        return int(looks._base.execute("SELECT count(*) FROM looks").fetchone()[0])


def test_a_rule_is_asked_in_its_order() -> None:
    one = Look("a", 1, 1, "x", 100, 100, 50.0, 0.0, 0.0, 0.0, 1.0, 0, b"")
    assert curate._failed(Row(Path("a"), ("NORMAL",), "", ""), one) == "too-small"
