"""A listener's way through a test: laws that hold on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from listening_room import SECONDS, add_songs, answer, enter, grid, hear, write_test
from plaudit.arena.database.schema import StoredTask, Vote
from plaudit.arena.session.errors import (
    AnswerError,
    ClosedError,
    ConflictError,
    NotFoundError,
    RefusedError,
    TooEarlyError,
)
from plaudit.arena.session.record import Finished, Task
from plaudit.arena.session.room import Room
from plaudit.core.database import reading
from plaudit.core.errors import InputError


@pytest.fixture
def room(tmp_path: Path, database: str | None) -> Iterator[Room]:
    with add_songs(write_test(tmp_path / "t.toml"), grid(3, 4), database) as opened:
        yield opened


def opened(room: Room, voter: str) -> Task:
    task = room.next(voter)
    assert isinstance(task, Task)
    return task


def n_votes(room: Room) -> int:
    with reading(room.engine) as session:
        return session.scalar(select(func.count()).select_from(Vote)) or 0


def test_a_vote_that_was_acknowledged_is_there_once(room: Room) -> None:
    voter = enter(room)
    task = opened(room, voter)
    hear(room, voter, task)
    given = answer(outcome="first")
    receipt = room.answer(voter, task.id, given, now=2000.0)
    assert (receipt.received, receipt.again) == (2000.0, False)
    again = room.answer(voter, task.id, given, now=3000.0)
    assert (again.received, again.again) == (2000.0, True)
    for other in (answer(outcome="second"), answer(outcome="first")):
        with pytest.raises(ConflictError):
            room.answer(voter, task.id, other)
    with reading(room.engine) as session:
        (vote,) = session.scalars(select(Vote))
        assert (vote.outcome, vote.answer["outcome"]) == ("first", "first")
        assert [side["seconds"] for side in vote.listening] == [5.0, 5.0]


def test_answers_sent_at_one_time_are_one_vote(room: Room) -> None:
    voter = enter(room)
    task = opened(room, voter)
    hear(room, voter, task)
    given = answer(outcome="tie")
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: room.answer(voter, task.id, given), range(8)))
    assert sorted(receipt.again for receipt in receipts) == [False] + 7 * [True]
    assert n_votes(room) == 1


def test_two_tabs_have_the_same_task(room: Room) -> None:
    voter = enter(room)
    with ThreadPoolExecutor(8) as pool:
        tasks = set(pool.map(lambda _: opened(room, voter).id, range(8)))
    assert len(tasks) == 1


def test_before_the_gate_no_vote_is_taken(room: Room) -> None:
    voter = enter(room)
    task = opened(room, voter)
    with pytest.raises(TooEarlyError, match=r"4\.0 s of each side"):
        room.answer(voter, task.id, answer(outcome="first"))
    one = task.model_copy(update={"sides": task.sides[:1]})
    now = hear(room, voter, one)
    with pytest.raises(TooEarlyError):
        room.answer(voter, task.id, answer(outcome="first"))
    other = task.model_copy(update={"sides": task.sides[1:]})
    hear(room, voter, other, now=now)
    assert room.answer(voter, task.id, answer(outcome="first")).again is False


def test_what_is_not_theirs_is_unknown(room: Room) -> None:
    mine, other = enter(room), enter(room)
    task = opened(room, mine)
    opened(room, other)
    key = task.sides[0].key
    for call in (
        lambda: room.answer(other, task.id, answer(outcome="first")),
        lambda: room.listen(other, task.id, []),
        lambda: room.sound(other, task.id, key),
        lambda: room.sound(mine, task.id, key[::-1]),
        lambda: room.reveal(other, task.id),
        lambda: room.next("nobody"),
        lambda: room.own("nobody"),
        lambda: room.forget("nobody"),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert not room.known("nobody")
    assert room.known(mine)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"outcome": "first", "comment": "x", "scores": {"a": 1.0}},
        {"order": ("a", "b")},
        {"outcome": "first", "reasons": {"forged": ("clarity",)}},
    ],
)
def test_an_answer_that_does_not_fit_is_refused(room: Room, words: dict[str, object]) -> None:
    voter = enter(room)
    task = opened(room, voter)
    hear(room, voter, task)
    with pytest.raises(AnswerError):
        room.answer(voter, task.id, answer(**words))
    assert n_votes(room) == 0


def test_no_pair_comes_twice_and_sides_are_balanced(room: Room) -> None:
    pairs: set[tuple[str, str, str]] = set()
    voter = enter(room)
    for place in range(1, 13):  # 3 pairs of systems, 4 prompts
        task = opened(room, voter)
        assert task.place == place
        hear(room, voter, task)
        room.answer(voter, task.id, answer(outcome="first"))
        sides = room.reveal(voter, task.id)
        pairs.add((str(task.prompt), *sorted(side.system for side in sides)))  # type: ignore[arg-type]
    assert len(pairs) == 12
    assert room.next(voter) == Finished(answered=12, completion_code=None)
    with reading(room.engine) as session:
        rows = session.execute(select(StoredTask.systems, StoredTask.swapped)).all()
    for systems in {row[0] for row in rows}:
        assert sum(swapped for pair, swapped in rows if pair == systems) == 2  # of 4


def test_all_that_is_kept_can_be_seen_and_deleted(room: Room) -> None:
    voter, other = enter(room, address="203.0.113.9"), enter(room)
    for person in (voter, other):
        task = opened(room, person)
        hear(room, person, task)
        with pytest.raises(TooEarlyError):
            room.reveal(person, task.id)
        room.answer(person, task.id, answer(outcome="neither", comment="<b>ü\U0001f600"))
        opened(room, person)
    own = room.own(voter)
    assert "203.0.113.9" not in str(own)
    assert own["tasks"][0]["answer"]["comment"] == "<b>ü\U0001f600"
    assert "system" in own["tasks"][0]["sides"][0]
    assert set(own["tasks"][1]["sides"][0]) == {"key", "label"}  # it has no answer yet
    assert room.forget(voter) == 1
    assert not room.known(voter)
    assert n_votes(room) == 1
    assert len(room.own(other)["tasks"]) == 2


def test_a_closed_test_takes_nothing_but_acknowledges_what_it_has(room: Room) -> None:
    voter, late = enter(room), enter(room)
    task, other = opened(room, voter), opened(room, late)
    given = answer(outcome="first")
    for person, asked in ((voter, task), (late, other)):
        hear(room, person, asked)
    room.answer(voter, task.id, given)
    room.close_test()
    assert room.answer(voter, task.id, given).again
    with pytest.raises(ClosedError):
        room.answer(late, other.id, given)
    with pytest.raises(ClosedError):
        enter(room)
    assert room.next(late) == Finished(answered=0, completion_code=None)


def test_nobody_takes_part_without_consent_or_in_no_language(room: Room) -> None:
    with pytest.raises(RefusedError, match="consent"):
        room.enter(consent=False, language="en")
    with pytest.raises(RefusedError, match="languages"):
        room.enter(consent=True, language="xx")


def test_a_test_with_votes_cannot_ask_something_else(room: Room, database: str | None) -> None:
    path = room.folder.file
    changed = path.read_text().replace('kind = "battle"', 'kind = "rank"')
    path.write_text(changed)
    with Room.open(path, database) as other:
        assert other.test.kind == "rank"  # no vote yet
    path.write_text(changed.replace('"rank"', '"battle"'))
    with Room.open(path, database) as other:
        voter = enter(other)
        task = opened(other, voter)
        hear(other, voter, task)
        other.answer(voter, task.id, answer(outcome="first"))
    path.write_text(changed)
    with pytest.raises(InputError, match="has votes, and kind would now ask something else"):
        Room.open(path, database)
    path.write_text(changed.replace('name = "t"', 'name = "u"'))
    with pytest.raises(InputError, match="a database of its own"):
        Room.open(path, database)


def test_sounds_of_a_task_tell_nothing(room: Room) -> None:
    task = opened(room, voter := enter(room))
    sounds = [room.sound(voter, task.id, side.key) for side in task.sides]
    assert len({(sound.n_bytes, sound.wav_header()) for sound in sounds}) == 1
    assert {side.duration_s for side in task.sides} == {float(SECONDS)}
    shown = task.model_dump_json()
    assert not any(f"s{k}" in shown.replace(task.id, "").split('"') for k in range(3))
