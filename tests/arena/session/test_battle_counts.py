"""Battles are counted anew now and then, and no task is given out by counts that miss another."""

from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from listening_room import add_songs, enter, grid, write_test
from plaudit.arena.session import battle_counts
from plaudit.arena.session.battle_counts import BattleCounts, count_battles
from plaudit.arena.session.record import Answer, Task
from plaudit.core.database import reading
from plaudit.core.outcome import Outcome


def test_counts_that_are_kept_miss_a_hundredth_of_the_outcomes_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_test(tmp_path / "t.toml", listening={"gate_s": 0.0}, tasks={"per_voter": 80})
    counted = []

    def counting(*given: object) -> object:
        counted.append(1)
        return count_battles(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(battle_counts, "count_battles", counting)
    with add_songs(path, grid(3, 40)) as room:
        outcomes = cycle([Outcome.FIRST, Outcome.TIE, Outcome.SECOND, Outcome.NEITHER])
        n_tasks = 0
        for voter in (enter(room), enter(room), enter(room)):
            for n in range(80):
                task = room.next(voter)
                assert isinstance(task, Task)
                n_tasks += 1
                with reading(room.engine) as session:
                    exact = count_battles(session, room.songs.systems)
                    kept: BattleCounts = room._counts
                    counts = kept.read(session)
                assert np.array_equal(counts.asked, exact.asked)
                assert np.array_equal(counts.first, exact.first)
                known, all_of_them = (
                    np.triu(each.wins + each.wins.T + each.ties + each.neither).sum()
                    for each in (counts, exact)
                )
                assert all_of_them - 0.01 * n_tasks - 1 <= known <= all_of_them
                answer = Answer(nonce=f"nonce-{voter[:6]}-{n}", outcome=next(outcomes))
                room.answer(voter, task.id, answer)
        assert n_tasks == 240
        # Up to a hundred tasks each is counted anew (and once more by this test), then fewer.
        assert len(counted) < 1.5 * n_tasks
        counts.asked[:] = 0  # a copy: nobody else sees it
        with reading(room.engine) as session:
            assert kept.read(session).n_asked == n_tasks
