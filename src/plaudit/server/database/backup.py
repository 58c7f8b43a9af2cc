"""A server in one file: every table and every song, to be kept, moved, or restored elsewhere.

The file is a tar: ``backup.json`` (form of the database, time, counts), a file of JSON lines a
table, and the folder's songs and previews. Tables are read in one transaction, so that they fit
each other while the server goes on; a song that is removed meanwhile is left out. What one kind of
database wrote the other can read: this is also the way from SQLite to PostgreSQL.
"""

import base64
import io
import json
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, LargeBinary, MetaData, func, insert, select, text

from plaudit.core.database import upgrade
from plaudit.core.errors import InputError
from plaudit.core.file import atomic
from plaudit.core.parse import parse_json
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.schema import Table, Worker

_HEAD = "backup.json"
_FOLDERS = ("songs", "previews")
_BATCH = 1000  # rows that are written together
_BYTES = "bytes"


def write_backup(engine: Engine, folder: DataFolder, out: Path) -> dict[str, int]:
    """Write a server to a file, whole or not at all; return how many rows each table has."""
    level = "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"
    counts: dict[str, int] = {}
    with engine.connect().execution_options(reading=True, isolation_level=level) as connection:
        form = MigrationContext.configure(connection).get_current_revision()
        with atomic(out) as file, tarfile.open(fileobj=file, mode="w") as tar:
            for table in Table.metadata.sorted_tables:
                if table.name != Worker.__tablename__:  # processes do not move
                    counts[table.name] = _write_table(connection, tar, table)
            head = {"form": form, "written": time.time(), "rows": counts}
            _add(tar, _HEAD, json.dumps(head).encode())
            for path in _files(folder):
                try:
                    tar.add(path, path.relative_to(folder.root).as_posix(), recursive=False)
                except FileNotFoundError:
                    continue
    return counts


def read_backup(engine: Engine, folder: DataFolder, source: Path) -> dict[str, int]:
    """Restore a server from a file into an empty folder and database.

    Raises
    ------
    InputError
        It is no backup, or there is a server already.
    """
    if folder.root.exists() and any(folder.root.glob("songs/*/*")):
        raise InputError(f"{folder.root} holds songs; restore into an empty folder.")
    try:
        with tarfile.open(source) as tar:
            head = parse_json(_member(tar, _HEAD, source).read())
            folder.make()
            upgrade(engine, Table, head["form"])
            with engine.begin() as connection:
                tables = MetaData()
                tables.reflect(connection)
                for table in tables.sorted_tables:
                    if table.name in head["rows"]:
                        _check_empty(connection, table)
                        _read_table(connection, table, _member(tar, f"{table.name}.jsonl", source))
                _count_on(connection)
            for member in tar:
                if member.name.startswith(tuple(f"{name}/" for name in _FOLDERS)):
                    tar.extract(member, folder.root, filter="data")
    except (tarfile.TarError, KeyError, TypeError) as error:
        raise InputError(f"Expected a backup that Plaudit wrote, got {source}.") from error
    upgrade(engine, Table)
    counts: dict[str, int] = head["rows"]
    return counts


def _files(folder: DataFolder) -> Iterator[Path]:
    for name in _FOLDERS:
        for path in sorted((folder.root / name).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path


def _write_table(connection: Connection, tar: tarfile.TarFile, table: Any) -> int:
    n = 0
    with tempfile.TemporaryFile() as lines:
        for row in connection.execute(select(table)).mappings():
            lines.write(json.dumps(dict(row), default=_plain).encode() + b"\n")
            n += 1
        info = tarfile.TarInfo(f"{table.name}.jsonl")
        info.size = lines.tell()
        lines.seek(0)
        tar.addfile(info, lines)
    return n


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(type(value))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _member(tar: tarfile.TarFile, name: str, source: Path) -> Any:
    file = tar.extractfile(name)
    if file is None:
        raise InputError(f"Expected a backup that Plaudit wrote, got {source}.")
    return file


def _check_empty(connection: Connection, table: Any) -> None:
    if connection.scalar(select(func.count()).select_from(table)):
        raise InputError("The database holds a server already; restore into an empty one.")


def _read_table(connection: Connection, table: Any, lines: BinaryIO) -> None:
    binary = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    batch: list[dict[str, Any]] = []
    for line in lines:
        row = parse_json(line)
        for name in binary:
            if row[name] is not None:
                row[name] = base64.b64decode(row[name][_BYTES])
        batch.append(row)
        if len(batch) == _BATCH:
            connection.execute(insert(table), batch)
            batch.clear()
    if batch:
        connection.execute(insert(table), batch)


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL number new songs of jobs behind those that were restored."""
    if connection.dialect.name == "postgresql":
        last = "SELECT setval(pg_get_serial_sequence('item', 'id'), max(id)) FROM item"
        connection.execute(text(last))
