"""Rows of scores as programs spell them, brought to one form.

- a table: a column of ids (`IDS`), and a number in every other column, each a named score;
  ``x_low`` and ``x_high`` are the interval of ``x``;
- ``plaudit score``: ``path``, ``status``, ``scores`` (in its CSV a column an axis), the judge;
- a pair: a column of `_PAIR_IDS`, and ``margin`` or ``probability`` of the first;
- ``results.jsonl`` of the CMI-RewardBench toolkit, two songs a row: ``audio-path, audio2, prompt,
  lyrics, predicted_musicality, predicted_text-music alignment``, the same with ``_b`` for the
  second song, and ``inference_valid_a``, ``inference_valid_b``.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from plaudit.benchmarks.scores.table import ScoreRow, SkippedRow
from plaudit.core.axes import ANY_AXIS, AXIS
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, Score

IDS = (
    "song_id", "id", "song", "utterance", "audio-path", "audio_path", "path", "file", "file_name",
)  # fmt: skip
_PAIR_IDS = ("pair_id", "battle_id", "battle_uuid", "pair")
NO_SCORE, NOT_FINITE = "no score in the row", "a score is no finite number"
_PATHS = ("path", "file", "audio-path", "audio_path", "file_name")
_TOOLKIT = {
    "predicted_musicality": "musicality",
    "predicted_text-music alignment": "alignment",
}
_ENDS = ("low", "high")
_SOUND = ("duration_s", "loudness_lufs")
_COLUMNS_OF_OURS = {f"{axis}{end}" for axis in ANY_AXIS for end in ("", "_low", "_high")}
_NUMBERS = {
    *(f"{axis}{end}" for axis in AXIS for end in ("", "_low", "_high")),
    *_SOUND,
}  # whose cells have to be numbers
# Numbers that are no scores.
_BESIDE = {*_SOUND, *IDS, *_PAIR_IDS, "split", "fold", "line", "index", "schema_version", "sha256"}
Cells = Mapping[str, Any]
Row = ScoreRow | SkippedRow


def read_row(line: int, cells: Cells, *, scored: bool = True) -> Iterator[Row]:
    """Yield the songs (or the pair) of one row of a file."""
    names = _names(cells)
    pair = next((name for name in _PAIR_IDS if _text(cells.get(name))), None)
    if any(name in cells for name in _TOOLKIT):
        yield from _toolkit(line, cells)
    elif scored and pair and (not names or "margin" in cells or "probability" in cells):
        yield _pair(line, str(cells[pair]), cells)
    elif not names:
        message = f"expected a column of ids ({', '.join(IDS)}; of pairs: {', '.join(_PAIR_IDS)})"
        yield SkippedRow(line, (), "no id", f"{message}, got {', '.join(list(cells)[:12])}.")
    elif cells.get("status") == "error":
        yield _failure(line, names, cells)
    else:
        yield _song(line, names, cells, scored=scored)


def read_list(line: int, words: list[str], axes: Mapping[int, tuple[str, ...]]) -> Row:
    """Return the song of a line of an ``.scp`` list; ``axes`` are those of so many scores."""
    name, *values = words
    if len(values) not in axes:
        reason = f"expected {' or '.join(map(str, axes))} scores, got {len(values)}"
        return SkippedRow(line, (name,), reason, f"{reason}.", path=name)
    return _scored(line, (name,), dict(zip(axes[len(values)], values, strict=True)), path=name)


def named_axes(cells: Cells) -> set[str]:
    """Return the axes that a row of a table has a column for, be it empty."""
    return set() if _is_ours(cells) else AXIS.keys() & cells.keys()


def _is_ours(cells: Cells) -> bool:
    return isinstance(cells.get("scores"), dict) or "judge_hash" in cells


def _names(cells: Cells) -> tuple[str, ...]:
    names = (_text(cells.get(column)) for column in IDS)
    return tuple(dict.fromkeys(name for name in names if name))


def _text(value: object) -> str | None:
    """Return a name exactly as it was written; a column of numbers with a gap holds 7.0 for 7."""
    if isinstance(value, float):
        if math.isnan(value):
            return None
        value = int(value) if value.is_integer() else value
    return None if value is None else str(value) or None


def _failure(line: int, names: tuple[str, ...], cells: Cells) -> SkippedRow:
    """Return the row of a song that could not be scored, from JSON or CSV of ``plaudit score``."""
    error = cells.get("error")
    error = error if isinstance(error, dict) else {}
    kind = error.get("type") or cells.get("error_type") or "unknown"
    message = error.get("message") or cells.get("error_message") or "The judge could not score it."
    return SkippedRow(
        line, names, str(kind), str(message), path=_text(cells.get("path")), is_failure=True
    )


def _song(line: int, names: tuple[str, ...], cells: Cells, *, scored: bool) -> Row:
    try:
        judge = _judge(cells)
    except ValidationError:
        message = f"expected name, version and hash of the judge, got {cells['judge']!r}."
        return SkippedRow(line, names, "an unknown judge", message)
    scores = cells.get("scores")
    if not scored:
        columns: Cells = {}
    elif isinstance(scores, dict):
        columns = _flat(scores)
    elif _is_ours(cells):
        columns = {name: value for name, value in cells.items() if name in _COLUMNS_OF_OURS}
    else:
        columns = {name: value for name, value in cells.items() if name not in _BESIDE}
    return _scored(
        line,
        names,
        columns,
        sound={name: cells.get(name) for name in _SOUND},
        may_be_empty=not scored,
        path=next((path for name in _PATHS if (path := _text(cells.get(name)))), None),
        sha256=_text(cells.get("sha256")),
        warnings=_warnings(cells.get("warnings")),
        judge=judge,
    )


def _flat(scores: Cells) -> Cells:
    """Return scores with their intervals as columns of a table."""
    columns: dict[str, Any] = {}
    for name, score in scores.items():
        if isinstance(score, dict):
            columns[name] = score.get("value")
            columns |= {f"{name}_{end}": score.get(end) for end in _ENDS}
        else:
            columns[name] = score
    return columns


def _scored(
    line: int,
    names: tuple[str, ...],
    columns: Cells,
    *,
    sound: Cells | None = None,
    may_be_empty: bool = False,
    **about: Any,
) -> Row:
    unread: dict[str, str] = {}
    scores: dict[str, Score] = {}
    for name, cell in columns.items():
        if any(name.removesuffix(f"_{end}") in columns.keys() - {name} for end in _ENDS):
            continue
        value = _number(name, cell, unread)
        if value is not None:
            low, high = (
                _number(f"{name}_{end}", columns.get(f"{name}_{end}"), unread) for end in _ENDS
            )
            scores[name] = Score(value=value, low=low, high=high)
    if not scores and not may_be_empty:
        kept = {name: about[name] for name in ("path", "request", "is_pair") if name in about}
        if unread:
            column, written = next(iter(unread.items()))
            message = (
                f"{column} has to be a finite number, got {written}; leave it empty where it is not"
                " known."
            )
            return SkippedRow(line, names, NOT_FINITE, message, **kept)
        message = f"expected a score, got nothing in {', '.join(columns) or 'any column'}."
        return SkippedRow(line, names, NO_SCORE, message, **kept)
    about |= {name: _number(name, cell, unread) for name, cell in (sound or {}).items()}
    return ScoreRow(line, names, scores, unread=unread, **about)


def _number(column: str, cell: object, unread: dict[str, str]) -> float | None:
    """Return a cell as a finite number, None where it is missing; note one that should be one."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    value = None
    if isinstance(cell, int | float | str) and not isinstance(cell, bool):
        with suppress(ValueError):
            value = float(cell)
    if value is not None and math.isfinite(value):
        return value
    if value is not None or column in _NUMBERS:  # other text, such as a remark, is no score
        unread[column] = repr(cell)
    return None


