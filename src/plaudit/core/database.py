"""A database behind a URL: SQLite in a folder by default, PostgreSQL where it is named.

SQLite gets a write-ahead log, a wait for other writers, and transactions that take the right to
write when they begin: with a plain ``BEGIN`` two writers that both have read end in "database is
locked", which no waiting cures. An area has its tables in ``database/schema.py``, the way that
Alembic takes to them in ``database/env.py``, and the steps between forms in ``migrations``.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session

from plaudit.core.errors import InputError
from plaudit.core.optional import require

WAIT_MS = 20_000
"""How long SQLite waits for another writer, in milliseconds."""


def named_constraints() -> MetaData:
    """Return metadata that names constraints, so that a migration can change them."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def default_url(data: Path, name: str = "plaudit.sqlite") -> str:
    """Return the URL of the database in a data folder."""
    return f"sqlite:///{data / name}"


def open_engine(url: str) -> Engine:
    """Return an engine for SQLite or PostgreSQL; `InputError` for a URL of anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InputError(
            "Expected --database as sqlite:///FILE or postgresql://USER@HOST/NAME; the URL given"
            " is neither."
        ) from error
    name = parsed.get_backend_name()
    if name == "postgresql":
        require("psycopg", "postgres", "A database of PostgreSQL")
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if name != "sqlite":
        raise InputError(f"Expected a database of SQLite or PostgreSQL, got {name}.")
    engine = create_engine(parsed)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _on_begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a transaction that may write; it is whole or did not happen."""
    with Session(engine) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a transaction that only reads, and waits for no writer."""
    with engine.connect().execution_options(reading=True) as connection:
        yield Session(connection)


def add_once(session: Session, table: type[DeclarativeBase], **values: object) -> None:
    """Add a row if none has its key, whoever else adds it at this moment."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())


def upgrade(engine: Engine, tables: type[DeclarativeBase], to: str = "head") -> None:
    """Bring a database to its newest form, or make one; nothing that it holds is lost.

    Parameters
    ----------
    engine : Engine
        Of the database.
    tables : type of DeclarativeBase
        Root of an area's tables: its file says where the migrations are.
    to : str, default "head"
        The form to stop at.

    Raises
    ------
    InputError
        A later Plaudit wrote it, or it holds other tables, such as those of another command.
    """
    with engine.begin() as connection:
        config = _config(connection, tables)
        now = MigrationContext.configure(connection).get_current_revision()
        ours = tables.metadata.tables.keys()
        there = ours & set(inspect(connection).get_table_names())
        if now is not None and 2 * len(there) < len(ours):  # `song` is a table of both
            raise InputError(
                "The database is that of another command: `plaudit serve` and each listening test"
                " need one of their own. Name another."
            )
        try:
            if now is not None:
                ScriptDirectory.from_config(config).get_revision(now)
        except CommandError as error:
            raise InputError(
                f"The database has the form '{now}', which this version of Plaudit does not know;"
                " a later version wrote it. Upgrade Plaudit."
            ) from error
        command.upgrade(config, to)


def _config(connection: Connection, tables: type[DeclarativeBase]) -> Config:
    area = Path(str(sys.modules[tables.__module__].__file__)).parents[1]
    config = Config()
    config.set_main_option("script_location", str(area / "database"))
    config.set_main_option("version_locations", str(area / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
