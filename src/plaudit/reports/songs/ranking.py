"""Ranked songs as text in the four formats of the command line."""

import math
from collections.abc import Sequence

from plaudit.core.axes import PERCENTILE
from plaudit.core.choice import RowFormat
from plaudit.core.csv_text import csv_line
from plaudit.judging.comparison import main_axes
from plaudit.judging.ranking import RankedSong
from plaudit.judging.record import SongFailure
from plaudit.reports.look.wording import (
    UNDEFINED,
    chance_text,
    known_axis,
    range_text,
    safe_text,
    score_text,
)
from plaudit.reports.songs.table import ALL_AXES, guarded_path

_COLUMNS = (
    "group", "rank", "rank_low", "rank_high", "of", "kept", "may_belong", "path", "status", "by",
    "value", "low", "high", *ALL_AXES, "warnings", "error_type", "error_message", "sha256",
    "judge_name", "judge_version", "judge_hash",
)  # fmt: skip


def rank_text(songs: Sequence[RankedSong], failures: Sequence[SongFailure], form: RowFormat) -> str:
    """Return ranked songs, and the files that could not be judged, as text."""
    if form == "table":
        return _table(songs)
    if form == "csv":
        return _csv(songs, failures)
    rows = [row.model_dump_json() for row in (*songs, *failures)]
    if form == "jsonl":
        return "".join(f"{row}\n" for row in rows)
    return "[\n" + ",\n".join(rows) + "\n]\n" if rows else "[\n]\n"


def _table(songs: Sequence[RankedSong]) -> str:
    names = [safe_text(song.path or "an array") for song in songs]
    width = min(60, max([4, *map(len, names)]))
    keeping = any(song.kept is not None for song in songs)
    lines = [f"place  {'range':>9}  {'song':<{width}}  {'value':>6}  interval"]
    shown: str | None = None
    for song, name in zip(songs, names, strict=True):
        if song.group is not None and song.group != shown:
            lines += ["", f"{safe_text(song.group)} ({song.of})"]
            shown = song.group
        places = UNDEFINED if song.rank_low is None else f"{song.rank_low}-{song.rank_high}"
        short = name if len(name) <= width else "…" + name[1 - width :]
        mark = "  may belong" if keeping and not song.kept else ""
        mark += "".join(f"  ! {kind}" for kind in warning_types(song))
        lines.append(
            f"{song.rank:>5}  {places:>9}  {short:<{width}}  {_value(song):>6}"
            f"  {range_text(_axis(song), song.low, song.high)}{mark}".rstrip()
        )
    return "\n".join([*lines, *map(_legend, songs[:1])]) + "\n"


def _legend(song: RankedSong) -> str:
    """Return what the values of a table are, on which scale, and what their interval is."""
    if song.basis == "votes":
        return "value: mean chance of being preferred to the others of the group."
    axis = known_axis(_axis(song))
    scale = f", {axis.low:g} to {axis.high:g}" if math.isfinite(axis.high) else ""
    if song.by in song.scores:
        what = f"value: {song.by}{scale}"
        return f"{what}, {PERCENTILE}." if axis.family == "popularity" else f"{what}."
    interval = "" if song.low is None else "; its interval is as wide as theirs are on average"
    return f"value: the mean of {', '.join(main_axes(tuple(song.scores)))}{scale}{interval}."


def warning_types(song: RankedSong) -> tuple[str, ...]:
    """Return what a song was warned of, each once, safe to be shown."""
    types = (text.partition(": ")[0] for text in song.warnings)
    return tuple(dict.fromkeys(safe_text(kind).replace("_", " ") for kind in types))


def _axis(song: RankedSong) -> str:
    """Return an axis on the scale of the value, for the number of its decimals."""
    if song.basis == "votes":
        return "coherence"
    return song.by if song.by in song.scores else main_axes(tuple(song.scores))[0]


def _value(song: RankedSong) -> str:
    return chance_text(song.value) if song.basis == "votes" else score_text(_axis(song), song.value)


def _csv(songs: Sequence[RankedSong], failures: Sequence[SongFailure]) -> str:
    rows: list[dict[str, object]] = []
    for song in songs:
        row = song.model_dump(include=set(_COLUMNS))
        row |= {axis: score.value for axis, score in song.scores.items() if axis in ALL_AXES}
        row |= {
            "path": guarded_path(song.path or ""),
            "warnings": " | ".join(song.warnings),
            "judge_name": song.judge.name,
            "judge_version": song.judge.version,
            "judge_hash": song.judge.hash,
        }
        rows.append(row)
    rows += [
        {
            "path": guarded_path(failure.path or ""),
            "status": failure.status,
            "error_type": failure.error.type,
            "error_message": failure.error.message,
        }
        for failure in failures
    ]
    cells = (map(row.get, _COLUMNS) for row in rows)
    return "".join(f"{csv_line(line)}\n" for line in (_COLUMNS, *cells))
