"""Plots of a study: what aesthetics add, beside what needs no judge, and what it would take.

Blue circles are the claim, brass squares popularity only, teal diamonds the claim with controls.
Each plot is a plate of one column's width (`plaudit.reports.look.vector`).
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.preference.paired_test import power_at
from plaudit.benchmarks.preference.question import DIFFERENCES
from plaudit.benchmarks.preference.record import (
    BattleSlice,
    PairedTest,
    SchemeResult,
    StudyResult,
)
from plaudit.metrics.measurement import Measurement
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, LINE, ROSE, SOFT, TEAL, bare
from plaudit.reports.look.panel import Plot
from plaudit.reports.look.vector import plate, svg_of
from plaudit.reports.look.wording import safe_text
from plaudit.reports.preference.table import SCHEME_TITLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW = 0.32  # inches
_LOOK = {"claim": (BLUE, "o"), "controlled": (TEAL, "D")}
_SETS = (
    "constant", "duration", "loudness", "acoustics", "system", "controls", "popularity as it is",
    "aesthetics as they are", "popularity", "popularity + shuffled", "aesthetics", "embedding",
    "both",
    "popularity + controls", "both + controls",
)  # fmt: skip
_SHORT = {"popularity as it is": "popularity, unfitted", "aesthetics as they are": "aesthetics,"
          " unfitted", "popularity + controls": "pop. + controls",
    "popularity + shuffled": "pop. + shuffled"}  # fmt: skip


def study_plots(result: StudyResult) -> list[Plot]:
    """Return all plots of a study; what is not known there has none.

    Parameters
    ----------
    result : StudyResult
        The record.

    Returns
    -------
    list of Plot
        In the order of the page.
    """
    found = [_claim(result)]
    found += [_answers(result, scheme) for scheme in result.schemes]
    found += [_power(result), _reliability(result)]
    found += [
        _parts(result, "system", "Each system, when it is unknown"),
        _parts(result, "month", "Month by month"),
        _parts(result, "vocals", "With and without singing"),
    ]
    return [plot for plot in found if plot is not None]


def _claim(result: StudyResult) -> Plot | None:
    tests = [
        one for one in result.comparisons if one.question in _LOOK and one.auc.value is not None
    ]
    if not tests:
        return None
    rows = list(dict.fromkeys((one.scheme, one.model) for one in tests))
    schemes = list(dict.fromkeys(scheme for scheme, _ in rows))
    place = {row: k + schemes.index(row[0]) for k, row in enumerate(rows)}
    heads = [
        (scheme, min(place[row] for row in rows if row[0] == scheme) - 1) for scheme in schemes
    ]
    height = 0.9 + _ROW * (len(rows) + len(schemes))
    with plate("study-claim", height=height) as figure:
        axes = figure.add_subplot()
        for one in tests:
            shift = -0.15 if one.question == "claim" else 0.15
            _dot(axes, one.auc, place[one.scheme, one.model] + shift, *_LOOK[one.question])
        names = {place[row]: row[1] for row in rows} | {at: SCHEME_TITLES[s] for s, at in heads}
        _rows(axes, names)
        for _, at in heads:
            axes.get_yticklabels()[sorted(names).index(at)].set_fontweight("bold")
        axes.axvline(0, color=ROSE, linewidth=1, zorder=0)
        axes.set_xlabel("gain in AUC over popularity only")
        _key(axes, [("both", "o", BLUE), ("both, with controls", "D", TEAL)])
        svg = _svg(figure, "Gain in AUC of both families of scores over popularity only")
    return Plot(
        "What do aesthetics add?",
        svg,
        "Right of the line the aesthetic scores help; bars are the intervals. With controls,"
        " system, length and sound are given to both sides.",
    )


def _answers(result: StudyResult, scheme: SchemeResult) -> Plot | None:
    model = result.settings.models[0]
    shown = []
    for name in _SETS:
        own = [
            one for one in scheme.predictors if one.features == name and one.auc.value is not None
        ]
        own = [one for one in own if one.model == model] or own
        shown += own[:1]
    with plate(f"study-{scheme.scheme}", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, one in enumerate(shown):
            colour, mark = _colour(one.features, one.role)
            _dot(axes, one.auc, row, colour, mark)
        _rows(axes, {k: _SHORT.get(one.features, one.features) for k, one in enumerate(shown)})
        axes.axvline(0.5, color=HAIR, linewidth=1, zorder=0)
        axes.set_xlabel("AUC")
        svg = _svg(figure, f"AUC of each set of features, {SCHEME_TITLES[scheme.scheme]}")
    title = SCHEME_TITLES[scheme.scheme]
    return Plot(
        f"{title}: who knows more?",
        svg,
        f"AUC with the model {model} on {scheme.decided:,} decided questions; grey is what needs no"
        " judge, .5 is a coin.",
    )


def _colour(features: str, role: str) -> tuple[str, str]:
    if features in {"popularity", "popularity + controls", "popularity as it is"}:
        return BRASS, "s"
    if role == "controlled" and features != "controls":
        return TEAL, "D"
    return (SOFT, "o") if role == "baseline" or features == "controls" else (BLUE, "o")


def _power(result: StudyResult) -> Plot | None:
    test = _first_test(result)
    if test is None or test.se is None or test.se <= 0:
        return None
    n = test.decided
    battles = np.geomspace(100, max(100_000, 4 * n), 80)
    with plate("study-power", height=3.1) as figure:
        axes = figure.add_subplot()
        inks = (SOFT, BLUE, TEAL)
        for value, ink in zip(DIFFERENCES, inks, strict=True):
            chance = [100 * power_at(n, test.se, value, b, result.settings.level) for b in battles]
            axes.plot(battles, chance, color=ink, linewidth=1.6, label=f"{value:.2f}")
        axes.axvline(n, color=ROSE, linewidth=1, zorder=0)
        axes.axhline(80, color=LINE, linewidth=1, zorder=0)
        axes.set_xscale("log")
        ticks = [10**k for k in range(2, 9) if 10**k <= battles[-1]]
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.minorticks_off()
        axes.set_ylim(0, 102)
        axes.set_xlabel("decided battles")
        axes.set_ylabel("chance of finding it, %")
        axes.legend(frameon=False, title="gain in AUC", loc="upper left", alignment="left")
        bare(axes, "left", "bottom")
        svg = _svg(figure, "Chance of finding a gain in AUC against the number of decided battles")
    return Plot(
        "How many battles would settle it?",
        svg,
        f"From the spread of the paired difference, {test.model} under"
        f" {SCHEME_TITLES[test.scheme].lower()}; the red line is the {n:,} of this study. What more"
        " battles would teach is left out.",
    )


def _first_test(result: StudyResult) -> PairedTest | None:
    model = result.settings.models[0]
    tests = (one for one in result.comparisons if one.question == "claim" and one.model == model)
    return next(tests, None)


def _reliability(result: StudyResult) -> Plot | None:
    shown = [scheme for scheme in result.schemes if len(scheme.bins) > 1]
    if not shown:
        return None
    looks = ((BLUE, "o"), (BRASS, "s"), (TEAL, "D"))
    with plate("study-reliability", height=3.5) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=1)
        for scheme, (ink, mark) in zip(shown, looks, strict=False):
            predicted = np.array([part.predicted for part in scheme.bins])
            share = np.array([part.observed for part in scheme.bins])
            n = np.array([part.n for part in scheme.bins])
            spread = 100 * np.sqrt(share * (1 - share) / n)
            axes.vlines(
                100 * predicted, 100 * share - spread, 100 * share + spread,
                color=ink, alpha=0.35, linewidth=2,
            )  # fmt: skip
            axes.plot(100 * predicted, 100 * share, color=ink, linewidth=1, marker=mark,
                      markersize=5, label=SCHEME_TITLES[scheme.scheme])  # fmt: skip
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_xlabel("said: chance that the first song wins, %")
        axes.set_ylabel("it won, %")
        axes.legend(frameon=False, loc="upper left")
        bare(axes, "left", "bottom")
        svg = _svg(figure, "How often the first song won against the chance that was said")
    return Plot(
        "Can a probability be taken at its word?",
        svg,
        f"Both families of scores, {result.settings.models[0]}; bars are one standard error. On the"
        " diagonal what was said is what happened.",
    )


def _parts(result: StudyResult, by: str, title: str) -> Plot | None:
    shown = [one for one in result.slices if one.by == by and one.difference.value is not None]
    schemes = list(dict.fromkeys(one.scheme for one in shown))
    shown = [one for one in shown if one.scheme == schemes[0]][:24]
    if len(shown) < 2:
        return None
    with plate(f"study-{by}", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, one in enumerate(shown):
            _dot(axes, one.difference, row, *((SOFT, "o") if one.small else (BLUE, "o")))
        _rows(axes, {k: _part_name(one) for k, one in enumerate(shown)})
        axes.axvline(0, color=ROSE, linewidth=1, zorder=0)
        axes.set_xlabel("gain in AUC over popularity only")
        svg = _svg(figure, f"Gain in AUC over popularity only: {title}")
    return Plot(
        title,
        svg,
        f"{SCHEME_TITLES[schemes[0]]}, {result.settings.models[0]}, decided battles in brackets;"
        f" grey are fewer than {result.settings.small}. Among many groups some look special by"
        " chance.",
    )


def _part_name(one: BattleSlice) -> str:
    name = safe_text(one.group)
    return f"{name if len(name) <= 22 else name[:21] + '…'} ({one.decided:,})"


def _dot(axes: "Axes", measure: Measurement, row: float, colour: str, mark: str) -> None:
    if measure.value is None:
        return
    if measure.low is not None and measure.high is not None:
        axes.hlines(row, measure.low, measure.high, color=colour, linewidth=4, alpha=0.35)
    axes.plot(measure.value, row, marker=mark, color=colour, markersize=5.5)


def _rows(axes: "Axes", names: dict[int, str]) -> None:
    places = sorted(names)
    axes.set_yticks(places, [names[place] for place in places])
    axes.set_ylim(places[-1] + 0.6, places[0] - 0.6)
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=5)
    bare(axes, "bottom", "left")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _key(axes: "Axes", entries: Sequence[tuple[str, str, str]]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=colour, label=name, markersize=6)
        for name, mark, colour in entries
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), frameon=False,
        ncols=len(handles), handletextpad=0.2, columnspacing=1.2, borderaxespad=0.1,
    )  # fmt: skip


def _svg(figure: "Figure", label: str) -> str:
    """Return a figure as SVG whose marks take their colour where they are used.

    A mark is drawn once and used many times; a colour of its own would stay that of the light page,
    since a rule of the page's style does not reach inside.
    """
    return re.sub(
        r"<defs>.*?</defs>",
        lambda found: re.sub(r' stroke="#[0-9a-f]{6}"', "", found[0]),
        svg_of(figure, label),
        flags=re.DOTALL,
    )
