"""Plots of plays and likes on the platforms of a corpus."""

from typing import TYPE_CHECKING

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.reports.corpus.columns import Table, quantile_parts
from plaudit.reports.look.canvas import BLUE, BRASS, ROSE, TEAL, bare
from plaudit.reports.look.number import spearman_text
from plaudit.reports.look.plot import Plot, colour_key
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (BRASS, BLUE, TEAL, ROSE)
_MARKS = ("s", "o", "^", "D")


def platforms_of(songs: Table) -> dict[str, Table]:
    """Return the published songs by platform, in the order of first appearance."""
    names = dict.fromkeys(name for name in songs["platform"] if isinstance(name, str))
    return {name: songs.where(songs["platform"] == name) for name in names}


def _survival(songs: Table, column: str) -> Plot:
    """Show what share of songs has at least so many plays or likes, both axes logarithmic."""
    places = platforms_of(songs)
    notes = []
    if not any((table[column] > 0).any() for table in places.values()):
        return Plot(column.capitalize(), "", f"None of {count_text(len(songs))} has any {column}.")
    with plate(column) as figure:
        axes = figure.add_subplot()
        for (name, table), colour in zip(places.items(), _COLOURS, strict=False):
            counts = np.sort(table[column])
            kept = counts > 0
            share = 100 * (len(counts) - np.arange(len(counts))) / len(counts)
            values, first = np.unique(counts[kept], return_index=True)
            axes.plot(values, share[kept][first], color=colour, linewidth=1.8)
            zero = 100 * float(np.mean(~kept))
            notes.append(
                f"{name}: {count_text(len(counts))}, median {np.median(counts):,.0f}, most"
                f" {counts.max():,.0f}, none at all {zero:.1f} %"
            )
        _log(axes, "x")
        _log(axes, "y")
        axes.set_xlabel(f"{column}, at least")
        axes.set_ylabel("% of songs")
        colour_key(axes, list(places), _COLOURS[: len(places)])
        bare(axes, "left", "bottom")
        svg = svg_of(figure, f"Curves: share of songs with at least so many {column}, by platform")
    text = f"Both axes are logarithmic, so a straight line is a power law. {'; '.join(notes)}."
    return Plot(column.capitalize(), svg, text)


def _likes_against_plays(songs: Table) -> Plot:
    """Show the median and the middle half of likes for songs of about as many plays."""
    places = platforms_of(songs)
    if not any((table["plays"] > 0).any() for table in places.values()):
        return Plot("Likes against plays", "", f"None of {count_text(len(songs))} was ever played.")
    notes = []
    with plate("likes-plays") as figure:
        axes = figure.add_subplot()
        for place, (name, table) in enumerate(places.items()):
            plays, likes = table["plays"], table["likes"]
            played = plays > 0
            colour, mark = _COLOURS[place % 4], _MARKS[place % 4]
            part = np.floor(2 * np.log10(np.maximum(plays, 1))).astype(int)
            for step in np.unique(part[played]):
                own = played & (part == step)
                low, middle, high = np.quantile(likes[own], [0.25, 0.5, 0.75]) + 1
                x = 10 ** ((step + 0.4 + 0.2 * place) / 2)
                axes.vlines(x, low, high, color=colour, alpha=0.35, linewidth=4)
                axes.plot(x, middle, marker=mark, markersize=4.5, color=colour)
            total = float(plays.sum())
            rate = f"{1000 * float(likes.sum()) / total:.1f}" if total else "undefined"
            notes.append(
                f"{name}: {rate} likes in 1,000 plays, rank correlation"
                f" {spearman_text(plays[played], likes[played])} (n = {int(played.sum()):,} played)"
            )
        _log(axes, "x")
        _log(axes, "y")
        axes.set_xlabel("plays")
        axes.set_ylabel("likes + 1")
        colour_key(axes, list(places), _COLOURS[: len(places)])
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Dots: median likes of songs with about as many plays, by platform")
    text = f"Dots are medians, bars hold the middle half of the songs. {'; '.join(notes)}."
    return Plot("Likes against plays", svg, text)


def _quality_and_plays(songs: Table) -> Plot:
    """Show what the counts owe to quality: streams score against the mean of the knobs."""
    places = platforms_of(songs)
    notes = []
    with plate("quality-plays") as figure:
        axes = figure.add_subplot()
        for place, (name, table) in enumerate(places.items()):
            knob = np.nanmean([table[f"knob_{axis}"] for axis in AESTHETICS], axis=0)
            score = table["streams_score"]
            colour, mark = _COLOURS[place % 4], _MARKS[place % 4]
            part = quantile_parts(knob, 8)
            for step in np.unique(part):
                own = part == step
                x = float(knob[own].mean())
                low, middle, high = np.quantile(score[own], [0.25, 0.5, 0.75])
                axes.vlines(x, low, high, color=colour, alpha=0.35, linewidth=4)
                axes.plot(x, middle, marker=mark, markersize=4.5, color=colour)
            notes.append(f"{name} {spearman_text(knob, score)} (n = {len(knob):,})")
        axes.set_ylim(0, 100)
        axes.set_xlabel("mean of the knobs, 1 is flawless")
        axes.set_ylabel("streams score, 0-100")
        colour_key(axes, list(places), _COLOURS[: len(places)])
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Dots: median streams score by mean knob, by platform")
    text = (
        "Popularity follows quality only loosely, as on real platforms. Dots are medians of an"
        f" eighth of the songs, bars hold the middle half. Rank correlation: {', '.join(notes)}."
    )
    return Plot("What plays owe to quality", svg, text)


def public_plots(songs: Table) -> list[Plot]:
    """Return the plots of the platforms; one that says so where nothing was published."""
    if not platforms_of(songs):
        return [Plot("Plays and likes", "", "Undefined: no song of this corpus was published.")]
    return [
        _survival(songs, "plays"),
        _survival(songs, "likes"),
        _likes_against_plays(songs),
        _quality_and_plays(songs),
    ]


def _log(axes: "Axes", which: str) -> None:
    """Make an axis logarithmic, with plain labels at whole powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis.set_major_locator(LogLocator(10, numticks=7))
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_text(value)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_tick_params(which="minor", length=0)


def power_text(value: float) -> str:
    """Return a round number in few letters: 100, 10k, 1M, .1."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
