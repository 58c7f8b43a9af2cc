"""Plots of a corpus's songs: styles, keys and lengths; knobs and faults; ratings."""

import math
from collections.abc import Sequence

import numpy as np

from plaudit.core.axes import AESTHETICS
from plaudit.metrics.checked import Floats
from plaudit.metrics.reliability import icc, icc_interval
from plaudit.metrics.share import Z95
from plaudit.reports.corpus.columns import Corpus, Table
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, LINE, ROSE, SOFT, TEAL, bare
from plaudit.reports.look.number import spearman_text
from plaudit.reports.look.plot import Plot, colour_key
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import count_text
from plaudit.synth.music.chord_name import pitch_name
from plaudit.synth.music.knob import FAULTS

_GROUPS = {"training": BRASS, "held-out": BLUE, "falsification": TEAL}
_BINS = 10  # of the range of a knob
_AUDIBLE = 0.2  # dose from which on a fault is counted
_LEAST = 10  # songs in a group whose distribution is drawn


def groups_of(songs: Table) -> list[tuple[str, Table]]:
    """Return the songs of each group that has any, training first."""
    return [(role, songs.where(songs["role"] == role)) for role in _GROUPS if role in songs["role"]]


def _drawn(groups: Sequence[tuple[str, Table]]) -> list[tuple[str, Table]]:
    """Return the groups that are large enough for a distribution, or all if none is."""
    return [group for group in groups if len(group[1]) >= _LEAST] or list(groups)


def _counts_text(groups: Sequence[tuple[str, Table]]) -> str:
    return ", ".join(
        f"{role} n = {len(table):,}"
        + (", too few to draw" if role not in dict(_drawn(groups)) else "")
        for role, table in groups
    )


def _key(groups: Sequence[tuple[str, Table]]) -> tuple[list[str], list[str]]:
    roles = [role for role, _ in _drawn(groups)]
    return roles, [_GROUPS[role] for role in roles]


def _styles(songs: Table) -> Plot:
    groups = groups_of(songs)
    names = sorted(set(songs["style"]))
    with plate("styles", height=max(0.6 + 0.26 * len(names), 1.6)) as figure:
        axes = figure.add_subplot()
        tall = 0.8 / len(_drawn(groups))
        for place, (role, table) in enumerate(_drawn(groups)):
            shares = [100 * float(np.mean(table["style"] == name)) for name in names]
            at = np.arange(len(names)) + (place - (len(_drawn(groups)) - 1) / 2) * tall
            axes.barh(at, shares, tall * 0.92, color=_GROUPS[role])
        axes.set_yticks(range(len(names)), [f"{name:.28}".replace("_", " ") for name in names])
        axes.invert_yaxis()
        axes.set_xlabel("% of the group's songs")
        colour_key(axes, *_key(groups))
        bare(axes, "left", "bottom")
        axes.tick_params(left=False)
        svg = svg_of(figure, "Bars: share of each style in each group of songs")
    return Plot("Styles", svg, f"Share of each style; {_counts_text(groups)}.")


def _spread(name: str, title: str, songs: Table, column: str, unit: str, digits: int) -> Plot:
    """Show the distribution of a number by group, as outlines of equal area."""
    groups = groups_of(songs)
    every = songs.known(column)
    if not len(every):
        return Plot(title, "", f"Undefined: no song states its {title.lower()}.")
    low, high = float(every.min()), float(every.max())
    edges = np.linspace(low, high, 25) if high > low else np.array([low - 0.5, low + 0.5])
    with plate(name) as figure:
        axes = figure.add_subplot()
        for role, table in _drawn(groups):
            values = table.known(column)
            if len(values):
                share = 100 * np.histogram(values, edges)[0] / len(values)
                axes.stairs(share, edges, color=_GROUPS[role], linewidth=1.6)
                axes.stairs(share, edges, color=_GROUPS[role], alpha=0.13, fill=True)
        axes.set_xlabel(unit)
        axes.set_ylabel("% of songs per bar")
        axes.set_ylim(0, None)
        colour_key(axes, *_key(groups))
        bare(axes, "left", "bottom")
        svg = svg_of(figure, f"Histogram of {title.lower()} by group of songs")
    middle = float(np.median(every))
    text = (
        f"From {low:.{digits}f} to {high:.{digits}f} {unit}, half of them below"
        f" {middle:.{digits}f}; {_counts_text(groups)}."
    )
    return Plot(title, svg, text)


