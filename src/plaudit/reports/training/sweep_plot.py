"""The table of a sweep as a picture: a dot and its interval for each condition."""

from pathlib import Path

from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, bare, save, sheet
from plaudit.training.sweep.seed_table import SweepTable

_ROW_INCHES = 0.24


def draw_sweep(table: SweepTable, path: Path) -> None:
    """Draw the mean Spearman over the axes of every condition, and its difference, as PNG."""
    # Left the mean over seeds with its 95 % interval, the reference in another colour; right the
    # difference from the reference, seed by seed.
    split = table.rows[-1].split
    labels = table.labels
    with sheet(9.6, 1.1 + _ROW_INCHES * len(labels)) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        margin = 0.75 / (1.1 + _ROW_INCHES * len(labels))
        figure.subplots_adjust(left=0.23, right=0.98, bottom=margin, top=1 - margin / 2, wspace=0.1)
        for place, label in enumerate(labels):
            row = table.row(label, split, "Spearman", "mean")
            if row is None:
                continue
            ink = BRASS if label == table.reference else BLUE
            for axes, value, low, high in (
                (left, row.mean, row.low, row.high),
                (right, row.difference, row.difference_low, row.difference_high),
            ):
                if value is None:
                    continue
                if low is not None and high is not None:
                    axes.plot([low, high], [place, place], color=ink, lw=1.2)
                axes.plot([value], [place], "o", color=ink, ms=4)
        right.axvline(0.0, color=HAIR, lw=0.7)
        left.set_yticks(range(len(labels)), labels)
        left.set_ylim(len(labels) - 0.5, -0.5)
        n = len(table.seeds)
        left.set_title(f"Mean Spearman on {split} songs, {n} seeds", loc="left", fontsize=9)
        right.set_title(f"Difference from {table.reference}", loc="left", fontsize=9)
        bare(left, "left", "bottom")
        bare(right, "bottom")
        save(figure, path)
