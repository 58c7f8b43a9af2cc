"""Tables of the server, for SQLite and PostgreSQL alike.

Conventions: times are seconds since 1970 (UTC); hashes are SHA-256 in hexadecimal; ``owner`` is the
id of an API key (of keys that share what they have: of the first), or `LOCAL` where keys are off. A
song is known by its content, a result by song, judge and what the song was to answer: the same
three are never judged twice.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plaudit.core.database import named_constraints

LOCAL = "local"
QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)
_COUNTED = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER


class Table(DeclarativeBase):
    """Root of the tables."""

    #: Tables, with names for constraints.
    metadata = named_constraints()
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - as SQLAlchemy reads it


class StoredSong(Table):
    """A recording by its content: where its bytes are, and what is known of them."""

    __tablename__ = "song"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    #: Path below the allowed folder of a song that was named; None for an upload.
    reference: Mapped[str | None] = mapped_column(Text)
    media_type: Mapped[str]
    #: Whether its bytes are here; uploads go after a time, what was found of them stays.
    present: Mapped[bool] = mapped_column(default=True)
    duration_s: Mapped[float | None]
    #: State of its outline, which is made when somebody wants to see it.
    outline: Mapped[str | None] = mapped_column(index=True)


class Upload(Table):
    """A song as one owner gave it; the bytes go when the last upload of them has expired."""

    __tablename__ = "upload"
    owner: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("song.sha256"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(Text)
    added: Mapped[float]
    expires: Mapped[float | None] = mapped_column(index=True)


class Job(Table):
    """Songs that were sent together. ``judges`` are names under which they were asked for."""

    __tablename__ = "job"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    created: Mapped[float] = mapped_column(index=True)
    ended: Mapped[float | None]
    cancelled: Mapped[bool] = mapped_column(default=False)
    judges: Mapped[list[Any]]


class Item(Table):
    """One song of a job.

    ``answers`` has an entry a judge: ``{"judge": id, "digest": text}``, which names a result, or
    ``{"judge": id, "error": note}``. ``attempts`` counts workers that ended while they had it.
    """

    __tablename__ = "item"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    place: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(index=True)
    given: Mapped[dict[str, Any]]
    state: Mapped[str]
    #: Order of the queue: a song of a long job waits behind those of short ones.
    due: Mapped[float]
    worker: Mapped[str | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    started: Mapped[float | None]
    ended: Mapped[float | None]
    answers: Mapped[list[Any]]
    error: Mapped[dict[str, Any] | None]
    __table_args__ = (Index("ix_item_queue", "state", "due", "id"),)


class Result(Table):
    """The row of a song by a judge, as JSON of `plaudit.judging.record.SongScores`."""

    __tablename__ = "result"
    sha256: Mapped[str] = mapped_column(ForeignKey("song.sha256"), primary_key=True)
    judge: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[str] = mapped_column(Text)
    embedding: Mapped[bytes | None]  #: float32, for a judge that has one.
    created: Mapped[float]


class LoadedJudge(Table):
    """A judge as a worker loaded it, under the name by which it is asked for."""

    __tablename__ = "judge"
    name: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(index=True)
    version: Mapped[str]
    published: Mapped[bool]
    card: Mapped[str] = mapped_column(Text)
    coverage: Mapped[float | None]
    precision: Mapped[str]
    device: Mapped[str]
    loaded: Mapped[float]


class Worker(Table):
    """A process that judges; ``beat`` is when it last said that it lives."""

    __tablename__ = "worker"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    pid: Mapped[int]
    started: Mapped[float]
    beat: Mapped[float]
    ready: Mapped[bool] = mapped_column(default=False)


class Key(Table):
    """An API key: the secret is kept as an argon2 hash alone."""

    __tablename__ = "api_key"
    id: Mapped[str] = mapped_column(primary_key=True)
    #: Key whose songs and jobs it sees and sends to; None for its own.
    owner: Mapped[str | None]
    name: Mapped[str]
    secret: Mapped[str]
    scopes: Mapped[list[Any]]
    per_minute: Mapped[int | None]
    created: Mapped[float]
    revoked: Mapped[float | None]


class Collection(Table):
    """Songs that an owner keeps together; whoever has the token of its link may read it."""

    __tablename__ = "collection"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(Text)
    created: Mapped[float]
    token: Mapped[str | None] = mapped_column(unique=True)


class Collected(Table):
    """A song in a collection, in its place."""

    __tablename__ = "collected"
    collection_id: Mapped[str] = mapped_column(ForeignKey("collection.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("song.sha256"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    place: Mapped[int]
