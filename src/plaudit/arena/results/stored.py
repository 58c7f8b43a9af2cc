"""Answers read from a test's database, and from what was brought into its folder."""

import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import (
    Check as StoredCheck,
)
from plaudit.arena.database.schema import (
    Deletion,
    Generation,
    StoredEvent,
    StoredSong,
    StoredTask,
    StoredTest,
    Table,
    Vote,
    Voter,
)
from plaudit.arena.definition.location import TestFolder, read_test
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.results.board import Answers
from plaudit.arena.results.brought import read_brought
from plaudit.arena.results.record import TestFacts
from plaudit.arena.results.row import Check, Role, SideRow, SongFact, VoteRow
from plaudit.arena.session.record import Headphones, Kind, Purpose
from plaudit.arena.sounds.cut import SAMPLE_RATE
from plaudit.core.database import open_engine, reading, upgrade
from plaudit.core.errors import MissingFileError
from plaudit.core.outcome import Outcome

_ROLES: dict[str, Role] = {
    "song": "contestant",
    "original": "contestant",
    "reference": "reference",
    "hidden": "hidden reference",
    "anchor": "anchor",
    "damaged": "damaged",
}
_PLAYED = {"play": "PLAY", "tick": "TICK", "pause": "PAUSE", "ended": "STOP"}


def read_answers(path: Path, database: str | None = None, *, played: bool = False) -> Answers:
    """Read all that a test brought in.

    Parameters
    ----------
    path : Path
        The test's file.
    database : str, optional
        URL of its database; SQLite in the test's folder without.
    played : bool, default False
        Whether rows say what the player did and when.

    Raises
    ------
    MissingFileError
        There is no test, or it has no database and nothing was brought into it.
    InputError
        The file is no test.
    """
    test, folder = read_test(path)
    brought = read_brought(folder.root)
    file = folder.root / "arena.sqlite"
    if database is None and not file.exists():
        if not brought:
            raise MissingFileError(
                f"Expected the votes of {path} in {file}, and it is not there; take votes with"
                " `plaudit arena serve`, or name the --database."
            )
        return _joined(test, Answers(_facts(test, None, None), ()), brought)
    engine = open_engine(database or folder.url)
    try:
        upgrade(engine, Table)
        with reading(engine) as session:
            kept = session.scalar(select(StoredTest))
            songs = _songs(session, folder)
            answers = Answers(
                test=_facts(test, kept and kept.created, kept and kept.closed),
                rows=_rows(session, songs, played=played),
                rules=test.careless,
                songs=songs,
                deleted=session.scalar(select(func.sum(Deletion.votes))) or 0,
            )
    finally:
        engine.dispose()
    return _joined(test, answers, brought)


def _facts(test: ListeningTest, opened: float | None, closed: float | None) -> TestFacts:
    return TestFacts(
        name=test.name, title=test.title, kind=test.kind, gate_s=test.listening.gate_s,
        opened=opened, closed=closed,
    )  # fmt: skip


def _joined(test: ListeningTest, answers: Answers, brought: Iterable[Any]) -> Answers:
    rows, songs = list(answers.rows), dict(answers.songs)
    for part in brought:
        rows += part.rows
        songs = {song.song: song for song in part.songs} | songs
    return Answers(answers.test, rows, test.careless, songs, answers.deleted)


def _songs(session: Session, folder: TestFolder) -> dict[str, SongFact]:
    took: dict[str, list[float]] = {}
    for path, seconds in session.execute(
        select(Generation.path, Generation.seconds).where(Generation.error.is_(None))
    ):
        took.setdefault(str(path), []).append(seconds)
    facts = {}
    for row in session.scalars(select(StoredSong).order_by(StoredSong.id)):
        made = took.get(row.source)
        facts[row.id] = SongFact(
            song=row.id,
            system=row.note if row.role == "anchor" and row.note else row.system,
            role=_ROLES[row.role],
            path=str(folder.beside(row.source).absolute()),
            prompt_id=row.prompt_id,
            prompt=row.prompt,
            lyrics=row.lyrics,
            instrumental=row.instrumental,
            duration_s=row.n_frames / SAMPLE_RATE,
            made_in_s=statistics.median(made) if made else None,
        )
    return facts


