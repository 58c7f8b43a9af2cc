"""The database of a test has the form that the tables state, and former ones keep their votes."""

import hashlib
import json
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from listening_room import write_test
from plaudit.arena.database.schema import Table
from plaudit.arena.session.record import Answer, Finished
from plaudit.arena.session.room import Room
from plaudit.core.database import default_url, open_engine, upgrade
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.server.database.schema import Table as ServerTable


def test_the_steps_end_in_the_tables_as_they_are_stated(
    tmp_path: Path, database: str | None
) -> None:
    engine = open_engine(database or default_url(tmp_path))
    upgrade(engine, Table)
    upgrade(engine, Table)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    engine.dispose()


def test_a_database_of_another_command_is_refused_and_left_alone(
    tmp_path: Path, database: str | None
) -> None:
    for mine, other in ((Table, ServerTable), (ServerTable, Table)):
        engine = open_engine(database or default_url(tmp_path, f"{mine.__module__}.sqlite"))
        upgrade(engine, mine)
        with pytest.raises(InputError, match="is that of another command"):
            upgrade(engine, other)
        with engine.begin() as connection:
            assert compare_metadata(MigrationContext.configure(connection), mine.metadata) == []
            if database:  # emptied for the other way round
                connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        engine.dispose()


FIRST = """
INSERT INTO test (name, fixed, definition, created) VALUES ('t', '{"kind": "battle"}', '{}', 1.0);
INSERT INTO song (id, system, item, prompt_id, prompt, role, note, source, sha256, n_frames,
  loudness_lufs, gain_db, added) VALUES
  ('x', 'a', 'p', 'p', 'A song', 'song', '', 'x.wav', '0', 264600, -20.0, 0.0, 1.0),
  ('y', 'b', 'p', 'p', 'A song', 'song', '', 'y.wav', '0', 264600, -20.0, 0.0, 1.0);
INSERT INTO voter (id, kind, created, language, terms) VALUES ('v', 'anonymous', 2.0, 'en', '-');
INSERT INTO task (id, voter, place, kind, purpose, item, systems, swapped, pair, sides, n_frames,
  made) VALUES ('k', 'v', 1, 'battle', 'vote', 'p', '["a", "b"]', false, 'x y',
  '[{"key": "K1", "song": "x", "system": "a", "label": "A", "role": "song"},
    {"key": "K2", "song": "y", "system": "b", "label": "B", "role": "song"}]', 264600, 3.0);
INSERT INTO event (task, key, kind, position_s, at_ms, received, at) VALUES
  ('k', 'K1', 'play', 0.0, 0.0, 4.0, 4.0);
INSERT INTO vote (task, received, digest, outcome, answer, listening) VALUES ('k', 9.0, '{digest}',
  'first', '{"outcome": "first", "scores": {}, "ratings": {}, "order": [], "reasons": {},
  "comment": ""}', '[]');
"""
"""A vote as the first migration kept it."""
GIVEN = Answer(nonce="a nonce of then", outcome=Outcome.FIRST)


def test_a_database_of_the_first_migration_keeps_its_votes(
    tmp_path: Path, database: str | None
) -> None:
    path = write_test(tmp_path / "t.toml")
    url = database or default_url(tmp_path / "t", "arena.sqlite")
    (tmp_path / "t").mkdir()
    engine = open_engine(url)
    upgrade(engine, Table, "first")
    content = json.dumps(GIVEN.model_dump(mode="json"), sort_keys=True)
    rows = FIRST.replace("{digest}", hashlib.sha256(content.encode()).hexdigest())
    with engine.begin() as connection:
        for statement in rows.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.strip())
    engine.dispose()
    with Room.open(path, database) as room:
        assert room.progress().votes == 1
        receipt = room.answer("v", "k", GIVEN)
        assert (receipt.received, receipt.again) == (9.0, True)
        own = room.own("v")["tasks"][0]
        assert (own["answer"]["outcome"], own["sides"][0]["system"]) == ("first", "a")
        assert [side.system for side in room.reveal("v", "k")] == ["a", "b"]
        assert room.own("v")["headphones"] is None
        room.note_headphones("v", "right")
        assert room.progress().headphones == {"right": 1}
        assert room.next("v") == Finished(answered=1, completion_code=None)  # the pair was asked
        assert room.forget("v") == 1
