"""The report of an evaluation: what it holds, that its files agree, and that it asks nothing of anybody."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from device import demo
from device.film.prepare import prepare
from device.reading.bundle import load_bundle
from device.reading.contract import Bundle
from tests.judged import ORIGIN, judged
from training.convert import LiteModel
from training.cost import Cost, costs
from training.data.sources import Row
from training.evaluate import sampled
from training.features import features
from training.metrics import Figure
from training.readers import answers
from training.recipe import FINDINGS
from training.report.card import Known, card_of, of_children, stricter
from training.report.document import Drawing, Gallery, Section, Table, tables_of
from training.report.evaluation import on_test
from training.report.explorer import principal
from training.report.gallery import heat_maps
from training.report.whole import Wanted, further
from training.report.write import as_html, as_markdown, table_as_lines, write_tables

COSTS = (Cost("ensemble, film to reading", "int8", 80.25, 91.0, 4_000_000, 28.1), Cost("a", "int8", 8, 9, 2048, None))


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(demo.BUNDLE)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that keeps how one member was fitted."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "custom_cnn").mkdir()
    history = [{"loss": 2.0}, {"loss": 1.5, "validation_balanced_accuracy": 0.4}]
    (folder / "custom_cnn" / "fit.json").write_text(json.dumps({"recipe": {}, "history": history}))
    return folder


@pytest.fixture(scope="module")
def sections(bundle: Bundle, run: Path) -> list[Section]:
    test, validation = (
        answers(name, bundle, run, judged(bundle, seed)) for seed, name in enumerate(("test", "validation"))
    )
    return [on_test(test), *further(test, validation.without_films(), bundle, run, Wanted(), COSTS)]


@pytest.fixture(scope="module")
def page(sections: list[Section]) -> str:
    return as_html("An evaluation", "Three words here.", sections)


def parts_of(sections: list[Section], kind: type) -> list[Drawing | Gallery]:
    found = []
    for section in sections:
        found += [part for part in section.parts if isinstance(part, kind)]
        found += parts_of([part for part in section.parts if isinstance(part, Section)], kind)
    return found


def test_it_holds_what_the_papers_show_and_what_they_do_not(sections: list[Section], page: str) -> None:
    names = [table.name for table in tables_of(sections)]
    assert len(names) == len(set(names))
    views = [f"{split}-{view}" for split in ("test", "validation") for view in ("clean", "photo")]
    wanted = {
        "comparison",
        "by-finding",
        "by-origin",
        "calibration",
        "accuracy-and-loss",
        "clean-against-photo",
        "same-outcome",
        "cost",
    }
    wanted |= {
        f"classes-{split}-{name}-int8" for split in ("test", "validation") for name in ("ensemble", "custom_cnn")
    }
    wanted |= {f"outcomes-{view}-int8" for view in views} | {f"auc-{view}" for view in views}
    assert wanted <= set(names)
    calibration = next(table for table in tables_of(sections) if table.name == "calibration")
    assert [line[0] for line in calibration.rows] == ["clean", "photo", "clean and photo"]
    drawn = [drawing.title for drawing in parts_of(sections, Drawing)]
    assert drawn[0] == "Reliability of the ensemble's scores, test"
    assert sum(title.startswith("Said of") for title in drawn) == sum(title.startswith("ROC") for title in drawn) == 4
    assert drawn[-2:] == ["How the members were fitted", "Feature explorer"]
    assert page.count("<svg role") == len(drawn)


MEASURED = {"comparison": 2, "by-finding": 2, "by-origin": 3, "accuracy-and-loss": 4}
"""How many columns of a table name what its figures are of."""


def test_every_figure_of_the_first_tables_has_an_interval(sections: list[Section]) -> None:
    tables = {table.name: table for table in tables_of(sections)}
    wide = 0
    for name, naming in MEASURED.items():
        table = tables[name]
        figures = [cell for row in table.rows for cell in row[naming:] if isinstance(cell, Figure)]
        assert len(figures) == len(table.rows) * (len(table.heads) - naming) > 0, name
        had = [figure for figure in figures if not np.isnan(figure.value)]
        assert all(figure.low <= figure.value <= figure.high for figure in had), name
        wide += sum(figure.low < figure.high for figure in had)
    assert wide > 20


def test_the_page_asks_nothing_of_anybody(page: str) -> None:
    assert "http" not in page
    assert "//" not in re.sub(r"base64,[\w+/=]+", "", page)
    assert set(re.findall(r'(?:href|src)="(.)', page)) == {"#", "d"}
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_an_origins_name_is_text_and_no_markup(page: str) -> None:
    assert ORIGIN not in page
    assert "<b>Mary" not in page
    assert "St &lt;b&gt;Mary&#39;s&lt;/b&gt; &amp; sons" in page


def test_every_csv_file_says_what_the_markdown_says(sections: list[Section], tmp_path: Path) -> None:
    (tmp_path / "of an older report.csv").touch()
    write_tables(sections, tmp_path)
    blocks = [block for block in as_markdown(sections).split("\n\n") if block.startswith("|")]
    tables = list(tables_of(sections))
    assert len(blocks) == len(tables) == len(list(tmp_path.iterdir()))
    for block, table in zip(blocks, tables, strict=True):
        with (tmp_path / f"{table.name}.csv").open(newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
        assert {len(line) for line in lines} == {len(lines[0])}
        written = [re.findall(r"[-+]?\d+\.\d+|\d+", row) for row in block.splitlines()[2:]]
        assert written == [re.findall(r"[-+]?\d+\.\d+|\d+", " ".join(line)) for line in lines[1:]], table.name


def test_an_interval_takes_three_columns() -> None:
    table = Table("t", ("a", "b"), (("x", Figure(0.5, 0.25, 0.75)), ("y", "none")))
    assert table_as_lines(table) == [
        ["a", "b", "b, low", "b, high"],
        ["x", "0.500", "0.250", "0.750"],
        ["y", "none", "", ""],
    ]


def test_every_film_is_in_its_outcome_matrix(sections: list[Section]) -> None:
    (table,) = (one for one in tables_of(sections) if one.name == "outcomes-test-photo-int8")
    assert table.heads[-4:] == ("PNEUMONIA", "ABNORMAL", "UNCERTAIN", "refused")
    assert [sum(row[1:]) for row in table.rows] == [3] * len(FINDINGS)  # type: ignore[arg-type]
    assert [row[-1] for row in table.rows] == [1, 0, 0, 0, 0, 0]


def test_only_films_that_may_be_passed_on_are_shown(bundle: Bundle, sections: list[Section]) -> None:
    shown = [plate for gallery in parts_of(sections, Gallery) for plate in gallery.plates]  # type: ignore[union-attr]
    assert len(shown) == 2 * len(FINDINGS)
    assert all("CC BY 4.0" in plate.caption[-1] and plate.jpeg[:2] == b"\xff\xd8" for plate in shown)
    every = parts_of([heat_maps(judged(bundle), FINDINGS, every_licence=True)], Gallery)
    assert any("not stated" in plate.caption[-1] for gallery in every for plate in gallery.plates)  # type: ignore[union-attr]


def test_features_are_what_the_logits_are_made_of(bundle: Bundle) -> None:
    member = min(bundle.members, key=lambda one: one.file.stat().st_size)
    films = [one.film.pixels for one in judged(bundle) if one.film][::3]
    inputs = np.concatenate([prepare(pixels, member.input) for pixels in films])
    found = features(member.file, inputs)
    logits = LiteModel(member.file.read_bytes()).logits(inputs)
    # A linear head: the logits of two films differ as one matrix says that their features do.
    assert found.shape[0] == len(films)
    assert found.shape[1] > 100
    weights = head_weights(member.file)
    apart = (found[1:] - found[0]) @ weights
    assert np.abs(apart - (logits[1:] - logits[0])).max() < 0.06


def head_weights(file: Path) -> np.ndarray:
    """The head's weights (channels, findings), as real numbers."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(file))
    details = interpreter.get_tensor_details()
    (head,) = (one for one in details if one["name"].endswith("maps_1/convolution"))
    values = interpreter.get_tensor(head["index"]).astype(float)
    scales = head["quantization_parameters"]["scales"][:, None]
    return (values.reshape(len(values), -1) * scales).T


