"""Plots of a study: gains in AUC, every feature set, power, calibration, slices.

Blue circles are the claim, brass squares popularity only, teal diamonds the claim with controls.
Each plot is a plate of one column's width (`plaudit.reports.look.svg`).
"""

from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.preference.paired_test import power_at
from plaudit.benchmarks.preference.record import DIFFERENCES, BattleSlice, SchemeResult, StudyResult
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, LINE, ROSE, SOFT, TEAL, bare
from plaudit.reports.look.plot import Plot, interval_dot, mark_key, name_rows
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import safe_text
from plaudit.reports.preference.table import SCHEME_TITLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW, _DOT = 0.32, 5.5  # inches of a row, points of a dot
_LOOK = {"claim": (BLUE, "o"), "controlled": (TEAL, "D")}
_SETS = (
    "constant", "duration", "loudness", "acoustics", "system", "controls", "popularity as it is",
    "aesthetics as they are", "popularity", "popularity + shuffled", "aesthetics", "embedding",
    "both",
    "popularity + controls", "both + controls",
)  # fmt: skip
_SHORT = {
    "popularity as it is": "popularity, unfitted",
    "aesthetics as they are": "aesthetics, unfitted",
    "popularity + controls": "pop. + controls",
    "popularity + shuffled": "pop. + shuffled",
}


def study_plots(result: StudyResult) -> list[Plot]:
    """Return all plots of a study, in the order of the page; what is not known there has none."""
    plots = [
        _claim(result),
        *(_predictors(result, scheme) for scheme in result.schemes),
        _power(result),
        _reliability(result),
        _parts(result, "system", "Each system, when it is unknown"),
        _parts(result, "month", "Month by month"),
        _parts(result, "vocals", "With and without singing"),
    ]
    return [plot for plot in plots if plot is not None]


def _claim(result: StudyResult) -> Plot | None:
    tests = [
        test for test in result.comparisons if test.question in _LOOK and test.auc.value is not None
    ]
    if not tests:
        return None
    rows = list(dict.fromkeys((test.scheme, test.model) for test in tests))
    schemes = list(dict.fromkeys(scheme for scheme, _ in rows))
    place = {row: k + schemes.index(row[0]) for k, row in enumerate(rows)}
    heads = {
        min(place[row] for row in rows if row[0] == scheme) - 1: SCHEME_TITLES[scheme]
        for scheme in schemes
    }
    with plate("study-claim", height=0.9 + _ROW * (len(rows) + len(schemes))) as figure:
        axes = figure.add_subplot()
        for test in tests:
            shift = -0.15 if test.question == "claim" else 0.15
            row = place[test.scheme, test.model] + shift
            interval_dot(axes, test.auc, row, *_LOOK[test.question], size=_DOT)
        names = {place[row]: row[1] for row in rows} | heads
        _name_rows(axes, names)
        for head in heads:
            axes.get_yticklabels()[sorted(names).index(head)].set_fontweight("bold")
        axes.axvline(0, color=ROSE, linewidth=1, zorder=0)
        axes.set_xlabel("gain in AUC over popularity only")
        mark_key(axes, [("both", "o", BLUE), ("both, with controls", "D", TEAL)])
        svg = svg_of(figure, "Gain in AUC of both families of scores over popularity only")
    return Plot(
        "What do aesthetics add?",
        svg,
        "Right of the line the aesthetic scores help; bars are the intervals. With controls,"
        " system, length and sound are given to both sides.",
    )


