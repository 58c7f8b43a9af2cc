"""Plots of a listening test: means with intervals, listeners one by one, the board over time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle

from plaudit.arena.results.record import Analysis, ArenaBoard, Listener, Moment, ScaleMeans
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, ROSE, TEAL, bare
from plaudit.reports.look.plot import Plot, interval_dot, name_ends, name_rows
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import count_text
from plaudit.reports.standings.plot import standings_plots

_LETTERS, _ROW, _SHOWN, _LINES = 24, 0.34, 40, 8
_COLOURS = (BLUE, BRASS, TEAL, ROSE)


def listening_plots(board: ArenaBoard) -> list[Plot]:
    """Return the plots that a board fills: of those who are kept."""
    kept = board.kept
    plots = [] if kept.standings is None else standings_plots(kept.standings)
    if len(kept.moments) > 1:
        plots.append(_over_time(kept.moments))
    plots += [_means(scale) for scale in kept.means if scale.systems]
    if kept.listeners:
        plots.append(_listeners(kept.listeners, _order(kept)))
    return plots


def _means(scale: ScaleMeans) -> Plot:
    systems = scale.systems[:_SHOWN]
    with plate(f"means {scale.axis}", height=0.75 + _ROW * max(len(systems), 2)) as figure:
        axes = figure.add_subplot()
        for place, each in enumerate(systems):
            axes.hlines(place + 0.2, each.low_quartile, each.high_quartile, color=HAIR, linewidth=3)
            interval_dot(axes, each.mean, place, BLUE)
        name_rows(axes, {place: _short(each.system) for place, each in enumerate(systems)})
        axes.set_xlabel(scale.axis)
        svg = svg_of(figure, f"Mean {scale.axis} of each system with its interval")
    text = (
        "Dots are means under the mixed model, bars their intervals; the grey line beneath each is"
        " the middle half of the answers as they are."
    )
    return Plot(f"Means: {scale.axis}", svg, text)


def _order(kept: Analysis) -> list[str]:
    return [each.system for scale in kept.means for each in scale.systems]


def _listeners(listeners: Sequence[Listener], order: Sequence[str]) -> Plot:
    names = list(dict.fromkeys([*order, *(n for each in listeners for n in each.medians)]))
    with plate("listeners", height=0.75 + _ROW * max(len(names), 2)) as figure:
        axes = figure.add_subplot()
        for each in listeners:
            heights = [k for k, name in enumerate(names) if name in each.medians]
            medians = [each.medians[names[k]] for k in heights]
            colour = ROSE if each.excluded else BLUE
            axes.plot(
                medians, heights, color=colour, alpha=0.35, linewidth=0.9, marker="o", markersize=3
            )
        name_rows(axes, {place: _short(name) for place, name in enumerate(names)})
        axes.set_xlim(-2, 102)
        axes.set_xlabel("median score of a listener")
        svg = svg_of(figure, "A line for each listener through the median scores of systems")
    out = sum(each.excluded for each in listeners)
    text = f"A line for each of {count_text(len(listeners), 'listener')}; rose: {out} screened out."
    return Plot("Listener by listener", svg, text)


def _over_time(moments: Sequence[Moment]) -> Plot:
    last = moments[-1].ratings
    names = sorted(last, key=lambda name: -last[name][0])[:_LINES]
    with plate("moments", height=3.3) as figure:
        axes = figure.add_subplot()
        ends = []
        for name, colour in zip(names, cycle(_COLOURS), strict=False):
            known = [(each.votes, each.ratings[name]) for each in moments if name in each.ratings]
            votes = [n for n, _ in known]
            axes.plot(votes, [value[0] for _, value in known], color=colour, marker="o",
                      markersize=3.5, linewidth=1)  # fmt: skip
            banded = [(n, low, high) for n, (_, low, high) in known if low is not None]
            if banded:
                at, low, high = zip(*banded, strict=True)
                axes.fill_between(at, low, high, color=colour, alpha=0.12, linewidth=0)
            ends.append((known[-1][1][0], _short(name), colour))
        axes.set_xlim(0, moments[-1].votes)
        axes.set_xlabel("votes, in the order in which they came")
        axes.set_ylabel("points")
        bare(axes, "left", "bottom")
        name_ends(axes, ends, moments[-1].votes)
        svg = svg_of(figure, "Ratings of systems as votes came in, with intervals")
    day = datetime.fromtimestamp(moments[-1].until, UTC).date().isoformat()
    text = (
        f"The board as it was after each part of the votes, until {day}; bands are rough intervals"
    )
    text += " from 100 resamples of voters."
    if len(last) > _LINES:
        text += f" The best {_LINES} of {len(last)} systems."
    return Plot("As votes came in", svg, text)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
