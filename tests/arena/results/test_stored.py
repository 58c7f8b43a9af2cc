"""Answers of a room as rows: who heard what, what was asked, what was answered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from listening_room import add_songs, answer, enter, grid, hear, song, write_test
from plaudit.arena.database.schema import Generation, StoredSong
from plaudit.arena.results.row import Check, SongFact, VoteRow, speeds_of
from plaudit.arena.results.stored import read_answers
from plaudit.arena.results.written import joined_ids
from plaudit.arena.session.record import Task
from plaudit.arena.session.room import Room
from plaudit.core.database import writing
from plaudit.core.errors import MissingFileError
from plaudit.core.outcome import Outcome


def next_task(room: Room, voter: str, now: float) -> Task:
    task = room.next(voter, now=now)
    assert isinstance(task, Task)
    return task


def test_a_battle_comes_out_as_it_was_answered(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "t.toml")
    with add_songs(path, grid(2, 2), database) as room:
        voter = enter(room)
        room.note_headphones(voter, "wrong")
        task = next_task(room, voter, 1000.0)
        ended = hear(room, voter, task, 5.0, now=1010.0)
        reasons = {task.sides[0].key: ("clarity",)}
        given = answer(outcome=Outcome.FIRST, comment="hm", reasons=reasons)
        room.answer(voter, task.id, given, now=ended + 3)
        with writing(room.engine) as session:
            source = "s0/p0.wav"
            for seconds, error in ((2.0, None), (60.0, "broken")):
                session.add(
                    Generation(system="s0", prompt_id="p0", attempt=1, started=0.0, seconds=seconds,
                               cost=None, error=error, path=source, details={})
                )  # fmt: skip
    answers = read_answers(path, database, played=True)
    (row,) = answers.rows
    assert (row.voter, row.task, row.kind, row.purpose) == (voter, task.id, "battle", "vote")
    assert (row.outcome, row.comment) == (Outcome.FIRST, "hm")
    assert row.received == ended + 3
    assert row.seconds == pytest.approx(ended + 3 - 1000)
    assert row.events is not None
    assert row.events > 10
    assert row.counts
    assert row.headphones == "wrong"
    first, second = row.sides
    assert {first.system, second.system} == {"s0", "s1"}
    assert first.reasons == ("clarity",)
    assert first.heard_s == pytest.approx(5.0, abs=0.6)
    assert (first.first, second.first) == (True, False)
    assert first.played[0][0] == "PLAY"
    assert first.played[-1] == ("PAUSE", 1015.0)
    assert read_answers(path, database).rows[0].sides[0].played == ()
    fact = answers.songs[first.song]
    assert (fact.system, fact.role, fact.duration_s) == (first.system, "contestant", 6.0)
    assert Path(fact.path or "").is_absolute()
    (speed,) = speeds_of(answers.songs.values())
    assert (speed.system, speed.seconds, speed.real_time) == ("s0", 2.0, 3.0)
    # A vote that is taken back is in no analysis, and is counted.
    with Room.open(path, database) as room:
        assert room.forget(voter) == 1
    answers = read_answers(path, database)
    assert (list(answers.rows), answers.deleted) == ([], 1)


def row_of(path: Path, songs: Sequence[StoredSong], database: str | None) -> VoteRow:
    """Answer a task of a test; read the answer again."""
    with add_songs(path, songs, database) as room:
        _answer(room)
    (row,) = read_answers(path, database).rows
    return row


def _answer(room: Room) -> None:
    voter = enter(room)
    task = next_task(room, voter, 1000.0)
    ended = hear(room, voter, task, 5.0)
    asked = [side for side in task.sides if not side.reference]
    by_kind: dict[str, dict[str, Any]] = {
        "rating": {"ratings": dict.fromkeys(task.axes, 4.0)},
        "mushra": {"scores": {side.key: 100.0 - 10 * k for k, side in enumerate(asked)}},
        "rank": {"order": tuple(side.key for side in asked[::-1])},
    }
    room.answer(voter, task.id, answer(**by_kind[task.kind]), now=ended)


def test_ratings_come_out_by_axis(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "r.toml", "rating", tasks={"axes": ["groove"]})
    assert row_of(path, grid(2, 1), database).ratings == {"groove": 4.0}


def test_an_order_comes_out_as_places(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "k.toml", "rank")
    assert [side.place for side in row_of(path, grid(3, 1), database).sides] == [3, 2, 1]


def test_scores_come_out_by_side(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "m.toml", "mushra")
    reference = song("reference", "p0", "reference")
    anchor = song("anchor", "p0", "anchor", of=reference.id)
    anchor.note = "anchor, 3.5 kHz"
    row = row_of(path, [*grid(2, 1), reference, anchor], database)
    by_role = {side.role: side for side in row.sides}
    assert by_role["reference"].score is None
    assert by_role["anchor"].system == "anchor, 3.5 kHz"
    assert sorted(s.score for s in row.sides if s.score is not None) == [70.0, 80.0, 90.0, 100.0]


def test_checks_and_repeats_are_told_from_votes(tmp_path: Path, database: str | None) -> None:
    tasks = {"checks": 0.3, "repeats": 0.2, "per_voter": 15}
    path = write_test(tmp_path / "c.toml", tasks=tasks)
    songs = grid(2, 12)
    copies = [song("s0", f"p{k}", "damaged", of=f"s0-p{k}-song") for k in range(6)]
    voters = 0
    damaged: list[Check] = []
    repeats: list[Check] = []
    with add_songs(path, [*songs, *copies], database) as room:
        # Places are drawn for each voter; one may have a damaged copy where a repeat would stand.
        while voters < 10 and not (len(damaged) >= 3 and repeats):
            voter, now, voters = enter(room), 1000.0, voters + 1
            for _ in range(15):
                task = next_task(room, voter, now)
                now = hear(room, voter, task, 4.5, now=now) + 1
                room.answer(voter, task.id, answer(outcome=Outcome.FIRST), now=now)
            rows = read_answers(path, database).rows
            checks = [row.check for row in rows if row.check is not None]
            damaged = [check for check in checks if check.kind == "damaged"]
            repeats = [check for check in checks if check.kind == "repeat"]
    assert len(damaged) >= 3
    assert len(repeats) >= 1
    assert all(check.passed is not None for check in damaged)
    tasks_there = {row.task for row in rows}
    assert all(check.repeats in tasks_there for check in repeats)
    assert sum(row.counts for row in rows) == 15 * voters - len(checks)


def test_a_test_that_was_never_served_says_what_to_do(tmp_path: Path) -> None:
    path = write_test(tmp_path / "n.toml")
    with pytest.raises(MissingFileError, match="plaudit arena serve"):
        read_answers(path)


def test_songs_go_by_their_file_where_no_two_share_its_name() -> None:
    songs = [SongFact(song=f"id{k}", system="s", path=f"/x/{k}.wav") for k in range(2)]
    assert joined_ids(songs) == {"id0": "0", "id1": "1"}
    twice = SongFact(song="id2", system="t", path="/y/1.wav")
    assert joined_ids([*songs, twice]) == {}
    assert joined_ids([*songs, twice.model_copy(update={"role": "damaged"})]).keys() == {
        "id0",
        "id1",
    }