def _predictors(result: StudyResult, scheme: SchemeResult) -> Plot:
    model = result.settings.models[0]
    known = [each for each in scheme.predictors if each.auc.value is not None]
    shown = []
    for name in _SETS:
        own = [each for each in known if each.features == name]
        shown += ([each for each in own if each.model == model] or own)[:1]
    title = SCHEME_TITLES[scheme.scheme]
    with plate(f"study-{scheme.scheme}", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, each in enumerate(shown):
            interval_dot(axes, each.auc, row, *_colour(each.features, each.role), size=_DOT)
        _name_rows(
            axes, {k: _SHORT.get(each.features, each.features) for k, each in enumerate(shown)}
        )
        axes.axvline(0.5, color=HAIR, linewidth=1, zorder=0)
        axes.set_xlabel("AUC")
        svg = svg_of(figure, f"AUC of each set of features, {title}")
    return Plot(
        f"{title}: which features predict best?",
        svg,
        f"AUC with the model {model} on {scheme.decided:,} decided items; grey is what needs no"
        " judge, .5 is a coin.",
    )


def _colour(features: str, role: str) -> tuple[str, str]:
    if features in {"popularity", "popularity + controls", "popularity as it is"}:
        return BRASS, "s"
    if role == "controlled" and features != "controls":
        return TEAL, "D"
    return (SOFT, "o") if role == "baseline" or features == "controls" else (BLUE, "o")


def _power(result: StudyResult) -> Plot | None:
    model = result.settings.models[0]
    tests = (test for test in result.comparisons if test.question == "claim")
    test = next((test for test in tests if test.model == model), None)
    if test is None or test.se is None or test.se <= 0:
        return None
    n = test.decided
    battles = np.geomspace(100, max(100_000, 4 * n), 80)
    with plate("study-power", height=3.1) as figure:
        axes = figure.add_subplot()
        for value, ink in zip(DIFFERENCES, (SOFT, BLUE, TEAL), strict=True):
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
        svg = svg_of(
            figure, "Chance of finding a gain in AUC against the number of decided battles"
        )
    return Plot(
        "How many battles would settle it?",
        svg,
        f"From the spread of the paired difference, {test.model} under"
        f" {SCHEME_TITLES[test.scheme].lower()}; the red line is the {n:,} of this study. That a"
        " model learns more from more battles is left out.",
    )


def _reliability(result: StudyResult) -> Plot | None:
    shown = [scheme for scheme in result.schemes if len(scheme.bins) > 1]
    if not shown:
        return None
    looks = ((BLUE, "o"), (BRASS, "s"), (TEAL, "D"))
    with plate("study-reliability", height=3.5) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=1)
        for scheme, (ink, mark) in zip(shown, looks, strict=False):
            predicted = 100 * np.array([part.predicted for part in scheme.bins])
            share = np.array([part.observed for part in scheme.bins])
            error = 100 * np.sqrt(share * (1 - share) / np.array([part.n for part in scheme.bins]))
            observed = 100 * share
            axes.vlines(
                predicted, observed - error, observed + error, color=ink, alpha=0.35, linewidth=2
            )
            axes.plot(
                predicted, observed, color=ink, linewidth=1, marker=mark, markersize=5,
                label=SCHEME_TITLES[scheme.scheme],
            )  # fmt: skip
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_xlabel("predicted chance that the first song wins, %")
        axes.set_ylabel("it won, %")
        axes.legend(frameon=False, loc="upper left")
        bare(axes, "left", "bottom")
        svg = svg_of(figure, "How often the first song won against the predicted chance")
    return Plot(
        "Are probabilities calibrated?",
        svg,
        f"Both families of scores, {result.settings.models[0]}; bars are one standard error. On the"
        " diagonal predicted chance and observed share are equal.",
    )


def _parts(result: StudyResult, by: str, title: str) -> Plot | None:
    shown = [part for part in result.slices if part.by == by and part.difference.value is not None]
    shown = [part for part in shown if part.scheme == shown[0].scheme][:24]
    if len(shown) < 2:
        return None
    with plate(f"study-{by}", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, part in enumerate(shown):
            interval_dot(axes, part.difference, row, SOFT if part.small else BLUE, size=_DOT)
        _name_rows(axes, {k: _part_name(part) for k, part in enumerate(shown)})
        axes.axvline(0, color=ROSE, linewidth=1, zorder=0)
        axes.set_xlabel("gain in AUC over popularity only")
        svg = svg_of(figure, f"Gain in AUC over popularity only: {title}")
    return Plot(
        title,
        svg,
        f"{SCHEME_TITLES[shown[0].scheme]}, {result.settings.models[0]}, decided battles in"
        f" brackets; grey are fewer than {result.settings.small}. Among many groups some look"
        " special by chance.",
    )


def _part_name(part: BattleSlice) -> str:
    name = safe_text(part.group)
    return f"{name if len(name) <= 22 else name[:21] + '…'} ({part.decided:,})"


def _name_rows(axes: "Axes", names: dict[int, str]) -> None:
    name_rows(axes, names)
    axes.locator_params(axis="x", nbins=5)
