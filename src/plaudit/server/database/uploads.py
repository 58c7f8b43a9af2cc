"""Songs of the server: taken in, found for those who may see them, removed."""

import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, or_, select, update
from sqlalchemy.orm import Session

from plaudit.core.database import add_once, reading, writing
from plaudit.core.settings import read_json
from plaudit.judging.record import SongScores
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.schema import (
    Collected,
    Item,
    Job,
    LoadedJudge,
    Result,
    StoredSong,
    Upload,
)


class NewSong(NamedTuple):
    """A song that came in, with its bytes in place."""

    sha256: str
    name: str
    size_bytes: int
    media_type: str
    incoming: Path | None = None  #: Where the bytes of an upload are now.
    reference: str | None = None


def take_in(
    engine: Engine, folder: DataFolder, owner: str, songs: Sequence[NewSong], keep_s: float
) -> None:
    """Make songs known as an owner's; one that is sent again is kept from now on.

    Uploads are moved to their place while their songs are locked: nobody removes them meanwhile.
    """
    now = time.time()
    with writing(engine) as session:
        for new in sorted(songs, key=lambda song: song.sha256):  # nobody waits in a circle
            add_once(
                session,
                StoredSong,
                sha256=new.sha256,
                size_bytes=new.size_bytes,
                reference=new.reference,
                media_type=new.media_type,
                present=True,
            )
            locked = select(StoredSong).where(StoredSong.sha256 == new.sha256).with_for_update()
            song = session.scalars(locked).one()
            if new.incoming is not None:
                place = folder.upload(new.sha256)
                place.parent.mkdir(parents=True, exist_ok=True)
                new.incoming.replace(place)
                song.reference, song.present = None, True
            until = None if song.reference is not None else now + keep_s
            session.merge(
                Upload(owner=owner, sha256=new.sha256, name=new.name, added=now, expires=until)
            )


def uploaded_bytes(engine: Engine) -> int:
    """Return the size of all uploads."""
    with reading(engine) as session:
        total = select(func.sum(StoredSong.size_bytes)).where(
            StoredSong.reference.is_(None), StoredSong.present
        )
        return session.scalar(total) or 0


def own_song(session: Session, owner: str, sha256: str) -> tuple[StoredSong, Upload] | None:
    """Return a song that an owner has; None for one that is not there, or not theirs."""
    upload = session.get(Upload, (owner, sha256))
    return None if upload is None else (session.get_one(StoredSong, sha256), upload)


def rows_of(session: Session, sha256: str) -> list[Result]:
    """Return the results of a song by judges that are loaded, newest first."""
    hashes = select(LoadedJudge.hash)
    query = select(Result).where(Result.sha256 == sha256, Result.judge.in_(hashes))
    return list(session.scalars(query.order_by(Result.created.desc())))


def judged_songs(
    session: Session,
    owner: str,
    judge: str,
    *,
    among: Sequence[str] | None = None,
    most: int,
    timeline: bool = False,
) -> list[SongScores]:
    """Return the newest rows of an owner's songs by the judge of a hash, newest songs first.

    ``among`` are songs to choose from; at most ``most`` songs are looked at. Rows have their
    ``timeline`` only where it is asked for.
    """
    query = (
        select(Upload.sha256, Upload.name, Result.row)
        .join(Result, Result.sha256 == Upload.sha256)
        .where(Upload.owner == owner, Result.judge == judge)
        .order_by(Upload.added.desc(), Upload.name, Upload.sha256, Result.created.desc())
        .limit(most)
    )
    if among is not None:
        query = query.where(Upload.sha256.in_(among))
    newest: dict[str, tuple[str, str]] = {}
    for sha256, name, row in session.execute(query):
        newest.setdefault(sha256, (name, row))
    read = _whole if timeline else _bare
    return [read(row).model_copy(update={"path": name}) for name, row in newest.values()]


def _whole(row: str) -> SongScores:
    return read_json(SongScores, row, "a result")


@lru_cache(4096)
def _bare(row: str) -> SongScores:
    """Return a row without its timeline; rows never change, and lists ask for them again."""
    return _whole(row).model_copy(update={"timeline": None})


def remove_song(engine: Engine, folder: DataFolder, owner: str, sha256: str) -> bool:
    """Remove a song of an owner, with its results where nobody else has it; False for no song."""
    with writing(engine) as session:
        if session.get(Upload, (owner, sha256)) is None:
            return False
        _let_go(session, folder, owner, sha256)
        return True


def remove_expired(engine: Engine, folder: DataFolder) -> int:
    """Remove the bytes of uploads whose time has come; return of how many songs.

    Scores and names stay: they are what the song was sent for.
    """
    later = or_(Upload.expires.is_(None), Upload.expires >= time.time())
    kept = select(Upload.sha256).where(later)
    gone = (StoredSong.present, StoredSong.reference.is_(None), StoredSong.sha256.not_in(kept))
    with writing(engine) as session:
        songs = session.scalars(select(StoredSong).where(*gone).with_for_update()).all()
        for song in songs:
            folder.remove(song.sha256)
            song.present, song.outline = False, None
        return len(songs)


def _let_go(session: Session, folder: DataFolder, owner: str, sha256: str) -> None:
    session.scalars(select(StoredSong).where(StoredSong.sha256 == sha256).with_for_update()).one()
    session.execute(delete(Upload).where(Upload.owner == owner, Upload.sha256 == sha256))
    # Its name and what it was to answer may say who it is about.
    own = (Item.sha256 == sha256, Item.job_id.in_(select(Job.id).where(Job.owner == owner)))
    session.execute(update(Item).where(*own).values(name="removed", given={}))
    if session.scalar(select(func.count()).where(Upload.sha256 == sha256)):
        return
    for table in (Result, Collected):
        session.execute(delete(table).where(table.sha256 == sha256))
    session.execute(delete(StoredSong).where(StoredSong.sha256 == sha256))
    folder.remove(sha256)