def _judge(cells: Cells) -> JudgeId | None:
    judge = cells.get("judge")
    if isinstance(judge, dict):
        return JudgeId.model_validate(judge)
    parts = {part: cells.get(f"judge_{part}") for part in ("name", "version", "hash")}
    return JudgeId.model_validate(parts) if all(parts.values()) else None


def _warnings(cell: object) -> tuple[Note, ...]:
    """Read warnings: a list of notes, or in a CSV ``type: message`` with ``|`` between them."""
    if isinstance(cell, str):
        parts = (part.partition(": ") for part in cell.split(" | "))
        return tuple(Note(type=kind, message=message) for kind, _, message in parts if message)
    notes = cell if isinstance(cell, list | tuple) else ()
    return tuple(
        Note(type=str(note["type"]), message=str(note["message"]))
        for note in notes
        if isinstance(note, dict) and {"type", "message"} <= note.keys()
    )


def _pair(line: int, name: str, cells: Cells) -> Row:
    margin = cells.get("margin")
    if margin in (None, ""):
        chance = _number("probability", cells.get("probability"), {})
        if chance is None:
            reason = "expected a margin or a probability of the first"
            return SkippedRow(line, (name,), reason, f"{reason}.", is_pair=True)
        margin = chance - 0.5
    return _scored(line, (name,), {"margin": margin}, is_pair=True)


def _toolkit(line: int, cells: Cells) -> Iterator[Row]:
    request = (str(cells.get("prompt") or "").strip(), str(cells.get("lyrics") or "").strip())
    for column, end, valid in (("audio-path", "", "_a"), ("audio2", "_b", "_b")):
        name = _text(cells.get(column))
        if not name:
            continue
        scores = {
            score: cells[f"{key}{end}"]
            for key, score in _TOOLKIT.items()
            if cells.get(f"{key}{end}") is not None
        }
        if cells.get(f"inference_valid{valid}") in (False, "False", "false") or not scores:
            reason = "the toolkit could not judge it"
            yield SkippedRow(line, (name,), reason, f"{reason}.", path=name, request=request)
        else:
            yield _scored(line, (name,), scores, path=name, request=request)
