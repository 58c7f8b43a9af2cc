"""Plots of standings: the board with its intervals, both-bad rates, who beats whom, and the fit."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.standings.record import PairStanding, Standings
from plaudit.metrics.checked import Floats
from plaudit.metrics.share import wilson
from plaudit.reports.look.canvas import BLUE, HAIR, INK, ROSE, SOFT, bare
from plaudit.reports.look.plot import Plot, draw_squares
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 40  # systems drawn, the best first
_SQUARES = 14  # systems up to which every pair has a square with its number
_LETTERS = 26  # of a name beside a plot


def standings_plots(board: Standings) -> list[Plot]:
    """Return the plots of a board, the board first; those that would show nothing are left out."""
    plots = [_ratings(board)]
    if board.neither.count:
        plots.append(_both_bad(board))
    if board.pairs and len(board.systems) <= _SQUARES:
        plots.append(_squares(board))
    if len(board.pairs) > 2:
        plots.append(_surprises(board))
    return plots


def _ratings(board: Standings) -> Plot:
    shown = board.systems[:_SHOWN]
    with plate("ratings", height=_height(len(shown))) as figure:
        axes = figure.add_subplot()
        axes.axvline(1000, color=HAIR, linewidth=0.8)
        for place, system in enumerate(shown):
            if system.low is not None and system.high is not None:
                axes.hlines(place, system.low, system.high, color=BLUE, alpha=0.4, linewidth=5)
            axes.plot(system.rating, place, marker="o", markersize=5.5, color=BLUE)
        _name_rows(axes, [system.system for system in shown])
        axes.set_xlabel("points; 400 are odds of ten to one")
        svg = svg_of(figure, "Dots: rating of each system; bars: its interval")
    n = len(board.systems)
    text = f"The best {_SHOWN} of {n:,} systems. " if n > _SHOWN else ""
    if board.resampling.draws:
        text += f"Bars are {100 * board.settings.confidence:.3g} % intervals; "
    return Plot("Ratings and intervals", svg, f"{text}1000 is the mean of all systems.")


def _both_bad(board: Standings) -> Plot:
    shown = board.systems[:_SHOWN]
    with plate("floors", height=_height(len(shown))) as figure:
        axes = figure.add_subplot()
        if board.neither.rate is not None:
            axes.axvline(100 * board.neither.rate, color=HAIR, linewidth=0.8)
        for place, system in enumerate(shown):
            rate = system.neither
            if rate.rate is None:
                continue
            if rate.low is not None and rate.high is not None:
                ends = 100 * rate.low, 100 * rate.high
                axes.hlines(place, *ends, color=ROSE, alpha=0.4, linewidth=5)
            axes.plot(100 * rate.rate, place, marker="o", markersize=5.5, color=ROSE)
        _name_rows(axes, [system.system for system in shown])
        axes.set_xlim(0, None)
        axes.set_xlabel("% of its battles with both bad")
        svg = svg_of(figure, "Dots: how often both songs of a system's battles were bad")
    text = (
        "A rating says who is better, not whether anybody is good. A vote that both are bad counts"
        " against both systems here, and against none in the ratings. Bars are"
        f" {100 * board.settings.confidence:.3g} % intervals; the line is the rate of all battles."
    )
    return Plot("Both bad", svg, text)


def _votes(pair: PairStanding) -> int:
    return pair.wins + pair.losses + pair.ties


def _share(pair: PairStanding) -> float:
    """Return the share of points that the better rated system took, a tie being one half."""
    return (pair.wins + pair.ties / 2) / _votes(pair)


def _squares(board: Standings) -> Plot:
    names = [system.system for system in board.systems]
    size = max(3.2, 0.36 * len(names) + 1.4)
    met = [pair for pair in board.pairs if _votes(pair)]
    with plate("squares", size, size * 0.96) as figure:
        draw_squares(figure.add_subplot(), [_short(name) for name in names], _both_ways(met, names))
        svg = svg_of(figure, "Table: % of points that the system of the row took from the column")
    total = len(names) * (len(names) - 1) // 2
    text = (
        "% of points that the system of the row took from that of the column, a tie being half a"
        f" point for each. {len(met)} of {count_text(total, 'pair')} met."
    )
    return Plot("Who beats whom", svg, text)


def _both_ways(
    pairs: Sequence[PairStanding], names: Sequence[str]
) -> Iterator[tuple[int, int, float]]:
    place = {name: k for k, name in enumerate(names)}
    for pair in pairs:
        above, below, share = place[pair.above], place[pair.below], _share(pair)
        yield above, below, share
        yield below, above, 1 - share


def _surprises(board: Standings) -> Plot:
    """Show the result of each pair against the result that its ratings predict."""
    met = [pair for pair in board.pairs if _votes(pair)]
    votes = np.array([_votes(pair) for pair in met], float)
    share = np.array([pair.wins + pair.ties / 2 for pair in met]) / votes
    expected = np.array([pair.expected for pair in met])
    ends = np.array([wilson(s * n, n) for s, n in zip(share, votes, strict=True)])
    outside = (expected < ends[:, 0]) | (expected > ends[:, 1])
    with plate("surprises", height=3.0) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=0.8)
        sizes = 2.5 + 5 * np.sqrt(votes / votes.max())
        for x, y, size, odd in zip(expected, share, sizes, outside, strict=True):
            colour = ROSE if odd else BLUE
            axes.plot(100 * x, 100 * y, marker="o", markersize=size, color=colour, alpha=0.75)
        axes.set_xlim(min(45, 100 * expected.min() - 3), 101)
        axes.set_ylim(-3, 103)
        axes.set_xlabel("% of points expected of the better rated")
        axes.set_ylabel("% it took")
        bare(axes, "left", "bottom")
        svg = svg_of(
            figure, "Dots: share of points a pair's better system took, by what is expected"
        )
    text = (
        f"Each dot is one of {count_text(len(met), 'pair')}, larger with more votes. In"
        f" {int(outside.sum())} (rose) what the ratings make expect is outside the 95 % interval of"
        " what happened; one in twenty would be by chance. Many more would mean that one number for"
        " each system does not tell who beats whom."
    )
    text += _most_unexpected(met, share, expected, votes)
    return Plot("Does one number tell it all?", svg, text)


def _most_unexpected(
    met: Sequence[PairStanding], share: Floats, expected: Floats, votes: Floats
) -> str:
    error = np.abs(share - expected) / np.sqrt(expected * (1 - expected) / votes)
    k = int(error.argmax())
    return (
        f" The most unexpected: {met[k].above} took {100 * share[k]:.0f} % of the points from"
        f" {met[k].below} in {count_text(int(votes[k]), 'vote')}; {100 * expected[k]:.0f} % were"
        " expected."
    )


def _name_rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    bare(axes, "left", "bottom")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", left=False, labelcolor=INK)
    axes.tick_params(axis="x", labelcolor=SOFT)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _height(n: int) -> float:
    return 0.75 + 0.27 * max(n, 2)
