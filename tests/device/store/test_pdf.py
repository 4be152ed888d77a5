"""The report as PDF: read back by another program, on one page whatever it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from device.reading.heatmap import film_jpeg, overlay_png
from device.store.pdf import Fonts, Picture, Sheet, study_pdf
from device.values import HeatMap

HERE = Fonts.found()
NONE = Fonts(None, None)


def a_sheet(**changed: object) -> Sheet:
    grey = np.tile(np.linspace(0, 255, 300, dtype=np.uint8), (360, 1))
    film = film_jpeg(grey)
    heat = overlay_png(HeatMap("NORMAL", 2, 2, (0.0, 0.0, 0.0, 1.0)), 300, 360)
    given: dict[str, object] = {
        "title": "Filmside · 2026-05-04",
        "headline": "Signs of tuberculosis",
        "sure": "score 87 %",
        "steps": ("Show this film to a doctor.", "A doctor decides whether the finding is there."),
        "facts": (("Reference", "TB-0114"), ("Age group", "Adult"), ("By", "Amina")),
        "pictures": (Picture(film, None, "Film"), Picture(film, heat, "Heat map")),
        "bars_title": "Scores",
        "bars": (("Tuberculosis", 0.87, "87 %"), ("Normal", 0.0, "< 1 %"), ("COVID-19", 1.0, "> 99 %")),
        "note_title": "Note",
        "note": "",
        "footer": ("Not a diagnosis.", "Bundle 9f2c"),
    }
    return Sheet(**{**given, **changed})  # type: ignore[arg-type]


def read_back(content: bytes) -> tuple[str, np.ndarray]:
    """The text of the one page, and the page as a picture."""
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    page = document[0]
    texts = page.get_textpage()
    text = texts.get_text_range()
    picture = page.render(scale=1).to_numpy()
    texts.close()
    page.close()
    document.close()
    return text, picture


@pytest.mark.parametrize("fonts", [HERE, NONE], ids=["this machine's fonts", "no font"])
def test_everything_is_on_the_page(fonts: Fonts) -> None:
    text, picture = read_back(study_pdf(a_sheet(), fonts))
    for wanted in (
        "Signs of tuberculosis",
        "TB-0114",
        "Amina",
        "Show this film to a doctor.",
        "87 %",
        "Not a diagnosis.",
    ):
        assert wanted in text
    # The film is grey; the heat map beside it is not.
    colour = np.ptp(picture[..., :3].astype(int), axis=2)
    columns = (colour > 60).any(axis=0)
    assert not columns[60:270].any() or not (colour[250:480, 60:280] > 60).any()
    assert (colour[200:560, 300:560] > 60).any()


def test_a_long_note_stays_on_the_page_and_above_its_foot() -> None:
    for note in ("word " * 400, "\n" * 1999, "x" * 2000, "line\n" * 300, "1 " * 1000, "1" * 2000):
        text, picture = read_back(study_pdf(a_sheet(note=note), HERE))
        assert "Not a diagnosis." in text
        assert picture.shape[0] == 842


def test_what_people_typed_is_text_and_nothing_else() -> None:
    hostile = "<b>bold</b> **x** \\n %PDF-1.7 (a) \U0001d54f \u202e"
    for fonts in (HERE, NONE):
        text, _ = read_back(study_pdf(a_sheet(note=hostile, facts=(("Reference", hostile),)), fonts))
        assert "<b>bold</b> **x**" in text
        assert "%PDF-1.7 (a)" in text


def test_a_sheet_without_a_film_is_a_sheet_too() -> None:
    text, _ = read_back(study_pdf(a_sheet(pictures=(), bars=()), HERE))
    assert "Signs of tuberculosis" in text
    assert "Scores" not in text


def test_what_a_font_has_not_is_known_before(tmp_path: Path) -> None:
    assert Fonts.found(tmp_path) == NONE
    assert NONE.has("Signes évocateurs : pneumonie à virus, l\u2019adulte…")
    assert not NONE.has("वायरल निमोनिया")
    assert HERE.latin is not None, "apt-get install fonts-dejavu-core"
    assert HERE.devanagari is not None, "apt-get install fonts-lohit-deva"
    assert HERE.has("वायरल निमोनिया के लक्षण, Signes évocateurs")
    assert not HERE.has("病毒性肺炎")


def test_hindi_is_shaped() -> None:
    """The vowel of कि stands before its letter: more ink to the left than with the letters one by one."""
    wide = []
    for letters in ("कि", "क"):
        bare = a_sheet(headline=letters, title="", sure="", steps=(), facts=(), pictures=(), bars=())
        _, picture = read_back(study_pdf(bare, HERE))
        wide.append(int((picture[:200, :, :3].max(axis=2) < 100).any(axis=0).sum()))
    assert wide[0] > wide[1]
