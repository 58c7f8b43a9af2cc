"""Plots of a corpus's battles: outcomes, wins by quality and by name, positions, seconds listened.

FIRST and SECOND are decided. A tie counts one half for each side; NEITHER (both bad) counts for no
side and is only shown as a rate of its own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plaudit.core.outcome import Outcome
from plaudit.metrics.share import wilson
from plaudit.reports.corpus.columns import Corpus, Table, quantile_parts
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, bare
from plaudit.reports.look.plot import Plot, colour_key, draw_squares
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Mask = NDArray[np.bool_]
_BINS, _LEAST = 9, 12  # dots in a plot at most, votes behind each at least


def battle_plots(corpus: Corpus) -> list[Plot]:
    """Return the plots of the battles, and of the twelfth system's where it fought."""
    battles = corpus.battles
    if not len(battles):
        return [Plot("Battles", "", "Undefined: no battle was held in this corpus.")]
    careless = _careless(corpus)
    plots = [
        _outcomes(battles, careless),
        by_gap(battles, "aesthetics", "the better mean of knobs", "Wins by aesthetics"),
        by_gap(battles, "appeal", "more charm, which no knob touches", "Wins by appeal"),
        by_gap(battles, "system", "the more famous name", "Wins by name"),
        _positions(battles, careless),
        _pairs(battles),
        _listening(battles, careless),
    ]
    if len(corpus.falsification):
        plots.append(_twelfth(corpus))
    return plots


def _twelfth(corpus: Corpus) -> Plot:
    name = str(corpus.songs["system"][corpus.songs["role"] == "falsification"][0])
    votes = turned(corpus.falsification, name)
    plot = by_gap(votes, "aesthetics", "the better mean of knobs", f"{name} against the eleven")
    return Plot(plot.title, plot.svg, f"Here first is the song of {name}. {plot.text}")


def _careless(corpus: Corpus) -> _Mask:
    """Return whether each battle's voter is careless."""
    voters = corpus.voters
    known = set(voters["voter"][voters["careless"] == 1]) if len(voters) else set()
    return np.array([voter in known for voter in corpus.battles["voter"]], bool)


def _is(battles: Table, outcome: Outcome) -> _Mask:
    return np.asarray(battles["outcome"] == outcome.value, bool)


def _kinds_of_voters(careless: _Mask, mask: _Mask) -> list[tuple[str, _Mask, str]]:
    """Return careful and careless voters, where there are any: name, their battles, colour."""
    kinds = (("careful", ~careless & mask, BLUE), ("careless", careless & mask, BRASS))
    return [kind for kind in kinds if kind[1].any()]


def _voter_key(axes: "Axes", kinds: Sequence[tuple[str, _Mask, str]]) -> None:
    names = [f"{name} voters" for name, *_ in kinds]
    colour_key(axes, names, [colour for *_, colour in kinds])


def _share_text(wins: float, n: float) -> str:
    """Return a share in percent with its Wilson interval."""
    low, high = wilson(wins, n)
    return f"{100 * wins / n:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _outcomes(battles: Table, careless: _Mask) -> Plot:
    kinds = _kinds_of_voters(careless, np.ones(len(battles), bool))
    notes = []
    with plate("outcomes") as figure:
        axes = figure.add_subplot()
        for place, (name, mask, colour) in enumerate(kinds):
            n = int(mask.sum())
            counts = [int(np.sum(_is(battles, outcome) & mask)) for outcome in Outcome]
            x = np.arange(4) + 0.38 * (place - (len(kinds) - 1) / 2)
            axes.bar(x, [100 * count / n for count in counts], 0.34, color=colour, alpha=0.85)
            for at, count in zip(x, counts, strict=True):
                low, high = wilson(count, n)
                axes.vlines(at, 100 * low, 100 * high, color=INK, linewidth=1.1)
            notes.append(f"{name} voters n = {n:,}")
        axes.set_xticks(range(4), [outcome.value for outcome in Outcome])
        axes.set_ylabel("% of votes")
        axes.set_ylim(0, None)
        _voter_key(axes, kinds)
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Bars: share of the four outcomes by kind of voter")
    text = (
        "First and second are by order of playing; neither means that both are bad, and is no tie."
        f" Lines are 95 % Wilson intervals; {', '.join(notes)}."
    )
    return Plot("Outcomes", svg, text)


