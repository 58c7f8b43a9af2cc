"""Songs taken into a test: prepared, and named in its database."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, select

from plaudit.arena.database.schema import StoredSong, StoredTask
from plaudit.arena.definition.contestant import REFERENCE, Entry
from plaudit.arena.definition.location import TestFolder
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.sounds.stimulus import plan, prepare
from plaudit.core.database import reading, writing

_DAMAGED = 20  # songs at most that get a damaged copy
_FEWEST = 4


class TakenIn(NamedTuple):
    """What came of it."""

    songs: int  #: Songs of the test now.
    added: int
    removed: int
    loudness_lufs: float | None  #: Of all sounds; None where there is none.


def take_in(
    test: ListeningTest,
    folder: TestFolder,
    engine: Engine,
    entries: Sequence[Entry],
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> TakenIn:
    """Prepare the songs of a test and store their rows.

    Before the first task was given out, songs that are named no longer leave the test. From then on
    songs only join it, at the loudness that the others have.

    Raises
    ------
    MissingFileError, AudioError
        A file is missing, or no music.
    LevelError
        A song that joins would have to be softer than the others.
    """
    sounds = plan(
        _used(test, entries),
        anchors=test.tasks.anchors if test.kind == "mushra" else (),
        damaged=_n_damaged(test),
    )
    with reading(engine) as session:
        there = {row.id: row for row in session.scalars(select(StoredSong))}
        begun = bool(session.scalar(select(func.count()).select_from(StoredTask)))
        level = max((row.loudness_lufs for row in there.values()), default=None)
    new = [sound for sound in sounds if not begun or sound.id not in there]
    folder.sounds.mkdir(parents=True, exist_ok=True)
    rows = prepare(
        new,
        folder.sounds,
        longest_s=test.listening.longest_s,
        loudness_lufs=level if begun and level is not None else test.listening.loudness_lufs,
        fixed=begun,
        now=time.time(),
        on_progress=on_progress,
    )
    kept = {row.sha256 for row in rows}
    with writing(engine) as session:
        if not begun:
            session.execute(delete(StoredSong).where(StoredSong.of.is_not(None)))
            session.execute(delete(StoredSong))
        for row in sorted(rows, key=lambda row: row.of is not None):
            session.add(row)
            session.flush()
        count = select(func.count()).select_from(StoredSong).where(StoredSong.role == "song")
        n_songs = session.scalar(count) or 0
        loudness = session.scalar(select(func.avg(StoredSong.loudness_lufs)))
    names = {sound.id for sound in sounds}
    removed = 0 if begun else len(set(there) - names)
    if not begun:
        _sweep(folder, kept)
    return TakenIn(n_songs, len(names - set(there)), removed, loudness)


def _used(test: ListeningTest, entries: Sequence[Entry]) -> list[Entry]:
    wants = test.kind == "mushra" or (test.kind == "rating" and test.tasks.reference)
    return [entry for entry in entries if wants or entry.role != REFERENCE]


def _n_damaged(test: ListeningTest) -> int:
    """Enough copies that a voter meets none twice."""
    if not test.tasks.checks or test.kind == "mushra":
        return 0
    met = round(2 * test.tasks.checks * (test.tasks.per_voter or 100))
    return min(max(met, _FEWEST), _DAMAGED)


def _sweep(folder: TestFolder, kept: set[str]) -> None:
    """Remove prepared sounds that no song of the test has."""
    for path in folder.sounds.glob("*.pcm"):
        if path.stem not in kept:
            path.unlink()
