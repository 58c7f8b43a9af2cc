"""The table of ranks: which system is better, as the user knows it.

Columns ``system`` and ``rank``, 1 the best; equal ranks are allowed. A third, ``group``, is
optional:

- where each system has one row, its group is a property of the system, such as "rendered MIDI";
- where a system has a row for each group, such as "instrumental" and "voices", each rank holds for
  its clips of that group, and ranks of two groups are not compared.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.datasets.reading.table import BrokenRow, read_rows

WHAT = "a table of ranks with columns system and rank"


@dataclass(frozen=True)
class RankTable:
    """Ranks by system and group; see the module."""

    rows: Mapping[tuple[str, str | None], float]
    by_group: bool  #: Whether a system has a rank for each group.

    def rank_of(self, system: str, group: str | None) -> tuple[float, str | None] | None:
        """Return the rank and the group of a clip; None without a rank.

        ``group`` is what the manifest says of the clip, and comes before that of the system.
        """
        if self.by_group:
            rank = self.rows.get((system, group))
            return None if rank is None else (rank, group)
        found = [(rank, group or own) for (name, own), rank in self.rows.items() if name == system]
        return found[0] if found else None


def read_ranks(path: Path) -> RankTable:
    """Read a table of ranks: .csv, .tsv, .json, .jsonl or .parquet.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        A column is missing, or a row is wrong: it is named by its line.
    """
    rows: dict[tuple[str, str | None], float] = {}
    for line, cells in read_rows(path, WHAT):
        where = f"{path}, line {line}"
        if isinstance(cells, BrokenRow):
            raise InputError(f"{where}: {cells.reason}")
        row = {name.strip().lower(): value for name, value in cells.items()}
        missing = [name for name in ("system", "rank") if name not in row]
        if missing:
            raise InputError(
                f"{path} has no column '{missing[0]}'; expected {WHAT}, and it has"
                f" {', '.join(cells) or 'none'}."
            )
        if all(value is None for value in row.values()):
            continue  # spreadsheets end with rows of empty cells
        system, group = _text(row["system"]), _text(row.get("group"))
        if system is None:
            raise InputError(f"{where}: the system is empty; name it, or take the row out.")
        if (system, group) in rows:
            named = f"{system} in group {group}" if group else system
            raise InputError(f"{where}: {named} came before; keep one of its ranks.")
        rows[system, group] = _rank(row["rank"], where)
    if not rows:
        raise InputError(f"{path} has no rows; expected {WHAT}.")
    return RankTable(rows, _is_by_group(path, rows))


def _is_by_group(path: Path, rows: Mapping[tuple[str, str | None], float]) -> bool:
    names = [system for system, _ in rows]
    twice = next((name for name in names if names.count(name) > 1), None)
    bare = next((name for name, group in rows if group is None), None)
    if twice is not None and bare is not None:
        raise InputError(
            f"{path} has ranks of {twice} by group, and one of {bare} without a group; give each"
            " row a group, or each system one row."
        )
    return twice is not None


def _rank(value: object, where: str) -> float:
    try:
        rank = float(str(value).strip())
    except ValueError:
        rank = math.nan
    if not (math.isfinite(rank) and rank >= 1):
        shown = "nothing" if value is None else f"'{value}'"
        raise InputError(f"{where}: expected a rank from 1 (the best) on, got {shown}.")
    return rank


def _text(value: object) -> str | None:
    return None if value is None else str(value).strip() or None
