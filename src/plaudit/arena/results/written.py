"""Files of a test's answers that other commands read as they are.

``battles.csv`` (and ``battles-kept.csv``, without careless voters) is what ``plaudit bench
standings``, ``plaudit study preference``, ``plaudit train`` and ``plaudit train-preference`` take;
``songs.csv`` is a table of one's own for ``plaudit data prepare csv``, with the mean rating of each
song on the axes that Plaudit knows; ``ratings.csv`` has every number of a rating or a MUSHRA test;
``votes.jsonl`` and ``songs.jsonl`` are all there is, and come back with ``plaudit arena import``;
``careless.csv`` says who was flagged by which rule.
"""

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from plaudit.arena.results.battle import pairs_of
from plaudit.arena.results.board import Answers
from plaudit.arena.results.brought import OURS
from plaudit.arena.results.rating import answered
from plaudit.arena.results.row import SongFact, VoteRow
from plaudit.arena.results.rule import CarelessReport
from plaudit.core.axes import AXIS
from plaudit.core.csv_text import csv_line
from plaudit.core.file import write_atomic

BATTLES, KEPT, SONGS, RATINGS = "battles.csv", "battles-kept.csv", "songs.csv", "ratings.csv"
CARELESS, FACTS = "careless.csv", "songs.jsonl"
TABLES = (BATTLES, KEPT, SONGS, RATINGS, CARELESS, OURS, FACTS)
_BATTLE_HEAD = (
    "first", "second", "outcome", "first_system", "second_system", "prompt_id", "prompt", "voter",
    "date", "instrumental", "heard_first_s", "heard_second_s", "seconds", "task", "headphones",
    "careless",
)  # fmt: skip
_RATING_HEAD = (
    "task", "voter", "song", "system", "prompt_id", "axis", "value", "headphones", "careless"
)  # fmt: skip


def write_tables(
    answers: Answers, careless: CarelessReport, folder: Path, place: Path
) -> tuple[str, ...]:
    """Write all files that the answers fill into a folder; return their names.

    ``place`` is where the folder will be: paths of songs are as seen from there.
    """
    ids = joined_ids(answers.songs.values())
    votes = [row for row in answers.rows if row.counts]
    kept = [row for row in votes if row.voter not in careless.names]
    written = []
    if any(True for row in votes for _ in pairs_of(row)):
        for name, rows in ((BATTLES, votes), (KEPT, kept)):
            write_csv(folder / name, _BATTLE_HEAD, _battles(rows, careless, ids))
            written.append(name)
    if answered(votes):
        write_csv(folder / RATINGS, _RATING_HEAD, _ratings(votes, careless, ids))
        written.append(RATINGS)
    made = [song for song in answers.songs.values() if song.role == "contestant"]
    if made:
        write_csv(folder / SONGS, *_song_table(made, kept, place, ids))
        written.append(SONGS)
    flags = ((f.voter, f.rule, f.count, f.of, f.chance, f.system) for f in careless.flags)
    write_csv(folder / CARELESS, ("voter", "rule", "count", "of", "chance", "system"), flags)
    write_atomic(folder / OURS, "".join(f"{row.model_dump_json()}\n" for row in answers.rows))
    facts = (song.model_copy(update={"path": near(song.path, place)}) for song in
             answers.songs.values())  # fmt: skip
    write_atomic(folder / FACTS, "".join(f"{song.model_dump_json()}\n" for song in facts))
    return (*written, CARELESS, OURS, FACTS)


def joined_ids(songs: Iterable[SongFact]) -> dict[str, str]:
    """Return what each song is called in tables: its file's name, by which scores are found.

    Where two songs share a file's name all keep their ids.
    """
    stems = {s.song: Path(s.path).stem for s in songs if s.path and s.role == "contestant"}
    return stems if len(set(stems.values())) == len(stems) else {}


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, whole or not at all."""
    write_atomic(path, "".join(f"{csv_line(cells)}\n" for cells in (head, *rows)))


def near(path: str | None, folder: Path) -> str | None:
    """Return a path as seen from a folder; one that is only a name stays as it is."""
    if path is None or not Path(path).is_absolute():
        return path
    return Path(os.path.relpath(path, folder)).as_posix()


def day_of(row: VoteRow) -> str:
    """Return when an answer came, as ISO text in UTC."""
    return datetime.fromtimestamp(row.received, UTC).isoformat()


def _battles(
    rows: Iterable[VoteRow], careless: CarelessReport, ids: Mapping[str, str]
) -> Iterator[Sequence[object]]:
    for row in rows:
        for a, b, outcome in pairs_of(row):
            first, second = row.sides[a], row.sides[b]
            yield (
                ids.get(first.song, first.song), ids.get(second.song, second.song), outcome.value,
                first.system, second.system,
                row.prompt_id, row.prompt, row.voter, day_of(row), row.instrumental,
                first.heard_s, second.heard_s, row.seconds, row.task, row.headphones,
                row.voter in careless.names,
            )  # fmt: skip


def _ratings(
    rows: Sequence[VoteRow], careless: CarelessReport, ids: Mapping[str, str]
) -> Iterator[Sequence[object]]:
    for row in rows:
        for number in answered([row]):
            yield (
                row.task, row.voter, ids.get(number.song, number.song), number.system,
                row.prompt_id, number.axis,
                number.value, row.headphones, row.voter in careless.names,
            )  # fmt: skip


def _song_table(
    songs: Iterable[SongFact], rows: Sequence[VoteRow], place: Path, ids: Mapping[str, str]
) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
    """Return head and rows of the table of songs; means are of voters who are kept."""
    sums: dict[tuple[str, str], list[float]] = {}
    for number in answered(rows):
        sums.setdefault((number.song, number.axis), []).append(number.value)
    axes = [
        axis for axis in AXIS if _on_scale(axis, [v for (_, a), v in sums.items() if a == axis])
    ]
    head = ("song_id", "path", "system", "prompt_id", "prompt", "instrumental", "duration_s", *axes)
    return head, (
        (
            ids.get(song.song, song.song), near(song.path, place), song.system,
            song.prompt_id, song.prompt,
            song.instrumental, song.duration_s,
            *(_mean(sums.get((song.song, axis), ())) for axis in axes),
        )
        for song in songs
    )  # fmt: skip


def _on_scale(axis: str, values: Sequence[Sequence[float]]) -> bool:
    """Return whether an axis was rated, on the scale that Plaudit gives it."""
    known = [value for own in values for value in own]
    return bool(known) and AXIS[axis].low <= min(known) and max(known) <= AXIS[axis].high


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
