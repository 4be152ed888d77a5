"""The fit that follows a fit: it starts from the best weights, and what it leaves is what is packed."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.films import class_folders
from tests.training.kept_weights import equal, kept_weights, killed_at_batch
from tests.training.recipes import TINY
from training.data.sources import DataError
from training.kept import epochs_of
from training.recipe import load_recipe
from training.run import fit_member, make_split

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
"""TensorFlow's variables and numpy 2, inside Keras."""

PLAIN = replace(TINY, consistency=1.0, mirrored=True)
THEN = replace(PLAIN, alike_epochs=2, alike_rate=0.004, alike_consistency=9.0)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_folders(tmp_path_factory.mktemp("films"), 5)


def test_answers_are_made_alike_from_the_best_weights_and_after_a_kill(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_split(films, tmp_path / "one", 1)
    fit_member(PLAIN, tmp_path / "one", None)
    first = kept_weights(THEN, tmp_path / "one")
    fit_member(THEN, tmp_path / "one", None)
    record = json.loads((tmp_path / "one" / "tiny" / "alike" / "fit.json").read_text())
    assert len(record["history"]) == 2
    told = [record["recipe"][name] for name in ("learning_rate", "consistency", "epochs")]
    assert told == [0.004, 9.0, 2]
    # Its curve is drawn as one.
    first_of_it = json.loads((tmp_path / "one" / "tiny" / "fit.json").read_text())["history"]
    assert epochs_of(tmp_path / "one" / "tiny") == [*first_of_it, *record["history"]]
    after = kept_weights(THEN, tmp_path / "one")
    assert not equal(first, after)

    # The same in one go, killed in the second fit's second epoch and called again.
    make_split(films, tmp_path / "two", 1)
    asked = killed_at_batch(11, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fit_member(THEN, tmp_path / "two", None)
    assert asked[-1].consistency == 9.0, "the first fit was killed, not the second"
    assert equal(kept_weights(THEN, tmp_path / "two"), first), "until the second is done the first's weights are kept"
    fit_member(THEN, tmp_path / "two", None)
    assert equal(kept_weights(THEN, tmp_path / "two"), after)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("alike_consistency = 9.0", "give alike_rate and alike_consistency"),
        ("alike_rate = 0.1", "give alike_rate and alike_consistency"),
        ("alike_rate = 0.1\nalike_consistency = 9.0\nphotos = 0.0", "Give an even batch and photos above 0"),
    ],
)
def test_a_second_fit_that_cannot_be_had_is_said(tmp_path: Path, change: str, says: str) -> None:
    given = {line.split(" = ")[0] for line in change.splitlines()} | {"name", "alike_epochs"}
    left = [field.name for field in fields(TINY) if field.name not in given and not field.name.startswith("alike")]
    text = "\n".join(f"{name} = {json.dumps(getattr(TINY, name))}" for name in left)
    (tmp_path / "one.toml").write_text(f"{text}\nalike_epochs = 2\n{change}\n")
    with pytest.raises(DataError, match=says):
        load_recipe(str(tmp_path / "one.toml"))
