"""One page a study as PDF: everything in words already, laid out on A4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

FONT_FOLDER = Path("/usr/share/fonts/truetype")
LATIN = (
    ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf"),
    ("noto/NotoSans-Regular.ttf", "noto/NotoSans-Bold.ttf"),
)
"""Plain and bold, the first that is there; without any of them the letters of PDF's own Helvetica must do."""

DEVANAGARI = ("lohit-devanagari/Lohit-Devanagari.ttf", "noto/NotoSansDevanagari-Regular.ttf")

_PLAIN = {0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0x2026: "...", 0x2013: "-", 0x2014: "-", 0x2212: "-"}
"""What Helvetica's Latin-1 has not, and what stands for it."""

MARGIN, WIDTH = 16.0, 210.0
LINE = 0.48
"""Millimetres a line and point of type."""

NOTE_SIZE, NOTE_ENDS = 9.5, 276.0
_PIECE = 400
_INK, _SOFT, _LINE, _ACCENT = (20, 26, 31), (90, 100, 108), (205, 212, 217), (10, 96, 120)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture on the sheet: JPEG bytes, a PNG with alpha that lies over it or None, and what it is called."""

    jpeg: bytes
    over: bytes | None
    name: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a report says, in the language of whoever asked. `facts` are pairs of label and value; a bar is a label, a
    share 0..1 and its words."""

    title: str
    headline: str
    sure: str
    steps: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]
    bars_title: str
    bars: tuple[tuple[str, float, str], ...]
    note_title: str
    note: str
    footer: tuple[str, ...]


@dataclass(frozen=True)
class Fonts:
    """The font files that a sheet is set in; None where this machine has none."""

    latin: tuple[Path, Path] | None
    devanagari: Path | None

    @classmethod
    def found(cls, folder: Path = FONT_FOLDER) -> Fonts:
        """Those of this machine."""
        pairs = [(folder / plain, folder / bold) for plain, bold in LATIN]
        latin = next((pair for pair in pairs if all(path.is_file() for path in pair)), None)
        # Its vowels are written before the letters they follow: without a shaper they would stand in the wrong place.
        shaped = find_spec("uharfbuzz") is not None and latin is not None
        devanagari = next((folder / path for path in DEVANAGARI if (folder / path).is_file()), None) if shaped else None
        return cls(latin, devanagari)

    def has(self, text: str) -> bool:
        """Whether every letter can be printed."""
        if self.latin is None:
            return all(ord(letter) < 256 for letter in text.translate(_PLAIN))
        known: set[int] = set()
        for path in (self.latin[0], self.devanagari):
            if path is not None:
                with TTFont(path, lazy=True) as font:
                    known |= set(font.getBestCmap())
        return all(ord(letter) in known or letter == "\n" for letter in text)


def study_pdf(sheet: Sheet, fonts: Fonts) -> bytes:
    """The sheet as a PDF of one page. A letter that no font has is printed as a question mark."""
    page = _Page(fonts)
    page.head(sheet)
    page.facts(sheet.facts)
    page.pictures(sheet.pictures)
    page.bars(sheet.bars_title, sheet.bars)
    page.note(sheet.note_title, sheet.note)
    page.foot(sheet.footer)
    return bytes(page.pdf.output())


