"""Curves of a training run as a picture: losses, epoch by epoch.

Left the total loss, of training and of validation, with the epoch that was kept; right the
validation loss of each axis relative to the first epoch, so that axes of different scales can be
read together.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, ROSE, SOFT, TEAL, bare, save, sheet

_AXIS_INKS = (BLUE, TEAL, BRASS, ROSE, "#7a3fb5", "#3c8dd9", "#6b8e23")


def draw_curves(records: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the curves of a run."""
    members: dict[int, list[dict[str, Any]]] = {}
    for record in records:
        members.setdefault(record["member"], []).append(record)
    with sheet(9.6, 3.6) as figure:
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.08, right=0.86, bottom=0.15, top=0.88, wspace=0.25)
        for number, rows in members.items():
            epochs = [row["epoch"] for row in rows]
            for key, ink in (("train_loss", SOFT), ("validation_loss", BLUE)):
                name = key.replace("_loss", "") if number == 0 else None
                left.plot(epochs, [row[key] for row in rows], color=ink, lw=1.1, label=name)
            best = min(rows, key=lambda row: row["validation_loss"])
            left.plot([best["epoch"]], [best["validation_loss"]], "o", color=BRASS, ms=4)
        left.set_title("Total loss; the dot is the epoch that was kept", loc="left", fontsize=9)
        left.legend(frameon=False, fontsize=8)
        rows = members[0]
        for axis, ink in zip(rows[0]["validation_losses"], _AXIS_INKS, strict=False):
            values = [row["validation_losses"][axis] for row in rows]
            first = values[0] or 1.0  # an axis without validation labels stays at 0
            right.plot(
                [row["epoch"] for row in rows],
                [value / first for value in values],
                color=ink, lw=1.1, label=axis,
            )  # fmt: skip
        right.axhline(1.0, color=HAIR, lw=0.7)
        right.set_title("Validation loss of an axis, first epoch = 1", loc="left", fontsize=9)
        right.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
        for axes in (left, right):
            bare(axes, "left", "bottom")
            axes.set_xlabel("epoch", color=INK)
        save(figure, path)
