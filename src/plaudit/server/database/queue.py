"""The queue: jobs come in, workers take songs out, and each song ends exactly once.

A worker claims a song in a transaction and ends it only while the song is still its own, so that
one that was thought dead and comes back changes nothing. A song of a worker that ended is queued
again and then judged alone (`Claim.alone`): if that worker ends too, the song did it, and becomes
an error. A job may take so much work: the songs that still wait then become errors.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from plaudit.core.database import add_once, reading, writing
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.server.database.schema import (
    CANCELLED,
    DONE,
    ENDED,
    FAILED,
    QUEUED,
    RUNNING,
    Item,
    Job,
    Result,
    StoredSong,
)

ATTEMPTS = 2
"""Workers that a song may cost."""

REMOVED = Note(type="SongRemoved", message="The song was removed before it was judged.")


class Wanted(NamedTuple):
    """A song of a new job; one that was refused when it came has an ``error`` and no content."""

    name: str
    sha256: str | None
    given: Mapping[str, str]
    error: Note | None = None


class Claim(NamedTuple):
    """A song that a worker has taken."""

    item: int
    name: str
    sha256: str
    reference: str | None
    judges: tuple[str, ...]
    given: dict[str, Any]
    alone: bool


class Progress(NamedTuple):
    """How far a job is; counts by state of its songs."""

    state: str
    counts: dict[str, int]


class Answer(NamedTuple):
    """What a judge said to a song, with the digest of what the song was to answer."""

    row: SongScores | SongFailure
    judge: JudgeId
    digest: str
    embedding: bytes | None = None


def add_job(engine: Engine, owner: str, judges: Sequence[str], songs: Sequence[Wanted]) -> str:
    """Put songs into the queue as one job and return its id."""
    now = time.time()
    job = Job(
        id=secrets.token_urlsafe(16), owner=owner, created=now, judges=list(judges), cancelled=False
    )
    with writing(engine) as session:
        session.add(job)
        session.flush()
        session.add_all(
            Item(
                job_id=job.id,
                place=place,
                name=song.name,
                sha256=song.sha256,
                given=dict(song.given),
                state=QUEUED if song.error is None else FAILED,
                # A second a place: others come in between the songs of a long job.
                due=now + place,
                attempts=0,
                ended=None if song.error is None else now,
                answers=[],
                error=None if song.error is None else song.error.model_dump(),
            )
            for place, song in enumerate(songs)
        )
        session.flush()
        _end_if_whole(session, job.id)
        return job.id


def waiting(engine: Engine) -> int:
    """Return how many songs wait or are being judged."""
    with reading(engine) as session:
        counted = select(func.count()).where(Item.state.in_((QUEUED, RUNNING)))
        return session.scalar(counted) or 0


def progress(session: Session, job: Job) -> Progress:
    """Return how far a job is."""
    counted = select(Item.state, func.count()).where(Item.job_id == job.id).group_by(Item.state)
    counts = {row[0]: row[1] for row in session.execute(counted)}
    if job.cancelled:
        state = CANCELLED
    elif job.ended is not None:
        state = DONE
    else:
        state = RUNNING if set(counts) - {QUEUED} else QUEUED
    return Progress(state, counts)


def cancel(engine: Engine, job_id: str) -> None:
    """Take the songs of a job out of the queue; what was judged stays."""
    with writing(engine) as session:
        job = _lock_job(session, job_id)
        if job is None or job.ended is not None:
            return
        now = time.time()
        job.cancelled, job.ended = True, now
        session.execute(
            update(Item)
            .where(Item.job_id == job_id, Item.state.not_in(ENDED))
            .values(state=CANCELLED, worker=None, ended=now)
        )


def claim(engine: Engine, worker: str, *, ahead: bool = False) -> Claim | None:
    """Take the next song for a worker; None where no song waits.

    One that reads ahead takes no song that cost a worker already: it has to be judged alone.
    """
    with reading(engine) as session:  # an idle worker keeps no writer waiting
        if session.scalar(select(Item.id).where(Item.state == QUEUED).limit(1)) is None:
            return None
    with writing(engine) as session:
        item = session.scalar(
            select(Item)
            .where(Item.state == QUEUED)
            .order_by(Item.due, Item.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if item is None or item.sha256 is None or (ahead and item.attempts > 0):
            return None
        item.state, item.worker, item.started = RUNNING, worker, time.time()
        job, song = session.get_one(Job, item.job_id), session.get_one(StoredSong, item.sha256)
        return Claim(
            item.id,
            item.name,
            song.sha256,
            song.reference,
            tuple(job.judges),
            item.given,
            item.attempts > 0,
        )


def finish(engine: Engine, worker: str, item_id: int, answers: Sequence[Answer]) -> bool:
    """End a song with what the judges said; False where it is no longer this worker's."""
    with writing(engine) as session:
        item = _own(session, worker, item_id)
        if item is None:
            return False
        if session.get(StoredSong, item.sha256) is None:
            _fail(session, item, REMOVED)
            return True
        now, entries, length = time.time(), [], None
        for answer in answers:
            entry: dict[str, Any] = {"judge": answer.judge.model_dump()}
            if isinstance(answer.row, SongFailure):
                entry["error"] = answer.row.error.model_dump()
            else:
                _keep(session, answer, now)
                entry["digest"] = answer.digest
                length = answer.row.duration_s
            entries.append(entry)
        judged = any("digest" in entry for entry in entries)
        item.answers, item.state, item.ended = entries, DONE if judged else FAILED, now
        if not judged and entries:
            item.error = entries[0]["error"]
        # The time of a song that was read ahead begins when the one before it ends.
        waits = (Item.worker == worker, Item.state == RUNNING, Item.id != item_id)
        session.execute(update(Item).where(*waits).values(started=now))
        if length is not None and item.sha256 is not None:
            session.get_one(StoredSong, item.sha256).duration_s = length
        session.flush()
        _end_if_whole(session, item.job_id)
        return True


