"""The table of a sweep as text and as CSV."""

from plaudit.core.csv_text import csv_line
from plaudit.reports.look.number import span
from plaudit.training.sweep.seed_table import SweepRow, SweepTable

_SHORT = {
    "streams": "strms", "likes": "likes", "coherence": "coher", "musicality": "music",
    "memorability": "memor", "clarity": "clari", "naturalness": "natur",
    "popularity": "popul", "aesthetics": "aesth", "mean": "mean",
}  # fmt: skip


def sweep_csv(table: SweepTable) -> str:
    """Return every row of a sweep as CSV, empty where undefined."""
    names = list(SweepRow.model_fields)
    rows = ([getattr(row, name) for name in names] for row in table.rows)
    return "".join(f"{csv_line(cells)}\n" for cells in (names, *rows))


def sweep_text(table: SweepTable, measure: str = "Spearman") -> str:
    """Return one measure of a sweep as a table for people."""
    split = table.rows[-1].split
    width = max(len(label) for label in table.labels) + 2
    axes = [row.axis for row in table.rows if (row.split, row.measure) == (split, measure)]
    columns = list(dict.fromkeys(axes))
    ordered = [axis for axis in _SHORT if axis in columns]
    last = ordered[-1]
    n = len(table.seeds)
    lines = [
        f"{measure} on {split} songs, mean over {n} seed{'s' if n > 1 else ''}"
        f" (95 % interval); difference from {table.reference}",
        " " * width
        + "".join(f"{_SHORT[axis]:>7}" for axis in ordered)
        + f"   {f'interval of {_SHORT[last]}':<23}difference of {_SHORT[last]}",
    ]
    for label in table.labels:
        cells = [table.row(label, split, measure, axis) for axis in ordered]
        line = f"{label:<{width}}" + "".join(
            f"{_cell(None if row is None else row.mean):>7}" for row in cells
        )
        whole = table.row(label, split, measure, last)
        if whole is not None:
            line += f"   {span(whole.low, whole.high, '.3f') or '-':<23}" + _difference(whole)
        lines.append(line.rstrip())
    return "\n".join(lines)


def _cell(mean: float | None) -> str:
    # Of a squared error of 1057.467 the thousandths do not matter, and the column has six places.
    return "-" if mean is None else f"{mean:.{3 if abs(mean) < 100 else 1}f}"


def _difference(row: SweepRow) -> str:
    if row.difference is None:
        return ""
    text = f"{row.difference:+.3f}"
    if row.difference_low is None or row.difference_high is None:
        return text
    clear = row.difference_low > 0 or row.difference_high < 0
    return f"{text} ({row.difference_low:+.3f} to {row.difference_high:+.3f}){' *' * clear}"