def _keys(songs: Table) -> Plot:
    """Show how often each tonic occurs, with a major or a minor third."""
    tonic, mode = songs["tonic"].astype(int), songs["mode"]
    kinds = sorted(set(mode), key=lambda name: (-int(np.sum(mode == name)), name))
    colours = [BLUE, BRASS, TEAL, ROSE, SOFT, HAIR]
    shown = kinds if len(kinds) <= len(colours) else [*kinds[: len(colours) - 1], "other"]
    with plate("keys") as figure:
        axes = figure.add_subplot()
        base = np.zeros(12)
        for kind, colour in zip(shown, colours, strict=False):
            own = ~np.isin(mode, shown) if kind == "other" else mode == kind
            counts = np.bincount(tonic[own], minlength=12).astype(np.float64)
            axes.bar(range(12), counts, 0.8, bottom=base, color=colour)
            base += counts
        axes.set_xticks(range(12), [pitch_name(k, "F" if k in {3, 10} else "C") for k in range(12)])
        axes.set_ylabel("songs")
        colour_key(axes, [name.replace("_", " ") for name in shown][:4], colours[: len(shown)][:4])
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "Bars: songs by tonic and mode")
    return Plot(
        "Keys", svg, f"Tonic and mode of {count_text(len(songs))}; tonics are drawn evenly."
    )


def knob_spread(songs: Table) -> Plot:
    """Show each knob's distribution in each group: flat where groups cannot be told apart."""
    groups = groups_of(songs)
    worst: list[str] = []
    with plate("knob-spread", height=4.4) as figure:
        panels = figure.subplots(3, 2, sharex=True, sharey=True).ravel()
        edges = np.linspace(0, 1, _BINS + 1)
        for axes, axis in zip(panels, AESTHETICS, strict=False):
            for role, table in _drawn(groups):
                knob = table.known(f"knob_{axis}")
                if len(knob):
                    share = np.histogram(knob, edges)[0] / len(knob) * _BINS
                    axes.stairs(share, edges, color=_GROUPS[role], linewidth=1.4)
            axes.axhline(1, color=INK, linewidth=0.7, linestyle=(0, (2, 3)))
            axes.set_title(axis, loc="left", pad=3)
            bare(axes, "left", "bottom")
        panels[0].set_ylim(0, None)
        panels[4].set_xlabel("knob, 1 is flawless")
        panels[2].set_ylabel("density; 1 is even")
        bare(panels[5])
        from matplotlib.patches import Patch

        panels[5].legend(
            handles=[Patch(color=_GROUPS[role], label=role) for role, _ in _drawn(groups)],
            loc="center left", frameon=False,
        )  # fmt: skip
        svg = svg_of(figure, "Histograms of the five knobs by group of songs")
    for role, table in _drawn(groups):
        knobs = [table.known(f"knob_{axis}") for axis in AESTHETICS]
        distances = [(_unevenness(knob), len(knob)) for knob in knobs if len(knob)]
        if distances:
            distance, n = max(distances)
            worst.append(f"{role} {distance:.3f} (n = {n:,}; chance {1.63 / math.sqrt(n):.3f})")
    text = (
        "Pooled over a group's systems every knob is meant to be even, so that groups cannot be"
        " told apart by how good their songs are. Largest distance between the distribution and"
        f" the even one over the five knobs: {'; '.join(worst)}. Chance is what one knob exceeds"
        " in 1 of 100 such corpora."
    )
    return Plot("Knobs by group", svg, text)


def _unevenness(values: Floats) -> float:
    """Return Kolmogorov's distance of a sample from the even distribution on [0, 1]."""
    ordered, n = np.sort(values), len(values)
    above = np.arange(1, n + 1) / n - ordered
    below = ordered - np.arange(n) / n
    return float(max(above.max(), below.max()))


