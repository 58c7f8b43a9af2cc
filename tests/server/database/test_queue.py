"""Every song of a job ends exactly once, whoever works, whoever dies."""

import threading
import time
from collections import Counter

import pytest
from sqlalchemy import Engine, select, update

from plaudit.core.database import reading, writing
from plaudit.core.note import Note
from plaudit.judging.record import SongFailure
from plaudit.server.database.queue import (
    Answer,
    Wanted,
    add_job,
    cancel,
    claim,
    end_long_jobs,
    finish,
    give_back,
    progress,
    waiting,
)
from plaudit.server.database.schema import Item, Job, Result
from queued import JUDGE, add, answer


def counts(engine: Engine, job: str) -> dict[str, int]:
    with reading(engine) as session:
        return progress(session, session.get_one(Job, job)).counts


def state(engine: Engine, job: str) -> str:
    with reading(engine) as session:
        return progress(session, session.get_one(Job, job)).state


def test_many_workers_end_every_song_once(engine: Engine) -> None:
    jobs = [add(engine, 20, first) for first in (0, 10, 20)]  # every second song is in two jobs
    ended: list[int] = []

    def work(name: str) -> None:
        while (claimed := claim(engine, name)) is not None:
            assert finish(engine, name, claimed.item, [answer(claimed.sha256)])
            ended.append(claimed.item)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(Counter(ended).values()) == 1
    assert len(ended) == 60
    assert [counts(engine, job) for job in jobs] == [{"done": 20}] * 3
    assert [state(engine, job) for job in jobs] == ["done"] * 3
    with reading(engine) as session:
        assert len(session.scalars(select(Result)).all()) == 40
    assert waiting(engine) == 0


def test_a_song_of_a_dead_worker_is_judged_again_alone_and_then_is_an_error(engine: Engine) -> None:
    job = add(engine, 2)
    first, second = claim(engine, "w"), claim(engine, "w")
    assert first is not None
    assert second is not None
    assert not first.alone
    assert sorted(give_back(engine, "w", fault="signal 9")) == [first.item, second.item]
    assert claim(engine, "x", ahead=True) is None
    again = claim(engine, "v")
    assert again is not None
    assert again.alone
    assert not finish(engine, "w", again.item, [answer(again.sha256)])  # it came back too late
    give_back(engine, "v", fault="signal 9")
    assert counts(engine, job) == {"failed": 1, "queued": 1}
    last = claim(engine, "u")
    assert last is not None
    assert finish(engine, "u", last.item, [answer(last.sha256)])
    assert state(engine, job) == "done"
    with reading(engine) as session:
        errors = session.scalars(select(Item.error).where(Item.job_id == job)).all()
    assert [error["type"] for error in errors if error] == ["WorkerEnded"]


def test_the_time_of_a_song_that_was_read_ahead_begins_with_its_own_work(engine: Engine) -> None:
    add(engine, 2)
    first, second = claim(engine, "w"), claim(engine, "w")
    assert first is not None
    assert second is not None
    time.sleep(0.05)
    before = time.time()
    finish(engine, "w", first.item, [answer(first.sha256)])
    with reading(engine) as session:
        started = session.get_one(Item, second.item).started
    assert started is not None
    assert started >= before


def test_a_worker_that_is_sent_away_costs_a_song_nothing(engine: Engine) -> None:
    add(engine, 1)
    for _ in range(5):
        assert claim(engine, "w") is not None
        give_back(engine, "w")
    claimed = claim(engine, "w")
    assert claimed is not None
    assert not claimed.alone


def test_a_short_job_passes_a_long_one(engine: Engine) -> None:
    add(engine, 30)
    time.sleep(0.01)
    short = add(engine, 1, 100)
    first_three = [claim(engine, "w") for _ in range(3)]
    with reading(engine) as session:
        own = session.scalars(select(Item.id).where(Item.job_id == short)).one()
    assert own in [claimed.item for claimed in first_three if claimed]


def test_cancelled_songs_are_not_claimed_and_what_was_judged_stays(engine: Engine) -> None:
    job = add(engine, 3)
    first = claim(engine, "w")
    second = claim(engine, "w")
    assert first is not None
    assert second is not None
    assert finish(engine, "w", first.item, [answer(first.sha256)])
    cancel(engine, job)
    cancel(engine, job)
    assert claim(engine, "w") is None
    assert not finish(engine, "w", second.item, [answer(second.sha256)])
    assert counts(engine, job) == {"done": 1, "cancelled": 2}
    assert state(engine, job) == "cancelled"


def took(engine: Engine, item: int, seconds: float) -> None:
    """Let a song that ended have taken so long."""
    with writing(engine) as session:
        session.execute(update(Item).where(Item.id == item).values(started=Item.ended - seconds))


def test_songs_that_wait_in_a_job_of_too_much_work_become_errors(engine: Engine) -> None:
    long, short = add(engine, 4), add(engine, 2, 100)
    held = [claim(engine, "w") for _ in range(3)]  # two of the long job, one of the short one
    first, second = [claimed for claimed in held if claimed and int(claimed.sha256, 16) < 100]
    assert finish(engine, "w", first.item, [answer(first.sha256)])
    took(engine, first.item, 5000.0)
    with writing(engine) as session:  # a server that was off for long did no work
        session.execute(update(Item).where(Item.ended.is_(None)).values(started=1.0))
    assert end_long_jobs(engine, 5400.0) == 0
    assert counts(engine, long) == {"done": 1, "running": 1, "queued": 2}
    assert end_long_jobs(engine, 4500.0) == 2
    assert end_long_jobs(engine, 4500.0) == 0
    assert counts(engine, long) == {"done": 1, "running": 1, "failed": 2}
    assert state(engine, long) == "running", "a song in work ends as any other"
    assert finish(engine, "w", second.item, [answer(second.sha256)])
    assert state(engine, long) == "done"
    assert counts(engine, short) == {"running": 1, "queued": 1}
    with reading(engine) as session:
        errors = session.scalars(select(Item.error).where(Item.job_id == long)).all()
    assert {error["message"] for error in errors if error} == {
        "Its job took more than 1.25 h of work, the limit of this server; send fewer songs at a"
        " time."
    }


def test_a_job_whose_last_song_is_over_the_limit_has_ended(engine: Engine) -> None:
    job = add(engine, 3)
    for _ in range(2):
        claimed = claim(engine, "w")
        assert claimed is not None
        assert finish(engine, "w", claimed.item, [answer(claimed.sha256)])
        took(engine, claimed.item, 40.0)
    assert end_long_jobs(engine, 60.0) == 1, "the work on songs is added up"
    assert state(engine, job) == "done"
    assert claim(engine, "w") is None


@pytest.mark.parametrize("judged", [True, False])
def test_a_song_that_one_judge_refuses_counts_as_judged(engine: Engine, judged: bool) -> None:
    job = add(engine, 1)
    claimed = claim(engine, "w")
    assert claimed is not None
    failure = SongFailure(path="0.wav", error=Note(type="E", message="No."))
    answers = [Answer(failure, JUDGE.model_copy(update={"hash": "1" * 64}), "")]
    finish(engine, "w", claimed.item, [answer(claimed.sha256), *answers] if judged else answers)
    assert counts(engine, job) == {"done" if judged else "failed": 1}


def test_songs_that_were_refused_at_the_door_are_a_whole_job(engine: Engine) -> None:
    note = Note(type="Unreadable", message="x.wav cannot be read.")
    job = add_job(engine, "o", ["j"], [Wanted("x.wav", None, {}, note)])
    assert state(engine, job) == "done"
    assert counts(engine, job) == {"failed": 1}
