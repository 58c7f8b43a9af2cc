"""Numbers with their intervals as text: in a line of a terminal, and in a cell of a page."""

import math
from dataclasses import dataclass
from typing import Protocol

from plaudit.metrics import correlation
from plaudit.metrics.checked import Floats
from plaudit.reports.look.wording import UNDEFINED


class Estimate(Protocol):
    """A value with its interval; None where it is undefined or has none."""

    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class Cell:
    """A number, the interval beneath it, and a remark beneath that."""

    value: str
    interval: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table on a page: its name, a remark by it, its cells, and how it looks."""

    name: str
    remark: str
    cells: list[Cell]
    kind: str = ""


def number(value: float | None, places: int, *, signed: bool = False) -> str:
    """Return a number as text, "n/a" where it is undefined; 0 has no sign."""
    if value is None:
        return UNDEFINED
    sign = "+" if signed and round(value, places) else ""
    return f"{value:{sign}z,.{places}f}"


def span(low: float | None, high: float | None, spec: str) -> str:
    """Return an interval as "3.40 to 4.20", its ends by a format such as ".2f"; "" without one."""
    return "" if low is None or high is None else f"{low:{spec}} to {high:{spec}}"


def share_text(share: float | None, places: int, undefined: str = UNDEFINED) -> str:
    """Return a share in percent, such as "12.5 %"."""
    return undefined if share is None else f"{100 * share:.{places}f} %"


def spearman_text(x: Floats, y: Floats) -> str:
    """Return Spearman's correlation of at least three pairs, "undefined" where it has no value."""
    value = correlation.spearman(x, y) if len(x) > 2 else math.nan
    return "undefined" if math.isnan(value) else f"{value:.2f}"


def bracketed(
    estimate: Estimate | None, places: int, *, signed: bool = False, scale: float = 1.0
) -> str:
    """Return a number with its interval for a terminal, such as "0.42 [0.31, 0.53]".

    ``signed`` writes "+" before a value above 0; ``scale`` multiplies all three, such as by 100.
    """
    if estimate is None or estimate.value is None:
        return UNDEFINED
    value = number(scale * estimate.value, places, signed=signed)
    if estimate.low is None or estimate.high is None:
        return value
    low, high = number(scale * estimate.low, places), number(scale * estimate.high, places)
    return f"{value} [{low}, {high}]"


def cell(
    estimate: Estimate | None,
    places: int,
    *,
    signed: bool = False,
    scale: float = 1.0,
    note: str = "",
) -> Cell:
    """Return a number with its interval for a page; see `bracketed`."""
    if estimate is None or estimate.value is None:
        return Cell(UNDEFINED, note=note)
    value = number(scale * estimate.value, places, signed=signed)
    if estimate.low is None or estimate.high is None:
        return Cell(value, note=note)
    ends = span(scale * estimate.low, scale * estimate.high, f"z,.{places}f")
    return Cell(value, ends, note)