def by_gap(battles: Table, name: str, what: str, title: str) -> Plot:
    """Return how often the first song wins by ``gap_<name>``, which a sentence calls ``what``."""
    decided = _is(battles, Outcome.FIRST) | _is(battles, Outcome.SECOND)
    gap, first = battles[f"gap_{name}"][decided], _is(battles, Outcome.FIRST)[decided]
    known = np.isfinite(gap)
    gap, first = gap[known], first[known]
    if not len(gap):
        return Plot(
            title, "", f"Undefined: none of {count_text(len(battles), 'vote')} was decided."
        )
    part = quantile_parts(gap, int(np.clip(len(gap) // _LEAST, 1, _BINS)))
    with plate(title, height=2.6) as figure:
        axes = figure.add_subplot()
        axes.axhline(50, color=HAIR, linewidth=0.8)
        axes.axvline(0, color=HAIR, linewidth=0.8)
        for step in np.unique(part):
            own = part == step
            wins, n = int(first[own].sum()), int(own.sum())
            low, high = wilson(wins, n)
            x = float(gap[own].mean())
            axes.vlines(x, 100 * low, 100 * high, color=BLUE, alpha=0.4, linewidth=4)
            axes.plot(x, 100 * wins / n, marker="o", markersize=5, color=BLUE)
        axes.set_ylim(-2, 102)
        axes.set_yticks([0, 25, 50, 75, 100])
        axes.set_xlabel(f"gap in {name}, first minus second")
        axes.set_ylabel("% for the first")
        bare(axes, "left", "bottom")
        svg = svg_of(figure, f"{title}: share of decided votes for the first song, by the gap")
    apart = gap != 0
    better, n = int(np.sum((gap > 0)[apart] == first[apart])), int(apart.sum())
    if not n:
        return Plot(title, svg, f"No gap in any of {count_text(len(gap), 'decided vote')}.")
    each = count_text(round(len(gap) / len(np.unique(part))), "vote")
    text = (
        f"Of {count_text(n, 'decided vote')}, {_share_text(better, n)} went to the song with"
        f" {what}. Each dot is about {each}; bars are 95 % Wilson intervals, gaps are in standard"
        " deviations."
    )
    return Plot(title, svg, text)


def turned(battles: Table, system: str) -> Table:
    """Return the battles of one system with its song first, whichever was played first."""
    second = np.asarray(battles["second_system"] == system, bool)
    columns = dict(battles.columns)
    swapped = [Outcome(outcome).swapped.value for outcome in battles["outcome"]]
    columns["outcome"] = np.where(second, np.array(swapped, object), battles["outcome"])
    for name, values in battles.columns.items():
        if name.startswith("gap_"):
            columns[name] = np.where(second, -values, values)
    return Table(columns).where(second | (battles["first_system"] == system))


def _positions(battles: Table, careless: _Mask) -> Plot:
    first, second = _is(battles, Outcome.FIRST), _is(battles, Outcome.SECOND)
    kinds = (("all", np.ones(len(battles), bool)), ("careful", ~careless), ("careless", careless))
    counts = [
        (name, int(np.sum(first & mask)), int(np.sum((first | second) & mask)))
        for name, mask in kinds
    ]
    shown = [row for row in counts if row[2]]
    if not shown:
        return Plot("Position", "", "Undefined: no vote was decided.")
    from matplotlib.ticker import MaxNLocator

    notes = []
    with plate("positions", height=1.6) as figure:
        axes = figure.add_subplot()
        axes.axvline(50, color=HAIR, linewidth=0.8)
        for place, (name, wins, n) in enumerate(shown):
            low, high = wilson(wins, n)
            axes.hlines(place, 100 * low, 100 * high, color=BLUE, alpha=0.4, linewidth=5)
            axes.plot(100 * wins / n, place, marker="o", markersize=5, color=BLUE)
            notes.append(f"{name} {_share_text(wins, n)} (n = {n:,})")
        axes.set_yticks(range(len(shown)), [name for name, *_ in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        axes.set_xlabel("% of decided votes for the song that plays first")
        bare(axes, "left", "bottom")
        axes.tick_params(left=False)
        svg = svg_of(figure, "Dots: share of decided votes for the song that plays first")
    text = f"Without a bias it would be 50 % whoever meets whom: {'; '.join(notes)}."
    return Plot("Position", svg, text)


def _pairs(battles: Table) -> Plot:
    """Show how often each system wins against each other, ties as halves."""
    counted_votes = battles.where(~_is(battles, Outcome.NEITHER))
    names = sorted(set(battles["first_system"]) | set(battles["second_system"]))
    place = {name: k for k, name in enumerate(names)}
    wins = np.zeros((len(names), len(names)))
    votes = np.zeros((len(names), len(names)))
    a = np.array([place[name] for name in counted_votes["first_system"]], int)
    b = np.array([place[name] for name in counted_votes["second_system"]], int)
    value = np.select(
        [_is(counted_votes, Outcome.FIRST), _is(counted_votes, Outcome.TIE)], [1.0, 0.5], 0.0
    )
    np.add.at(wins, (a, b), value)
    np.add.at(wins, (b, a), 1 - value)
    np.add.at(votes, (a, b), 1)
    np.add.at(votes, (b, a), 1)
    total = np.maximum(votes.sum(axis=1), 1)
    order = np.argsort(-wins.sum(axis=1) / total, kind="stable")
    with plate("pairs", 4.6, 4.4) as figure:
        shares = (
            (row, column, float(wins[i, j] / votes[i, j]))
            for row, i in enumerate(order)
            for column, j in enumerate(order)
            if votes[i, j]
        )
        draw_squares(figure.add_subplot(), [names[k] for k in order], shares)
        svg = svg_of(figure, "Table: % of votes that the system of the row wins against the column")
    met = votes[np.triu_indices(len(names), 1)]
    best = order[0]
    won, played = float(wins[best].sum()), float(total[best])
    low, high = wilson(won, played)
    text = (
        "% of votes won by the system of the row against that of the column, ties as halves, votes"
        f" for neither left out; blue above a half, brass below. {names[best]} wins"
        f" {100 * won / played:.1f} % of its {count_text(int(played), 'vote')}"
        f" [{100 * low:.1f}, {100 * high:.1f}]. {int(np.sum(met > 0))} of"
        f" {count_text(len(met), 'pair')} met, {met.min():.0f} to {met.max():.0f} votes each."
    )
    return Plot("Who beats whom", svg, text)


def _listening(battles: Table, careless: _Mask) -> Plot:
    """Show how long careful and careless voters listened before they voted."""
    seconds = battles["listen_first_s"] + battles["listen_second_s"]
    listened = seconds > 0
    if not listened.any():
        return Plot("Listening", "", "Undefined: no vote states how long its voter listened.")
    low, high = float(seconds[listened].min()), float(seconds.max()) * 1.001
    edges = np.geomspace(low, max(high, low * 1.1), 28)
    from matplotlib.ticker import FixedLocator, NullLocator

    kinds = _kinds_of_voters(careless, listened)
    notes = []
    with plate("listening") as figure:
        axes = figure.add_subplot()
        for name, mask, colour in kinds:
            share = 100 * np.histogram(seconds[mask], edges)[0] / mask.sum()
            axes.stairs(share, edges, color=colour, linewidth=1.6)
            axes.stairs(share, edges, color=colour, alpha=0.15, fill=True)
            notes.append(
                f"{name} median {np.median(seconds[mask]):.1f} s (n = {int(mask.sum()):,})"
            )
        axes.set_xscale("log")
        marks = [m for m in (0.5, 1, 2, 5, 10, 20, 60, 120, 300) if low <= m <= high]
        axes.xaxis.set_major_locator(FixedLocator(marks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels([f"{mark:g}" for mark in marks])
        axes.set_xlabel("seconds listened to both songs")
        axes.set_ylabel("% of votes per bar")
        axes.set_ylim(0, None)
        _voter_key(axes, kinds)
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Histogram of seconds listened, by kind of voter")
    text = (
        f"Some voters press a button without listening: {'; '.join(notes)}."
        " Real arenas only see the seconds, not who is careless."
    )
    return Plot("Listening", svg, text)
