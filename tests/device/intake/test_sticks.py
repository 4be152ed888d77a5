"""USB sticks: a real file system in a loop-mounted image, with names and things on it that mean harm."""

from __future__ import annotations

import time

import pytest

from device.errors import StickGone
from device.intake import sticks as sticks_module
from device.intake.sticks import MOST_BYTES, path_of, shown, token_of
from tests.sticks import PICTURE, Plugged
from tests.sticks import plugged as plugged

HOSTILE = {
    b"plain.jpg": PICTURE,
    b"DCIM/100CANON/IMG_0001.JPG": PICTURE,
    b"not a picture.txt": b"x",
    b"\xff\xfe no text.png": PICTURE,
    b"<script>alert(1)<!-- .jpg": PICTURE,
    b"line\nbreak.jpg": PICTURE,
    b"x..%2f..%2fetc.jpg": PICTURE,
    "صورة.jpg".encode(): PICTURE,
    b"a" * 250 + b".jpg": PICTURE,
    b"empty.jpg": b"",
    b".hidden/x.jpg": PICTURE,
    b"/".join([b"d"] * 12) + b"/deep.jpg": PICTURE,
}


def test_pictures_are_found_and_nothing_else(plugged: Plugged) -> None:
    assert plugged.sticks.plugged() == ()
    plugged.put(HOSTILE)
    assert plugged.sticks.plugged() == ("sdz1",)
    listing = plugged.sticks.pictures("sdz1")
    assert listing.all
    names = [one.name for one in listing.pictures]
    assert names == sorted(names)
    assert set(names) == {
        "plain.jpg", "DCIM/100CANON/IMG_0001.JPG", "\ufffd\ufffd no text.png", "<script>alert(1)<!-- .jpg",
        "line?break.jpg", "x..%2f..%2fetc.jpg", "صورة.jpg", "a" * 250 + ".jpg",
    }  # fmt: skip
    for one in listing.pictures:
        photo = plugged.sticks.read("sdz1", one.token)
        assert photo.encoded == PICTURE
        assert "/" not in photo.name


def test_nothing_that_leads_elsewhere_is_read(plugged: Plugged) -> None:
    plugged.put({b"plain.jpg": PICTURE})
    for path in (b"secrets.jpg", b"etc/passwd", b"pipe.jpg", b"no such.jpg", b"plain.jpg/x"):
        started = time.monotonic()
        with pytest.raises(StickGone, match="cannot be read"):
            plugged.sticks.read("sdz1", token_of(path))
        assert time.monotonic() - started < 2
    for path in (b"../plain.jpg", b"/etc/passwd", b"a/../b", b"", b"x\0y", b"./plain.jpg"):
        with pytest.raises(ValueError, match="stands for no picture"):
            plugged.sticks.read("sdz1", token_of(path))
    for stick in ("../sdz1", "", ".", "none", "/"):
        with pytest.raises(StickGone):
            plugged.sticks.read(stick, token_of(b"plain.jpg"))


def test_a_stick_pulled_out_is_gone_and_one_that_is_plugged_in_again_is_there(plugged: Plugged) -> None:
    plugged.put({b"plain.jpg": PICTURE})
    token = plugged.sticks.pictures("sdz1").pictures[0].token
    plugged.pull()
    assert plugged.sticks.plugged() == ()
    with pytest.raises(StickGone, match="It was pulled out"):
        plugged.sticks.read("sdz1", token)
    plugged.plug("ro")
    assert plugged.sticks.read("sdz1", token).encoded == PICTURE


def test_nothing_on_the_stick_changes(plugged: Plugged) -> None:
    plugged.put({b"plain.jpg": PICTURE})
    before = plugged.image.read_bytes()
    for one in plugged.sticks.pictures("sdz1").pictures:
        plugged.sticks.read("sdz1", one.token)
    plugged.pull()
    assert plugged.image.read_bytes() == before


def test_a_stick_of_too_many_files_is_listed_in_part(plugged: Plugged, monkeypatch: pytest.MonkeyPatch) -> None:
    plugged.put({f"{number:03}.jpg".encode(): PICTURE for number in range(30)})
    monkeypatch.setattr(sticks_module, "MOST_PICTURES", 10)
    listing = plugged.sticks.pictures("sdz1")
    assert (len(listing.pictures), listing.all) == (10, False)
    monkeypatch.setattr(sticks_module, "MOST_PICTURES", 2000)
    monkeypatch.setattr(sticks_module, "MOST_SEEN", 20)
    assert not plugged.sticks.pictures("sdz1").all


def test_a_file_that_is_too_large_is_not_read_whole(plugged: Plugged, monkeypatch: pytest.MonkeyPatch) -> None:
    plugged.put({b"large.jpg": bytes(200_000)})
    monkeypatch.setattr(sticks_module, "MOST_BYTES", 100_000)
    assert plugged.sticks.pictures("sdz1").pictures == ()
    with pytest.raises(StickGone, match="larger than"):
        plugged.sticks.read("sdz1", token_of(b"large.jpg"))
    assert MOST_BYTES == 64 * 1024 * 1024


@pytest.mark.parametrize("path", [b"a.jpg", b"DCIM/\xff\xfe.jpg", "é/ß?.jpg".encode(), b"a b+c=d&e.jpg"])
def test_a_token_is_its_path_and_fits_an_address(path: bytes) -> None:
    assert path_of(token_of(path)) == path
    assert set(token_of(path)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@pytest.mark.parametrize("token", ["%", "a", "é", "ab cd", "//"])
def test_what_is_no_token_stands_for_nothing(token: str) -> None:
    with pytest.raises(ValueError, match="stands for no picture"):
        path_of(token)


def test_names_are_shown_without_what_is_no_letter() -> None:
    assert shown(b"a\x1b[31m\xe2\x80\xaeb.jpg") == "a?[31m?b.jpg"
