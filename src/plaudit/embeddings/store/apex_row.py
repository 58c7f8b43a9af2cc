"""Checked rows of APEX's Parquet files; an error names the file and the row, from 1."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS, AXIS
from plaudit.core.errors import InputError
from plaudit.core.parse import parse_json
from plaudit.embeddings.store.writer import FLOAT16_MAX

POPULARITY = {"streams": "score_streams", "likes": "score_likes"}
_LABELS = (*POPULARITY, *AESTHETICS)
GRADES = "songeval_scores"
REQUIRED = ("audio_id", "segment_id", "segment_embedding")
KNOWN = (*REQUIRED, *POPULARITY.values(), "platform", GRADES)


class ApexError(InputError):
    """A file is not of APEX's shape, or a row of it is wrong."""


class Place(NamedTuple):
    """Where a batch of rows stands: its file, and the number of its first row, from 0."""

    where: str
    first: int

    def refuse(self, bad: NDArray[np.bool_], rule: str, shown: Any = None) -> None:
        """Raise on the first bad row, if there is one."""
        rows = np.flatnonzero(bad)
        if rows.size:
            row = int(rows[0])
            got = "" if shown is None else f", got {shown[row]!r}"
            more = f" ({rows.size} such rows)" if rows.size > 1 else ""
            raise ApexError(f"{self.where}: row {self.first + row + 1}: {rule}{got}{more}.")


@dataclass(frozen=True, eq=False)
class ApexRows:
    """Checked rows."""

    #: (n,) text; a platform may be null.
    audio_id: pa.Array
    platform: pa.Array
    segment: NDArray[np.int64]  #: (n,) from 1.
    values: NDArray[np.float16]  #: (n, 1, dim).
    labels: NDArray[np.float64]  #: (n, 7) in the order of `_LABELS`, nan where unknown.


def check_rows(table: pa.Table, place: Place, dim: int) -> ApexRows:
    """Check rows and bring their columns into arrays; `ApexError` names the first wrong row."""
    ids = _text(table, "audio_id")
    names = _text(table, "segment_id")
    shown = names.to_pylist()
    place.refuse(_true(pc.or_kleene(pc.is_null(ids), pc.equal(ids, ""))), "audio_id is empty")
    parts = pc.extract_regex(names, r"(?s)^(?P<id>.*)_(?P<number>[1-9][0-9]{0,6})$")
    fits = pc.and_(pc.is_valid(parts), pc.equal(pc.struct_field(parts, "id"), ids))
    rule = "expected a segment_id '<audio_id>_<k>' with k from 1"
    place.refuse(~_true(fits), rule, shown)
    number = pc.struct_field(parts, "number").cast(pa.int64())
    return ApexRows(
        audio_id=ids,
        platform=_text(table, "platform"),
        segment=np.asarray(number, dtype=np.int64),
        values=_values(table["segment_embedding"].combine_chunks(), place, dim),
        labels=_labels(table, place),
    )


def _values(column: pa.Array, place: Place, dim: int) -> NDArray[np.float16]:
    if not (pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type)
            or pa.types.is_large_list(column.type)):  # fmt: skip
        raise ApexError(f"{place.where}: segment_embedding must be a list, got {column.type}.")
    length = np.asarray(pc.fill_null(pc.list_value_length(column), -1), dtype=np.int64)
    place.refuse(length != dim, f"expected {dim} numbers in segment_embedding", length.tolist())
    flat = column.flatten()
    numbers = np.asarray(flat.to_numpy(zero_copy_only=False), dtype=np.float64).reshape(-1, dim)
    peak = np.abs(numbers).max(axis=1, initial=0.0)  # nan if a number is
    rule = f"expected finite numbers within +-{FLOAT16_MAX:g} in segment_embedding"
    place.refuse(~(peak <= FLOAT16_MAX), rule)
    return numbers.astype(np.float16)[:, None, :]


def _labels(table: pa.Table, place: Place) -> NDArray[np.float64]:
    labels = np.full((table.num_rows, len(_LABELS)), np.nan)
    for index, column in enumerate(POPULARITY.values()):
        if column in table.column_names:
            labels[:, index] = _numbers(table[column], column, place)
    if GRADES in table.column_names:
        grades = table[GRADES].combine_chunks()
        if pa.types.is_struct(grades.type):
            labels[:, len(POPULARITY) :] = _struct_grades(grades, place)
        else:
            labels[:, len(POPULARITY) :] = _json_grades(grades, place)
    for index, name in enumerate(_LABELS):
        axis, values = AXIS[name], labels[:, index]
        outside = (values < axis.low) | (values > axis.high) | np.isinf(values)
        rule = f"expected {name} in {axis.low:g}-{axis.high:g}"
        place.refuse(outside, rule, values.tolist())
    return labels


