"""A database has the form that the tables state, and one of a later Plaudit is refused."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from plaudit.core.database import default_url, open_engine, upgrade
from plaudit.core.errors import InputError
from plaudit.server.database.keys import keys
from plaudit.server.database.schema import Table


def test_the_steps_end_in_the_tables_as_they_are_stated(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine, Table)


def test_a_later_form_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    with pytest.raises(InputError, match="a later version wrote it"):
        upgrade(engine, Table)


@pytest.mark.parametrize("url", ["mysql://a@b/c", "no url at all"])
def test_other_databases_are_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(InputError, match=r"SQLite or PostgreSQL|sqlite:///FILE or postgresql"):
        open_engine(url)


def test_a_database_of_the_first_form_keeps_what_it_holds(tmp_path: Path) -> None:
    engine = open_engine(default_url(tmp_path))
    upgrade(engine, Table, "first")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO api_key (id, name, secret, scopes, created)"
                " VALUES ('0123', 'lab', 'hash', '[\"read\"]', 1.0)"
            )
        )
    upgrade(engine, Table)
    [key] = keys(engine)
    assert (key.name, key.owner, key.scopes) == ("lab", "0123", ("read",))
    engine.dispose()
