"""The room: everything that a page may do for a listener; each method is one transaction.

Methods may be called from many threads and processes at once. What a voter sends is not trusted: a
task or key of somebody else is as unknown as one that never was.
"""

import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import StoredEvent, StoredTask, StoredTest, Table, Vote
from plaudit.arena.definition.location import TestFolder, read_test
from plaudit.arena.definition.record import ListeningTest
from plaudit.arena.session import people
from plaudit.arena.session.battle_counts import BattleCounts
from plaudit.arena.session.errors import (
    AnswerError,
    ClosedError,
    NotFoundError,
    RefusedError,
    TooEarlyError,
)
from plaudit.arena.session.heard import placed
from plaudit.arena.session.next_task import Songs, TaskMaker, read_songs
from plaudit.arena.session.people import Keyed
from plaudit.arena.session.progress import Progress, read_progress
from plaudit.arena.session.record import (
    Answer,
    Event,
    Finished,
    Headphones,
    Listening,
    Receipt,
    Revealed,
    Side,
    Task,
)
from plaudit.arena.session.vote import heard, needed_s, store_answer
from plaudit.arena.sounds.cut import SAMPLE_RATE, Sound
from plaudit.core.database import open_engine, reading, upgrade, writing
from plaudit.core.errors import InputError

MOST_EVENTS = 20_000
"""Events of one task that are taken: hours of listening send no more."""
_AHEAD_S = 3600.0  # by which a position may lie behind a sound's end: loops do not count


