"""The terminal table of several judges: a line per song, the scores of all judges side by side.

Where a line has no room for all of them, each judge has a line of its own below the song.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.markup import escape

from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.reports.look.wording import UNDEFINED, duration_text, safe_text, score_text, shown_path
from plaudit.reports.songs.table import (
    LENGTH_WIDTH,
    MAX_NAME_WIDTH,
    MIN_NAME_WIDTH,
    fit,
    folded,
    headings_of,
    style,
)

_GAP = "   "  # between judges
_GOOD_ROOM = 28  # for the name of a song, below which headings are short

Row = SongScores | SongFailure


def judge_names(judges: Sequence[JudgeId]) -> list[str]:
    """Return the shortest safe name for each judge that tells it from the others."""
    names = [safe_text(judge.name) for judge in judges]
    longer = [safe_text(f"{judge.name} {judge.version}") for judge in judges]
    n_name, n_longer = Counter(names), Counter(longer)
    return [
        name
        if n_name[name] == 1
        else long
        if n_longer[long] == 1
        else f"{name} {safe_text(judge.hash[:8])}"
        for name, long, judge in zip(names, longer, judges, strict=True)
    ]


class PanelTable:
    """Turns the rows of several judges into lines, a song at a time.

    Takes the axes of each judge, in the order of the rows of a song, and the ``width`` of the
    terminal in cells; lines have rich markup if ``styled``.
    """

    def __init__(
        self, judges: Mapping[JudgeId, Sequence[str]], *, width: int = 100, styled: bool = False
    ) -> None:
        self._judges = list(judges)
        self._axes = [tuple(axes) for axes in judges.values()]
        self._names = judge_names(self._judges)
        self._width, self._styled = width, styled
        self._waiting: list[Row] = []
        self._headings, room = self._layout()
        self._name_width = min(max(room, MIN_NAME_WIDTH), MAX_NAME_WIDTH)

    def begin(self) -> str:
        """Return the headings, with the names of the judges above theirs, and a rule."""
        line = f"{fit('song', self._name_width)}  {'length':>{LENGTH_WIDTH}}"
        if self._headings is None:
            return f"{line}\n{'─' * cell_len(line)}\n"
        above = " " * cell_len(line)
        for name, headings in zip(self._names, self._headings, strict=True):
            group = "  ".join(headings)
            above += _GAP + fit(name, len(group))
            line += _GAP + group
        return f"{above.rstrip()}\n{line}\n{'─' * cell_len(line)}\n"

    def row(self, row: Row) -> str:
        """Return the lines of a song once the row of its last judge is there; before, nothing."""
        self._waiting.append(row)
        if len(self._waiting) < len(self._judges):
            return ""
        rows, self._waiting = self._waiting, []
        return "\n".join(self._song(rows)) + "\n"

    def _song(self, rows: Sequence[Row]) -> list[str]:
        scored = [row for row in rows if isinstance(row, SongScores)]
        if not scored and len({_reason(row) for row in rows}) == 1:  # such as a broken file
            lines = folded(f"error: {_reason(rows[0])}", self._width, "  ")
            name = style(shown_path(rows[0]), "bold", self._styled)
            return [name, *(style(line, "red", self._styled) for line in lines)]
        length = duration_text(scored[0].duration_s) if scored else UNDEFINED
        line = f"{fit(shown_path(rows[0]), self._name_width)}  {length:>{LENGTH_WIDTH}}"
        if self._headings is not None:
            for axes, headings, row in zip(self._axes, self._headings, rows, strict=True):
                line += _GAP + "  ".join(
                    f"{_score(row, axis):>{len(heading)}}"
                    for axis, heading in zip(axes, headings, strict=True)
                )
        notes = self._warnings(scored)
        mark = style(" !", "yellow", self._styled) if notes else ""
        lines = [(escape(line) if self._styled else line) + mark]
        if self._headings is None:
            for name, axes, row in zip(self._names, self._axes, rows, strict=True):
                if isinstance(row, SongScores):
                    lines += self._own_line(name, axes, row)
        reasons: dict[str, list[str]] = {}
        for name, row in zip(self._names, rows, strict=True):
            if isinstance(row, SongFailure):
                reasons.setdefault(_reason(row), []).append(name)
        for reason, names in reasons.items():
            lines += self._folded(f"{', '.join(names)}: error: {reason}", "red")
        for note in notes:
            lines += self._folded(note, "yellow")
        return lines

    def _own_line(self, name: str, axes: Sequence[str], row: SongScores) -> list[str]:
        """Return a judge's scores, each behind its heading, in as few lines as they need."""
        lead = f"  {fit(name, max(map(cell_len, self._names)))}"
        lines = [lead]
        for heading, axis in zip(headings_of(axes, short=True), axes, strict=True):
            cell = f"  {heading.strip()} {_score(row, axis)}"
            if cell_len(lines[-1]) + cell_len(cell) > self._width and lines[-1].strip():
                lines.append(" " * cell_len(lead))
            lines[-1] += cell
        return [escape(line) if self._styled else line for line in lines]

    def _warnings(self, scored: Sequence[SongScores]) -> list[str]:
        """Return each warning once, behind the name of its judge where others do not give it."""
        names = dict(zip((judge.hash for judge in self._judges), self._names, strict=True))
        by: dict[str, list[str]] = {}
        for row in scored:
            for note in row.warnings:
                by.setdefault(safe_text(note.message), []).append(names[row.judge.hash])
        return [
            f"warning: {message}"
            if len(judges) == len(scored)
            else f"{', '.join(judges)}: warning: {message}"
            for message, judges in by.items()
        ]

    def _folded(self, text: str, look: str) -> list[str]:
        return [style(line, look, self._styled) for line in folded(text, self._width, "  ")]

    def _layout(self) -> tuple[list[list[str]] | None, int]:
        """Return the headings of each judge, None where no line holds them, and what is left."""
        rest = self._width - LENGTH_WIDTH - 4  # two spaces before the length, two for the mark
        for short, least in ((False, _GOOD_ROOM), (True, MIN_NAME_WIDTH)):
            groups = [
                _wide_enough(headings_of(axes, short=short), cell_len(name))
                for name, axes in zip(self._names, self._axes, strict=True)
            ]
            room = rest - sum(len(_GAP) + len("  ".join(group)) for group in groups)
            if room >= least:
                return groups, room
        return None, rest


def _wide_enough(headings: list[str], width: int) -> list[str]:
    """Return headings that take at least so many cells together, the first one padded."""
    missing = max(width - len("  ".join(headings)), 0)
    return [" " * missing + headings[0], *headings[1:]]


def _reason(row: Row) -> str:
    return safe_text(row.error.message) if isinstance(row, SongFailure) else ""


def _score(row: Row, axis: str) -> str:
    if isinstance(row, SongFailure):
        return UNDEFINED
    score = row.scores.get(axis)
    return score_text(axis, None if score is None else score.value)