def _knob_means(songs: Table) -> Plot:
    """Show the mean of each knob for each system, with 95 % intervals."""
    systems = list(dict.fromkeys(songs["system"]))
    roles = {name: songs["role"][songs["system"] == name][0] for name in systems}
    order = list(_GROUPS)
    means = {
        name: float(np.nanmean([songs[f"knob_{a}"][songs["system"] == name] for a in AESTHETICS]))
        for name in systems
    }
    systems.sort(key=lambda name: (order.index(roles[name]), -means[name]))
    marks = ("o", "s", "^", "D", "v")
    colours = (BLUE, ROSE, BRASS, TEAL, SOFT)
    with plate("knob-means", height=max(0.9 + 0.27 * len(systems), 1.9)) as figure:
        axes = figure.add_subplot()
        for place, axis in enumerate(AESTHETICS):
            at = np.arange(len(systems)) + 0.13 * (place - 2)
            colour, mark = colours[place], marks[place]
            own = [songs.where(songs["system"] == name).known(f"knob_{axis}") for name in systems]
            mean, half = np.array([_mean_and_half(values) for values in own]).T
            axes.hlines(at, mean - half, mean + half, color=colour, linewidth=0.8, alpha=0.6)
            axes.plot(mean, at, linestyle="", marker=mark, markersize=3.6, color=colour, label=axis)
        axes.axvline(0.5, color=HAIR, linewidth=0.8)
        axes.set_yticks(range(len(systems)), systems)
        axes.invert_yaxis()
        axes.set_xlabel("mean knob, 1 is flawless")
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.32, 1.0), ncols=3, frameon=False, handlelength=0.8,
            columnspacing=1.2, borderaxespad=0.1,
        )  # fmt: skip
        bare(axes, "left", "bottom")
        axes.tick_params(left=False)
        svg = svg_of(figure, "Dots: mean of each knob for each system, with 95 % intervals")
    fewest = min(int(np.sum(songs["system"] == name)) for name in systems)
    text = (
        "Systems differ: some lean to the good end of a knob, others to the bad. Bars are 95 %"
        f" intervals of the mean; {len(systems)} systems of at least {count_text(fewest)} each, the"
        " best of each group first."
    )
    return Plot("Knobs by system", svg, text)


def _mean_and_half(values: Floats) -> tuple[float, float]:
    """Return a mean and half of its 95 % interval, nan without values."""
    if not len(values):
        return math.nan, 0.0
    return float(values.mean()), Z95 * float(values.std()) / math.sqrt(len(values))


def _faults(songs: Table) -> Plot:
    """Show how much of each fault the songs have, in the colour of its axis."""
    colours = dict(zip(AESTHETICS, (BLUE, ROSE, BRASS, TEAL, SOFT), strict=True))
    doses = [songs[f"dose_{fault.name}"] for fault in FAULTS]
    share = [100 * float(np.mean(dose[np.isfinite(dose)] >= _AUDIBLE)) for dose in doses]
    with plate("faults", height=0.7 + 0.24 * len(FAULTS)) as figure:
        axes = figure.add_subplot()
        tints = [colours[fault.axis] for fault in FAULTS]
        axes.barh(range(len(FAULTS)), share, 0.66, color=tints)
        axes.set_yticks(range(len(FAULTS)), [fault.name.replace("_", " ") for fault in FAULTS])
        axes.set_ylim(len(FAULTS) - 0.4, -0.6)
        axes.set_xlabel(f"% of songs with a dose of {_AUDIBLE:g} or more")
        bare(axes, "left", "bottom")
        axes.tick_params(left=False)
        svg = svg_of(figure, "Bars: share of songs that have each fault, coloured by axis")
    axes_text = ", ".join(dict.fromkeys(fault.axis for fault in FAULTS))
    text = (
        f"A knob doses several faults, and each song suffers its own mixture; from the top those"
        f" of {axes_text}. {count_text(len(songs))}."
    )
    return Plot("Faults", svg, text)


