"""A bundle is taken as a whole or not at all, and what does not hold is said in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from device import demo
from device.errors import BundleFault
from device.reading.bundle import load_bundle
from device.reading.manifest import FORMAT, MANIFEST, content_id
from tests.bundles import Manifest, demo_copy


def test_the_demos_bundle_holds() -> None:
    bundle = load_bundle(demo.BUNDLE)
    assert bundle.id == content_id(json.loads((demo.BUNDLE / MANIFEST).read_text(encoding="utf-8")))
    assert "NORMAL" in bundle.findings
    assert sum(member.weight for member in bundle.members) == pytest.approx(1)
    assert bundle.references
    assert bundle.card.strip()
    for statement in bundle.statements:
        assert set(statement.findings) < set(bundle.findings)
    assert any(statement.said_from is not None for statement in bundle.statements)
    assert len(bundle.possible_from) == len(bundle.findings)
    assert bundle.audit is not None
    assert bundle.audit.passed


@pytest.mark.parametrize("name", ["member", "card", "reference"])
def test_a_changed_byte_is_found_in_every_file(tmp_path: Path, name: str) -> None:
    copy = demo_copy(tmp_path)
    bundle = load_bundle(copy)
    file = {"member": bundle.members[0].file, "card": copy / "MODEL_CARD.md", "reference": bundle.references[0].file}
    content = bytearray(file[name].read_bytes())
    content[len(content) // 2] ^= 1
    file[name].write_bytes(content)
    with pytest.raises(
        BundleFault,
        match=rf"{file[name].name} has the sha256 \w{{12}}…; wanted \w{{12}}…: the file was changed or damaged\. Copy",
    ):
        load_bundle(copy)


def test_a_changed_manifest_is_found(tmp_path: Path) -> None:
    copy = demo_copy(tmp_path)
    text = (copy / MANIFEST).read_text(encoding="utf-8")
    (copy / MANIFEST).write_text(text.replace('"NORMAL"', '"N0RMAL"'), encoding="utf-8")
    with pytest.raises(BundleFault, match=r"but its content is '\w{16}': it was changed\. Copy the bundle again"):
        load_bundle(copy)


def one_finding_less(manifest: Manifest) -> None:
    dropped = manifest["findings"].pop()
    manifest["statements"] = [one for one in manifest["statements"] if dropped not in one["findings"]]
    del manifest["possible_from"][dropped]
    for reference in manifest["references"]:
        del reference["scores"][dropped]


def one_finding_more(manifest: Manifest) -> None:
    manifest["findings"].append("SILICOSIS")
    manifest["statements"].append({"name": "SILICOSIS", "findings": ["SILICOSIS"], "said_from": None})
    manifest["possible_from"]["SILICOSIS"] = 0.0
    for reference in manifest["references"]:
        reference["scores"]["SILICOSIS"] = 0.0


@pytest.mark.parametrize("change", [one_finding_less, one_finding_more])
def test_findings_and_outputs_that_disagree_are_a_fault(tmp_path: Path, change: Callable[[Manifest], None]) -> None:
    copy = demo_copy(tmp_path, change)
    findings = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))["findings"]
    with pytest.raises(
        BundleFault, match=r"has scores of shape \[1, 6\]; wanted \[1, [57]\], one for each of"
    ) as found:
        load_bundle(copy)
    assert ", ".join(findings) in str(found.value)


def member(key: str, value: object) -> Callable[[Manifest], object]:
    return lambda manifest: manifest["members"][0].__setitem__(key, value)


def fact(key: str, value: object) -> Callable[[Manifest], object]:
    return lambda manifest: manifest.__setitem__(key, value)


def statement(**changes: object) -> Callable[[Manifest], object]:
    return lambda manifest: manifest["statements"][0].update(changes)


def of_input(key: str, value: object) -> Callable[[Manifest], object]:
    return lambda manifest: manifest["members"][0]["input"].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (fact("format", FORMAT + 1), rf"has the format {FORMAT + 1}; wanted {FORMAT}\. Use a bundle made for this"),
        (
            fact("findings", ["NORMAL", "NORMAL"]),
            r"findings are \['NORMAL', 'NORMAL'\]; wanted at least two, each once",
        ),
        (fact("members", []), r"the members' weights are \[\]; wanted weights that add up to 1"),
        (member("weight", 0.1), r"the members' weights are \[0\.1.*\]; wanted weights that add up to 1"),
        (member("weight", 1.5), r"weight is 1\.5; wanted a number from 0 to 1"),
        (member("temperature", 0), r"has the temperature 0\.0; wanted 0\.05 to 20"),
        (member("mirrored", "yes"), r"has mirrored 'yes'; wanted true or false"),
        (member("file", "../elsewhere.tflite"), r"a file is named '\.\./elsewhere\.tflite'; wanted a name inside"),
        (member("file", "gone.tflite"), r"gone\.tflite cannot be read \(No such file.*\)\. Copy the bundle again"),
        (of_input("fit", "folded"), r"wants InputSpec\(.*fit='folded'.*wanted a fit of \('stretch', 'shortest'\)"),
        (of_input("tone", "sepia"), r"tone='sepia'.*a tone of \('even', 'plain'\)"),
        (of_input("channels", 4), r"channels=4.*1 or 3 channels"),
        (fact("voting", "loudest"), r"voting is 'loudest'; wanted \"soft\""),
        (fact("temperature", 0), r"the vote has the temperature 0\.0; wanted 0\.05 to 20"),
        (fact("promise", {"right": 2}), r"promise\.right is 2; wanted a number from 0 to 1"),
        (statement(said_from=7), r"COVID-19's said_from is 7; wanted a number from 0 to 1"),
        (statement(right="often"), r"COVID-19's right is 'often'; wanted a number from 0 to 1"),
        (statement(name="ODD", findings=["NORMAL", "GOUT"]), r"statement ODD holds \['NORMAL', 'GOUT'\]; wanted one"),
        (statement(name="ODD"), r"the statement ODD holds \['COVID-19'\]; wanted one finding by its own name, or"),
        (
            lambda manifest: manifest["statements"].pop(0),
            r"the statements are \['EMPHYSEMA', .*\]; wanted one for each finding and each group, each once",
        ),
        (
            lambda manifest: manifest["possible_from"].pop("NORMAL"),
            r"possible_from has \['COVID-19', .*\]; wanted one score for each finding",
        ),
        (
            fact("audit", {"passed": "yes", "lost": 3.0}),
            r"the audit's passed is 'yes'; wanted true or false",
        ),
        (
            lambda manifest: manifest["references"][0]["scores"].popitem(),
            r"has scores for \[.*\]; wanted one for each finding",
        ),
        (lambda manifest: manifest.pop("voting"), r"has a missing or wrong entry \(KeyError\('voting'\)\); wanted"),
        (fact("members", 7), r"has a missing or wrong entry \(TypeError.*\); wanted a manifest of format 4"),
        (
            fact("gate", {"answers": ["upright", "something else"]}),
            r"the gate's answers are \['upright', 'something else'\]; wanted \['upright', 'turned-left'",
        ),
        (
            lambda manifest: manifest["gate"]["refuse_from"].pop("glare"),
            r"the gate's refuse_from has \['bands', .*\]; wanted \['not-a-chest-film', 'glare'",
        ),
        (
            lambda manifest: manifest["gate"].update(mirrored_from=7),
            r"the gate's mirrored_from is 7; wanted a number from 0 to 1",
        ),
        (
            lambda manifest: manifest["scout"].update(answers=["fit"]),
            r"the scout's answers are \['fit'\]; wanted \['fit', 'no-film'",
        ),
        (
            lambda manifest: manifest["scout"].update(refuse_from=-1),
            r"the scout's refuse_from is -1; wanted a number from 0 to 1",
        ),
    ],
)
def test_every_fact_of_the_manifest_is_checked(
    tmp_path: Path, change: Callable[[Manifest], object], message: str
) -> None:
    with pytest.raises(BundleFault, match=message):
        load_bundle(demo_copy(tmp_path, change))


def test_a_bundle_that_says_nothing_of_mirrored_films_is_read_as_before(tmp_path: Path) -> None:
    copy = demo_copy(tmp_path, lambda manifest: [entry.pop("mirrored", None) for entry in manifest["members"]])
    assert not any(spec.mirrored for spec in load_bundle(copy).members)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"There is no .*manifest\.json; wanted a bundle there\. Copy one, or mend `bundle`"),
        ("{", r"manifest\.json cannot be read \(.*\); wanted JSON"),
        ("[]", r"has the format 'list'; wanted 4"),
        ("\ud800".encode("utf-8", "surrogatepass"), r"manifest\.json cannot be read"),
    ],
)
def test_a_folder_that_is_no_bundle_says_so(tmp_path: Path, text: str | bytes | None, message: str) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BundleFault, match=message):
        load_bundle(tmp_path)
