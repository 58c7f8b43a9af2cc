"""What the plots of a corpus share: a record of one, the colours of groups, keys and counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics import correlation
from plaudit.reports.look.canvas import BLUE, BRASS, TEAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = NDArray[np.float64]
GROUPS = {"training": BRASS, "held-out": BLUE, "falsification": TEAL}


@dataclass(frozen=True)
class Plot:
    """A picture with its heading and the sentences beneath it; no picture where nothing is known.

    Parameters
    ----------
    title : str
        Heading.
    svg : str
        From `plaudit.reports.look.vector.svg_of`, or empty.
    text : str
        What it shows, on how many, and what is undefined.
    """

    title: str
    svg: str
    text: str


def counted(n: int, noun: str = "song") -> str:
    """Return a count with its noun, in thousands: "1 song", "2,000 songs"."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def key(axes: "Axes", names: Sequence[str], colours: Sequence[str]) -> None:
    """Write the names of the colours in a line above the plot."""
    from matplotlib.patches import Patch

    axes.legend(
        handles=[Patch(color=c, label=n) for n, c in zip(names, colours, strict=True)],
        loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=len(names), frameon=False,
        handlelength=0.9, handleheight=0.9, columnspacing=1.4, borderaxespad=0.1,
    )  # fmt: skip


def spearman(x: Values, y: Values) -> str:
    """Return Spearman's correlation as text; "undefined" below three songs or for a constant."""
    value = correlation.spearman(x, y) if len(x) > 2 else math.nan
    return "undefined" if math.isnan(value) else f"{value:.2f}"
