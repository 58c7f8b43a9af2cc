"""`plaudit arena` from an empty folder to votes: init, add, check, status, close, delete-voter."""

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

from listening_room import answer, enter, hear, write_test
from plaudit.arena.session.record import Task
from plaudit.arena.session.room import Room
from typed_command import plaudit


@pytest.fixture
def test_file(tmp_path: Path) -> Path:
    """Two systems with two songs each; a composer that is asked for two more."""
    for system, level in (("a", 0.5), ("b", 0.05)):
        (tmp_path / system).mkdir()
        for k, prompt in enumerate(("p1", "p2")):
            tone = [level * ((-1) ** ((n // (20 + k)) % 2)) for n in range(6 * 8000)]
            soundfile.write(tmp_path / system / f"{prompt}.wav", tone, 8000)
    (tmp_path / "prompts.csv").write_text("prompt_id,prompt\np1,A slow waltz\np2,A fast song\n")
    contestants = {
        "folders": {"a": "a", "b": "b"},
        "prompts": "prompts.csv",
        "composers": {"own": {"system": "cairn"}},
        "duration_s": 10.0,
    }
    sections: dict[str, Any] = {"listening": {"longest_s": 5.0}, "people": {"invited": True}}
    return write_test(tmp_path / "t.toml", contestants=contestants, **sections)


def test_from_a_file_to_votes(test_file: Path) -> None:
    before = plaudit("arena", "check", test_file, status=1)
    assert "missing: Systems have 2 songs to make" in before.stdout
    assert "is not ready: 1 things are missing" in before.stderr
    added = plaudit("arena", "add", test_file)
    assert "6 songs at -20.0 LUFS" in added.stderr
    ready = plaudit("arena", "check", test_file)
    assert "a battle test of 3 systems, 2 prompts, 6 songs." in ready.stdout
    found = json.loads(plaudit("arena", "check", test_file, "--format", "json").stdout)
    assert (found["systems"], found["findings"][0]["level"]) == (["a", "b", "own"], "note")
    assert found["votes_needed"] == 478
    tokens = plaudit("arena", "add", test_file, "--invitations", 2).stdout.split()
    with Room.open(test_file) as room:
        voter = enter(room, token=tokens[0])
        task = room.next(voter)
        assert isinstance(task, Task)
        assert task.prompt in ("A slow waltz", "A fast song")
        assert {side.duration_s for side in task.sides} == {5.0}
        hear(room, voter, task)
        room.answer(voter, task.id, answer(outcome="first"))
    status = plaudit("arena", "status", test_file).stdout
    assert "1 votes of 1 voters (1 invited)" in status
    assert "Systems made 2 songs (0 attempts failed) for 0.00." in status
    counted = json.loads(plaudit("arena", "status", test_file, "-f", "json").stdout)
    assert (counted["votes"], counted["invitations"]) == (1, 2)
    assert counted["listened_s"] == 10.0
    assert "with 1 votes" in plaudit("arena", "close", test_file).stderr
    assert "closed on " in plaudit("arena", "status", test_file).stdout
    assert "with 1 votes" in plaudit("arena", "delete-voter", test_file, voter).stderr
    unknown = plaudit("arena", "delete-voter", test_file, voter, status=1)
    assert "not known here" in unknown.stderr
    left = plaudit("arena", "status", test_file).stdout
    assert "1 voters took 1 votes back." in left


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    assert "plaudit arena init" in plaudit("arena", "add", tmp_path / "t.toml", status=1).stderr
    path = write_test(tmp_path / "t.toml", contestants={"manifest": "gone.csv"})
    assert "gone.csv is not there" in plaudit("arena", "check", path, status=1).stderr
    path = write_test(tmp_path / "t.toml")
    assert "invited = true" in plaudit("arena", "add", path, "--invitations", 3, status=1).stderr
    wrong = plaudit("arena", "status", path, "--database", "mysql://x", status=1)
    assert "SQLite or PostgreSQL" in wrong.stderr
    wrong = plaudit("arena", "init", tmp_path / "test.json", status=1)
    assert "a file name such as test.toml" in wrong.stderr
