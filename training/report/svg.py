"""Drawings by matplotlib, as SVG that stands inside a page: text stays text, and nothing is asked of anybody."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import matplotlib
from markupsafe import escape
from matplotlib.figure import Figure

from training.report.document import Drawing

COLOURS = ("#D55E00", "#CC79A7", "#009E73", "#0072B2", "#56B4E9", "#E69F00", "#000000", "#8C6D1F")
"""Told apart by the colour-blind too (Okabe and Ito, 2008); the last is a darker stand-in for their yellow."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

INK = "#1a1a1a"

_STYLE = {
    "svg.fonttype": "none",
    # The same figures give the same file.
    "svg.hashsalt": "filmside",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#666666",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


def drawing(title: str, about: str, size: tuple[float, float], draw: Callable[[Figure], None]) -> Drawing:
    """What `draw` makes of an empty figure of `size` (width, height) inches."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        packed = io.StringIO()
        figure.savefig(packed, format="svg", metadata={"Date": None, "Creator": None})
    return Drawing(title, _for_a_page(packed.getvalue(), title), about)


def _for_a_page(svg: str, title: str) -> str:
    """The element alone: a page needs no prolog, no comments and no names of namespaces, and these look like links."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns(?::\w+)?="[^"]*"', "", svg)
    named = f'<svg role="img" aria-label="{escape(title)}"'
    # Ids are drawn from what they stand for; two figures may hold the same.
    own = re.sub(r"\W", "", title)
    svg = re.sub(r'\bid="', f'id="{own}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{own}-", svg)
    return svg.replace("<svg", named, 1).strip()