def test_the_projection_keeps_what_varies_most() -> None:
    along = np.linspace(-1, 1, 9)
    values = np.stack([3 * along, 0 * along, along**2], axis=1)
    places, shares = principal(values)
    assert np.abs(places[:, 0]) == pytest.approx(np.abs(3 * along))
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > 0.9
    again, _ = principal(values[::-1])
    assert again == pytest.approx(places[::-1])


def test_a_sample_is_even_by_finding_and_the_same_each_time() -> None:
    rows = tuple(
        Row(Path(f"{place}-{n}.jpg"), (f"F{place}",), "", "") for place in range(3) for n in range(9 - 4 * place)
    )
    chosen = sampled(rows, 9)
    assert [sum(row.name == f"F{place}" for row in chosen) for place in range(3)] == [4, 4, 1]
    assert chosen == sampled(rows, 9) == tuple(row for row in rows if row in chosen)
    assert sampled(rows, 0) == rows
    assert len(sampled(rows, 99)) == len(rows)


def test_what_a_bundle_costs_is_measured_alone(bundle: Bundle, tmp_path: Path) -> None:
    ensemble, *members = costs(bundle.folder, tmp_path, rounds=2)
    assert [one.name for one in members] == [member.name for member in bundle.members]
    assert ensemble.size == sum(one.size for one in members)
    assert ensemble.median > max(one.median for one in members)
    assert all(0 < one.median <= one.p95 for one in (ensemble, *members))
    assert ensemble.memory is not None
    # The processes hold no TensorFlow, which alone takes hundreds of megabytes.
    assert 1 < ensemble.memory < 100