def _struct_grades(grades: pa.Array, place: Place) -> NDArray[np.float64]:
    values_by_axis = np.full((len(grades), len(AESTHETICS)), np.nan)
    names = {field.name.lower(): field.name for field in grades.type}
    for index, axis in enumerate(AESTHETICS):
        if axis in names:
            # Of a null struct the fields are null too.
            values = pc.struct_field(grades, names[axis])
            values_by_axis[:, index] = _numbers(values, axis, place)
    return values_by_axis


def _json_grades(grades: pa.Array, place: Place) -> NDArray[np.float64]:
    # A song's text stands on all of its rows: each distinct one is read once.
    coded = grades.cast(pa.string()).dictionary_encode()
    table = np.full((len(coded.dictionary) + 1, len(AESTHETICS)), np.nan)  # the last is for null
    unreadable = np.zeros(len(table), dtype=bool)
    for row, text in enumerate(coded.dictionary.to_pylist()):
        try:
            grade = {
                str(k).lower(): v for k, v in dict(parse_json(text or "{}", finite=False)).items()
            }
            table[row] = [
                np.nan if (value := grade.get(axis)) is None else float(value)
                for axis in AESTHETICS
            ]
        except (ValueError, TypeError):
            unreadable[row] = True
    code = np.asarray(pc.fill_null(coded.indices, len(coded.dictionary)), dtype=np.int64)
    rule = f"expected {GRADES} as a JSON object of numbers"
    place.refuse(unreadable[code], rule, grades.to_pylist())
    return np.asarray(table[code])


@dataclass
class ApexLabels:
    """Labels of all rows so far; `table` sums them up by song."""

    rows: list[ApexRows] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def add(self, rows: ApexRows, place: Place) -> None:
        """Take the labels of some rows; their embeddings are not kept."""
        kept = ApexRows(
            rows.audio_id, rows.platform, rows.segment, np.empty((0, 1, 0), np.float16), rows.labels
        )
        self.rows.append(kept)
        self.places.append(place)

    def table(self) -> pa.Table:
        """Return a manifest of the songs, in the order of their first rows.

        `ApexError` if a song lacks a segment, has one twice, or its rows contradict each other.
        """
        ids = pa.concat_arrays([rows.audio_id for rows in self.rows])
        platform = pa.concat_arrays([rows.platform for rows in self.rows])
        segment = np.concatenate([rows.segment for rows in self.rows])
        labels = np.concatenate([rows.labels for rows in self.rows])
        song = np.asarray(pc.index_in(ids, pc.unique(ids)), dtype=np.int64)
        order = np.lexsort((segment, song))
        starts = np.flatnonzero(np.diff(song[order], prepend=-1))
        counts = np.diff(np.append(starts, len(order)))
        expected = np.arange(len(order)) - np.repeat(starts, counts) + 1
        wrong = np.zeros(len(order), dtype=bool)
        wrong[order] = segment[order] != expected
        self._refuse(wrong, "the segments of its song are not 1, 2, 3, ... each once", ids)
        first = order[starts]  # segment 1 of each song
        same = (labels == labels[first][song]) | (np.isnan(labels) & np.isnan(labels[first][song]))
        coded = pc.fill_null(pc.index_in(platform, pc.unique(platform)), -1)
        code = np.asarray(coded, dtype=np.int64)
        other = ~same.all(axis=1) | (code != code[first][song])
        self._refuse(other, "labels differ from those of its song's first segment", ids)
        columns = {
            "song_id": ids.take(pa.array(first)),
            "path": pa.nulls(len(first), pa.string()),
            "platform": platform.take(pa.array(first)),
        }
        for index, name in enumerate(_LABELS):
            values = labels[first, index]
            columns[name] = pa.array(values, mask=np.isnan(values))
        return pa.table(columns)

    def _refuse(self, bad: NDArray[np.bool_], rule: str, ids: pa.Array) -> None:
        first = 0
        for rows, place in zip(self.rows, self.places, strict=True):
            last = first + len(rows.segment)
            place.refuse(bad[first:last], rule, ids[first:last].to_pylist())
            first = last


def _text(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    return table[name].cast(pa.string()).combine_chunks()


def _numbers(values: Any, name: str, place: Place) -> NDArray[np.float64]:
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise ApexError(f"{place.where}: {name} must hold numbers, got {kind}.")
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _true(mask: Any) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)