def refuse(engine: Engine, worker: str, item_id: int, error: Note) -> None:
    """End a song of a worker with an error."""
    with writing(engine) as session:
        item = _own(session, worker, item_id)
        if item is not None:
            _fail(session, item, error)


def end_long_jobs(engine: Engine, job_s: float) -> int:
    """End songs that wait in jobs on which workers spent more than ``job_s``; return how many.

    The work on a job is that on its songs that ended, so that neither a turn behind other jobs nor
    a server that was off counts. A song in work ends as any other does.
    """
    work = func.sum(Item.ended - Item.started)
    waiting = select(Item.job_id).where(Item.state == QUEUED)
    spent = select(Item.job_id).where(Item.job_id.in_(waiting), Item.ended.is_not(None))
    with reading(engine) as session:
        jobs = session.scalars(spent.group_by(Item.job_id).having(work > job_s)).all()
    most = f"{job_s / 3600:g} h" if job_s >= 3600 else f"{job_s:g} s"
    text = f"Its job took more than {most} of work, the limit of this server"
    error = Note(type="JobTooLong", message=f"{text}; send fewer songs at a time.")
    ended = 0
    for job in jobs:
        with writing(engine) as session:
            _lock_job(session, job)
            left = select(Item).where(Item.job_id == job, Item.state == QUEUED)
            items = session.scalars(left.with_for_update()).all()
            for item in items:
                item.state, item.ended, item.error = FAILED, time.time(), error.model_dump()
            session.flush()
            _end_if_whole(session, job)
            ended += len(items)
    return ended


def give_back(engine: Engine, worker: str, *, fault: str | None = None) -> list[int]:
    """Queue what a worker had in work again; return the items.

    ``fault`` says how the worker ended, if it ended by itself: a song that was its own
    `ATTEMPTS` times becomes an error.
    """
    with writing(engine) as session:
        held = (Item.worker == worker, Item.state == RUNNING)
        # Everybody locks jobs before songs, and jobs in one order: nobody waits in a circle.
        for job in sorted(session.scalars(select(Item.job_id).where(*held).distinct())):
            _lock_job(session, job)
        items = session.scalars(select(Item).where(*held).with_for_update()).all()
        for item in items:
            item.attempts += fault is not None
            if fault is not None and item.attempts >= ATTEMPTS:
                text = f"The process that judged this song ended {ATTEMPTS} times ({fault}); check"
                _fail(session, item, Note(type="WorkerEnded", message=f"{text} the file."))
            else:
                item.state, item.worker = QUEUED, None
        return [item.id for item in items]


def _own(session: Session, worker: str, item_id: int) -> Item | None:
    held = select(Item).where(Item.id == item_id, Item.worker == worker, Item.state == RUNNING)
    job = session.scalar(held.with_only_columns(Item.job_id))
    if job is None:
        return None
    _lock_job(session, job)
    return session.scalar(held.with_for_update())


def _lock_job(session: Session, job_id: str) -> Job | None:
    return session.scalar(select(Job).where(Job.id == job_id).with_for_update())


def _fail(session: Session, item: Item, error: Note) -> None:
    item.state, item.ended, item.error = FAILED, time.time(), error.model_dump()
    session.flush()
    _end_if_whole(session, item.job_id)


def _keep(session: Session, answer: Answer, now: float) -> None:
    """Keep a row under its song, judge and conditions; one that is there is the same."""
    row = answer.row
    assert isinstance(row, SongScores)  # noqa: S101 - the caller looked
    bare = row.model_copy(update={"path": None})
    values = {"row": bare.model_dump_json(), "embedding": answer.embedding, "created": now}
    add_once(
        session, Result, sha256=row.sha256, judge=answer.judge.hash, digest=answer.digest, **values
    )


def _end_if_whole(session: Session, job_id: str) -> None:
    left = select(func.count()).where(Item.job_id == job_id, Item.state.not_in(ENDED))
    if session.scalar(left) == 0:
        session.execute(
            update(Job).where(Job.id == job_id, Job.ended.is_(None)).values(ended=time.time())
        )
