"""The contract between training and device: an immutable folder, verified as a whole before anything is read.

::

    manifest.json     everything below, in numbers
    *.tflite          one file a member, one for the gate, one for the scout
    reference/*.png   films with the scores that a right device gives them
    MODEL_CARD.md     what it was trained on, what it reaches, what it is not fit for

Training writes it (`training.pack`), the device reads it. What does not hold is a BundleFault.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from device.errors import BundleFault
from device.film.prepare import FITS, TONES
from device.reading.contract import (
    GATE_ANSWERS,
    LIES,
    SIGHT_ANSWERS,
    Bundle,
    GateSpec,
    MemberSpec,
    Reference,
    ScoutSpec,
    ShortcutAudit,
    Statement,
)
from device.reading.manifest import FORMAT, MANIFEST, read_manifest
from device.values import InputSpec, Score


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a bundle. Raises BundleFault that says what was found, what was wanted and what to do."""
    manifest = read_manifest(folder)
    try:
        return _Reader(folder, manifest).bundle()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, BundleFault):
            raise
        raise BundleFault(
            f"{folder / MANIFEST} has a missing or wrong entry ({error!r}); wanted a manifest of format {FORMAT}. "
            "Copy the bundle again."
        ) from error


class _Reader:
    """Turns one manifest into a Bundle, checking each fact as it comes."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self._folder = folder
        self._manifest = manifest
        self._findings = tuple(str(name) for name in manifest["findings"])

    def bundle(self) -> Bundle:
        manifest = self._manifest
        if len(self._findings) < 2 or len(set(self._findings)) != len(self._findings):
            raise self._fault(f"findings are {list(self._findings)}", "at least two, each once")
        members = tuple(self._member(entry, len(self._findings)) for entry in manifest["members"])
        if not members or abs(sum(member.weight for member in members) - 1) > 1e-6:
            weights = [member.weight for member in members]
            raise self._fault(f"the members' weights are {weights}", "weights that add up to 1")
        if manifest["voting"] != "soft":
            raise self._fault(f"voting is {manifest['voting']!r}", '"soft"')
        return Bundle(
            folder=self._folder,
            id=manifest["id"],
            findings=self._findings,
            statements=self._statements(manifest["statements"]),
            promise=self._share("promise.right", manifest["promise"]["right"]),
            temperature=self._temperature("the vote", manifest["temperature"]),
            possible_from=self._possible_from(manifest["possible_from"]),
            audit=self._audit(manifest["audit"]),
            members=members,
            gate=self._gate(manifest["gate"]),
            scout=self._scout(manifest["scout"]),
            references=tuple(self._reference(entry) for entry in manifest["references"]),
            card=self._verified(manifest["card"]["file"], manifest["card"]["sha256"]).read_text(encoding="utf-8"),
            children=self._children(manifest.get("children", [])),
        )

    def _fault(self, found: str, wanted: str) -> BundleFault:
        return BundleFault(f"In {self._folder / MANIFEST} {found}; wanted {wanted}. Copy the bundle again.")

    def _share(self, name: str, value: Any) -> float:
        if not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise self._fault(f"{name} is {value!r}", "a number from 0 to 1")
        return float(value)

    def _share_or_none(self, name: str, value: Any) -> float | None:
        return None if value is None else self._share(name, value)

    def _temperature(self, whose: str, value: Any) -> float:
        temperature = float(value)
        if not 0.05 <= temperature <= 20:
            raise self._fault(f"{whose} has the temperature {temperature}", "0.05 to 20")
        return temperature

    def _verified(self, name: str, sha256: str) -> Path:
        """A file of the bundle whose content is what the manifest says."""
        path = self._folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise self._fault(f"a file is named {name!r}", "a name inside the bundle")
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise BundleFault(f"{path} cannot be read ({error.strerror}). Copy the bundle again.") from error
        if found != sha256:
            raise BundleFault(
                f"{path} has the sha256 {found[:12]}…; wanted {str(sha256)[:12]}…: the file was changed or damaged. "
                "Copy the bundle again."
            )
        return path

    def _member(self, entry: dict[str, Any], outputs: int) -> MemberSpec:
        wanted = entry["input"]
        values = float(wanted["low"]), float(wanted["high"])
        spec = InputSpec(int(wanted["side"]), int(wanted["channels"]), wanted["fit"], wanted["tone"], *values)
        if spec.fit not in FITS or spec.tone not in TONES or spec.channels not in (1, 3):
            raise self._fault(f"{entry['name']} wants {spec}", f"a fit of {FITS}, a tone of {TONES}, 1 or 3 channels")
        if (shape := entry["outputs"]["scores"]) != [1, outputs]:
            names = ", ".join(self._findings) if outputs == len(self._findings) else "its answers"
            wanted_shape = f"[1, {outputs}], one for each of {names}"
            raise self._fault(f"{entry['name']} has scores of shape {shape}", wanted_shape)
        rows, columns = entry["outputs"]["maps"][1:3]
        mirrored = entry.get("mirrored", False)
        if not isinstance(mirrored, bool):
            raise self._fault(f"{entry['name']} has mirrored {mirrored!r}", "true or false")
        return MemberSpec(
            name=str(entry["name"]),
            file=self._verified(entry["file"], entry["sha256"]),
            sha256=entry["sha256"],
            precision=str(entry["precision"]),
            architecture=str(entry["architecture"]),
            input=spec,
            outputs=outputs,
            maps=(int(rows), int(columns)),
            weight=self._share(f"{entry['name']}'s weight", entry["weight"]),
            temperature=self._temperature(entry["name"], entry["temperature"]),
            mirrored=mirrored,
        )

    def _gate(self, entry: dict[str, Any] | None) -> GateSpec | None:
        if entry is None:
            return None
        if tuple(entry["answers"]) != GATE_ANSWERS:
            raise self._fault(f"the gate's answers are {entry['answers']}", f"{list(GATE_ANSWERS)}")
        reasons = GATE_ANSWERS[len(LIES) :]
        if set(entry["refuse_from"]) != set(reasons):
            raise self._fault(f"the gate's refuse_from has {sorted(entry['refuse_from'])}", f"{list(reasons)}")
        limits = tuple(self._share(f"the gate's {name}", entry["refuse_from"][name]) for name in reasons)
        mirrored_from = self._share("the gate's mirrored_from", entry["mirrored_from"])
        return GateSpec(self._member(entry, len(GATE_ANSWERS)), limits, mirrored_from)

    def _scout(self, entry: dict[str, Any] | None) -> ScoutSpec | None:
        if entry is None:
            return None
        if tuple(entry["answers"]) != SIGHT_ANSWERS:
            raise self._fault(f"the scout's answers are {entry['answers']}", f"{list(SIGHT_ANSWERS)}")
        refuse_from = self._share("the scout's refuse_from", entry["refuse_from"])
        return ScoutSpec(self._member(entry, 1 + len(SIGHT_ANSWERS)), refuse_from)

    def _statements(self, entries: list[dict[str, Any]]) -> tuple[Statement, ...]:
        made = []
        for entry in entries:
            name, findings, said_from = str(entry["name"]), tuple(map(str, entry["findings"])), entry["said_from"]
            if not findings or set(findings) - set(self._findings) or (len(findings) == 1 and findings != (name,)):
                raise self._fault(
                    f"the statement {name} holds {list(findings)}", "one finding by its own name, or several findings"
                )
            limit = self._share_or_none(f"{name}'s said_from", said_from)
            made.append(Statement(name, findings, limit, self._share_or_none(f"{name}'s right", entry.get("right"))))
        names = [statement.name for statement in made]
        if len(set(names)) != len(names) or not set(self._findings) <= set(names):
            raise self._fault(f"the statements are {names}", "one for each finding and each group, each once")
        return tuple(made)

    def _children(self, entry: list[Any]) -> tuple[str, ...]:
        if not set(entry) <= set(self._findings):
            raise self._fault(f"children holds {entry}", "findings only")
        return tuple(map(str, entry))

    def _possible_from(self, entry: dict[str, Any]) -> tuple[float | None, ...]:
        if set(entry) != set(self._findings):
            raise self._fault(f"possible_from has {sorted(entry)}", "one score for each finding")
        return tuple(self._share_or_none(f"{name}'s possible_from", entry[name]) for name in self._findings)

    def _audit(self, entry: dict[str, Any] | None) -> ShortcutAudit | None:
        if entry is None:
            return None
        if not isinstance(entry["passed"], bool):
            raise self._fault(f"the audit's passed is {entry['passed']!r}", "true or false")
        return ShortcutAudit(entry["passed"], float(entry["lost"]))

    def _reference(self, entry: dict[str, Any]) -> Reference:
        scores = entry["scores"]
        if set(scores) != set(self._findings):
            raise self._fault(f"{entry['file']} has scores for {sorted(scores)}", "one for each finding")
        return Reference(
            self._verified(entry["file"], entry["sha256"]),
            tuple(Score(finding, float(scores[finding])) for finding in self._findings),
            float(entry["tolerance"]),
        )
