"""Cells of a file of votes: names, outcomes, moments, and what to do with a row that has others."""

import math
from collections import Counter
from datetime import UTC, datetime

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.datasets.reading.spelling import moment_of, outcome_of

DAY_S, DAYS_A_MONTH = 86_400.0, 30
_NOTHING = {"", "nan", "none", "null", "<na>"}  # how tables spell that there is no name
_YES, _NO = {"true", "1", "yes"}, {"false", "0", "no"}


class FaultyRows:
    """Rows that cannot be used: with ``skip`` left out and counted, else the first is an error.

    ``where`` names the source in sentences; rows are numbered by ``unit``, "line" or "battle".
    """

    def __init__(self, where: str, *, skip: bool = False, unit: str = "line") -> None:
        self.where = where
        self.skip = skip
        self.unit = unit
        self.counts: Counter[str] = Counter()

    def meet(self, line: int, reason: str, message: str) -> None:
        """Count a row that cannot be used under a reason, or raise its message."""
        if not self.skip:
            raise InputError(f"{self.where}, {self.unit} {line}: {message}")
        self.counts[reason] += 1


def name_of(cell: object) -> str | None:
    """Return a name or number as text without blanks about it; None for what names nothing."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a column of numbers with a gap holds 7.0 for 7
    if not isinstance(cell, str | int) or isinstance(cell, bool):
        return None
    text = str(cell).strip()
    return None if text.lower() in _NOTHING else text


def vote_of(cell: object) -> Outcome | None:
    """Return an outcome, None where nobody voted; an unknown spelling is a `ValueError`."""
    try:
        if isinstance(cell, float) and math.isnan(cell):
            raise ValueError("not a number")
        return cell if isinstance(cell, Outcome) else outcome_of(cell)
    except ValueError as error:
        raise ValueError(
            f"expected an outcome of first, second, tie or neither, got {shown(cell)}."
        ) from error


def flag_of(cell: object) -> bool | None:
    """Return whether a battle is instrumental, None for an empty cell; else a `ValueError`."""
    if cell is None or isinstance(cell, bool):
        return cell
    text = str(cell).strip().lower()
    if text and text not in _YES | _NO:
        raise ValueError(f"expected true or false in the column 'instrumental', got {shown(cell)}.")
    return text in _YES if text else None


def day_of(date: object, day: object) -> tuple[float, str | None]:
    """Return when a vote was cast: days from any start, and the month in words.

    ``date`` is a date, ISO text or seconds since 1970, and goes first; ``day`` is a number of days
    from any start. Both results are unknown, nan and None, where neither is there; anything else is
    a `ValueError`.
    """
    moment = _moment(date)
    if moment is not None:
        days = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / DAY_S
        return days, f"{moment:%Y-%m}"
    if day is None or (isinstance(day, str) and not day.strip()):
        return math.nan, None
    number = _number(day)
    if number is None or math.isinf(number):
        raise ValueError(f"expected a number of days in the column 'day', got {shown(day)}.")
    return number, None if math.isnan(number) else f"month {1 + int(number // DAYS_A_MONTH):02d}"


def _moment(cell: object) -> datetime | None:
    number = _number(cell)
    if number is not None and math.isnan(number):
        return None
    try:
        text = cell.strip() if isinstance(cell, str) else cell
        return moment_of(text if number is None else number)
    except ValueError as error:
        raise ValueError(
            f"expected a date as ISO text or seconds since 1970, got {shown(cell)}."
        ) from error


def shown(cell: object) -> str:
    """Return a cell for a sentence."""
    text = "nothing" if cell is None or cell == "" else repr(cell)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number(cell: object) -> float | None:
    if not isinstance(cell, str | int | float) or isinstance(cell, bool):
        return None
    try:
        return float(cell)
    except ValueError:
        return None
