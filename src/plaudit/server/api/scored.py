"""Rows of songs by one judge, as a request needs them; what is not scored yet becomes a job."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.core.note import Note
from plaudit.core.settings import read_json
from plaudit.judging.record import SongFailure, SongScores
from plaudit.server.access import Caller
from plaudit.server.api.score import check_queue, known_judges, make_job
from plaudit.server.condition import conditions_of, digest_of
from plaudit.server.database.keys import SCORE
from plaudit.server.database.queue import Wanted
from plaudit.server.database.schema import ENDED, FAILED, Item, Job, LoadedJudge, StoredSong
from plaudit.server.database.uploads import own_song, rows_of
from plaudit.server.refusal import RefusalError, not_found
from plaudit.server.serving import Serving
from plaudit.server.view import JobView, job_view


class UnscoredError(RefusalError):
    """A judge has not scored some songs of a caller yet."""

    def __init__(self, judge: LoadedJudge, songs: Sequence[Wanted]) -> None:
        text = f"Judge '{judge.name}' has not scored {songs[0].name} yet; send it to /v1/score"
        super().__init__(409, "NotScored", f"{text}, or ask with a key of scope '{SCORE}'.")
        self.judge, self.songs = judge.name, songs
        self.digests = [digest_of(song.given, conditions_of(judge)) for song in songs]


def loaded_judge(session: Session, server: Serving, name: str | None) -> LoadedJudge:
    """Return a judge of the server, the first by default; 503 while it is being loaded."""
    [known, *_] = known_judges(server, () if name is None else (name,))
    judge = session.get(LoadedJudge, known)
    if judge is None:
        text = f"Judge '{known}' is still being loaded; ask again."
        raise RefusalError(503, "NotLoaded", text, {"Retry-After": "5"})
    return judge


def rows_for(
    session: Session,
    caller: Caller,
    judge: LoadedJudge,
    songs: Sequence[Wanted],
    *,
    newest: bool = False,
) -> list[SongScores | SongFailure]:
    """Return the row of each song of a caller for what it is to answer.

    ``newest`` takes the newest row of a song, whatever it answered.

    Raises
    ------
    UnscoredError
        Some songs have no row, and were not tried.
    """
    rows: list[SongScores | SongFailure] = []
    missing = []
    for song in songs:
        found = own_song(session, caller.owner, str(song.sha256))
        if found is None:
            raise not_found("song")
        named = song._replace(name=found[1].name)
        digest = digest_of(song.given, conditions_of(judge))
        row: SongScores | SongFailure | None
        row = _row(session, judge, named, None if newest else digest)
        if row is None and not newest:
            row = _failure(session, caller, judge, named, digest)
        if row is None:
            missing.append(named)
        else:
            rows.append(row)
    if missing:
        raise UnscoredError(judge, missing)
    return rows


def job_for(server: Serving, caller: Caller, missing: UnscoredError) -> JobView:
    """Return the job that scores songs: the one in which they wait already, or a new one.

    Raises
    ------
    RefusalError
        The caller may not send songs, their audio is gone, or the queue is full.
    """
    if SCORE not in caller.scopes:
        raise missing
    with reading(server.engine) as session:
        for item, job in _tried(session, caller, [song.sha256 for song in missing.songs]):
            if item.state not in ENDED and missing.judge in job.judges:
                return job_view(session, job)
        for song in missing.songs:
            if not session.get_one(StoredSong, song.sha256).present:
                text = f"The audio of {song.name} is no longer here; send it again."
                raise RefusalError(404, "Gone", text)
    check_queue(server)
    return make_job(server, caller.owner, (missing.judge,), missing.songs)


def _row(
    session: Session, judge: LoadedJudge, song: Wanted, digest: str | None
) -> SongScores | None:
    for result in rows_of(session, str(song.sha256)):
        if result.judge == judge.hash and digest in (None, result.digest):
            row = read_json(SongScores, result.row, "a result")
            return row.model_copy(update={"path": song.name})
    return None


def _failure(
    session: Session, caller: Caller, judge: LoadedJudge, song: Wanted, digest: str
) -> SongFailure | None:
    """Return why a song has no row, where the judge tried it last."""
    for item, job in _tried(session, caller, [song.sha256]):
        if judge.name not in job.judges or digest_of(item.given, conditions_of(judge)) != digest:
            continue
        errors = [
            entry["error"]
            for entry in item.answers
            if entry["judge"]["hash"] == judge.hash and "error" in entry
        ]
        if item.state == FAILED and item.error is not None:
            errors.append(item.error)
        return SongFailure(path=song.name, error=Note(**errors[0])) if errors else None
    return None


def _tried(
    session: Session, caller: Caller, songs: Sequence[str | None]
) -> Sequence[tuple[Item, Job]]:
    """Return where songs of a caller stand in jobs, the newest first."""
    query = select(Item, Job).join(Job, Item.job_id == Job.id)
    query = query.where(Item.sha256.in_(songs), Job.owner == caller.owner)
    return session.execute(query.order_by(Item.id.desc())).tuples().all()
