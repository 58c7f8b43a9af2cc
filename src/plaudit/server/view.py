"""Jobs, songs and rows as the API and the pages show them, read from the database."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.core.note import Note
from plaudit.core.parse import parse_json
from plaudit.core.settings import Record, read_json
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.server.database.queue import progress
from plaudit.server.database.schema import Item, Job, LoadedJudge, Result, StoredSong, Upload


class JobView(Record):
    """A job and how far it is; times in seconds since 1970.

    ``judge_ids`` are its judges that are loaded, as the rows name them.
    """

    schema_version: int = 1
    id: str
    state: str
    created: float
    ended: float | None
    judges: tuple[str, ...]
    judge_ids: tuple[JudgeId, ...]
    n_songs: int
    counts: dict[str, int]


class ItemView(Record):
    """A song of a job: ``rows`` has one row a judge once it is judged."""

    place: int
    name: str
    sha256: str | None
    state: str
    error: Note | None
    rows: tuple[SongScores | SongFailure, ...]


class SongView(Record):
    """A song and all its rows by the judges that are loaded."""

    sha256: str
    name: str
    size_bytes: int
    duration_s: float | None
    media_type: str
    present: bool
    expires: float | None
    rows: tuple[SongScores, ...]


class JudgeView(Record):
    """A judge that is loaded; ``hash`` covers everything that can change a number."""

    name: str
    id: JudgeId
    axes: tuple[str, ...]
    coverage: float | None
    precision: str
    device: str
    card: Card | PublishedCard


def job_view(session: Session, job: Job) -> JobView:
    """Return a job and how far it is."""
    state, counts = progress(session, job)
    return JobView(
        id=job.id,
        state=state,
        created=job.created,
        ended=job.ended,
        judges=tuple(job.judges),
        judge_ids=tuple(
            _judge_id(judge.card, judge.version, judge.hash)
            for name in job.judges
            if (judge := session.get(LoadedJudge, name)) is not None
        ),
        n_songs=sum(counts.values()),
        counts=counts,
    )


@lru_cache(maxsize=64)
def _judge_id(card: str, version: str, hash_: str) -> JudgeId:
    return JudgeId(name=parse_json(card)["name"], version=version, hash=hash_)


def item_views(session: Session, job_id: str, offset: int, limit: int) -> list[ItemView]:
    """Return songs of a job in their order, with their rows."""
    query = select(Item).where(Item.job_id == job_id).order_by(Item.place)
    items = session.scalars(query.offset(offset).limit(limit)).all()
    rows = _rows(session, items)
    return [
        ItemView(
            place=item.place,
            name=item.name,
            sha256=item.sha256,
            state=item.state,
            error=None if item.error is None else Note(**item.error),
            rows=tuple(_answer(item, entry, rows) for entry in item.answers),
        )
        for item in items
    ]


def _rows(session: Session, items: Sequence[Item]) -> dict[tuple[str, str, str], str]:
    songs = {item.sha256 for item in items if item.answers}
    query = select(Result.sha256, Result.judge, Result.digest, Result.row)
    found = session.execute(query.where(Result.sha256.in_(songs)))
    return {(row.sha256, row.judge, row.digest): row.row for row in found}


def _answer(
    item: Item, entry: dict[str, Any], rows: dict[tuple[str, str, str], str]
) -> SongScores | SongFailure:
    judge = JudgeId(**entry["judge"])
    if "error" in entry:
        return SongFailure(path=item.name, error=Note(**entry["error"]), judge=judge)
    row = rows.get((str(item.sha256), judge.hash, entry["digest"]))
    if row is None:
        gone = Note(type="SongRemoved", message=f"{item.name} was removed, with its scores.")
        return SongFailure(path=item.name, error=gone, judge=judge)
    return read_json(SongScores, row, "a result").model_copy(update={"path": item.name})


def song_view(song: StoredSong, upload: Upload, results: Sequence[Result]) -> SongView:
    """Return a song and its rows."""
    named = {"path": upload.name}
    return SongView(
        sha256=song.sha256,
        name=upload.name,
        size_bytes=song.size_bytes,
        duration_s=song.duration_s,
        media_type=song.media_type,
        present=song.present,
        expires=upload.expires,
        rows=tuple(
            read_json(SongScores, result.row, "a result").model_copy(update=named)
            for result in results
        ),
    )


def judge_views(session: Session) -> list[JudgeView]:
    """Return the judges that are loaded."""
    views = []
    for judge in session.scalars(select(LoadedJudge).order_by(LoadedJudge.name)):
        card: Card | PublishedCard
        if judge.published:
            card = read_json(PublishedCard, judge.card, "a card")
        else:
            card = read_json(Card, judge.card, "a card")
        views.append(
            JudgeView(
                name=judge.name,
                id=JudgeId(name=card.name, version=card.version, hash=judge.hash),
                axes=card.score_names,
                coverage=judge.coverage,
                precision=judge.precision,
                device=judge.device,
                card=card,
            )
        )
    return views
