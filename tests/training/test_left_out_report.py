"""Leave one origin out, in a report: evaluated runs and tables of answers, beside the bundle itself."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from device import demo
from device.reading.bundle import load_bundle
from device.reading.contract import Bundle
from tests.judged import ORIGIN, judged
from tests.training.pages import BENCHMARKS
from training.data.sources import DataError
from training.evaluate import write_predictions
from training.evidence.left_out import Read
from training.lines import write_lines
from training.metrics import Figure
from training.readers import answers
from training.recipe import FINDINGS
from training.report.document import Cell, Table, tables_of
from training.report.left_out import HERE, left_out
from training.report.write import table_as_lines
from training.run import SPLIT_COLUMNS

ABOUT_FILMS = ("film", "finding", "origin", "group", "film photo")
KEPT = BENCHMARKS / "left_out"
MEMBERS = "mobilenet_035_192-mobilenet_100-24-more"
SEEN = ("plain: clean", "plain: photo", "ours: clean", "ours: photo", "ours: lungs blacked out")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(demo.BUNDLE)


@pytest.fixture(scope="module")
def here(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """What the bundle itself says of test films."""
    test = answers("test", bundle, tmp_path_factory.mktemp("run"), judged(bundle))
    return Read(test.films, test.ensemble.guesses)


def table(folder: Path, name: str, *lines: Sequence[str], columns: Sequence[str] = SEEN) -> Path:
    """A table of answers."""
    about = [(f"{name}{number}.png", *line[:2], f"{name}{number}", "", *line[2:]) for number, line in enumerate(lines)]
    write_lines(folder / f"{name}.csv", [(*ABOUT_FILMS, *columns), *about])
    return folder / f"{name}.csv"


def shown(made: Table, who: str, finding: str = "all") -> tuple[Cell, ...]:
    """The count and the figures of a line; of those of its name the last."""
    return [row[3:] for row in made.rows if (row[1], row[2]) == (finding, who)][-1]


def value(cell: Cell) -> float:
    assert isinstance(cell, Figure)
    return cell.value


def test_a_bundle_that_never_met_an_origin_stands_beside_this_one(bundle: Bundle, here: Read, tmp_path: Path) -> None:
    judgements = tuple(replace(one, row=replace(one.row, origin=ORIGIN)) for one in judged(bundle, 5))
    write_predictions(judgements, FINDINGS, tmp_path / "predictions.csv")
    split = tmp_path / "split.csv"
    split.write_text(f"{','.join(SPLIT_COLUMNS)}\ntrain,a.png,NORMAL,Another hospital,a,,\n", encoding="utf-8")
    (made,) = tables_of([left_out([tmp_path], here)])
    assert [row[1] for row in made.rows] == [name for finding in (*FINDINGS, "all") for name in (finding, finding)]
    assert [row[2] for row in made.rows] == [tmp_path.name, HERE] * 7
    assert [row[3] for row in made.rows] == [3, 2] * len(FINDINGS) + [18, 12]
    there = answers("test", bundle, tmp_path, judgements)
    guesses, truth, normal = there.ensemble.guesses["clean"], there.films.truth, FINDINGS.index("NORMAL")
    *_, last, _ = made.rows
    assert value(last[4]) == (guesses == truth).mean()
    assert value(last[6]) == ((guesses == normal) == (truth == normal)).mean()
    split.write_text(f"{','.join(SPLIT_COLUMNS)}\ntrain,a.png,NORMAL,{ORIGIN},a,,\n", encoding="utf-8")
    with pytest.raises(DataError, match="Split it with --without-origin"):
        left_out([tmp_path], here)
    with pytest.raises(DataError, match="Evaluate that run first"):
        left_out([tmp_path / "none"], here)


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    tb, no, covid = "TUBERCULOSIS", "NORMAL", "COVID-19"
    return [
        table(tmp_path, "a", (tb, "There", no, no, tb, covid, "refused"), (no, "There", no, tb, no, no, no)),
        table(tmp_path, "b", (no, "Here", covid, covid, no, "refused", covid), (no, "Here", no, no, no, no, no)),
    ]


def test_a_table_of_answers_says_what_each_reader_took_films_for(here: Read, tables: list[Path]) -> None:
    (made,) = tables_of([left_out(tables[:1], here)])
    assert made.heads[4:] == (
        "right, clean", "right, photo", "right, lungs blacked out",
        "normal or not, clean", "normal or not, photo", "normal or not, lungs blacked out",
    )  # fmt: skip
    films, *figures = shown(made, "ours")
    assert (films, [value(one) for one in figures]) == (2, [1.0, 0.5, 0.5, 1.0, 1.0, 0.5])
    films, *figures = shown(made, "plain")
    assert (films, [value(figures[place]) for place in (0, 1, 3, 4)]) == (2, [0.5, 0.0, 0.5, 0.0])
    assert figures[2] == figures[5] == "", "a reader has no figure for what it did not see"
    assert value(shown(made, "ours", "TUBERCULOSIS")[2]) == 0
    assert {row[2] for row in made.rows} == {"plain", "ours", HERE}


def test_the_films_of_all_tables_stand_together_with_the_points_ahead(here: Read, tables: list[Path]) -> None:
    (made,) = tables_of([left_out(tables, here)])
    last = {row[2]: row for row in made.rows[-3:]}
    assert [row[0] for row in last.values()] == ["all"] * 3
    assert value(last["ours"][4]) == 1.0
    assert value(last["plain"][4]) == 0.5
    ahead = last["ours, points ahead of plain"]
    assert ahead[3] == 4
    assert (value(ahead[4]), value(ahead[5])) == (50.0, 25.0)
    assert str(ahead[4]).startswith("50.0 (")
    assert ahead[6] == ""


def test_what_the_folder_says_of_its_tables_is_told_once(here: Read, tables: list[Path]) -> None:
    (tables[0].parent / "about.txt").write_text("For 24 epochs,\nat float32.\n")
    assert left_out(tables, here).parts.count("For 24 epochs, at float32.") == 1


def test_photos_by_a_camera_are_not_counted(here: Read, tables: list[Path]) -> None:
    text = tables[0].read_text().splitlines()
    tables[0].write_text("\n".join([*text, text[1].replace(",a0,,", ",a9,yes,")]) + "\n")
    (made,) = tables_of([left_out(tables[:1], here)])
    assert shown(made, "ours")[0] == 2


@pytest.mark.parametrize(
    ("columns", "line", "said"),
    [
        (SEEN[:3], ("NORMAL", "There", *["NORMAL"] * 3), r"wanted for each reader the columns READER: clean and"),
        ((), ("NORMAL", "There"), r"a\.csv has no answers beside what it says of films"),
        (SEEN[:2], ("NORMAL", "There", "NORMAL", "FRACTURE"), r"a\.csv has FRACTURE for a0\.png; wanted one of the"),
        (SEEN[:2], ("NORMAL", "There", "NORMAL", ""), r"a\.csv has nothing for a0\.png; wanted one of the bundle's"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_said(
    here: Read, tmp_path: Path, columns: tuple[str, ...], line: tuple[str, ...], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        left_out([table(tmp_path, "a", line, columns=columns)], here)


def test_a_table_without_films_or_their_columns_is_said(here: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("film,finding,plain: clean,plain: photo\na.png,NORMAL,NORMAL,NORMAL\n")
    with pytest.raises(
        DataError, match=r"has the columns film, finding, .*; wanted film, finding, origin, group, film"
    ):
        left_out([tmp_path / "a.csv"], here)
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(DataError, match=r"a\.csv has no answers"):
        left_out([tmp_path / "a.csv"], here)
    with pytest.raises(DataError, match=r"There is no \S+none\.csv; wanted a table of answers"):
        left_out([tmp_path / "none.csv"], here)


def test_the_shipped_report_says_what_the_kept_answers_say(here: Read) -> None:
    (made,) = tables_of([left_out([KEPT / f"{fold}-{MEMBERS}.csv" for fold in "abc"], here)])
    with (BENCHMARKS / "tables" / "leave-one-origin-out.csv").open(newline="", encoding="utf-8") as file:
        heads, *told = list(csv.reader(file))
    again = [list(map(str, line)) for line in table_as_lines(made)]
    who = heads.index("read by")
    assert len(told) > 20
    assert [line for line in told if line[who] != HERE] == [line for line in again[1:] if line[who] != HERE]
