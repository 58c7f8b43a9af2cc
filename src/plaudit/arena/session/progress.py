"""How far a test is, for whoever runs it."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import (
    Check,
    Deletion,
    Generation,
    Invitation,
    StoredSong,
    StoredTask,
    StoredTest,
    Vote,
    Voter,
)
from plaudit.arena.session.people import Keyed
from plaudit.core.settings import Record


class Pair(Record):
    """How often systems were asked for together, and answered."""

    systems: str  #: JSON list.
    asked: int
    answered: int


class Progress(Record):
    """Counts of a test. Training counts for nothing, a check for itself."""

    schema_version: int = 1
    test: str
    closed: float | None  #: When, s since 1970.
    songs: int
    systems: int
    loudness_lufs: float | None
    voters: dict[str, int]  #: By kind.
    headphones: dict[str, int]  #: Voters by outcome of the headphone check.
    invitations: int
    votes: int
    training: int
    checks: dict[str, tuple[int, int]]  #: By kind: passed, of how many.
    outcomes: dict[str, int]  #: Of battles, in the order shown.
    listened_s: float  #: In votes.
    seconds: float | None  #: From a task to its answer, mean.
    forgotten: int  #: Voters who took their votes back.
    forgotten_votes: int
    pairs: tuple[Pair, ...]
    completion_codes: tuple[str, ...]  #: Of participants who finished.
    generated: int
    failed: int
    cost: float  #: Of songs that systems made, as they said.


def read_progress(session: Session, keyed: Keyed) -> Progress:
    """Count what a test's database holds."""

    def one(query: Any) -> Any:
        return session.execute(query).one()

    def counts(query: Any) -> dict[str, int]:
        return {name: n for name, n in session.execute(query) if name is not None}

    test = session.scalars(select(StoredTest)).one()
    answered = select(StoredTask.purpose, func.count()).join(Vote, Vote.task == StoredTask.id)
    purposes = counts(answered.group_by(StoredTask.purpose))
    columns = (func.count(), func.count(func.distinct(StoredSong.system)))
    songs, systems = one(select(*columns).where(StoredSong.role == "song"))
    votes = select(Vote.outcome, func.count()).join(StoredTask, StoredTask.id == Vote.task)
    votes = votes.where(StoredTask.purpose == "vote")
    times = select(func.avg(Vote.received - StoredTask.made))
    times = times.join(StoredTask, StoredTask.id == Vote.task).where(StoredTask.purpose == "vote")
    listened = select(Vote.listening).join(StoredTask, StoredTask.id == Vote.task)
    listened = listened.where(StoredTask.purpose == "vote")
    pairs = select(StoredTask.systems, func.count(), func.count(Vote.task))
    pairs = pairs.outerjoin(Vote, Vote.task == StoredTask.id).where(StoredTask.purpose == "vote")
    checks = select(Check.kind, Check.passed, func.count()).group_by(Check.kind, Check.passed)
    passed: dict[str, tuple[int, int]] = {}
    for kind, good, n in session.execute(checks):
        before = passed.get(kind, (0, 0))
        passed[kind] = (before[0] + n * bool(good), before[1] + n)
    crowd = select(Voter.participant_hash)
    crowd = crowd.where(Voter.participant_hash.is_not(None), Voter.finished.is_not(None))
    made, failed = select(func.count(), func.sum(Generation.cost)), select(func.count())
    generated, cost = one(made.where(Generation.error.is_(None)))
    return Progress(
        test=test.name,
        closed=test.closed,
        songs=songs,
        systems=systems,
        loudness_lufs=session.scalar(select(func.avg(StoredSong.loudness_lufs))),
        voters=counts(select(Voter.kind, func.count()).group_by(Voter.kind)),
        headphones=counts(select(Voter.headphones, func.count()).group_by(Voter.headphones)),
        invitations=session.scalar(select(func.count()).select_from(Invitation)) or 0,
        votes=purposes.get("vote", 0),
        training=purposes.get("training", 0),
        checks=passed,
        outcomes=counts(votes.group_by(Vote.outcome)),
        listened_s=round(sum(s["seconds"] for row in session.scalars(listened) for s in row), 1),
        seconds=session.scalar(times),
        forgotten=session.scalar(select(func.count()).select_from(Deletion)) or 0,
        forgotten_votes=session.scalar(select(func.sum(Deletion.votes))) or 0,
        pairs=tuple(
            Pair(systems=names, asked=asked, answered=n)
            for names, asked, n in session.execute(
                pairs.group_by(StoredTask.systems).order_by(StoredTask.systems)
            )
        ),
        completion_codes=tuple(
            sorted(keyed.completion_code(name) for name in session.scalars(crowd) if name)
        ),
        generated=generated,
        failed=session.scalar(failed.where(Generation.error.is_not(None))) or 0,
        cost=cost or 0.0,
    )
