"""Tables of one listening test, for SQLite and PostgreSQL alike.

Conventions: times are seconds since 1970 (UTC) on the server's clock; ``hash`` columns hold
HMAC-SHA256 under the secret of the test's folder, never what was hashed; ids are random, but for
songs, whose id follows from what they are. ``item`` is a prompt with its vocal or instrumental
songs: sides of one task come from one item.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plaudit.core.database import named_constraints

_COUNTED = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only an INTEGER


class Table(DeclarativeBase):
    """Root of the tables."""

    #: Tables, with names for constraints.
    metadata = named_constraints()
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - as SQLAlchemy reads it


class StoredTest(Table):
    """The test that this database belongs to: one row."""

    __tablename__ = "test"
    name: Mapped[str] = mapped_column(primary_key=True)
    fixed: Mapped[dict[str, Any]]  #: What must not change once there are votes.
    definition: Mapped[dict[str, Any]]  #: `ListeningTest` when it was last opened.
    created: Mapped[float]
    closed: Mapped[float | None]


class StoredSong(Table):
    """A prepared sound: a song, a reference, an anchor or a damaged copy."""

    __tablename__ = "song"
    id: Mapped[str] = mapped_column(primary_key=True)
    system: Mapped[str] = mapped_column(Text)
    item: Mapped[str] = mapped_column(index=True)
    prompt_id: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str | None] = mapped_column(Text)
    lyrics: Mapped[str | None] = mapped_column(Text)
    instrumental: Mapped[bool | None]
    role: Mapped[str]  #: song, reference, anchor or damaged.
    of: Mapped[str | None] = mapped_column(ForeignKey("song.id"))  #: What it is a copy of.
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text)  #: The file it was made from.
    sha256: Mapped[str]  #: Of its PCM, which lies in ``sounds/<sha256>.pcm``.
    n_frames: Mapped[int]
    loudness_lufs: Mapped[float]  #: Of the PCM.
    gain_db: Mapped[float]
    added: Mapped[float]


class Voter(Table):
    """A person, or what says that it is one."""

    __tablename__ = "voter"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  #: anonymous, invited or crowd.
    created: Mapped[float]
    language: Mapped[str]
    terms: Mapped[str]  #: SHA-256 of the text that was agreed to.
    participant_hash: Mapped[str | None] = mapped_column(unique=True)
    address_hash: Mapped[str | None] = mapped_column(index=True)
    finished: Mapped[float | None]  #: When nothing was left to ask.
    headphones: Mapped[str | None]  #: `Headphones`; None where the page was never left.


class Invitation(Table):
    """A token that lets one person in, on whatever device."""

    __tablename__ = "invitation"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[float]
    voter: Mapped[str | None] = mapped_column(ForeignKey("voter.id", ondelete="SET NULL"))


class StoredTask(Table):
    """What a voter was asked.

    ``sides`` has an entry a side in the order shown: ``{"key", "song", "system", "label", "role"}``
    with the role song, original, reference, hidden, anchor or damaged. ``pair`` names what this
    voter must not be asked twice; None for a repeat, which is meant to.
    """

    __tablename__ = "task"
    id: Mapped[str] = mapped_column(primary_key=True)
    voter: Mapped[str] = mapped_column(ForeignKey("voter.id", ondelete="CASCADE"))
    place: Mapped[int]
    kind: Mapped[str]
    purpose: Mapped[str]
    planted: Mapped[str | None]  #: Of a check: damaged or repeat.
    repeats: Mapped[str | None] = mapped_column(ForeignKey("task.id", ondelete="SET NULL"))
    item: Mapped[str]
    systems: Mapped[str]  #: JSON list of the systems compared, sorted.
    swapped: Mapped[bool]  #: Of a battle: whether the later of ``systems`` is shown first.
    pair: Mapped[str | None] = mapped_column(Text)
    sides: Mapped[list[Any]]
    n_frames: Mapped[int]
    made: Mapped[float]
    __table_args__ = (
        UniqueConstraint("voter", "place", name="uq_task_place"),
        UniqueConstraint("voter", "pair", name="uq_task_pair"),
        Index("ix_task_systems", "purpose", "systems"),
    )


class StoredEvent(Table):
    """What a player did; ``at`` is when, placed between two messages of this browser."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    task: Mapped[str] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    key: Mapped[str]
    kind: Mapped[str]
    position_s: Mapped[float]
    at_ms: Mapped[float]
    received: Mapped[float]
    at: Mapped[float]


class Vote(Table):
    """The answer to a task: there once, or not at all."""

    __tablename__ = "vote"
    task: Mapped[str] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    received: Mapped[float] = mapped_column(index=True)
    digest: Mapped[str]  #: Of the answer with its nonce: the same answer again is no second one.
    outcome: Mapped[str | None]  #: Of a battle, in the order shown.
    answer: Mapped[dict[str, Any]]  #: `Answer`, without its nonce.
    listening: Mapped[list[Any]]  #: `Listening` of each side, when the answer came.


class Check(Table):
    """Whether a voter passed a planted check."""

    __tablename__ = "check"
    task: Mapped[str] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str]
    passed: Mapped[bool]


class Generation(Table):
    """A song that a system was asked to make: one row an attempt."""

    __tablename__ = "generation"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    system: Mapped[str] = mapped_column(Text)
    prompt_id: Mapped[str] = mapped_column(Text)
    attempt: Mapped[int]
    started: Mapped[float]
    seconds: Mapped[float]
    cost: Mapped[float | None]  #: In the currency of the system's own report.
    error: Mapped[str | None] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]]


class Deletion(Table):
    """That somebody took their votes back: how many, and nothing else."""

    __tablename__ = "deletion"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    at: Mapped[float]
    votes: Mapped[int]
