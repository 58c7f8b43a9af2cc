"""Plots of standings: the board with its intervals, both-bad rates, who beats whom, and the fit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.standings.record import PairStanding, Standings
from plaudit.metrics.share import wilson
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, ROSE, SOFT, bare
from plaudit.reports.look.panel import Plot, counted
from plaudit.reports.look.vector import plate, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 40  # systems drawn, the best first
SQUARES = 14  # systems up to which every pair has a square with its number
LETTERS = 26  # of a name beside a plot


def standings_plots(board: Standings) -> list[Plot]:
    """Return the plots of a board.

    Parameters
    ----------
    board : Standings
        The record.

    Returns
    -------
    list of Plot
        The board first; plots that would show nothing are left out.
    """
    plots = [ratings(board)]
    if board.neither.count:
        plots.append(floors(board))
    if board.pairs and len(board.systems) <= SQUARES:
        plots.append(squares(board))
    if len(board.pairs) > 2:
        plots.append(surprises(board))
    return plots


def ratings(board: Standings) -> Plot:
    """Show each system's rating with its interval."""
    shown = board.systems[:SHOWN]
    with plate("ratings", height=_height(len(shown))) as figure:
        axes = figure.add_subplot()
        axes.axvline(1000, color=HAIR, linewidth=0.8)
        for place, one in enumerate(shown):
            if one.low is not None and one.high is not None:
                axes.hlines(place, one.low, one.high, color=BLUE, alpha=0.4, linewidth=5)
            axes.plot(one.rating, place, marker="o", markersize=5.5, color=BLUE)
        _names(axes, [one.system for one in shown])
        axes.set_xlabel("points; 400 are odds of ten to one")
        svg = svg_of(figure, "Dots: rating of each system; bars: its interval")
    text = f"{_most(board)} 1000 is the mean of all systems."
    if board.resampling.draws:
        level = f"{100 * board.settings.confidence:.3g} %"
        text = f"{_most(board)} Bars are {level} intervals; 1000 is the mean of all systems."
    return Plot("Ratings and intervals", svg, text.strip())


def floors(board: Standings) -> Plot:
    """Show how often battles of each system ended with both bad."""
    shown = board.systems[:SHOWN]
    with plate("floors", height=_height(len(shown))) as figure:
        axes = figure.add_subplot()
        if board.neither.rate is not None:
            axes.axvline(100 * board.neither.rate, color=HAIR, linewidth=0.8)
        for place, one in enumerate(shown):
            rate = one.neither
            if rate.rate is None or rate.low is None or rate.high is None:
                continue
            axes.hlines(place, 100 * rate.low, 100 * rate.high, color=ROSE, alpha=0.4, linewidth=5)
            axes.plot(100 * rate.rate, place, marker="o", markersize=5.5, color=ROSE)
        _names(axes, [one.system for one in shown])
        axes.set_xlim(0, None)
        axes.set_xlabel("% of its battles with both bad")
        svg = svg_of(figure, "Dots: how often both songs of a system's battles were bad")
    text = (
        "A rating says who is better, not whether anybody is good. A vote that both are bad counts"
        " against both systems here, and against none in the ratings. Bars are 95 % Wilson"
        " intervals; the line is the rate of all battles."
    )
    return Plot("Both bad", svg, text)


def squares(board: Standings) -> Plot:
    """Show the share of points that each system took from each other."""
    names = [one.system for one in board.systems]
    place = {name: k for k, name in enumerate(names)}
    size = max(3.2, 0.36 * len(names) + 1.4)
    with plate("squares", size, size * 0.96) as figure:
        axes = figure.add_subplot()
        for pair in board.pairs:
            votes = pair.wins + pair.losses + pair.ties
            if not votes:
                continue
            share = (pair.wins + pair.ties / 2) / votes
            i, j = place[pair.above], place[pair.below]
            for row, column, value in ((i, j, share), (j, i, 1 - share)):
                axes.fill_between(
                    [column - 0.5, column + 0.5], row - 0.5, row + 0.5, linewidth=0,
                    color=BLUE if value > 0.5 else BRASS, alpha=min(1.4 * abs(value - 0.5), 0.5),
                )  # fmt: skip
                axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=8.5)
        short = [_short(name) for name in names]
        axes.set_xticks(range(len(names)), short, rotation=90)
        axes.set_yticks(range(len(names)), short)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.xaxis.tick_top()
        bare(axes, "left", "top")
        axes.tick_params(length=0, labeltop=True, labelbottom=False, bottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        svg = svg_of(figure, "Table: % of points that the system of the row took from the column")
    met = sum(bool(pair.wins + pair.losses + pair.ties) for pair in board.pairs)
    total = len(names) * (len(names) - 1) // 2
    text = (
        "% of points that the system of the row took from that of the column, a tie being half a"
        f" point for each. {met} of {counted(total, 'pair')} met."
    )
    return Plot("Who beats whom", svg, text)


def surprises(board: Standings) -> Plot:
    """Show what pairs did beside what their ratings make expect."""
    met = [pair for pair in board.pairs if pair.wins + pair.losses + pair.ties]
    votes = np.array([pair.wins + pair.losses + pair.ties for pair in met], float)
    share = np.array([(pair.wins + pair.ties / 2) for pair in met]) / votes
    expected = np.array([pair.expected for pair in met])
    ends = np.array([wilson(s * n, n) for s, n in zip(share, votes, strict=True)])
    outside = (expected < ends[:, 0]) | (expected > ends[:, 1])
    with plate("surprises", height=3.0) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=0.8)
        sizes = 2.5 + 5 * np.sqrt(votes / votes.max())
        for x, y, size, odd in zip(expected, share, sizes, outside, strict=True):
            axes.plot(
                100 * x, 100 * y, marker="o", markersize=size, color=ROSE if odd else BLUE,
                alpha=0.75,
            )  # fmt: skip
        axes.set_xlim(min(45, 100 * expected.min() - 3), 101)
        axes.set_ylim(-3, 103)
        axes.set_xlabel("% of points expected of the better rated")
        axes.set_ylabel("% it took")
        bare(axes, "left", "bottom")
        svg = svg_of(
            figure, "Dots: share of points a pair's better system took, by what is expected"
        )
    text = (
        f"Each dot is one of {counted(len(met), 'pair')}, larger with more votes. In"
        f" {int(outside.sum())} (rose) what the ratings make expect is outside the 95 % interval of"
        " what happened; one in twenty would be by chance. Many more would mean that one number for"
        " each system does not tell who beats whom."
    )
    worst = _worst(met, share, expected, votes)
    return Plot("Does one number tell it all?", svg, f"{text}{worst}")


def _worst(
    met: Sequence[PairStanding], share: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    expected: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    votes: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> str:  # fmt: skip
    error = np.abs(share - expected) / np.sqrt(expected * (1 - expected) / votes)
    k = int(error.argmax())
    pair = met[k]
    return (
        f" The most unexpected: {pair.above} took {100 * share[k]:.0f} % of the points from"
        f" {pair.below} in {counted(int(votes[k]), 'vote')}; {100 * expected[k]:.0f} % were"
        " expected."
    )


def _names(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    bare(axes, "left", "bottom")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", left=False, labelcolor=INK)
    axes.tick_params(axis="x", labelcolor=SOFT)


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def _height(n: int) -> float:
    return 0.75 + 0.27 * max(n, 2)


def _most(board: Standings) -> str:
    n = len(board.systems)
    return f"The best {SHOWN} of {n:,} systems." if n > SHOWN else ""