def test_a_card_says_what_was_learnt_nearly_only_from_children() -> None:
    bundle = load_bundle(demo.BUNDLE)
    assert bundle.children == ("PNEUMONIA-BACTERIAL", "PNEUMONIA-VIRAL")
    names = "PNEUMONIA-BACTERIAL, PNEUMONIA-VIRAL"
    line = f"- {names}: learnt nearly only from children's films. Expect them missed in adults.\n"
    assert of_children(bundle) == line
    assert line in bundle.card
    assert of_children(replace(bundle, children=())) == ""


def test_a_card_says_which_outcomes_promise_more() -> None:
    bundle = load_bundle(demo.BUNDLE)
    assert stricter(bundle) == ""
    more = {"NORMAL": 0.95, "TUBERCULOSIS": 0.995}
    asked = tuple(replace(one, promise=more.get(one.name)) for one in bundle.statements)
    assert stricter(replace(bundle, statements=asked)) == " (of NORMAL 95%, of TUBERCULOSIS 99.5%)"


def test_a_card_tells_of_the_bundle_that_it_is_of(bundle: Bundle) -> None:
    own = tuple(Row(Path(f"{n}.png"), (FINDINGS[n % 2],), "Clinic", str(n)) for n in range(120))
    photos = (Row(Path("a.jpg"), ("NORMAL",), "Clinic", "a"), Row(Path("b.jpg"), ("NORMAL",), "Camp", "b"))
    card = card_of(bundle, Known(own, photos, ()), "## What was measured\n")
    assert "with a scout that sees where a film lies in a photo" in card
    assert "and a gate that turns films upright" in card
    assert "120 frontal chest films of one collection" in card
    assert "real photos of films that were read: NORMAL 2, of 2 collections." in card
    assert "- TUBERCULOSIS: 0 films to learn from." in card
    assert "- Telling bacterial from viral pneumonia" in card
    assert card.endswith("## What was measured\n")
    bare = replace(
        bundle, gate=None, scout=None, findings=("NORMAL", "TUBERCULOSIS"), statements=(), possible_from=(0.1, 0.1)
    )
    card = card_of(bare, Known(own, (), ()), "")
    assert "without a scout or a gate: every picture is read as an upright film." in card
    assert "bacterial" not in card.split("## What it is not fit for")[1].split("- Films that are not frontal")[0]
    assert "not one real photo of a film was read" in card
    assert "with a gate that turns films upright and refuses what is no frontal chest film. It learnt" in card_of(
        replace(bare, gate=bundle.gate), Known(own, (), ()), ""
    )
