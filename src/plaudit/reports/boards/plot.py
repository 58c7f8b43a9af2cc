"""Boards over time, drawn: scores with their intervals, one line a system."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.standings.board import Board
from plaudit.benchmarks.standings.history_record import BoardHistory
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, PAPER, ROSE, SOFT, TEAL, bare
from plaudit.reports.look.plot import Plot, name_ends
from plaudit.reports.look.svg import plate, svg_of
from plaudit.reports.look.wording import capital, count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (BLUE, BRASS, TEAL, ROSE)
_DASHES = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)))
_ASIDE = 0.035  # of a step of time between the intervals of two systems, so that both are seen
_MOST = 0.3


def boards_plots(history: BoardHistory) -> list[Plot]:
    """Return a plot for each name that boards have."""
    plots = []
    for name, boards in by_name(history).items():
        with plate(f"boards {name}", 6.4, 4.3) as figure:
            _draw_scores(figure.add_subplot(), boards)
            svg = svg_of(figure, f"Lines: scores of the systems on the boards '{name}' over time")
        text = (
            f"{count_text(len(boards), 'board')}. Bars are the intervals as published; a score is"
            " about the mean of the systems on its board, so all move when others enter or leave."
        )
        plots.append(Plot(capital(name), svg, text))
    return plots


def boards_svg(history: BoardHistory) -> str:
    """Return all boards over time as a whole SVG file, light, with one part for each name."""
    kinds = by_name(history)
    with plate("boards", 6.4 * len(kinds), 4.5) as figure:
        for place, (name, boards) in enumerate(kinds.items(), start=1):
            axes = figure.add_subplot(1, len(kinds), place)
            axes.set_title(name, loc="left", color=INK)
            _draw_scores(axes, boards)
        svg = svg_of(figure, "Lines: scores of systems over time")
    start = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' font-family="Helvetica, Arial, sans-serif" '
    )
    ground = f'><rect width="100%" height="100%" fill="{PAPER}"/>'
    return svg.replace("<svg ", start, 1).replace(">", ground, 1)


def by_name(history: BoardHistory) -> dict[str, list[Board]]:
    """Return boards by name, each list in order of time."""
    kinds: dict[str, list[Board]] = {}
    for board in history.boards:
        kinds.setdefault(board.name, []).append(board)
    return kinds


def _draw_scores(axes: "Axes", boards: Sequence[Board]) -> None:
    """Draw the scores of systems on boards of one name that follow each other."""
    systems = list(dict.fromkeys(row.system for board in reversed(boards) for row in board.rows))
    step = min(_ASIDE, _MOST / max(len(systems), 1))
    ends: list[tuple[float, str, str]] = []
    for number, system in enumerate(systems):
        colour = _COLOURS[number % len(_COLOURS)]
        dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
        rows = [
            (place, row)
            for place, board in enumerate(boards)
            for row in board.rows
            if row.system == system
        ]
        x = np.array([place for place, _ in rows]) + step * (number - (len(systems) - 1) / 2)
        y = [row.score for _, row in rows]
        for at, (_, row) in zip(x, rows, strict=True):
            if row.low is not None and row.high is not None:
                axes.vlines(at, row.low, row.high, color=colour, alpha=0.35, linewidth=2)
        axes.plot(x, y, color=colour, linestyle=dash, linewidth=1.4)
        axes.plot(x, y, color=colour, marker="o", markersize=3.6, linestyle="none")
        name = system if rows[-1][0] == len(boards) - 1 else f"{system} (gone)"
        ends.append((y[-1], name, colour))
    axes.set_xticks(range(len(boards)), _labels(boards))
    axes.set_ylabel("score")
    axes.axhline(1000, color=HAIR, linewidth=0.8, zorder=0)
    axes.set_xlim(-0.4, len(boards) - 0.6)
    bare(axes, "left", "bottom")
    axes.tick_params(labelcolor=SOFT)
    name_ends(axes, ends, len(boards) - 0.6)


def _labels(boards: Sequence[Board]) -> list[str]:
    """Return the days of boards, or their months where there are many."""
    labels = [str(board.day) if board.day else f"board {k}" for k, board in enumerate(boards, 1)]
    many = len(labels) > 4
    return [label[:7] if many and label[:4].isdigit() else label for label in labels]