class Room:
    """One listening test that is open; `open` makes it."""

    def __init__(self, test: ListeningTest, folder: TestFolder, engine: Engine, terms: str) -> None:
        self.test, self.folder, self.engine, self.terms = test, folder, engine, terms
        self.secret = folder.secret()
        self._keyed = Keyed(self.secret)
        with reading(engine) as session:
            self.songs: Songs = read_songs(session)
        self._counts = BattleCounts(self.songs.systems)

    @classmethod
    def open(cls, path: Path, database: str | None = None) -> "Room":
        """Open a test: make its database, or bring it up to date.

        Parameters
        ----------
        path : Path
            The test's file.
        database : str, optional
            URL of a PostgreSQL database of its own; SQLite in the test's folder without.

        Raises
        ------
        InputError
            The file is no test, the database belongs to another one, or the test was changed where
            votes of before and after would mix.
        """
        test, folder = read_test(path)
        folder.root.mkdir(parents=True, exist_ok=True)
        engine = open_engine(database or folder.url)
        try:
            upgrade(engine, Table)
            with writing(engine) as session:
                _remember(session, test)
            return cls(test, folder, engine, folder.terms(test))
        except BaseException:
            engine.dispose()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections to the database back."""
        self.engine.dispose()

    def enter(
        self,
        *,
        consent: bool,
        language: str,
        token: str | None = None,
        participant: str | None = None,
        address: str | None = None,
        terms: str | None = None,
        now: float | None = None,
    ) -> str:
        """Let a person in who agrees to the terms; return the voter's id.

        ``terms`` is the text that was shown, where it is not the test's own.

        Raises
        ------
        RefusedError
            No consent, no such language or invitation, or the test is not open to them.
        ClosedError
            The test takes no more votes.
        """
        if not consent:
            raise RefusedError("Expected your consent to the terms; nobody takes part without it.")
        if language not in self.test.languages:
            raise RefusedError(
                f"Expected one of the languages {', '.join(self.test.languages)}; choose one."
            )
        moment = _now(now)
        with writing(self.engine) as session:
            _require_open(session)
            return people.new_voter(
                session,
                self._keyed,
                self.test.people,
                language=language,
                terms=sha256((terms or self.terms).encode()).hexdigest(),
                token=token,
                participant=participant,
                address=address,
                now=moment,
            )

    def known(self, voter: str) -> bool:
        """Return whether there is such a voter."""
        with reading(self.engine) as session:
            try:
                people.voter_row(session, voter)
            except NotFoundError:
                return False
            return True

    def note_headphones(self, voter: str, outcome: Headphones) -> None:
        """Note whether a voter named the quietest tone; `NotFoundError` for nobody known."""
        with writing(self.engine) as session:
            people.note_headphones(session, voter, outcome)

    def next(self, voter: str, *, now: float | None = None) -> Task | Finished:
        """Return the voter's open task, or a new one; `Finished` where nothing is left.

        Raises
        ------
        NotFoundError
            There is no such voter.
        """
        with reading(self.engine) as session:
            people.voter_row(session, voter)
            former, answered = _tasks_of(session, voter)
            if (row := _open_task(former, answered)) is not None and not _is_closed(session):
                return self._shown(row)
            counts = self._counts.read(session)
        with writing(self.engine) as session:
            person = people.voter_row(session, voter, held=True)
            former, answered = _tasks_of(session, voter)
            row = _open_task(former, answered)
            if _is_closed(session):
                row = None
            elif row is None:
                rng = np.random.default_rng()
                maker = TaskMaker(session, self.test, self.songs, former, rng, counts)
                row = maker.make(voter, self._keyed, _now(now))
                if row is not None:
                    session.add(row)
                    self._counts.add(row)
            if row is not None:
                return self._shown(row)
            person.finished = person.finished or _now(now)
            code = person.participant_hash and self._keyed.completion_code(person.participant_hash)
            return Finished(answered=len(answered), completion_code=code)

    def _shown(self, row: StoredTask) -> Task:
        tasks, rules = self.test.tasks, self.test.listening
        song = self.songs.by_id[row.sides[-1]["song"]]
        return Task(
            id=row.id,
            kind=self.test.kind,
            place=row.place,
            of=tasks.training + tasks.per_voter if tasks.per_voter else None,
            training=row.purpose == "training",
            prompt=song.prompt if rules.show_prompt else None,
            lyrics=song.lyrics if rules.show_prompt else None,
            sides=tuple(
                Side(
                    key=side["key"],
                    label=side["label"],
                    duration_s=row.n_frames / SAMPLE_RATE,
                    reference=side["role"] == "reference",
                )
                for side in row.sides
            ),
            axes=tasks.axes if self.test.kind == "rating" else (),
            gate_s=needed_s(self.test, row),
        )

    def listen(
        self, voter: str, task: str, events: Sequence[Event], *, now: float | None = None
    ) -> tuple[Listening, ...]:
        """Store what the player did; return how each side was heard so far.

        Raises
        ------
        NotFoundError
            The voter has no such task, or the task no such side.
        AnswerError
            More events than any listening sends, or a position far behind the end.
        """
        moment = _now(now)
        with writing(self.engine) as session:
            row = _own_task(session, voter, task, held=True)
            keys = {side["key"] for side in row.sides}
            furthest = row.n_frames / SAMPLE_RATE + _AHEAD_S
            if any(event.key not in keys for event in events):
                raise NotFoundError("The task has no such side; load the page again.")
            if any(event.position_s > furthest for event in events):
                raise AnswerError("Expected positions within the sound; load the page again.")
            counted = select(func.count(), func.max(StoredEvent.at))
            n, before = session.execute(counted.where(StoredEvent.task == task)).one()
            if n + len(events) > MOST_EVENTS:
                raise AnswerError(f"Expected at most {MOST_EVENTS:,} events of a task; answer it.")
            if session.get(Vote, task) is None:
                ordered = sorted(events, key=lambda event: event.at_ms)
                for event, at in zip(ordered, placed(ordered, before, moment), strict=True):
                    stored = StoredEvent(task=task, received=moment, at=at, **event.model_dump())
                    session.add(stored)
                session.flush()
            return heard(session, row)

    def answer(self, voter: str, task: str, answer: Answer, *, now: float | None = None) -> Receipt:
        """Store an answer; the same one sent again is acknowledged again.

        Raises
        ------
        NotFoundError
            The voter has no such task.
        AnswerError
            The answer does not fit the task.
        TooEarlyError
            Not enough of each side was heard.
        ConflictError
            Another answer is there.
        ClosedError
            The test takes no more votes, and this is no answer that it has.
        """
        with writing(self.engine) as session:
            row = _own_task(session, voter, task, held=True)
            if session.get(Vote, task) is None:
                _require_open(session)
            return store_answer(session, self.test, row, answer, _now(now))

    def sound(self, voter: str, task: str, key: str) -> Sound:
        """Return the sound of a side; `NotFoundError` where the voter has none such."""
        with reading(self.engine) as session:
            row = _own_task(session, voter, task)
            for side in row.sides:
                if side["key"] == key:
                    song = self.songs.by_id[side["song"]]
                    return Sound(self.folder.sounds / f"{song.sha256}.pcm", 0, row.n_frames)
        raise NotFoundError("The task has no such sound; load the page again.")

    def reveal(self, voter: str, task: str) -> tuple[Revealed, ...]:
        """Return what was behind the sides of an answered task; nothing where the test hides it.

        Raises
        ------
        NotFoundError
            The voter has no such task.
        TooEarlyError
            It has no answer yet.
        """
        with reading(self.engine) as session:
            row = _own_task(session, voter, task)
            if session.get(Vote, task) is None:
                raise TooEarlyError("Answer the task first; then it says what was behind it.")
            if not self.test.people.reveal:
                return ()
            return tuple(
                Revealed(
                    key=side["key"],
                    label=side["label"],
                    system=side["system"],
                    song=Path(self.songs.by_id[side["song"]].source).name,
                    note=self.songs.by_id[side["song"]].note,
                )
                for side in row.sides
            )

    def own(self, voter: str) -> dict[str, Any]:
        """Return everything that is stored of a voter; systems only of what has an answer."""
        with reading(self.engine) as session:
            return people.own(session, voter, reveal=self.test.people.reveal)

    def forget(self, voter: str, *, now: float | None = None) -> int:
        """Delete everything that is stored of a voter; return how many votes that were."""
        with writing(self.engine) as session:
            return people.forget(session, voter, _now(now))

    def invite(self, n: int, *, now: float | None = None) -> list[str]:
        """Make invitations and return their tokens, which are kept nowhere."""
        with writing(self.engine) as session:
            return people.invite(session, self._keyed, n, _now(now))

    def progress(self) -> Progress:
        """Return how far the test is: votes, voters, pairs, checks, seconds, costs."""
        with reading(self.engine) as session:
            return read_progress(session, self._keyed)

    @property
    def closed(self) -> bool:
        """Whether the test takes no more votes."""
        with reading(self.engine) as session:
            return _is_closed(session)

    def close_test(self, *, now: float | None = None) -> None:
        """Take no more votes; what is there stays."""
        with writing(self.engine) as session:
            session.execute(update(StoredTest).values(closed=_now(now)))


def _now(now: float | None) -> float:
    return time.time() if now is None else now


def _own_task(session: Session, voter: str, task: str, *, held: bool = False) -> StoredTask:
    query = select(StoredTask).where(StoredTask.id == task, StoredTask.voter == voter)
    row = session.scalar(query.with_for_update() if held else query)
    if row is None:
        raise NotFoundError("This task is not known here; load the page again for the next one.")
    return row


def _tasks_of(session: Session, voter: str) -> tuple[list[StoredTask], set[str]]:
    """Return the tasks of a voter in their order, and the ids of those that have an answer."""
    own = StoredTask.voter == voter
    tasks = session.scalars(select(StoredTask).where(own).order_by(StoredTask.place))
    votes = select(Vote.task).join(StoredTask, StoredTask.id == Vote.task).where(own)
    return list(tasks), set(session.scalars(votes))


def _open_task(tasks: Sequence[StoredTask], answered: set[str]) -> StoredTask | None:
    return tasks[-1] if tasks and tasks[-1].id not in answered else None


def _is_closed(session: Session) -> bool:
    return session.scalars(select(StoredTest.closed)).one() is not None


def _require_open(session: Session) -> None:
    if _is_closed(session):
        raise ClosedError("This test is closed: it takes no more votes. Thank you.")


def _remember(session: Session, test: ListeningTest) -> None:
    """Note the test in its database; refuse one that votes of before would not fit."""
    there = session.scalar(select(StoredTest))
    fixed, definition = test.fixed(), test.model_dump(mode="json")
    if there is None:
        row = StoredTest(
            name=test.name, fixed=fixed, definition=definition, created=time.time(), closed=None
        )
        session.add(row)
        return
    if there.name != test.name:
        raise InputError(
            f"The database holds the test '{there.name}', not '{test.name}'; give each test a"
            " database of its own."
        )
    # What a former version did not fix cannot have changed.
    changed = sorted(name for name, value in there.fixed.items() if fixed.get(name) != value)
    if changed and session.scalar(select(func.count()).select_from(Vote)):
        raise InputError(
            f"Test '{test.name}' has votes, and {' and '.join(changed)} would now ask something"
            " else; give the changed test another name and folder."
        )
    there.fixed, there.definition = fixed, definition
