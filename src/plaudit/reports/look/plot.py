"""Parts of plots: a picture with its words, dots with intervals, rows of names, keys."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plaudit.reports.look.canvas import BLUE, BRASS, LINE, bare
from plaudit.reports.look.number import Estimate

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_APART = 0.052  # of the height between two names beside the lines


@dataclass(frozen=True)
class Plot:
    """A picture with its heading and sentences; no picture where nothing is known."""

    title: str  #: Heading.
    svg: str  #: From `plaudit.reports.look.svg.svg_of`, or empty.
    text: str  #: What it shows, on how many, and what is undefined.


def interval_dot(
    axes: "Axes",
    estimate: Estimate,
    row: float,
    colour: str,
    mark: str = "o",
    *,
    size: float = 6.0,
    bar: float = 4.0,
    alpha: float = 0.35,
    place: Callable[[float], float] = float,
) -> None:
    """Draw a value as a mark and its interval as a bar across a row; nothing if undefined."""
    if estimate.value is None:
        return
    if estimate.low is not None and estimate.high is not None:
        low, high = place(estimate.low), place(estimate.high)
        axes.hlines(row, low, high, color=colour, linewidth=bar, alpha=alpha)
    axes.plot(place(estimate.value), row, marker=mark, color=colour, markersize=size)


def to_percent(share: float) -> float:
    """Return a share in percent, for `interval_dot`."""
    return 100 * share


def name_rows(axes: "Axes", names: Mapping[int, str]) -> None:
    """Write the names of rows by their heights, the first on top, with a thin line through each."""
    heights = sorted(names)
    axes.set_yticks(heights, [names[height] for height in heights])
    axes.set_ylim(heights[-1] + 0.6, heights[0] - 0.6)
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    bare(axes, "bottom", "left")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def name_ends(axes: "Axes", ends: Sequence[tuple[float, str, str]], x: float) -> None:
    """Write names beside the ends of lines, none upon another: height, name and colour of each."""
    low, high = axes.get_ylim()
    ordered = sorted(ends)
    places = spread([value for value, *_ in ordered], _APART * (high - low))
    for place, (_, name, colour) in zip(places, ordered, strict=True):
        axes.annotate(
            name, (x, place), xytext=(6, 0), textcoords="offset points", color=colour,
            va="center", fontsize=8.5, annotation_clip=False,
        )  # fmt: skip


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Return places near rising values, in their order, none closer to the next than a gap."""
    # Values that crowd become a block about their mean; others stay where they are.
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([value])
        while len(blocks) > 1 and _low(blocks[-1], gap) < _high(blocks[-2], gap) + gap:
            last = blocks.pop()
            blocks[-1] += last
    return [_low(block, gap) + gap * k for block in blocks for k in range(len(block))]


def _low(block: list[float], gap: float) -> float:
    return sum(block) / len(block) - gap * (len(block) - 1) / 2


def _high(block: list[float], gap: float) -> float:
    return sum(block) / len(block) + gap * (len(block) - 1) / 2


def mark_key(axes: "Axes", entries: Sequence[tuple[str, str, str]], hollow: str = "") -> None:
    """Write names of marks in a line above the plot."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], linestyle="none", marker=mark, color=colour, label=name, markersize=6,
            markerfacecolor="none" if mark in hollow else colour, markeredgecolor=colour,
            markeredgewidth=1.5 if mark in f"|x+{hollow}" else 0,
        )
        for name, mark, colour in entries
    ]  # fmt: skip
    _above(axes, handles, handletextpad=0.2, columnspacing=1.2)


def colour_key(axes: "Axes", names: Sequence[str], colours: Sequence[str]) -> None:
    """Write the names of colours in a line above the plot."""
    from matplotlib.patches import Patch

    handles = [Patch(color=c, label=n) for n, c in zip(names, colours, strict=True)]
    _above(axes, handles, handlelength=0.9, handleheight=0.9, columnspacing=1.4)


def _above(axes: "Axes", handles: "Sequence[Artist]", **sizes: float) -> None:
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=len(handles),
        frameon=False, borderaxespad=0.1, **sizes,
    )  # fmt: skip


def draw_squares(
    axes: "Axes", names: Sequence[str], shares: Iterable[tuple[int, int, float]]
) -> None:
    """Draw shares of points as squares: blue above a half, brass below, with the percent in each.

    ``names`` are those of rows and columns alike; ``shares`` are row, column and share in [0, 1].
    """
    for row, column, share in shares:
        axes.fill_between(
            [column - 0.5, column + 0.5], row - 0.5, row + 0.5, linewidth=0,
            color=BLUE if share > 0.5 else BRASS, alpha=min(1.4 * abs(share - 0.5), 0.5),
        )  # fmt: skip
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8.5)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.xaxis.tick_top()
    bare(axes, "left", "top")
    axes.tick_params(length=0, labeltop=True, labelbottom=False, bottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
