"""Votes that were taken elsewhere: brought into a test's results, and never into its tasks.

Music Arena's released rows and its raw log go through the reader of that corpus; rows that
``plaudit arena export`` wrote come back as they were. What is brought lies as one file a source in
``imported/`` of the test's folder, named after its digest: bringing it again changes nothing, and
removing the file takes it out again.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from plaudit.arena.results.row import SideRow, SongFact, VoteRow
from plaudit.arena.session.record import Kind
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import write_atomic
from plaudit.core.settings import Record, load_json, read_json
from plaudit.datasets.corpora.music_arena import FACTS, READER
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.origin import digest_of
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import BattleRow, SongRow

FOLDER = "imported"
OURS = "votes.jsonl"
_MARK = '{"task":'


class Brought(Record):
    """Votes of one source."""

    schema_version: Literal[1] = 1
    source: str  #: Its name.
    sha256: str
    form: str  #: "Music Arena", or "Plaudit".
    rows: tuple[VoteRow, ...]
    songs: tuple[SongFact, ...]
    dropped: dict[str, int]  #: Battles left out, by reason.


def bring(path: Path, kind: Kind) -> Brought:
    """Read votes that were taken elsewhere.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        It holds no votes, a row cannot be used, or they are of another kind than the test.
    """
    if not path.exists():
        raise MissingFileError(f"Expected votes at {path}, and there is nothing.")
    ours = path / OURS if path.is_dir() else path
    brought = _ours(ours) if _is_ours(ours) else _of_arena(path)
    if not brought.rows:
        why = ", ".join(f"{n:,} {reason}" for reason, n in brought.dropped.items())
        raise InputError(f"{path} holds no vote{f' ({why})' if why else ''}; bring others.")
    other = next((row.kind for row in brought.rows if row.kind != kind), kind)
    if other != kind:
        raise InputError(
            f"Expected votes of the kind {kind}, as the test asks for, got {other} in {path}; bring"
            " them into a test of that kind."
        )
    return brought


def keep(brought: Brought, folder: Path) -> tuple[Path, bool]:
    """Keep votes in the folder of a test; return their file, and whether they were there before."""
    file = folder / FOLDER / f"{brought.sha256[:16]}.json"
    if file.exists():
        return file, True
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, brought.model_dump_json())
    return file, False


def read_brought(folder: Path) -> list[Brought]:
    """Read all that was brought into the folder of a test, in order of name."""
    return [load_json(Brought, file) for file in sorted((folder / FOLDER).glob("*.json"))]


def _is_ours(path: Path) -> bool:
    if not path.is_file() or path.suffix != ".jsonl":
        return False
    with path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK.encode()


def _ours(path: Path) -> Brought:
    rows: list[VoteRow] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            rows.append(read_json(VoteRow, line, f"{path}, line {number}"))
    beside = path.with_name("songs.jsonl")
    songs = []
    if beside.is_file():
        for number, line in enumerate(beside.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                songs.append(read_json(SongFact, line, f"{beside}, line {number}"))
    return Brought(
        source=path.name, sha256=digest_of(path, (path,)), form="Plaudit", rows=tuple(rows),
        songs=tuple(songs), dropped={},
    )  # fmt: skip


def _of_arena(path: Path) -> Brought:
    source = open_source(path, FACTS)
    songs: dict[str, SongRow] = {}
    rows: list[VoteRow] = []
    dropped: dict[str, int] = {}
    for row in READER.read(source, Account(strict=True)):
        if isinstance(row, SongRow):
            songs[row.song_id] = row
            continue
        reason = None if row.outcome is not None else "without a vote"
        reason = reason or (None if row.date is not None else "without a time")
        if reason is not None:
            dropped[reason] = dropped.get(reason, 0) + 1
            continue
        rows.append(_vote(row, songs))
    used = {side.song for row in rows for side in row.sides}
    return Brought(
        source=path.name,
        sha256=digest_of(path, source.files),
        form=FACTS.title,
        rows=tuple(rows),
        songs=tuple(_facts(songs[name] for name in songs if name in used)),
        dropped=dropped,
    )


def _vote(row: BattleRow, songs: dict[str, SongRow]) -> VoteRow:
    first, second = songs[row.first], songs[row.second]
    return VoteRow(
        task=row.battle_id,
        voter=row.voter or f"of {row.battle_id}",
        kind="battle",
        received=row.date.timestamp() if row.date is not None else 0.0,
        prompt_id=row.prompt_id,
        prompt=row.prompt,
        instrumental=row.instrumental,
        sides=(
            SideRow(system=first.system or "", song=first.song_id, heard_s=row.listened_first_s),
            SideRow(system=second.system or "", song=second.song_id, heard_s=row.listened_second_s),
        ),
        outcome=row.outcome,
    )


def _facts(songs: Iterable[SongRow]) -> Iterable[SongFact]:
    for song in songs:
        yield SongFact(
            song=song.song_id,
            system=song.system or "",
            path=None if song.path is None else str(song.path.absolute()),
            prompt_id=song.prompt_id,
            prompt=song.prompt,
            instrumental=song.instrumental,
            duration_s=song.duration_s,
            made_in_s=song.made_in_s,
        )
