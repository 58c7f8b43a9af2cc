"""Accuracies of judges and baselines, drawn: blue circles as they are, brass squares matched."""

from plaudit.benchmarks.reality.record import ALL, RealityResult
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR
from plaudit.reports.look.plot import Plot, interval_dot, mark_key, name_rows, to_percent
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import capital, count_text
from plaudit.reports.reality.table import Found, head_of, rows_of

_ROW = 0.46  # inches
_ASIDE = 0.16
_MARKS = (("as is", "o", BLUE, -_ASIDE), ("matched", "s", BRASS, _ASIDE))


def reality_plots(result: RealityResult) -> list[Plot]:
    """Return a plot of all pairs, and one of each group."""
    groups = (ALL, *result.groups)
    return [plot for group in groups if (plot := _drawn(result, group)) is not None]


def _drawn(result: RealityResult, group: str) -> Plot | None:
    rows: dict[str, Found] = {
        judge.name: head_of(result, judge, group) for judge in result.judges
    } | rows_of(result, None, group)
    counts = [own.n for found in rows.values() for own in found.values()]
    if not any(counts):
        return None
    with plate(f"reality {group}", height=0.85 + _ROW * len(rows)) as figure:
        axes = figure.add_subplot()
        for place, found in enumerate(rows.values()):
            for copies, mark, colour, aside in _MARKS:
                accuracy = found["matched" if copies == "matched" else "as is"]
                interval_dot(axes, accuracy, place + aside, colour, mark, place=to_percent)
        name_rows(axes, {place: _short(name) for place, name in enumerate(rows)})
        axes.axvline(50, color=HAIR, linewidth=1, zorder=0)
        axes.set_xlim(-2, 102)
        axes.set_xlabel("% of pairs: the better system's clip first")
        mark_key(axes, [(copies, mark, colour) for copies, mark, colour, _ in _MARKS])
        svg = svg_of(figure, f"Accuracy of judges and baselines with intervals, {group}")
    title = "All pairs" if group == ALL else capital(group)
    text = (
        f"{count_text(max(counts), 'pair')}. The line is chance; bars are intervals over prompts."
    )
    return Plot(title, svg, text)


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"
