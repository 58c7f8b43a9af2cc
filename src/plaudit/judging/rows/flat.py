"""Rows as flat records: one value a column, under names that do not change.

The names are those of the CSV output (`plaudit.reports.songs.table`, ``ranking``): ``<axis>``,
``<axis>_low`` and ``<axis>_high`` for scores, ``judge_name``, ``judge_version`` and ``judge_hash``,
``error_type`` and ``error_message``; ``warnings`` is one text. The seven axes have columns whatever
the judge. Undefined is None. Timelines, and what a song was to answer, stay in the records.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from plaudit.core.axes import AXES
from plaudit.core.settings import Record
from plaudit.judging.record import JudgeId, Score

Value = str | int | float | bool | None

_AXES = tuple(axis.name for axis in AXES)
_SONG = ("path", "status", "duration_s")
_RANKED = (
    "group", "rank", "rank_low", "rank_high", "of", "kept", "may_belong", "path", "status", "by",
    "basis", "value", "low", "high",
)  # fmt: skip
_JUDGE = ("judge_name", "judge_version", "judge_hash")
_TAIL = ("warnings", "error_type", "error_message", "sha256", *_JUDGE)
_TEXTS = {
    *("path", "status", "group", "kept", "may_belong", "by", "basis", *_TAIL, "precision"),
    *("model", "verdict", "parts_add_up", "note"),
    *(f"{side}_{name}" for side in ("first", "second") for name in ("path", "sha256", "warnings")),
}


def columns_of(rows: Sequence[Record]) -> list[str]:
    """Return the columns of rows in their order; those of songs where there is no row."""
    fields = {name for row in rows for name in type(row).model_fields}
    if "verdict" in fields:
        return list(dict.fromkeys(name for row in rows for name in _flat(row)))
    own = (axis for row in rows for axis in getattr(row, "scores", ()))
    axes = dict.fromkeys((*_AXES, *own))
    scores = [f"{axis}{part}" for axis in axes for part in ("", "_low", "_high")]
    head, end = (_RANKED, ()) if "rank" in fields else (_SONG, ("precision",))
    return [*head, *scores, *_TAIL, *end, "schema_version"]


def flat_rows(rows: Sequence[Record]) -> list[dict[str, Value]]:
    """Return rows as flat records, all with the same columns in the same order."""
    columns = columns_of(rows)
    return [{name: flat.get(name) for name in columns} for flat in map(_flat, rows)]


def is_number(column: str) -> bool:
    """Return whether a column of flat records holds numbers."""
    return column not in _TEXTS


def _flat(row: Record) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for name in type(row).model_fields:
        flat |= _columns(name, getattr(row, name))
    return flat


def _columns(name: str, value: Any) -> dict[str, Value]:
    """Return the columns of one field of a row."""
    make = _MADE.get(name)
    if make is None:
        return {name: _defined(value)}
    return {} if value is None else make(name, value)


def _of_judge(name: str, judge: JudgeId) -> dict[str, Value]:
    return {f"{name}_{key}": getattr(judge, key) for key in ("name", "version", "hash")}


def _of_scores(_: str, scores: Mapping[str, Score]) -> dict[str, Value]:
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {
        f"{axis}{part}": _defined(getattr(score, end))
        for axis, score in scores.items()
        for part, end in ends.items()
    }


def _of_side(name: str, side: Any) -> dict[str, Value]:
    """Return the columns of a song that was compared; its scores stand among the axes."""
    plain = {key: getattr(side, key) for key in ("path", "sha256", "duration_s")}
    plain["warnings"] = _text(side.warnings)
    return {f"{name}_{key}": value for key, value in plain.items()}


def _of_axes(_: str, parts: Sequence[Any]) -> dict[str, Value]:
    ends = ("first", "second", "difference")
    return {f"{part.axis}_{end}": _defined(getattr(part, end)) for part in parts for end in ends}


def _text(warnings: Iterable[Any]) -> str | None:
    texts = [w if isinstance(w, str) else f"{w.type}: {w.message}" for w in warnings]
    return " | ".join(texts) or None


def _defined(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


_MADE: dict[str, Callable[[str, Any], dict[str, Value]]] = {
    "timeline": lambda _name, _value: {},
    "given": lambda _name, _value: {},
    "judge": _of_judge,
    "scores": _of_scores,
    "first": _of_side,
    "second": _of_side,
    "axes": _of_axes,
    "warnings": lambda name, value: {name: _text(value)},
    "error": lambda name, note: {f"{name}_type": note.type, f"{name}_message": note.message},
}
"""How a field becomes columns, by its name; any other is a column of its own."""
