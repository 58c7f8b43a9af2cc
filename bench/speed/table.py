"""What a measurement reports, and how measurements become one table."""

import argparse
import json
from collections.abc import Sequence
from typing import NamedTuple

HEADINGS = ("measured", "value", "unit", "ratio", "error")


class Row(NamedTuple):
    """One number.

    ``ratio`` is the value over that of the baseline of the same run, whose own ratio is 1.
    ``error`` says how far the result lies from the baseline's result, where they can be compared.
    """

    measured: str
    value: float
    unit: str
    ratio: float | None = None
    error: str = ""


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the option that `run` calls every script with."""
    made = argparse.ArgumentParser(description=(description or "").split("\n", 1)[0])
    made.add_argument("--json", action="store_true", help="print rows as JSON, not as a table")
    return made


def report(rows: Sequence[Row], *, as_json: bool) -> None:
    print(json.dumps(rows) if as_json else text(rows))


def cells(row: Row) -> tuple[str, ...]:
    # Three digits, but whole numbers whole.
    value = f"{row.value:,.0f}" if abs(row.value) >= 1000 else f"{row.value:.3g}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return row.measured, value, row.unit, ratio, row.error


def text(rows: Sequence[Row]) -> str:
    """Return the rows as an aligned table."""
    lines = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if heading in {"value", "ratio"} else cell.ljust(width)
            for cell, width, heading in zip(line, widths, HEADINGS, strict=True)
        ).rstrip()
        for line in lines
    )


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(cells(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
