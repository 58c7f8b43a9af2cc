"""The look of pictures: colours, type, and PNG files with the same bytes for the same drawing.

Only fonts that come with matplotlib are used, so a picture does not depend on the machine. Figures
are objects; the global state of pyplot is never touched.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plaudit.core.file import write_atomic
from plaudit.reports.look.wording import duration_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

PAPER, INK, SOFT, LINE, HAIR, WELL = (
    "#fdfdfe", "#12131c", "#5b5e70", "#e2e4ec", "#c3c6d4", "#f4f5fa",
)  # fmt: skip
BRASS, BLUE, ROSE, TEAL = "#a86400", "#2b3bd4", "#c2164b", "#0d7a72"
BRASS_PALE, BLUE_PALE, ROSE_PALE = "#f3d9ad", "#ccd2fa", "#f9dbe4"
CHORDS, PAD, LEAD = "#8f9af0", "#cfd3ee", "#dd9620"
# Shades of the map and of each ink on the way to paper, for letters with soft edges: 256 at most.
_SHADES = 96
_INKS = {
    INK: 14, SOFT: 12, BLUE: 12, ROSE: 14, BRASS: 8, TEAL: 8, CHORDS: 6, LEAD: 8, PAD: 4,
    ROSE_PALE: 5, BLUE_PALE: 6, BRASS_PALE: 4, "#bfe3dc": 4, "#e4e6ee": 3, LINE: 3, HAIR: 4,
    WELL: 1, "#7a3fb5": 5, "#d9772b": 5, "#3c8dd9": 5, "#6b8e23": 5,
}  # fmt: skip
MAP = "magma"  # perceptually uniform, and still in order when printed in grey
SERIF, _SANS = "STIXGeneral", "DejaVu Sans"
_DPI = 150

_STYLE: dict[str, Any] = {
    "font.family": [_SANS],
    "font.size": 8.5,
    "text.color": INK,
    "text.parse_math": False,  # a title may hold dollar signs
    "axes.edgecolor": HAIR,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.facecolor": PAPER,
    "axes.unicode_minus": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "figure.facecolor": PAPER,
    "svg.fonttype": "none",
    "path.simplify": True,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with matplotlib's own defaults and the house look, whatever the user has configured."""
    import matplotlib as mpl

    settings: Any = dict(mpl.rcParamsDefault)
    settings |= {"backend": mpl.rcParams["backend"], **_STYLE}
    with mpl.rc_context(settings):
        yield


@contextmanager
def sheet(width: float, height: float, dpi: int = _DPI) -> "Iterator[Figure]":
    """Open an empty figure of so many inches; draw and save it inside the block."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(width, height), dpi=dpi)
        FigureCanvasAgg(figure)
        yield figure


@cache
def _palette() -> "Image.Image":
    """Return the colours of every picture: the map in `_SHADES` steps, and inks fading into paper.

    A palette of its own for each picture would give rare colours, such as that of a thin line, to
    the spectrogram.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb
    from PIL import Image

    rows: list[tuple[float, ...]] = [colormaps[MAP](k / (_SHADES - 1))[:3] for k in range(_SHADES)]
    for ink, steps in _INKS.items():
        for k in range(steps):
            share = (k + 1) / steps
            pairs = zip(to_rgb(ink), to_rgb(PAPER), strict=True)
            rows.append(tuple(share * a + (1 - share) * b for a, b in pairs))
    rows.append(to_rgb(PAPER))
    flat = [round(255 * value) for row in rows for value in row]
    image = Image.new("P", (1, 1))
    image.putpalette(flat + flat[-3:] * (256 - len(rows)))
    return image


def png_of(figure: "Figure") -> bytes:
    """Return a figure of `sheet` as a PNG with a palette; the same drawing gives the same bytes."""
    from PIL import Image

    raw = io.BytesIO()
    figure.savefig(raw, format="png", metadata={"Software": None})
    image = Image.open(raw).convert("RGB")
    small = image.quantize(palette=_palette(), dither=Image.Dither.NONE)
    packed = io.BytesIO()
    small.save(packed, format="png", optimize=True)
    return packed.getvalue()


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, whole or not at all; see `png_of`."""
    write_atomic(path, png_of(figure))


def bare(axes: "Axes", *keep: str) -> None:
    """Take away an axes' frame but for the named sides, and its ticks where no side is left."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)
    axes.tick_params(
        left="left" in keep, labelleft="left" in keep,
        bottom="bottom" in keep, labelbottom="bottom" in keep,
    )  # fmt: skip


def time_ticks(axes: "Axes", duration_s: float) -> None:
    """Put about eight ticks at round times, written m:ss, on the horizontal axis."""
    step = next((s for s in (1, 2, 5, 10, 15, 20, 30, 60) if duration_s / s <= 9), 120)
    marks = [float(k * step) for k in range(int(duration_s / step) + 1)]
    axes.set_xticks(marks, [duration_text(mark) for mark in marks])
    axes.set_xlim(0, duration_s)
