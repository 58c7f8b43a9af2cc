"""Many rows: a list that a notebook shows as a table, and that becomes a data frame."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from importlib import import_module
from typing import Any, Literal, SupportsIndex, TypeVar, overload

from plaudit.core.axes import ANY_AXIS
from plaudit.core.optional import MissingPackageError
from plaudit.core.printable import printable
from plaudit.core.settings import Record
from plaudit.judging.record import SongFailure
from plaudit.judging.rows.flat import Value, columns_of, flat_rows, is_number

R = TypeVar("R", bound=Record)
FrameKind = Literal["pandas", "polars"]

_SHOWN = 50  # rows of a table in a notebook
_NOT_SHOWN = {"sha256", "judge_hash", "schema_version", "status", "precision"}


class Rows(list[R]):
    """Rows in order, such as those of scored or ranked songs; a list with three more forms.

    ``to_records`` gives flat dictionaries, ``to_frame`` a data frame of pandas or polars, and a
    notebook shows a table.
    """

    @property
    def failures(self) -> "Rows[SongFailure]":
        """The songs that could not be judged."""
        return Rows([row for row in self if isinstance(row, SongFailure)])

    @overload
    def __getitem__(self, at: SupportsIndex) -> R: ...
    @overload
    def __getitem__(self, at: slice) -> "Rows[R]": ...
    def __getitem__(self, at: SupportsIndex | slice) -> "R | Rows[R]":
        return Rows(super().__getitem__(at)) if isinstance(at, slice) else super().__getitem__(at)

    def to_records(self) -> list[dict[str, Value]]:
        """Return flat dictionaries, all with the same keys in the same order.

        Keys are the columns of the CSV output, with ``precision`` (``basis`` of ranked songs) and
        ``schema_version``; what is undefined, and axes that a judge does not score, are None.
        """
        return flat_rows(self)

    def to_frame(self, kind: FrameKind | None = None) -> Any:
        """Return a data frame with the columns of `to_records`; undefined numbers are NaN or null.

        Parameters
        ----------
        kind : {"pandas", "polars"}, optional
            Package of the frame; by default pandas if it is installed, else polars.

        Returns
        -------
        pandas.DataFrame or polars.DataFrame
            One line a row.

        Raises
        ------
        MissingPackageError
            The package is not installed; `to_records` needs none.
        """
        package = _package(kind)
        records = self.to_records()
        columns = {name: [record[name] for record in records] for name in columns_of(self)}
        if package.__name__ == "polars":
            types = {True: package.Float64, False: package.String}
            unknown = {name: types[is_number(name)] for name in _all_or_none(columns)}
            return package.DataFrame(columns, schema_overrides=unknown)
        floats = {name: "float64" for name in _all_or_none(columns) if is_number(name)}
        return package.DataFrame(columns).astype(floats)

    def _repr_html_(self) -> str:
        records = self[:_SHOWN].to_records()
        names = [name for name in (records[0] if records else ()) if _is_shown(name, records)]
        head = "".join(f"<th>{escape(_heading(name))}</th>" for name in names)
        body = "".join(
            f"<tr>{''.join(f'<td>{_cell(name, record)}</td>' for name in names)}</tr>"
            for record in records
        )
        left = len(self) - len(records)
        more = f"<p>and {left:,} more rows</p>" if left else ""
        count = f"<p>{len(self):,} row{'s' * (len(self) != 1)}</p>" if not records else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}{count}"


def _all_or_none(columns: Mapping[str, Sequence[Value]]) -> list[str]:
    """Return the columns whose values do not say their type: nothing but None stands there."""
    return [name for name, values in columns.items() if all(value is None for value in values)]


def _package(kind: FrameKind | None) -> Any:
    for name in ("pandas", "polars") if kind is None else (kind,):
        try:
            return import_module(name)
        except ImportError:
            continue
    wanted = "pandas or polars, and neither is" if kind is None else f"{kind}, which is not"
    raise MissingPackageError(
        f"to_frame needs {wanted} installed here; run `pip install {kind or 'pandas'}`, or take"
        " to_records(), which needs no package."
    )


def _is_shown(name: str, records: Sequence[dict[str, Value]]) -> bool:
    """Return whether a column says something, and does not stand in the cell of another."""
    whole = name.removesuffix("_low").removesuffix("_high")
    inside = name in ("low", "high") or (whole != name and whole in records[0])
    return not inside and not name.endswith(tuple(_NOT_SHOWN)) and any(
        record[name] is not None for record in records
    )  # fmt: skip


def _heading(name: str) -> str:
    """Return the heading of a column; scores with the scale that they are on."""
    axis = ANY_AXIS.get(name)
    if axis is None or not math.isfinite(axis.high):
        return name.replace("_", " ")
    unit = "percentile, " if axis.family == "popularity" else ""
    return f"{name} ({unit}{axis.low:g} to {axis.high:g})"


def _cell(name: str, record: dict[str, Value]) -> str:
    ends = [record.get(f"{name}_{end}" if name != "value" else end) for end in ("low", "high")]
    low, high = (_shown(end) for end in ends)
    return _shown(record[name]) + (f" ({low}–{high})" if low and high else "")


def _shown(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.2f}"
    return escape(printable(str(value)))
