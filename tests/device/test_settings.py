"""The settings file: what is wrong with it is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.errors import SettingsFault
from device.settings import Settings, load_settings


def load(folder: Path, text: str) -> Settings:
    path = folder / "filmside.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Settings()


def test_every_key_can_be_set(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        bundle = "/srv/bundle"
        data = "/srv/data"
        host = "0.0.0.0"
        port = 80
        camera = "opencv"
        camera_source = "1"
        camera_width = 1920
        camera_height = 1080
        light = "gpio-rgb"
        light_pins = [17, 27, 22]
        button_pin = 5
        take_when_still = true
        free_megabytes = 500
        """,
    )
    assert settings == Settings(
        bundle=Path("/srv/bundle"),
        data=Path("/srv/data"),
        host="0.0.0.0",
        port=80,
        camera="opencv",
        camera_source="1",
        camera_width=1920,
        camera_height=1080,
        light="gpio-rgb",
        light_pins=(17, 27, 22),
        button_pin=5,
        take_when_still=True,
        free_megabytes=500,
    )


def test_relative_paths_start_at_the_files_own_folder(tmp_path: Path) -> None:
    settings = load(tmp_path, 'bundle = "bundle"\ndata = "../data"')
    assert settings.bundle == tmp_path / "bundle"
    assert settings.data == tmp_path / "../data"


def test_a_missing_file_says_where(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match=r"There is no settings file .*filmside\.toml\. Make one"):
        load_settings(tmp_path / "filmside.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'prot = 80\ncolour = "red"',
            r"filmside\.toml has the unknown key colour, prot; wanted some of bundle, button_pin",
        ),
        ('port = "80"', r"filmside\.toml: port is '80'; wanted a whole number\. Correct it"),
        ("port = true", r"port is True; wanted a whole number"),
        ("take_when_still = 1", r"filmside\.toml: take_when_still is 1; wanted true or false\. Correct it"),
        ('take_when_still = "yes"', r"take_when_still is 'yes'; wanted true or false"),
        ("port = 80.5", r"port is 80\.5; wanted a whole number"),
        ("bundle = 7", r"bundle is 7; wanted a path in quotes"),
        ("camera_source = 0", r"camera_source is 0; wanted text in quotes"),
        ('light_pins = ["17"]', r"light_pins is \['17'\]; wanted a list of numbers"),
        ("light_pins = 17", r"light_pins is 17; wanted a list of numbers"),
        ("port = 0", r"port is 0; wanted 1 to 65535\. Choose a free port"),
        ("port = 65536", r"port is 65536; wanted 1 to 65535"),
        ('camera = "webcam"', r'camera is "webcam"; wanted one of folder, pi, opencv\. Correct it'),
        ('light = "neon"', r'light is "neon"; wanted one of none, terminal, gpio-rgb, gpio-led'),
        ("camera_width = 320", r"is 320 x 3040; wanted at least 640 x 480\. Set the size"),
        ('light = "gpio-rgb"', r'light = "gpio-rgb" has 0 light_pins; wanted 3\. Set light_pins to a list of 3 BCM'),
        ('light = "gpio-led"\nlight_pins = [1, 2]', r'light = "gpio-led" has 2 light_pins; wanted 1'),
        ("light_pins = [17]", r'light = "none" has 1 light_pins; wanted 0'),
        ("port = ", r"filmside\.toml cannot be read: .*Mend that line"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsFault, match=message):
        load(tmp_path, text)


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "filmside.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsFault, match=r"filmside\.toml cannot be read: 'utf-8' codec"):
        load_settings(tmp_path / "filmside.toml")
