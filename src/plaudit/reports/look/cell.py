"""Rows of numbers on a page: a number, its interval beneath it, what there is to remark."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A number, the interval beneath it, and a remark beneath that."""

    value: str
    interval: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table: its name, a remark by it, its cells, and how it looks."""

    name: str
    remark: str
    cells: list[Cell]
    kind: str = ""