def _ratings(songs: Table) -> Plot:
    """Show the mean rating against the knob of the same axis, in ten parts of the knob."""
    title = "Ratings against knobs"
    known = {
        axis: np.isfinite(songs[f"rating_{axis}"]) & np.isfinite(songs[f"knob_{axis}"])
        for axis in AESTHETICS
    }
    if not any(mask.any() for mask in known.values()):
        return Plot(title, "", "Undefined: no song of this corpus was rated.")
    correlations = []
    with plate("ratings", height=4.4) as figure:
        panels = figure.subplots(3, 2, sharex=True, sharey=True).ravel()
        for axes, axis in zip(panels, AESTHETICS, strict=False):
            bare(axes, "left", "bottom")
            axes.set_title(axis, loc="left", pad=3)
            axes.set_ylim(1, 5)
            axes.set_yticks([1, 2, 3, 4, 5])
            axes.grid(axis="y", color=LINE, linewidth=0.7)
            knob, rating = songs[f"knob_{axis}"][known[axis]], songs[f"rating_{axis}"][known[axis]]
            if not len(knob):
                continue
            part = np.minimum((knob * _BINS).astype(int), _BINS - 1)
            for place in np.unique(part):
                own = rating[part == place]
                x = (place + 0.5) / _BINS
                axes.vlines(x, *np.quantile(own, [0.1, 0.9]), color=BLUE, alpha=0.3, linewidth=5)
                axes.plot(x, own.mean(), marker="o", markersize=4, color=BLUE)
            correlations.append(f"{axis} {spearman_text(knob, rating)} (n = {len(knob):,})")
        panels[4].set_xlabel("knob")
        panels[2].set_ylabel("mean of the raters")
        bare(panels[5])
        svg = svg_of(figure, "Mean rating rising with the knob, for each axis")
    text = (
        "Dots are mean ratings of songs in a tenth of the knob's range, bars hold 80 % of the"
        f" songs. Rank correlation: {', '.join(correlations)}."
    )
    return Plot(title, svg, text)


def _raters(corpus: Corpus) -> Plot:
    """Show how far the raters of a song agree, on each axis."""
    title, table = "Agreement of raters", corpus.ratings
    shown: list[tuple[str, tuple[float, float, float, float], int, int]] = []
    for axis in AESTHETICS if len(table) else ():
        panels = _panels(table.where((table["axis"] == axis) & np.isfinite(table["rating"])))
        if panels is None:
            continue
        single, mean = icc(panels, "1,1"), icc(panels, "1,k")
        if math.isfinite(single):
            numbers = (single, *icc_interval(panels), mean)
            shown.append((axis, numbers, panels.shape[1], len(panels)))
    if not shown:
        return Plot(title, "", "Undefined: fewer than two songs have two raters that differ.")
    with plate("raters", height=1.9) as figure:
        axes = figure.add_subplot()
        for row, (_, (single, low, high, mean), _, _) in enumerate(shown):
            axes.hlines(row, low, high, color=BLUE, linewidth=4, alpha=0.35)
            axes.plot(single, row, marker="o", markersize=5, color=BLUE)
            axes.plot(mean, row, marker="s", markersize=5, color=BRASS)
        axes.set_yticks(range(len(shown)), [axis for axis, *_ in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlim(min(0, *(low for _, (_, low, _, _), _, _ in shown)), 1)
        axes.set_xlabel("intraclass correlation")
        colour_key(axes, ("one rater, 95 % interval", "mean of the raters"), (BLUE, BRASS))
        bare(axes, "left", "bottom")
        axes.tick_params(left=False)
        svg = svg_of(figure, "Dots: agreement of one rater and of the mean, for each axis")
    n = ", ".join(f"{axis} n = {count:,}" for axis, _, _, count in shown)
    text = (
        "Share of the variance of ratings that lies between songs: of one rater drawn at random,"
        f" and of the mean of a song's {shown[0][2]} raters. Songs rated: {n}."
    )
    return Plot(title, svg, text)


def _panels(ratings: Table) -> Floats | None:
    """Return ratings as (n_songs, n_raters), of the songs with the usual number of raters."""
    ids = ratings["song_id"].astype(str)
    _, place, counts = np.unique(ids, return_inverse=True, return_counts=True)
    size = int(np.bincount(counts).argmax()) if len(counts) else 0
    if size < 2 or np.sum(counts == size) < 2:
        return None
    full = counts[place] == size
    order = np.argsort(place[full], kind="stable")
    return np.asarray(ratings["rating"][full][order].reshape(-1, size), np.float64)


def song_plots(corpus: Corpus) -> tuple[list[Plot], list[Plot]]:
    """Return the plots of the music, and those of knobs, faults and ratings."""
    songs = corpus.songs
    music = [
        _styles(songs),
        _spread("tempi", "Tempi", songs, "bpm", "beats per minute", 0),
        _keys(songs),
        _spread("lengths", "Lengths", songs, "duration_s", "s", 1),
        _spread("loudness", "Loudness", songs, "loudness_lufs", "LUFS", 1),
    ]
    quality = [
        knob_spread(songs),
        _knob_means(songs),
        _faults(songs),
        _ratings(songs),
        _raters(corpus),
    ]
    return music, quality
