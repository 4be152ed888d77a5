"""What the README says can be done, can be done; and nothing tracked tells of the machine that it was written on."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from device.cli import _parser as device_parser
from device.settings import Settings
from training.cli import _parser as training_parser

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PARSERS = {"filmside": device_parser, "filmside-train": training_parser}


def commands(program: str) -> dict[str, argparse.ArgumentParser]:
    """The sub-commands of a program, by name."""
    (subparsers,) = (action for action in PARSERS[program]()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(subparsers.choices)


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


def code(text: str) -> Iterator[str]:
    """The lines of a text's code blocks, and its code spans."""
    blocks = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for block in blocks.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    for span in re.findall(r"`([^`]+)`", blocks.sub("", text)):
        yield span.replace("\n", " ")


def said(text: str) -> Iterator[tuple[str, str, set[str]]]:
    """Every (program, command, options) that a text names."""
    for line in code(text):
        found = re.search(r"(?:^|[\s/])(filmside(?:-train)?) ([a-z][a-z-]*)(.*)", line)
        if found:
            yield found[1], found[2], set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", found[3]))


def test_every_command_in_the_readme_exists_with_its_options() -> None:
    everything = list(said(README))
    assert len(everything) > 5
    wrong = []
    for program, command, named in everything:
        known = commands(program)
        if command not in known:
            wrong.append(f"{program} {command}")
        else:
            wrong += [f"{program} {command} {option}" for option in named - options(known[command])]
    assert wrong == []


def test_every_option_that_the_readme_speaks_of_exists() -> None:
    every = {option for program in PARSERS for one in commands(program).values() for option in options(one)}
    alone = {span.split()[0] for span in code(README) if span.startswith("--")}
    assert alone - every == set()


@pytest.mark.parametrize("program", PARSERS)
def test_every_command_is_in_the_readme(program: str) -> None:
    named = {command for one, command, _ in said(README) if one == program}
    assert set(commands(program)) - named == set()


def test_every_settings_key_is_in_the_readme_with_its_default() -> None:
    rows = [row.split("|") for row in README.splitlines() if row.startswith("| `")]
    table: dict[str, str] = {}
    for row in rows:
        keys, defaults = re.findall(r"`([a-z_]+)`", row[1]), re.findall(r"`([^`]+)`", row[-2])
        table |= dict(zip(keys, defaults if len(defaults) == len(keys) else [""] * len(keys), strict=True))
    for field in fields(Settings):
        assert field.name in table, f"{field.name} is not in the README's table of settings"
        if field.default != ():
            wanted = str(field.default)
            assert table[field.name] == (wanted.lower() if field.type == "bool" else wanted), field.name


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {target for line in code(README) for target in re.findall(r"\bmake ([a-z-]+)", line)}
    assert "test" in named
    assert named - targets == set()


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "device/demo/photos/CREDITS.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    page = REPOSITORY / name
    text = page.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _, heading = target.partition("#")
        if (path and not (page.parent / path).exists()) or (not path and heading not in headings):
            broken.append(target)
    assert broken == []


def tracked() -> list[tuple[str, str]]:
    """Every tracked text file, by its name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    found = []
    for name in listed.decode().split("\0"):
        path = REPOSITORY / name
        if name and path.is_file() and b"\0" not in (content := path.read_bytes())[:8000]:
            found.append((name, content.decode("utf-8", "replace")))
    assert len(found) > 100
    return found


MACHINES_OWN = {
    "a folder of the machine it was written on": re.compile(r"(?<![\w.])/(?:work|home|Users|root)/[\w.-]+"),
    "a package index": re.compile(r"(?:--(?:extra-)?index-url|--trusted-host)[ =]\S|https?://\S+/simple\b"),
    "a password in an address": re.compile(r"https?://[^\s/:@]+:[^\s/@]+@"),
}


@pytest.mark.parametrize("what", MACHINES_OWN)
def test_no_tracked_file_names(what: str) -> None:
    found = {
        f"{name}: {hit[0]}"
        for name, text in tracked()
        if name != "tests/test_docs.py"
        for hit in MACHINES_OWN[what].finditer(text)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a folder of the machine it was written on", "see /home/ada/films"),
        ("a package index", "--index-url https://packages.example/simple"),
        ("a package index", "https://packages.example/root/simple/"),
        ("a password in an address", "https://ada:secret@packages.example/"),
    ],
)
def test_what_must_not_be_named_would_be_seen(what: str, text: str) -> None:
    assert MACHINES_OWN[what].search(text)


@pytest.mark.parametrize("name", sorted(path.name for path in REPOSITORY.glob("*.lock")))
def test_lock_files_name_hashes_and_no_host(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^([A-Za-z0-9][\w.-]*)==", text, re.MULTILINE)
    assert len(pins) > 5
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert [block.splitlines()[0] for block in blocks if block.strip() and "--hash=sha256:" not in block] == []


def test_there_are_lock_files() -> None:
    assert {path.name for path in REPOSITORY.glob("*.lock")} >= {"requirements.lock", "requirements-dev.lock"}
