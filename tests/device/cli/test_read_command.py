"""`filmside read` as other programs call it: exit codes, the JSON contract, CSV, heat maps, a quiet pipe."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import cv2
import numpy as np
import pytest

from device import demo
from device.errors import BundleFault, Fault
from device.read import Form, read_files
from device.reading.bundle import load_bundle
from device.values import Reason
from tests.bundles import demo_copy

KEYS = {"photo", "outcome", "possible", "scores", "votes", "refusal", "corners", "lie", "bundle", "milliseconds"}
GOOD, BLURRED = demo.PHOTOS / "02-normal.jpg", demo.PHOTOS / "05-normal-blurred.jpg"
FINDINGS = load_bundle(demo.BUNDLE).findings


RUNTIMES_GREETING = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
"""LiteRT says this on standard error, whatever it is told."""


def complaints(stderr: str) -> str:
    """What was written to standard error besides the runtime's greeting."""
    return stderr.replace("\r\n", "\n").replace(RUNTIMES_GREETING, "")


def filmside(*arguments: str | Path, warnings: str = "error", **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", warnings, "-m", "device", *map(str, arguments)]
    given = {"capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run(command, check=False, **given)  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films, one blurred, one letter, and a file that is not looked at."""
    made = tmp_path_factory.mktemp("photos")
    (made / "inner").mkdir()
    shutil.copy(GOOD, made / "a good.jpg")
    shutil.copy(BLURRED, made / "b, blurred.JPG")
    shutil.copy(demo.PHOTOS / "07-covid.jpg", made / "inner")
    (made / "letter.png").write_text("Dear colleague")
    (made / "notes.txt").write_text("not a photo")
    return made


@pytest.fixture(scope="module")
def said(folder: Path) -> subprocess.CompletedProcess[str]:
    return filmside("read", folder, "--json")


def test_the_json_contract(said: subprocess.CompletedProcess[str], folder: Path) -> None:
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    names = ["a good.jpg", "b, blurred.JPG", "inner/07-covid.jpg", "letter.png"]
    assert [line["photo"] for line in lines] == [str(folder / name) for name in names]
    bundle = load_bundle(demo.BUNDLE)
    for line in lines:
        assert set(line) == KEYS
        assert line["bundle"] == bundle.id
        assert line["milliseconds"]["total"] > 0
        assert all(isinstance(value, float) for value in line["milliseconds"].values())
    good, blurred, _, letter = lines
    outcomes = {*(statement.name for statement in bundle.statements), "UNCERTAIN"}
    for line in (good, lines[2]):
        assert line["refusal"] is None
        assert line["outcome"] in outcomes
        assert tuple(line["scores"]) == bundle.findings
        assert sum(line["scores"].values()) == pytest.approx(1, abs=1e-4)
        assert list(line["votes"]) == [member.name for member in bundle.members]
        assert all(tuple(vote) == bundle.findings for vote in line["votes"].values())
        assert line["lie"] == {"quarter_turns": 0, "negative": False, "mirrored": False}
        corners = np.array(line["corners"])
        assert corners.shape == (4, 2)
        # Top left, top right, bottom right, bottom left of a film that lies upright.
        assert corners[0, 0] < corners[1, 0]
        assert corners[3, 0] < corners[2, 0]
        assert corners[0, 1] < corners[3, 1]
        assert corners[1, 1] < corners[2, 1]
    for line, reason in ((blurred, "blurred"), (letter, "not-a-picture")):
        assert line["outcome"] is None
        assert line["scores"] == line["votes"] == {}
        assert set(line["refusal"]) == {"reason", "say"}
        assert line["refusal"]["reason"] == reason
        assert line["refusal"]["reason"] in {known.value for known in Reason}
        assert line["refusal"]["say"].endswith(".")
    assert np.array(blurred["corners"]).shape == (4, 2)
    assert letter["corners"] is letter["lie"] is None


def test_some_refused_is_exit_code_1_and_nothing_else_is_said(said: subprocess.CompletedProcess[str]) -> None:
    assert said.returncode == 1
    assert len(said.stdout.splitlines()) == 4
    assert said.stdout.endswith("}\n")
    assert complaints(said.stderr) == ""


def test_all_read_is_exit_code_0() -> None:
    done = filmside("read", GOOD)
    assert (done.returncode, complaints(done.stderr)) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{GOOD}: ")
    assert line.endswith(")")


def test_a_refused_photo_says_why_in_a_plain_line() -> None:
    done = filmside("read", BLURRED)
    assert done.returncode == 1
    assert "not read. The photo is blurred. Hold the camera still" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jpg"], "There is no nowhere.jpg; wanted a photo or a folder of photos. Check the name."),
        (["."], "holds no photo; wanted .jpg"),
        ([str(GOOD), "--bundle", "."], "wanted a bundle there. Copy one"),
        ([str(GOOD), "--heatmaps", "file/maps"], "cannot be made: Not a directory. Name another with --heatmaps"),
    ],
)
def test_a_fault_is_exit_code_2_in_words(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "file").write_text("")
    done = filmside("read", *arguments, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(demo.PHOTOS.parents[2])})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("filmside: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_changed_bundle_is_exit_code_2(tmp_path: Path) -> None:
    copy = demo_copy(tmp_path)
    member = load_bundle(copy).members[0].file
    content = bytearray(member.read_bytes())
    content[5000] ^= 255
    member.write_bytes(content)
    done = filmside("read", GOOD, "--bundle", copy)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the file was changed or damaged. Copy the bundle again." in done.stderr
    assert "Traceback" not in done.stderr


def test_csv_is_a_table_that_the_csv_module_reads(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = read_files([folder], bundle=demo.BUNDLE, form=Form.CSV, heat_maps=None)
    assert refused == 2
    out = capsys.readouterr()
    assert out.err == ""
    table = list(csv.DictReader(io.StringIO(out.out)))
    assert list(table[0]) == ["photo", "outcome", "refusal", "say", "bundle", "milliseconds", *FINDINGS]
    assert [Path(line["photo"]).name for line in table] == [
        "a good.jpg", "b, blurred.JPG", "07-covid.jpg", "letter.png",
    ]  # fmt: skip
    for line in table:
        assert None not in line
        assert float(line["milliseconds"]) > 0
        scores = [line[finding] for finding in FINDINGS]
        if line["refusal"]:
            assert (line["outcome"], set(scores)) == ("", {""})
            assert line["say"]
        else:
            assert sum(map(float, scores)) == pytest.approx(1, abs=1e-3)
    assert [line["refusal"] for line in table] == ["", "blurred", "", "not-a-picture"]


def test_heat_maps_are_pictures_of_the_films_size(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maps = tmp_path / "deep" / "maps"
    read_files([folder, GOOD], bundle=demo.BUNDLE, form=Form.JSON, heat_maps=maps)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    # One for each film that was read, none for one that was refused; two of one name do not overwrite each other.
    assert sorted(path.name for path in maps.iterdir()) == [
        "00000-a good.png", "00002-07-covid.png", "00004-02-normal.png",
    ]  # fmt: skip
    corners = np.array(lines[0]["corners"], np.float32)
    wide, high = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    picture = cv2.imread(str(maps / "00000-a good.png"), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert max(picture.shape) <= 800
    assert picture.shape[1] / picture.shape[0] == pytest.approx(wide / high, rel=0.1)
    assert int(np.ptp(picture.astype(int), axis=2).max()) > 40, "there is no colour on the film"


def test_a_fault_half_way_leaves_the_answers_that_were_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / f"00001-{BLURRED.stem}.png").mkdir()
    (maps / f"00002-{GOOD.stem}.png").mkdir()
    with pytest.raises(Fault, match=r"00002-02-normal\.png cannot be written: Is a directory\. Free some space"):
        read_files([GOOD, BLURRED, GOOD], bundle=demo.BUNDLE, form=Form.PLAIN, heat_maps=maps)
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert (maps / f"00000-{GOOD.stem}.png").is_file()


def test_json_and_csv_exclude_each_other() -> None:
    done = filmside("read", GOOD, "--json", "--csv")
    assert done.returncode == 2
    assert "not allowed with" in done.stderr


def on_a_terminal(photos: list[Path]) -> str:
    """What `filmside read --json` writes to a terminal on standard error; standard output stays a pipe."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        done = filmside("read", *photos, "--json", capture_output=False, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        theirs = -1
        written = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # all that was written has been read
                break
            if not more:
                break
            written += more
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)
    assert [json.loads(line)["photo"] for line in done.stdout.splitlines()] == [str(photo) for photo in photos]
    return complaints(written.decode())


def test_many_photos_show_their_progress_on_a_terminal_only() -> None:
    assert "4/4" in on_a_terminal([GOOD] * 4)
    assert on_a_terminal([GOOD] * 2) == ""
    piped = filmside("read", *[GOOD] * 4, "--json")
    assert (piped.returncode, complaints(piped.stderr)) == (0, "")


def test_a_reader_that_has_had_enough_is_no_traceback() -> None:
    command = f"'{sys.executable}' -m device read {str(GOOD)!r} {str(GOOD)!r} {str(GOOD)!r} --json | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=120, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert complaints(done.stderr) == ""


def test_what_does_not_hold_of_the_bundle_is_told_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(BundleFault):
        read_files([GOOD], bundle=tmp_path, form=Form.PLAIN, heat_maps=None)
