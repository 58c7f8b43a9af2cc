"""The engine behind a URL: SQLite in the data folder by default, PostgreSQL where it is named.

SQLite gets a write-ahead log, a wait for other writers, and transactions that take the right to
write when they begin: with a plain ``BEGIN`` two writers that both have read end in "database is
locked", which no waiting cures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from plaudit.core.errors import InputError
from plaudit.core.optional import require
from plaudit.server.database.schema import Table

WAIT_MS = 20_000
"""How long SQLite waits for another writer, in milliseconds."""


def default_url(data: Path) -> str:
    """Return the URL of the database in a data folder."""
    return f"sqlite:///{data / 'plaudit.sqlite'}"


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


def add_once(session: Session, table: type[Table], **values: object) -> None:
    """Add a row if none has its key, whoever else adds it at this moment."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
