"""Who comes in, by which door, and what is known of them."""

from pathlib import Path

import pytest
from sqlalchemy import select

from listening_room import add_songs, answer, enter, grid, hear, write_test
from plaudit.arena.database.schema import Invitation, Voter
from plaudit.arena.session.errors import NotFoundError, RefusedError
from plaudit.arena.session.people import Keyed
from plaudit.arena.session.record import Finished, Task
from plaudit.core.database import reading


def test_an_invitation_lets_one_person_in(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "t.toml", people={"open": False, "invited": True})
    with add_songs(path, grid(2, 2), database) as room:
        one, two = room.invite(2)
        voter = enter(room, token=one)
        assert enter(room, token=one) == voter  # on another device
        assert enter(room, token=two) != voter
        for words in ({"token": "forged"}, {}, {"participant": "x"}):
            with pytest.raises(RefusedError):
                enter(room, **words)
        room.forget(voter)
        assert enter(room, token=one) != voter
        with reading(room.engine) as session:
            kept = str([vars(row) for row in session.scalars(select(Invitation))])
        assert one not in kept


def test_a_participant_gets_a_code_that_the_owner_can_check(
    tmp_path: Path, database: str | None
) -> None:
    people = {"open": False, "participants": True}
    path = write_test(tmp_path / "t.toml", people=people, tasks={"per_voter": 1})
    with add_songs(path, grid(2, 3), database) as room:
        voter = enter(room, participant="worker 7")
        assert enter(room, participant=" worker 7 ") == voter
        enter(room, participant="worker 8")
        task = room.next(voter)
        assert isinstance(task, Task)
        assert room.progress().completion_codes == ()
        hear(room, voter, task)
        room.answer(voter, task.id, answer(outcome="first"))
        finished = room.next(voter)
        assert isinstance(finished, Finished)
        assert finished.answered == 1
        keyed = Keyed(room.secret)
        code = keyed.completion_code(keyed.hash("participant", "worker 7"))
        assert finished.completion_code == code
        assert room.progress().completion_codes == (code,)
        for name in ("", " ", "x" * 300):
            with pytest.raises(RefusedError):
                enter(room, participant=name)


def test_whether_the_quietest_tone_was_named_is_kept_of_a_voter(
    tmp_path: Path, database: str | None
) -> None:
    with add_songs(write_test(tmp_path / "t.toml"), grid(2, 2), database) as room:
        one, two, three = enter(room), enter(room), enter(room)
        assert room.own(one)["headphones"] is None
        for said in ("skipped", "wrong", "right", "skipped"):  # the last that was named counts
            room.note_headphones(one, said)
        room.note_headphones(two, "skipped")
        assert room.own(one)["headphones"] == "right"
        assert room.own(two)["headphones"] == "skipped"
        assert room.progress().headphones == {"right": 1, "skipped": 1}
        room.forget(one)
        assert room.progress().headphones == {"skipped": 1}
        room.note_headphones(three, "wrong")
        with pytest.raises(NotFoundError):
            room.note_headphones(one, "right")


def test_no_address_and_no_name_is_stored(tmp_path: Path) -> None:
    path = write_test(tmp_path / "t.toml", people={"participants": True})
    with add_songs(path, grid(2, 2)) as room:
        enter(room, address="203.0.113.9", participant="Ada Ünïcode \U0001f3b5")
        enter(room, address="203.0.113.9")
        enter(room, address="203.0.113.10")
        with reading(room.engine) as session:
            rows = [dict(vars(row)) for row in session.scalars(select(Voter))]
    for row in rows:
        assert not {"203.0.113.9", "Ada"} & set(map(str, row.values()))
    assert len({row["address_hash"] for row in rows}) == 2
    assert b"203.0.113" not in (tmp_path / "t" / "arena.sqlite").read_bytes()


def test_hashes_of_one_use_say_nothing_of_another() -> None:
    one, other = Keyed(b"a" * 32), Keyed(b"b" * 32)
    assert one.hash("address", "x") != other.hash("address", "x")
    assert one.hash("address", "x") != one.hash("participant", "x")
    assert one.hash("address", "\udcff") == one.hash("address", "\udcff")
    assert 0 <= one.share("check", "x") < 1
