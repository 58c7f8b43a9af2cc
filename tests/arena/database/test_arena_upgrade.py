"""The database of a test has the form that the tables state."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from plaudit.arena.database.schema import Table
from plaudit.core.database import default_url, open_engine, upgrade


def test_the_steps_end_in_the_tables_as_they_are_stated(
    tmp_path: Path, database: str | None
) -> None:
    engine = open_engine(database or default_url(tmp_path))
    upgrade(engine, Table)
    upgrade(engine, Table)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    engine.dispose()
