"""Plots of a corpus's battles: outcomes, what they follow, who wins, how long people listened.

FIRST and SECOND are decided. A tie counts one half for each side; NEITHER (both bad) counts for no
side and is only shown as a rate of its own.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.core.outcome import Outcome
from plaudit.metrics.share import wilson
from plaudit.reports.corpus.columns import Corpus, Table
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, bare
from plaudit.reports.look.panel import Plot, counted, key
from plaudit.reports.look.vector import plate, svg_of

Mask = NDArray[np.bool_]
BINS, LEAST = 9, 12  # dots in a plot at most, votes behind each at least


def battle_plots(corpus: Corpus) -> list[Plot]:
    """Return the plots of the battles, and of those of the twelfth system if it fought."""
    battles = corpus.battles
    if not len(battles):
        return [Plot("Battles", "", "Undefined: no battle was held in this corpus.")]
    careless = _careless(corpus)
    plots = [
        outcomes(battles, careless),
        by_gap(battles, "aesthetics", "the better mean of knobs", "Wins by aesthetics"),
        by_gap(battles, "appeal", "more charm, which no knob touches", "Wins by appeal"),
        by_gap(battles, "system", "the more famous name", "Wins by name"),
        positions(battles, careless),
        pairs(battles),
        listening(battles, careless),
    ]
    if len(corpus.falsification):
        plots.append(twelfth(corpus))
    return plots


def twelfth(corpus: Corpus) -> Plot:
    """Show how often the twelfth system wins, by how much better its song is."""
    name = str(corpus.songs["system"][corpus.songs["role"] == "falsification"][0])
    votes = turned(corpus.falsification, name)
    plot = by_gap(votes, "aesthetics", "the better mean of knobs", f"{name} against the eleven")
    return Plot(plot.title, plot.svg, f"Here first is the song of {name}. {plot.text}")


def _careless(corpus: Corpus) -> Mask:
    """Return whether each battle's voter is careless."""
    voters = corpus.voters
    known = set(voters["voter"][voters["careless"] == 1]) if len(voters) else set()
    return np.array([voter in known for voter in corpus.battles["voter"]], bool)


def _is(battles: Table, outcome: Outcome) -> Mask:
    return np.asarray(battles["outcome"] == outcome.value, bool)


def outcomes(battles: Table, careless: Mask) -> Plot:
    """Show the share of each answer, of careful and of careless voters."""
    kinds = [
        kind
        for kind in (("careful voters", ~careless, BLUE), ("careless voters", careless, BRASS))
        if kind[1].any()
    ]
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
            notes.append(f"{name} n = {n:,}")
        axes.set_xticks(range(4), [outcome.value for outcome in Outcome])
        axes.set_ylabel("% of votes")
        axes.set_ylim(0, None)
        key(axes, [name for name, *_ in kinds], [colour for *_, colour in kinds])
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Bars: share of the four outcomes by kind of voter")
    text = (
        "First and second are by order of playing; neither means that both are bad, and is no tie."
        f" Lines are 95 % Wilson intervals; {', '.join(notes)}."
    )
    return Plot("Outcomes", svg, text)


