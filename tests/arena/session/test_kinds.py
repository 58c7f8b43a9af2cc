"""Ratings, MUSHRA and ranks; training, planted checks and repeats."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from listening_room import add_songs, answer, enter, grid, hear, song, write_test
from plaudit.arena.database.schema import Check, StoredSong, StoredTask
from plaudit.arena.pairing.check_item import is_planted
from plaudit.arena.session.errors import AnswerError
from plaudit.arena.session.record import Answer, Finished, Task
from plaudit.arena.session.room import Room
from plaudit.core.database import reading


def answered(room: Room, voter: str, given: Any) -> Task:
    """Hear the next task and answer it; ``given`` makes the answer from the task and its row."""
    task = room.next(voter)
    assert isinstance(task, Task)
    hear(room, voter, task)
    room.answer(voter, task.id, given(task, row_of(room, task)))
    return task


def row_of(room: Room, task: Task) -> StoredTask:
    with reading(room.engine) as session:
        row = session.get(StoredTask, task.id)
        assert row is not None
        return row


def rows(room: Room) -> list[StoredTask]:
    with reading(room.engine) as session:
        return list(session.scalars(select(StoredTask).order_by(StoredTask.place)))


def rate(value: float) -> Any:
    return lambda task, _row: answer(ratings=dict.fromkeys(task.axes, value))


def references(items: int) -> list[StoredSong]:
    return [song("reference", f"p{i}", "reference") for i in range(items)]


def test_ratings_are_balanced_over_systems_and_songs(tmp_path: Path, database: str | None) -> None:
    tasks = {"axes": ["clarity"], "per_voter": 6}
    path = write_test(tmp_path / "t.toml", "rating", tasks=tasks)
    with add_songs(path, grid(3, 4), database) as room:
        for _ in range(2):
            voter = enter(room)
            for _ in range(6):
                task = answered(room, voter, rate(4))
                assert (task.axes, len(task.sides)) == (("clarity",), 1)
            assert isinstance(room.next(voter), Finished)
        asked = rows(room)
    by_voter: dict[str, Counter[str]] = {}
    for row in asked:
        by_voter.setdefault(row.voter, Counter())[row.systems] += 1
    assert all(set(counts.values()) == {2} for counts in by_voter.values())
    songs = Counter(row.sides[0]["song"] for row in asked)
    assert set(songs.values()) == {1}  # 12 ratings of 12 songs


@pytest.mark.parametrize(
    "ratings", [{"clarity": 6}, {"clarity": 2.5}, {}, {"clarity": 0}, {"x": 3}]
)
def test_a_rating_is_a_label_of_each_axis(tmp_path: Path, ratings: dict[str, float]) -> None:
    path = write_test(tmp_path / "t.toml", "rating", tasks={"axes": ["clarity"]})
    with add_songs(path, grid(1, 2)) as room:
        voter = enter(room)
        with pytest.raises(AnswerError):
            answered(room, voter, lambda *_: answer(ratings=ratings))


def test_a_degradation_is_rated_beside_its_reference(tmp_path: Path) -> None:
    tasks = {"axes": ["degradation"], "reference": True}
    path = write_test(tmp_path / "t.toml", "rating", tasks=tasks)
    with add_songs(path, [*grid(2, 1), *references(1)]) as room:
        task = answered(room, voter := enter(room), rate(2))
        assert [side.reference for side in task.sides] == [True, False]
        assert [side.label for side in task.sides] == ["Reference", "A"]
        assert room.reveal(voter, task.id)[0].system == "reference"


def mushra_scores(task: Task, row: StoredTask) -> Answer:
    by_role = {"hidden": 100.0, "anchor": 20.0, "song": 70.0}
    shown = [side for side in row.sides if side["role"] != "reference"]
    return answer(scores={side["key"]: by_role[side["role"]] for side in shown})


def test_mushra_has_a_hidden_reference_and_anchors(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "t.toml", "mushra")
    anchors = [song("lowpass", f"p{i}", "anchor", f"reference-p{i}-reference") for i in range(2)]
    with add_songs(path, [*grid(3, 2), *references(2), *anchors], database) as room:
        voter = enter(room)
        places = []
        for _ in range(2):
            task = answered(room, voter, mushra_scores)
            assert [side.label for side in task.sides] == ["Reference", "A", "B", "C", "D", "E"]
            shown = room.reveal(voter, task.id)
            assert sorted(side.system for side in shown) == [
                "lowpass", "reference", "reference", "s0", "s1", "s2",
            ]  # fmt: skip
            places.append(shown)
        assert isinstance(room.next(voter), Finished)
        with pytest.raises(AnswerError):
            answered(room, enter(room), lambda t, _: answer(scores={t.sides[1].key: 50.0}))


def test_a_rank_orders_takes(tmp_path: Path, database: str | None) -> None:
    path = write_test(tmp_path / "t.toml", "rank", tasks={"takes": 3})
    with add_songs(path, grid(5, 2), database) as room:
        voter = enter(room)
        for _ in range(2):
            task = answered(room, voter, lambda t, _: answer(order=tuple(s.key for s in t.sides)))
            assert len(task.sides) == 3
        assert isinstance(room.next(voter), Finished)
        for wrong in ((), ("forged",) * 3):
            with pytest.raises(AnswerError):
                answered(room, enter(room), lambda *_, wrong=wrong: answer(order=wrong))


def test_training_comes_first_and_counts_for_nothing(tmp_path: Path) -> None:
    path = write_test(tmp_path / "t.toml", tasks={"training": 2, "per_voter": 3})
    with add_songs(path, grid(3, 4)) as room:
        voter = enter(room)
        given = [answered(room, voter, lambda *_: answer(outcome="tie")) for _ in range(5)]
        assert [task.training for task in given] == [True, True, False, False, False]
        assert {task.of for task in given} == {5}
        assert isinstance(room.next(voter), Finished)
        progress = room.progress()
        assert (progress.votes, progress.training) == (3, 2)
        assert sum(pair.asked for pair in progress.pairs) == 3


def damaged(systems: int, items: int) -> list[StoredSong]:
    return [
        song(f"s{s}", f"p{i}", "damaged", f"s{s}-p{i}-song")
        for s in range(systems)
        for i in range(items)
    ]


@pytest.mark.parametrize("kind", ["battle", "rating", "rank"])
@pytest.mark.parametrize("attentive", [True, False])
def test_a_damaged_copy_tells_who_listens(tmp_path: Path, kind: str, attentive: bool) -> None:
    tasks = {"checks": 0.5, "per_voter": 8, "axes": ["clarity"], "takes": 3}
    path = write_test(tmp_path / "t.toml", kind, tasks=tasks)

    def given(task: Task, row: StoredTask) -> Answer:
        roles = [side["role"] for side in row.sides]
        bad = roles.index("damaged") if "damaged" in roles else None
        if kind == "rating":
            return rate(1 if bad is not None and attentive else 4)(task, row)  # type: ignore[no-any-return]
        keys = [side.key for side in task.sides]
        last = keys.pop(0 if bad is None else bad)
        if kind == "rank":
            return answer(order=(*keys, last) if attentive else (last, *keys))
        good_first = (bad == 1) == attentive
        return answer(outcome="first" if bad is not None and good_first else "second")

    with add_songs(path, [*grid(2, 12), *damaged(2, 12)]) as room:
        voter = enter(room)
        shown = [answered(room, voter, given) for _ in range(8)]
        assert not any(task.training for task in shown)
        checks = room.progress().checks
        passed, n = checks["damaged"]
        assert 3 <= n <= 5
        assert passed == (n if attentive else 0)
        assert room.progress().votes == 8 - n


def test_a_former_task_is_asked_again_in_another_order(tmp_path: Path) -> None:
    path = write_test(tmp_path / "t.toml", tasks={"repeats": 0.4, "per_voter": 10})
    with add_songs(path, grid(3, 12)) as room:
        for steady in (True, False):
            voter = enter(room)

            def given(task: Task, row: StoredTask, steady: bool = steady) -> Answer:
                if not steady:
                    return answer(outcome="first")
                names = [side["system"] for side in row.sides]
                return answer(outcome="first" if names[0] < names[1] else "second")

            for _ in range(10):
                answered(room, voter, given)
        with reading(room.engine) as session:
            checks = list(session.execute(select(Check, StoredTask).join(StoredTask)))
            former = {row.id: row for row in session.scalars(select(StoredTask))}
    assert len(checks) >= 4
    seen: dict[str, set[bool]] = {}
    for check, task in checks:
        before = former[str(task.repeats)]
        assert before.place <= task.place - 3
        assert [side["song"] for side in task.sides] == [
            side["song"] for side in reversed(before.sides)
        ]
        assert not {side["key"] for side in task.sides} & {side["key"] for side in before.sides}
        seen.setdefault(task.voter, set()).add(check.passed)
    assert sorted(map(sorted, seen.values())) == [[False], [True]]


def test_planted_items_have_their_share_at_places_that_differ() -> None:
    import numpy as np

    for share in (0.05, 0.1, 0.3, 0.5):
        rng = np.random.default_rng(1)
        counts, first = [], Counter[int]()
        for _ in range(400):
            drawn = rng.random(100)
            start = float(rng.random())
            places = [p for p in range(1, 61) if is_planted(p, share, start, lambda k: drawn[k])]  # noqa: B023
            counts.append(len(places))
            first[places[0] if places else 0] += 1
        assert np.mean(counts) == pytest.approx(60 * share, rel=0.05)
        assert max(first.values()) < 400 * (share + 0.15)
    assert not any(is_planted(p, 0.0, 0.3, lambda _: 0.5) for p in range(1, 50))


def test_the_sides_of_a_check_look_like_those_of_a_vote(tmp_path: Path) -> None:
    path = write_test(tmp_path / "t.toml", tasks={"checks": 0.5, "per_voter": 10})
    with add_songs(path, [*grid(3, 4), *damaged(3, 4)]) as room:
        voter = enter(room)
        shapes: dict[str, set[str]] = {"vote": set(), "check": set()}
        for _ in range(10):
            task = answered(room, voter, lambda *_: answer(outcome="tie"))
            shape = task.model_copy(update={"id": "", "place": 0, "prompt": "", "sides": ()})
            sides = [side.model_copy(update={"key": "k" * len(side.key)}) for side in task.sides]
            text = json.dumps([shape.model_dump(), *[side.model_dump() for side in sides]])
            shapes[row_of(room, task).purpose].add(text)
    assert shapes["vote"] == shapes["check"]
    assert len(shapes["vote"]) == 1
