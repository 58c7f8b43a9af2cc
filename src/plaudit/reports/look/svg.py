"""Plots as SVG inside a page: they follow the page's light and dark, and its type.

Matplotlib draws them; its inline styles become plain attributes, which the page's policy allows
and its style sheet can match (``shell.css`` maps each house colour to a variable).
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from plaudit.reports.look.canvas import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LETTERS = 10.0  # points; a plate is shown at about its own size


@contextmanager
def plate(name: str, width: float = 4.6, height: float = 3.1) -> "Iterator[Figure]":
    """Open an empty figure for `svg_of`, without a ground of its own."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with styled():
        mpl.rcParams["svg.hashsalt"] = name
        for size in ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"):
            mpl.rcParams[size] = _LETTERS
        mpl.rcParams["axes.facecolor"] = "none"
        mpl.rcParams["lines.markeredgewidth"] = 0
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_visible(False)
        FigureCanvasSVG(figure)
        yield figure


def svg_of(figure: "Figure", label: str) -> str:
    """Return a figure as an SVG element for HTML; the same drawing gives the same text."""
    raw = io.StringIO()
    figure.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
    text = raw.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r' style="([^"]*)"', _attributes, text)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(r"-?\d+\.\d{3,}", lambda match: f"{float(match[0]):.2f}", text)
    used = set(re.findall(r"#([\w.-]+)[)\"]", text))
    text = re.sub(r' id="([^"]*)"', lambda match: match[0] if match[1] in used else "", text)
    # A mark is drawn once and used many times: a colour of its own would stay that of the light
    # page, since a rule of the page's style does not reach inside.
    text = re.sub(r"<defs>.*?</defs>", _without_stroke, text, flags=re.DOTALL)
    text = re.sub(r"\n\s*", "\n", text)
    box = re.search(r'viewBox="[^"]*"', text)
    start = f'<svg class="plot" {box[0] if box else ""} role="img" aria-label="{escape(label)}">'
    return start + text[text.index(">") + 1 :].strip()


def _without_stroke(definitions: re.Match[str]) -> str:
    return re.sub(r' stroke="#[0-9a-f]{6}"', "", definitions[0])


def _attributes(style: re.Match[str]) -> str:
    """Turn a style into attributes; the family of letters is left to the page."""
    pairs = [part.split(":", 1) for part in style[1].split(";") if ":" in part]
    kept = [(name.strip(), value.strip()) for name, value in pairs]
    return "".join(f' {name}="{value}"' for name, value in kept if name != "font-family")
