"""Rows as lines of text: a table for the terminal and CSV for other programs.

Lines can be printed one at a time, as results come. Both start from the same record as the HTML
report, so the numbers agree. Undefined is an empty CSV cell and "n/a" in the terminal, never 0.

A path that a spreadsheet would run as a formula is written with ``./`` in front: the same file, by
another spelling. Other text is defused by `plaudit.core.csv_text`.
"""

import math
from collections.abc import Sequence

from rich.cells import cell_len
from rich.markup import escape

from plaudit.core.axes import AXES, PERCENTILE, POPULARITY
from plaudit.core.csv_text import csv_line, guarded
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from plaudit.reports.look.wording import (
    duration_text,
    known_axis,
    safe_text,
    score_text,
    shown_path,
)

ALL_AXES = tuple(axis.name for axis in AXES)
MIN_NAME_WIDTH = 12
MAX_NAME_WIDTH = 60
_SHORT = {
    "streams": "strms",
    "likes": "likes",
    "coherence": "coher",
    "musicality": "music",
    "memorability": "memor",
    "clarity": "clari",
    "naturalness": "natur",
    "disagreement": "spread",
    "content_enjoyment": "enjoy",
    "content_usefulness": "useful",
    "production_complexity": "cmplx",
    "production_quality": "qualty",
}
LENGTH_WIDTH = 7


def csv_header(axes: Sequence[str] = ()) -> str:
    """Return the header line of the CSV output; all axes have columns, so that files line up.

    Other scores of a judge, among its ``axes``, come after the seven.
    """
    scores = [f"{axis}{part}" for axis in _columns(axes) for part in ("", "_low", "_high")]
    tail = ["warnings", "error_type", "error_message", "sha256"]
    judge = ["judge_name", "judge_version", "judge_hash"]
    return csv_line(["path", "status", "duration_s", *scores, *tail, *judge])


def csv_row(row: SongScores | SongFailure, axes: Sequence[str] = ()) -> str:
    """Return one row of the CSV output, in the columns of `csv_header`, without a line end."""
    # Numbers in full precision; empty where undefined and on axes that the judge does not score.
    path = guarded_path(row.path) if row.path is not None else ""
    columns = _columns(axes)
    empty = [""] * (3 * len(columns))
    if isinstance(row, SongFailure):
        error = [row.error.type, row.error.message]
        return csv_line([path, row.status, "", *empty, "", *error, "", *_judge_cells(row.judge)])
    scores = [cell for axis in columns for cell in _score_cells(row.scores.get(axis))]
    warnings = " | ".join(f"{note.type}: {note.message}" for note in row.warnings)
    judge = _judge_cells(row.judge)
    duration = _number(row.duration_s)
    return csv_line([path, row.status, duration, *scores, warnings, "", "", row.sha256, *judge])


def _judge_cells(judge: JudgeId | None) -> list[str]:
    return ["", "", ""] if judge is None else [judge.name, judge.version, judge.hash]


def _columns(axes: Sequence[str]) -> tuple[str, ...]:
    return (*ALL_AXES, *(axis for axis in axes if axis not in ALL_AXES))


def _score_cells(score: Score | None) -> list[float | None]:
    if score is None:
        return [None, None, None]
    return [_number(score.value), _number(score.low), _number(score.high)]


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def guarded_path(path: str) -> str:
    """Return a path for a CSV cell, spelt so that no spreadsheet runs it as a formula."""
    return path if guarded(path) == path else f"./{path}"


def table_header(axes: Sequence[str], width: int = 80) -> str:
    """Return headings and a rule for the terminal table; headings are short where room is short."""
    name_width, headings = _layout(tuple(axes), width)
    cells = [fit("song", name_width), f"{'length':>{LENGTH_WIDTH}}", *headings]
    line = "  ".join(cells)
    return f"{line}\n{'─' * cell_len(line)}"


def legend(axes: Sequence[str]) -> str:
    """Return the line below a table that says what scores of popularity are; empty without any."""
    popular = [axis for axis in POPULARITY if axis in axes]
    return f"{', '.join(popular)}: {PERCENTILE}.\n" if popular else ""