class _Page:
    """The pen: every part begins where the one before it ended."""

    def __init__(self, fonts: Fonts) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_margins(MARGIN, MARGIN)
        self.pdf.set_auto_page_break(False)
        self._family = "Helvetica"
        self._core = fonts.latin is None
        if fonts.latin is not None:
            self._family = "text"
            self.pdf.add_font("text", "", fonts.latin[0])
            self.pdf.add_font("text", "B", fonts.latin[1])
            if fonts.devanagari is not None:
                self.pdf.add_font("deva", "", fonts.devanagari)
                self.pdf.add_font("deva", "B", fonts.devanagari)
                self.pdf.set_fallback_fonts(["deva"], exact_match=False)
                self.pdf.set_text_shaping(True)
        self.pdf.add_page()

    def _write(self, text: str, size: float, *, bold: bool = False, soft: bool = False, width: float = 0) -> None:
        self.pdf.set_font(self._family, "B" if bold else "", size)
        self.pdf.set_text_color(*(_SOFT if soft else _INK))
        text = self._printable(text)
        self.pdf.multi_cell(width, size * LINE, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def _printable(self, text: str) -> str:
        return text.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1") if self._core else text

    def head(self, sheet: Sheet) -> None:
        self._write(sheet.title, 10, soft=True)
        self.pdf.ln(2)
        self._write(sheet.headline, 22, bold=True)
        self.pdf.ln(1)
        self._write(sheet.sure, 10.5, soft=True)
        self.pdf.ln(2)
        for place, step in enumerate(sheet.steps):
            self._write(step, 12 if place == 0 else 10.5, bold=place == 0)
        self.pdf.ln(3)

    def facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        """Two columns of label and value."""
        left, column = self.pdf.l_margin, (WIDTH - 2 * MARGIN) / 2
        for place in range(0, len(facts), 2):
            top, bottom = self.pdf.get_y(), 0.0
            for side, (label, value) in enumerate(facts[place : place + 2]):
                self.pdf.set_left_margin(left + side * column)
                self.pdf.set_xy(left + side * column, top)
                self._write(label, 8, soft=True, width=column - 4)
                self._write(value, 10, width=column - 4)
                bottom = max(bottom, self.pdf.get_y())
            self.pdf.set_left_margin(left)
            self.pdf.set_xy(left, bottom + 1)
        self.pdf.ln(2)

    def pictures(self, pictures: tuple[Picture, ...]) -> None:
        """Side by side, on black as in a reading room."""
        if not pictures:
            return
        gap, high = 6.0, 88.0
        wide = (WIDTH - 2 * MARGIN - gap) / 2
        top = self.pdf.get_y()
        for place, picture in enumerate(pictures):
            left = MARGIN + place * (wide + gap)
            self.pdf.set_fill_color(5, 6, 7)
            self.pdf.rect(left, top, wide, high, style="F")
            for layer in (picture.jpeg, picture.over):
                if layer is not None:
                    self.pdf.image(BytesIO(layer), left, top, wide, high, keep_aspect_ratio=True)
            self.pdf.set_xy(left, top + high + 1)
            self._write(picture.name, 8, soft=True, width=wide)
        self.pdf.set_xy(MARGIN, top + high + 8)

    def bars(self, title: str, bars: tuple[tuple[str, float, str], ...]) -> None:
        if not bars:
            return
        self._write(title, 10, bold=True)
        self.pdf.ln(1)
        for label, share, words in bars:
            top = self.pdf.get_y()
            self._write(label, 9.5, width=62)
            self.pdf.set_fill_color(*_LINE)
            self.pdf.rect(MARGIN + 64, top + 1.2, 90, 2.4, style="F")
            self.pdf.set_fill_color(*_ACCENT)
            self.pdf.rect(MARGIN + 64, top + 1.2, max(0.3, 90 * share), 2.4, style="F")
            self.pdf.set_xy(MARGIN + 158, top)
            self._write(words, 9.5, width=20)
            self.pdf.set_xy(MARGIN, top + 5.4)
        self.pdf.ln(2)

    def note(self, title: str, note: str) -> None:
        """As much as the page has room for: a note is a page of handwriting at most, its whole is on the kiosk."""
        if not note:
            return
        self._write(title, 10, bold=True)
        room = max(1, int((NOTE_ENDS - self.pdf.get_y()) / (NOTE_SIZE * LINE)))
        self.pdf.set_font(self._family, "", NOTE_SIZE)
        lines: list[str] = []
        for piece in _pieces(note):
            if len(lines) > room:
                break
            lines += self._lines(piece)
        if len(lines) > room:
            lines[room - 1] = lines[room - 1][:-2] + " \u2026"
        for line in lines[:room]:
            self._write(line, NOTE_SIZE)

    def _lines(self, text: str) -> list[str]:
        """How a text breaks into lines of the note's type."""
        found = self.pdf.multi_cell(
            0, NOTE_SIZE * LINE, self._printable(text), dry_run=True, output=MethodReturnValue.LINES, align="L"
        )
        return [str(line) for line in found]

    def foot(self, lines: tuple[str, ...]) -> None:
        self.pdf.set_draw_color(*_LINE)
        self.pdf.set_xy(MARGIN, 297 - 10 - 4.0 * len(lines))
        self.pdf.line(MARGIN, self.pdf.get_y() - 1, WIDTH - MARGIN, self.pdf.get_y() - 1)
        for line in lines:
            self._write(line, 8, soft=True)


def _pieces(note: str) -> Iterator[str]:
    """Paragraphs without empty ones, and in parts: the library goes through spaces and digits by recursion."""
    for paragraph in note.split("\n"):
        words = " ".join(paragraph.split())
        for start in range(0, len(words), _PIECE):
            yield words[start : start + _PIECE]
