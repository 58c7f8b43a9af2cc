"""Published boards: those of Music Arena as it releases them, and our own standings.

A board of Music Arena is a table with tabs: ``Rank, Model, Arena Score, 95% CI, # Votes,
Generation Speed (RTF), organization, (license,) training_data, supports_lyrics, access``. Its
interval is written ``+72.9 / -62.9`` until October 2025 and ``±57`` since; "N/A" is none. The name
says what it is of and its date: ``instrumental_20250831.tsv``, or
``vocal_leaderboard_20250728_to_20260228.tsv``. Any table with at least a model and a score is read
in the same way, and a JSON record of ``plaudit bench standings``.
"""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from plaudit.benchmarks.standings.record import Standings
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import sha256_of
from plaudit.core.parse import load_values
from plaudit.core.settings import Record, load_json
from plaudit.datasets.reading.table import BrokenRow, read_rows

_SUFFIXES = (".tsv", ".csv", ".json")
_MODEL, _SCORE, _INTERVAL, _VOTES = "Model", "Arena Score", "95% CI", "# Votes"
_SPEED, _ACCESS, _MAKER = "Generation Speed (RTF)", "access", "organization"
_DATE = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_EVEN = re.compile(r"±\s*(\d+(?:\.\d+)?)")
_UNEVEN = re.compile(r"\+\s*(\d+(?:\.\d+)?)\s*/\s*[-−]\s*(\d+(?:\.\d+)?)")


class BoardRow(Record):
    """One system of a board, as published.

    ``low`` and ``high`` are the ends of its interval in points, ``speed`` how many seconds of music
    it makes in one. None is what the board does not say.
    """

    rank: int
    system: str
    score: float
    low: float | None
    high: float | None
    votes: int | None
    speed: float | None
    maker: str | None
    access: str | None


class Board(Record):
    """One board; rows are in order of score.

    ``name`` is what boards of one kind share ("instrumental"), ``day`` up to when battles count.
    """

    name: str
    day: date | None
    path: str
    sha256: str
    rows: tuple[BoardRow, ...]

    @property
    def label(self) -> str:
        """Name and day in words."""
        return f"{self.name} {self.day}" if self.day else self.name


def read_boards(paths: Sequence[Path]) -> tuple[Board, ...]:
    """Read boards from files, or folders with boards in them (.tsv), by name and then by day.

    Raises
    ------
    MissingFileError
        A path does not exist.
    InputError
        A folder holds no board, a file is none, or two are of the same name and day.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.tsv"))
            if not inside:
                raise InputError(f"{path} holds no board (.tsv); give files, or another folder.")
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise MissingFileError(f"Expected a board, but {path} is not there.")
    boards = [read_board(path) for path in files]
    seen: dict[tuple[str, date], str] = {}
    for board in boards:
        if board.day is None:
            continue
        before = seen.setdefault((board.name, board.day), board.path)
        if before != board.path or sum(other.path == board.path for other in boards) > 1:
            raise InputError(
                f"{before} and {board.path} are both the board '{board.label}'; give one of them."
            )
    return tuple(sorted(boards, key=lambda board: (board.name, board.day or date.min)))


def read_board(path: Path) -> Board:
    """Read a board from a table (.tsv, .csv) or a record of standings (.json)."""
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"Expected a board in a file {', '.join(_SUFFIXES)}, got {path.name}.")
    name, day = _titled(path.stem)
    rows = _standings(path) if path.suffix.lower() == ".json" else _table(path)
    if not rows:
        raise InputError(f"{path} holds no system; expected a row for each.")
    twice = {row.system for row in rows if sum(other.system == row.system for other in rows) > 1}
    if twice:
        raise InputError(f"{path} names {', '.join(sorted(twice))} more than once.")
    rows.sort(key=lambda row: -row.score)
    ranked = tuple(row.model_copy(update={"rank": k}) for k, row in enumerate(rows, start=1))
    return Board(name=name, day=day, path=path.name, sha256=sha256_of(path), rows=ranked)


def _titled(stem: str) -> tuple[str, date | None]:
    """Return name and day of a board from the name of its file."""
    dates = _DATE.findall(stem)
    name = re.sub(r"_leaderboard|_?to_?(?=\d{8})|[_-]*\d{8}", "", stem).strip("_- ") or "board"
    if not dates:
        return name, None
    try:
        return name, datetime.strptime(dates[-1], "%Y%m%d").date()
    except ValueError:
        return stem, None


def _standings(path: Path) -> list[BoardRow]:
    head = load_values(path)
    if not isinstance(head, dict) or "systems" not in head:
        raise InputError(f"{path} is no record of plaudit bench standings.")
    return list(standings_rows(load_json(Standings, path)))


def standings_rows(standings: Standings) -> tuple[BoardRow, ...]:
    """Return the systems of our own standings as rows of a board."""
    return tuple(
        BoardRow(
            rank=row.rank, system=row.system, score=row.rating, low=row.low, high=row.high,
            votes=row.votes, speed=None, maker=None, access=None,
        )
        for row in standings.systems
    )  # fmt: skip


def _table(path: Path) -> list[BoardRow]:
    def check(head: Sequence[str]) -> Sequence[str]:
        if not {_MODEL, _SCORE} <= set(head):
            came = ", ".join(head[:8]) or "nothing"
            raise InputError(
                f"{path} is no board: expected columns {_MODEL} and {_SCORE}, got {came[:160]}."
            )
        return head

    rows = []
    for line, cells in read_rows(path, "a board", columns=check):
        if isinstance(cells, BrokenRow):
            raise InputError(f"{path}, line {line}: {cells.reason}")
        rows.append(_row(cells, f"{path}, line {line}"))
    return rows


def _row(raw: dict[str, str | None], where: str) -> BoardRow:
    system = (raw.get(_MODEL) or "").strip()
    if not system:
        raise InputError(f"{where}: expected a model, got nothing.")
    score = _number(raw.get(_SCORE), _SCORE, where)
    if score is None:
        raise InputError(f"{where}: expected a score for {system}, got nothing.")
    low, high = _interval(raw.get(_INTERVAL), score, where)
    votes = _number(raw.get(_VOTES), _VOTES, where)
    return BoardRow(
        rank=1,  # set when all rows are known
        system=system,
        score=score,
        low=low,
        high=high,
        votes=None if votes is None else round(votes),
        speed=_number(raw.get(_SPEED), _SPEED, where),
        maker=(raw.get(_MAKER) or "").strip() or None,
        access=(raw.get(_ACCESS) or "").strip() or None,
    )


def _interval(text: str | None, score: float, where: str) -> tuple[float | None, float | None]:
    cell = (text or "").strip()
    if not cell or cell == "N/A":
        return None, None
    even, uneven = _EVEN.fullmatch(cell), _UNEVEN.fullmatch(cell)
    if even:
        return score - float(even[1]), score + float(even[1])
    if uneven:
        return score - float(uneven[2]), score + float(uneven[1])
    raise InputError(f"{where}: expected an interval as +72.9 / -62.9 or ±57, got {cell!r}.")


def _number(text: str | None, name: str, where: str) -> float | None:
    cell = (text or "").strip()
    if not cell or cell.lower() in {"nan", "n/a"}:
        return None
    try:
        value = float(cell.replace(",", ""))
    except ValueError as error:
        raise InputError(f"{where}: expected a number in '{name}', got {cell!r}.") from error
    if not math.isfinite(value):
        raise InputError(f"{where}: expected a finite number in '{name}', got {cell!r}.")
    return value