def table_row(row: SongScores | SongFailure, width: int = 80, *, styled: bool = False) -> str:
    """Return one row of the terminal table; warnings follow on lines of their own.

    A song with warnings has a "!" behind its scores and one indented line for each. A failure
    stands at its place with "error:" and its sentence, wrapped to the width.
    """
    if isinstance(row, SongFailure):
        name = fit(shown_path(row), min(MAX_NAME_WIDTH, max(MIN_NAME_WIDTH, width))).rstrip()
        lines = folded(f"error: {safe_text(row.error.message)}", width, "  ")
        return "\n".join([style(name, "bold", styled), *(style(x, "red", styled) for x in lines)])
    axes = tuple(row.axes())
    name_width, headings = _layout(axes, width)
    cells = [fit(shown_path(row), name_width), f"{duration_text(row.duration_s):>{LENGTH_WIDTH}}"]
    cells += [
        f"{score_text(axis, row.scores[axis].value):>{len(heading)}}"
        for axis, heading in zip(axes, headings, strict=True)
    ]
    mark = style(" !", "yellow", styled) if row.warnings else ""
    line = "  ".join(cells)
    lines = [(escape(line) if styled else line) + mark]
    for note in row.warnings:
        warning = folded(f"warning: {safe_text(note.message)}", width, "  ")
        lines += [style(line, "yellow", styled) for line in warning]
    return "\n".join(lines)


def _layout(axes: tuple[str, ...], width: int) -> tuple[int, list[str]]:
    """Return the width of the name column and the padded headings, two cells apart."""
    full, short = headings_of(axes), headings_of(axes, short=True)
    for headings in (full, short):
        taken = LENGTH_WIDTH + sum(len(h) + 2 for h in headings) + 2 + 2  # and the "!" mark
        room = width - taken
        if room >= (28 if headings is full else MIN_NAME_WIDTH):
            break
    return min(max(room, MIN_NAME_WIDTH), MAX_NAME_WIDTH), headings


def headings_of(axes: Sequence[str], *, short: bool = False) -> list[str]:
    """Return the headings of scores, each padded to the width of its column."""
    names = [_SHORT.get(axis, axis[:5]) for axis in axes] if short else axes
    return [f"{name:>{_score_width(axis)}}" for axis, name in zip(axes, names, strict=True)]


def _score_width(axis: str) -> int:
    return {"popularity": 5, "aesthetics": 4, "other": 6}[known_axis(axis).family]


def style(text: str, look: str, styled: bool) -> str:
    """Return text with rich markup of a look, where it is to be styled."""
    return f"[{look}]{escape(text)}[/]" if styled else text


def fit(text: str, width: int) -> str:
    """Return text in exactly ``width`` cells: padded, or with an ellipsis in its middle."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    head = _prefix(text, (width - 1) - (width - 1) // 2)
    tail = _suffix(text, width - 1 - cell_len(head))
    fitted = f"{head}…{tail}"
    while cell_len(fitted) > width:  # joined characters may be wider together than apart
        tail = tail[1:]
        fitted = f"{head}…{tail}"
    return fitted + " " * (width - cell_len(fitted))


def _prefix(text: str, width: int) -> str:
    used, end = 0, 0
    for character in text:
        used += cell_len(character)
        if used > width:
            break
        end += 1
    return text[:end]


def _suffix(text: str, width: int) -> str:
    used, start = 0, len(text)
    while start > 0 and used + cell_len(text[start - 1]) <= width:
        start -= 1
        used += cell_len(text[start])
    # A mark that has lost the letter it belongs to would land on the ellipsis.
    while start < len(text) and cell_len(text[start]) == 0:
        start += 1
    return text[start:]


def folded(text: str, width: int, indent: str) -> list[str]:
    """Return text broken between words into lines of at most ``width`` cells where words allow."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(indent + word if not lines else f"{indent}{indent}{word}")
    return lines
