"""Battles of a test by pair of systems, counted once in a while.

Counting takes longer the more votes there are. So counts are kept until a hundredth more tasks are
given out. Tasks that are given out here meanwhile are added as they are made: only outcomes, and
what another process gave out or a voter deleted, are known that much later.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plaudit.arena.database.schema import StoredTask, Vote
from plaudit.arena.pairing.board import Counts
from plaudit.core.parse import parse_json

_LATE = 0.01  # share of the tasks after which battles are counted anew


class BattleCounts:
    """Counts for whoever makes a task; methods may be called from many threads."""

    def __init__(self, systems: Sequence[str]) -> None:
        self._systems, self._lock = tuple(systems), threading.Lock()
        self._kept = Counts.empty(self._systems)
        self._added = 0

    def read(self, session: Session) -> Counts:
        """Return the counts, none in a test that has no battles."""
        with self._lock:
            if self._added >= _LATE * self._kept.n_asked:
                self._kept, self._added = count_battles(session, self._systems), 0
            return self._kept.copy()

    def add(self, task: StoredTask) -> None:
        """Count a task that is given out."""
        if task.kind == "battle" and task.purpose == "vote":
            with self._lock:
                _count(self._kept, self._systems, task.systems, task.swapped)
                self._added += 1


def count_battles(session: Session, systems: Sequence[str]) -> Counts:
    """Count the battles of a test by pair of systems and outcome; none in other kinds of test."""
    counts = Counts.empty(systems)
    columns = (StoredTask.systems, StoredTask.swapped, Vote.outcome)
    query = select(*columns, func.count()).outerjoin(Vote, Vote.task == StoredTask.id)
    query = query.where(StoredTask.purpose == "vote", StoredTask.kind == "battle")
    query = query.group_by(*columns)
    for names, swapped, outcome, n in session.execute(query):
        _count(counts, systems, names, swapped, outcome, n)
    return counts


def _count(
    counts: Counts,
    systems: Sequence[str],
    names: str,
    swapped: bool,
    outcome: str | None = None,
    n: int = 1,
) -> None:
    """Count battles, unless a system of theirs was taken out of the test."""
    low, high = parse_json(names)
    if low in systems and high in systems:
        first, second = (high, low) if swapped else (low, high)
        counts.add(systems.index(first), systems.index(second), outcome, n)
