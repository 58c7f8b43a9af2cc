"""Files of battles for the study: a plain table, the proving ground's, Music Arena's.

A table (.csv, .tsv, .jsonl, .parquet) has the columns ``first, second`` (ids of songs) and
``outcome`` (first, second, tie, neither; also A, B, TIE, BOTH_BAD), and may have ``prompt`` (or
``prompt_id``), ``voter``, ``first_system``, ``second_system``, ``date`` (or ``day``, a number) and
``instrumental``. The battles of the proving ground are such tables; a folder of it gives
battles.parquet and falsification.parquet together. Rows with ``system_a, system_b, preference`` go
through the reader of Music Arena, as does a folder of it, or its raw log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from plaudit.benchmarks.votes.song_votes import Battles
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.outcome import Outcome
from plaudit.datasets.corpora.music_arena import FACTS, READER
from plaudit.datasets.corpora.proving_ground import BATTLES
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import Key, Line, Number, OptionalKey, head_of, read_lines
from plaudit.datasets.reading.origin import Origin, digest_of
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import SongRow
from plaudit.datasets.reading.spelling import moment_of, outcome_of

TABLES = (".csv", ".tsv", ".jsonl", ".parquet")
DAY_S, DAYS_A_MONTH = 86_400.0, 30
_ARENA = {"system_a", "system_b", "preference"}
_YES, _NO = {"true", "1", "yes"}, {"false", "0", "no"}


@dataclass(frozen=True)
class SongFact:
    """What a file of battles tells of a song: its audio file, and its length in seconds."""

    path: Path | None = None
    duration_s: float | None = None


@dataclass(frozen=True, eq=False)
class VoteFile:
    """Battles as they were read.

    Parameters
    ----------
    battles : Battles
        Votes.
    songs : dict of str to SongFact
        What is told of their songs; empty for a plain table.
    source : Origin
        Where they came from.
    """

    battles: Battles
    songs: dict[str, SongFact] = field(default_factory=dict)
    source: Origin = field(default_factory=lambda: Origin(name="", sha256=""))


def _bool(value: object) -> object:
    text = value.strip().lower() if isinstance(value, str) else value
    if text in _YES:
        return True
    if text in _NO:
        return False
    return None if text == "" else value


def _moment(value: object) -> object:
    text = value.strip() if isinstance(value, str) else value
    try:
        return moment_of(float(text) if isinstance(text, str) and _numeric(text) else text)
    except ValueError:
        return value


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class _Vote(Line):
    first: Key = Field(min_length=1)
    second: Key = Field(min_length=1)
    outcome: Annotated[Outcome | None, BeforeValidator(outcome_of)]
    prompt: OptionalKey = Field(None, validation_alias=AliasChoices("prompt_id", "prompt"))
    voter: OptionalKey = None
    first_system: OptionalKey = None
    second_system: OptionalKey = None
    date: Annotated[datetime | None, BeforeValidator(_moment)] = None
    day: Number = None
    instrumental: Annotated[bool | None, BeforeValidator(_bool)] = None


def read_votes(path: Path) -> VoteFile:
    """Read a file or folder of battles.

    Parameters
    ----------
    path : Path
        One of the forms of the module.

    Returns
    -------
    VoteFile
        Battles in the order of the file.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        It holds no battles in any known form, or a row cannot be used; the sentence says which.
    """
    if not path.exists():
        raise MissingFileError(f"Expected a file of battles, but {path} is not there.")
    ours = [path / name for name in BATTLES if path.is_dir() and (path / name).is_file()]
    if ours:
        return _tables(path, ours)
    if path.is_file() and path.suffix in TABLES and not head_of(path) >= _ARENA:
        return _tables(path, [path])
    if path.is_file() and path.suffix not in (*TABLES, ".json"):
        raise InputError(
            f"Expected battles in a file {', '.join(TABLES)}, or a folder of Music Arena or of the"
            f" proving ground, got {path.name}."
        )
    return _arena(path)


def _tables(path: Path, files: Sequence[Path]) -> VoteFile:
    account = Account()
    votes = [vote for file in files for _, vote in read_lines(file, _Vote, account)]
    if not votes:
        raise InputError(f"{path} holds no battle; expected rows with first, second and outcome.")
    battles = Battles(
        first=[one.first for one in votes],
        second=[one.second for one in votes],
        outcome=[one.outcome for one in votes],
        prompt=[one.prompt for one in votes],
        voter=[one.voter for one in votes],
        first_system=[one.first_system for one in votes],
        second_system=[one.second_system for one in votes],
        month=[_month(one.date, one.day) for one in votes],
        day=[_day(one.date, one.day) for one in votes],
        instrumental=[one.instrumental for one in votes],
    )
    return VoteFile(battles, {}, Origin(name=path.name, sha256=digest_of(path, sorted(files))))


def _arena(path: Path) -> VoteFile:
    source = open_source(path, FACTS)
    songs: dict[str, SongRow] = {}
    rows = []
    for row in READER.read(source, Account()):
        if isinstance(row, SongRow):
            songs[row.song_id] = row
        else:
            rows.append(row)
    if not rows:
        raise InputError(f"{path} holds no battle of {FACTS.title}.")
    battles = Battles(
        first=[one.first for one in rows],
        second=[one.second for one in rows],
        outcome=[one.outcome for one in rows],
        prompt=[one.prompt_id for one in rows],
        voter=[one.voter for one in rows],
        first_system=[songs[one.first].system for one in rows],
        second_system=[songs[one.second].system for one in rows],
        month=[_month(one.date, None) for one in rows],
        day=[_day(one.date, None) for one in rows],
        instrumental=[one.instrumental for one in rows],
    )
    facts = {name: SongFact(song.path, song.duration_s) for name, song in songs.items()}
    return VoteFile(
        battles, facts, Origin(name=path.name, sha256=digest_of(path, sorted(source.files)))
    )


def _month(date: datetime | None, day: float | None) -> str | None:
    if date is not None:
        return f"{date:%Y-%m}"
    return None if day is None else f"month {1 + int(day // DAYS_A_MONTH):02d}"


def _day(date: datetime | None, day: float | None) -> Any:
    if date is not None:
        return (date - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / DAY_S
    return float("nan") if day is None else day
