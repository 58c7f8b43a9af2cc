"""Ranked songs as text in the four formats of the command line."""

import csv
import io
from collections.abc import Sequence

from plaudit.core.axes import AXIS
from plaudit.core.choice import RowFormat
from plaudit.judging.ranking import RankedSong
from plaudit.judging.record import SongFailure
from plaudit.reports.look.wording import range_text, safe_text, score_text
from plaudit.reports.songs.table import ALL_AXES, guarded, guarded_path

_HEAD = ("group", "rank", "rank_low", "rank_high", "of", "kept", "may_belong", "path", "status",
         "by", "value", "low", "high")  # fmt: skip
_TAIL = ("warnings", "error_type", "error_message", "sha256", "judge_name", "judge_version",
         "judge_hash")  # fmt: skip


def rank_text(songs: Sequence[RankedSong], failures: Sequence[SongFailure], form: RowFormat) -> str:
    """Return ranked songs, and the files that could not be judged, as text.

    Parameters
    ----------
    songs : sequence of RankedSong
        In order.
    failures : sequence of SongFailure
        Written after them; a table leaves them to the summary.
    form : {"table", "json", "jsonl", "csv"}
        Format.

    Returns
    -------
    str
        Whole, ending in a newline.
    """
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
        places = "n/a" if song.rank_low is None else f"{song.rank_low}-{song.rank_high}"
        short = name if len(name) <= width else "…" + name[1 - width :]
        mark = "  may belong" if keeping and not song.kept else ""
        lines.append(
            f"{song.rank:>5}  {places:>9}  {short:<{width}}  {_value(song):>6}"
            f"  {range_text(_axis(song), song.low, song.high)}{mark}".rstrip()
        )
    return "\n".join(lines) + "\n"


def _axis(song: RankedSong) -> str:
    """Return an axis with the range of the value, for the number of its decimals."""
    if song.by in AXIS:
        return song.by
    return "coherence" if "coherence" in song.scores or song.basis == "votes" else "streams"


def _value(song: RankedSong) -> str:
    return f"{song.value:.2f}" if song.basis == "votes" else score_text(_axis(song), song.value)


def _csv(songs: Sequence[RankedSong], failures: Sequence[SongFailure]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*_HEAD, *ALL_AXES, *_TAIL])
    for song in songs:
        scores = [_cell(song.scores[a].value) if a in song.scores else "" for a in ALL_AXES]
        judge = [guarded(text) for text in (song.judge.name, song.judge.version, song.judge.hash)]
        head = [
            guarded(song.group or ""), song.rank, _cell(song.rank_low), _cell(song.rank_high),
            song.of, _cell(song.kept), _cell(song.may_belong), guarded_path(song.path or ""),
            song.status, song.by, _cell(song.value), _cell(song.low), _cell(song.high),
        ]  # fmt: skip
        tail = [guarded(" | ".join(song.warnings)), "", "", song.sha256, *judge]
        writer.writerow([*head, *scores, *tail])
    for row in failures:
        head = [
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            guarded_path(row.path or ""),
            row.status,
            "",
            "",
            "",
            "",
        ]
        error = [guarded(row.error.type), guarded(row.error.message)]
        writer.writerow([*head, *([""] * len(ALL_AXES)), "", *error, "", "", "", ""])
    return buffer.getvalue()


def _cell(value: float | bool | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else repr(value)