def by_gap(battles: Table, name: str, what: str, title: str) -> Plot:
    """Show how often the first song wins, by how far it is ahead in something.

    Parameters
    ----------
    battles : Table
        With the column ``gap_<name>``.
    name : str
        "aesthetics", "appeal" or "system".
    what : str
        What the gap is in, for the sentence: "the better mean of knobs".
    title : str
        Heading.

    Returns
    -------
    Plot
        Up to nine parts of the decided votes with Wilson intervals.
    """
    decided = _is(battles, Outcome.FIRST) | _is(battles, Outcome.SECOND)
    gap, first = battles[f"gap_{name}"][decided], _is(battles, Outcome.FIRST)[decided]
    known = np.isfinite(gap)
    gap, first = gap[known], first[known]
    if not len(gap):
        return Plot(title, "", f"Undefined: none of {counted(len(battles), 'vote')} was decided.")
    bins = int(np.clip(len(gap) // LEAST, 1, BINS))
    edges = np.unique(np.quantile(gap, np.linspace(0, 1, bins + 1)))
    part = np.clip(np.searchsorted(edges, gap, "right") - 1, 0, max(len(edges) - 2, 0))
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
        return Plot(title, svg, f"No gap in any of {counted(len(gap), 'decided vote')}.")
    low, high = wilson(better, n)
    each = counted(round(len(gap) / len(np.unique(part))), "vote")
    text = (
        f"Of {counted(n, 'decided vote')}, {100 * better / n:.1f} % [{100 * low:.1f},"
        f" {100 * high:.1f}] went to the song with {what}. Each dot is about {each}; bars are 95 %"
        " Wilson intervals, gaps are in standard deviations."
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


def positions(battles: Table, careless: Mask) -> Plot:
    """Show how often the song that plays first wins, whatever it is."""
    first, second = _is(battles, Outcome.FIRST), _is(battles, Outcome.SECOND)
    kinds = (("all", np.ones(len(battles), bool)), ("careful", ~careless), ("careless", careless))
    found = [
        (name, int(np.sum(first & mask)), int(np.sum((first | second) & mask)))
        for name, mask in kinds
    ]
    found = [row for row in found if row[2]]
    if not found:
        return Plot("Position", "", "Undefined: no vote was decided.")
    from matplotlib.ticker import MaxNLocator

    notes = []
    with plate("positions", height=1.6) as figure:
        axes = figure.add_subplot()
        axes.axvline(50, color=HAIR, linewidth=0.8)
        for place, (name, wins, n) in enumerate(found):
            low, high = wilson(wins, n)
            axes.hlines(place, 100 * low, 100 * high, color=BLUE, alpha=0.4, linewidth=5)
            axes.plot(100 * wins / n, place, marker="o", markersize=5, color=BLUE)
            notes.append(
                f"{name} {100 * wins / n:.1f} % [{100 * low:.1f}, {100 * high:.1f}] (n = {n:,})"
            )
        axes.set_yticks(range(len(found)), [name for name, *_ in found])
        axes.set_ylim(len(found) - 0.5, -0.5)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        axes.set_xlabel("% of decided votes for the song that plays first")
        bare(axes, "left", "bottom")
        axes.tick_params(left=False)
        svg = svg_of(figure, "Dots: share of decided votes for the song that plays first")
    text = f"Without a bias it would be 50 % whoever meets whom: {'; '.join(notes)}."
    return Plot("Position", svg, text)


def pairs(battles: Table) -> Plot:
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
        axes = figure.add_subplot()
        for row, i in enumerate(order):
            for column, j in enumerate(order):
                if not votes[i, j]:
                    continue
                share = wins[i, j] / votes[i, j]
                axes.fill_between(
                    [column - 0.5, column + 0.5], row - 0.5, row + 0.5, linewidth=0,
                    color=BLUE if share > 0.5 else BRASS, alpha=min(1.4 * abs(share - 0.5), 0.5),
                )  # fmt: skip
                axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8.5)
        axes.set_xticks(range(len(names)), [names[k] for k in order], rotation=90)
        axes.set_yticks(range(len(names)), [names[k] for k in order])
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.xaxis.tick_top()
        bare(axes, "left", "top")
        axes.tick_params(length=0, labeltop=True, labelbottom=False, bottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        svg = svg_of(figure, "Table: % of votes that the system of the row wins against the column")
    met = votes[np.triu_indices(len(names), 1)]
    best = order[0]
    low, high = wilson(float(wins[best].sum()), float(total[best]))
    text = (
        "% of votes won by the system of the row against that of the column, ties as halves, votes"
        f" for neither left out; blue above a half, brass below. {names[best]} wins"
        f" {100 * wins[best].sum() / total[best]:.1f} % of its {counted(int(total[best]), 'vote')}"
        f" [{100 * low:.1f}, {100 * high:.1f}]. {int(np.sum(met > 0))} of"
        f" {counted(len(met), 'pair')} met, {met.min():.0f} to {met.max():.0f} votes each."
    )
    return Plot("Who beats whom", svg, text)


def listening(battles: Table, careless: Mask) -> Plot:
    """Show how long careful and careless voters listened before they answered."""
    seconds = battles["listen_first_s"] + battles["listen_second_s"]
    heard = seconds > 0
    if not heard.any():
        return Plot("Listening", "", "Undefined: no vote states how long its voter listened.")
    low, high = float(seconds[heard].min()), float(seconds.max()) * 1.001
    edges = np.geomspace(low, max(high, low * 1.1), 28)
    kinds = [
        (name, mask & heard, colour)
        for name, mask, colour in (("careful", ~careless, BLUE), ("careless", careless, BRASS))
        if (mask & heard).any()
    ]
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
        from matplotlib.ticker import FixedLocator, NullLocator

        axes.set_xscale("log")
        marks = [m for m in (0.5, 1, 2, 5, 10, 20, 60, 120, 300) if low <= m <= high]
        axes.xaxis.set_major_locator(FixedLocator(marks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels([f"{mark:g}" for mark in marks])
        axes.set_xlabel("seconds listened to both songs")
        axes.set_ylabel("% of votes per bar")
        axes.set_ylim(0, None)
        key(axes, [f"{name} voters" for name, *_ in kinds], [colour for *_, colour in kinds])
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Histogram of seconds listened, by kind of voter")
    text = (
        f"Whoever presses a button at once heard nothing: {'; '.join(notes)}."
        " Real arenas only see the seconds, not who is careless."
    )
    return Plot("Listening", svg, text)