def _rows(session: Session, songs: Mapping[str, SongFact], *, played: bool) -> list[VoteRow]:
    counts = dict(
        session.execute(select(StoredEvent.task, func.count()).group_by(StoredEvent.task)).all()
    )
    players = _players(session) if played else {}
    tones = dict(session.execute(select(Voter.id, Voter.headphones)).all())
    query = (
        select(StoredTask, Vote, StoredCheck)
        .join(Vote, Vote.task == StoredTask.id)
        .outerjoin(StoredCheck, StoredCheck.task == StoredTask.id)
        .order_by(Vote.received, StoredTask.id)
    )
    rows = []
    for task, vote, check in session.execute(query):
        fact = songs[task.sides[0]["song"]]
        answer = vote.answer
        heard = {entry["key"]: entry for entry in vote.listening}
        rows.append(
            VoteRow(
                task=task.id,
                voter=task.voter,
                kind=cast(Kind, task.kind),
                purpose=cast(Purpose, task.purpose),
                received=vote.received,
                seconds=vote.received - task.made,
                events=counts.get(task.id, 0),
                headphones=cast(Headphones | None, tones.get(task.voter)),
                prompt_id=fact.prompt_id,
                prompt=fact.prompt,
                lyrics=fact.lyrics,
                instrumental=fact.instrumental,
                sides=tuple(
                    _side(side, heard.get(side["key"], {}), answer, songs, players)
                    for side in task.sides
                ),
                outcome=None if vote.outcome is None else Outcome(vote.outcome),
                ratings=answer.get("ratings") or {},
                comment=answer.get("comment") or "",
                check=_check(task, check),
            )
        )
    return rows


def _side(
    side: Mapping[str, Any],
    heard: Mapping[str, Any],
    answer: Mapping[str, Any],
    songs: Mapping[str, SongFact],
    players: Mapping[str, list[tuple[str, float]]],
) -> SideRow:
    key, order = side["key"], list(answer.get("order") or ())
    song = songs.get(side["song"])
    return SideRow(
        system=song.system if song is not None else side["system"],
        song=side["song"],
        role=_ROLES[side["role"]],
        heard_s=heard.get("seconds"),
        first=heard.get("first"),
        seeks=heard.get("seeks"),
        restarts=heard.get("restarts"),
        score=(answer.get("scores") or {}).get(key),
        place=order.index(key) + 1 if key in order else None,
        reasons=tuple((answer.get("reasons") or {}).get(key, ())),
        played=tuple(players.get(key, ())),
    )


def _check(task: StoredTask, check: StoredCheck | None) -> Check | None:
    if task.planted == "damaged":
        return Check(kind="damaged", passed=None if check is None else check.passed)
    return None if task.planted is None else Check(kind="repeat", repeats=task.repeats)


def _players(session: Session) -> dict[str, list[tuple[str, float]]]:
    """Return what each side's player did; a switch pauses one side and starts the other."""
    columns = (StoredEvent.task, StoredEvent.key, StoredEvent.kind, StoredEvent.at)
    played: dict[str, list[tuple[str, float]]] = {}
    sounding: dict[str, str] = {}
    for task, key, kind, at in session.execute(select(*columns).order_by(StoredEvent.id)):
        before = sounding.get(task)
        if kind == "switch" and before not in (None, key):
            played.setdefault(str(before), []).append(("PAUSE", at))
            played.setdefault(key, []).append(("PLAY", at))
            sounding[task] = key
        elif kind in _PLAYED:
            played.setdefault(key, []).append((_PLAYED[kind], at))
            if kind in ("play", "tick"):
                sounding[task] = key
            else:
                sounding.pop(task, None)
    return played
