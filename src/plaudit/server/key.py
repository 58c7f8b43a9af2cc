"""``plaudit keys``: which server is meant, and what is said at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.optional import require
from plaudit.jobs.output.streams import Streams

if TYPE_CHECKING:
    from sqlalchemy import Engine

_NAME_CHARS = 100


def add(
    name: str,
    scopes: Sequence[str],
    per_minute: int | None,
    shared: str | None,
    data: Path,
    database: str | None,
    streams: Streams,
) -> None:
    """Make a key for a server that is there or comes, and show it; it sees what ``shared`` has.

    Raises
    ------
    InputError
        The name is empty, too long or taken, a scope is unknown, or there is no key ``shared``.
    """
    with _opened(data, database, make=True) as engine:
        from plaudit.server.database.keys import SCOPES, add_key, find_key

        if not name.strip() or len(name) > _NAME_CHARS or not name.isprintable():
            raise InputError(f"Expected a name of 1 to {_NAME_CHARS} characters, got {name!r}.")
        for scope in scopes:
            if scope not in SCOPES:
                raise InputError(f"Expected --scope as {' or '.join(SCOPES)}, got '{scope}'.")
        if per_minute is not None and per_minute < 1:
            raise InputError(f"Expected --per-minute to be 1 or more, got {per_minute}.")
        owner = None if shared is None else find_key(engine, shared).owner
        key = add_key(engine, name, scopes or SCOPES, per_minute, owner)
    streams.show(key)
    streams.note(f"Keep the key '{name}' now; it is not shown again, and only its hash is kept.")


def show(data: Path, database: str | None, streams: Streams) -> None:
    """List the keys of a server, without what is secret."""
    with _opened(data, database) as engine:
        from plaudit.server.database.keys import keys

        names = {key.id: key.name for key in keys(engine)}
        for key in keys(engine):
            shares = "" if key.owner == key.id else f", for {names[key.owner]}"
            state = "in force" if key.revoked is None else f"revoked {_day(key.revoked)}"
            rate = "" if key.per_minute is None else f", {key.per_minute} requests a minute"
            scopes = " and ".join(key.scopes)
            made = f"made {_day(key.created)}, {state}"
            streams.show(f"{key.id}  {key.name}: {scopes}{rate}{shares}; {made}")


def revoke(which: str, data: Path, database: str | None) -> str:
    """Revoke a key; return a sentence."""
    with _opened(data, database) as engine:
        from plaudit.server.database.keys import REMEMBERED_S, revoke_key

        key = revoke_key(engine, which)
    return (
        f"Revoked key '{key.name}' ({key.id}): a server that runs refuses it within"
        f" {REMEMBERED_S:g} s. What it sent stays until it expires."
    )


def adopt(which: str, source: str | None, data: Path, database: str | None) -> str:
    """Give a key what was sent without one, or by another; return a sentence."""
    with _opened(data, database) as engine:
        from plaudit.server.database.keys import find_key
        from plaudit.server.database.owner import give_all
        from plaudit.server.database.schema import LOCAL

        taker = find_key(engine, which)
        giver = None if source is None else find_key(engine, source, revoked=True)
        if giver is not None and giver.owner == taker.owner:
            raise InputError(f"Key '{taker.name}' has its own songs already; give another --from.")
        n = give_all(engine, LOCAL if giver is None else giver.owner, taker.owner)
    sent = "without a key" if giver is None else f"by key '{giver.name}' ({giver.id})"
    songs = "1 song" if n == 1 else f"{n:,} songs"
    return f"Gave key '{taker.name}' ({taker.id}) what was sent {sent}: {songs}, jobs, collections."


@contextmanager
def _opened(data: Path, database: str | None, *, make: bool = False) -> "Iterator[Engine]":
    require("sqlalchemy", "serve", "plaudit keys")
    require("argon2", "serve", "plaudit keys")
    from plaudit.core.database import default_url, open_engine, upgrade
    from plaudit.server.data_folder import DataFolder
    from plaudit.server.database.schema import Table

    folder = DataFolder(data)
    if not make and database is None and not (folder.root / "plaudit.sqlite").is_file():
        raise MissingFileError(f"There is no server in {data}; give its folder with --data.")
    if make and database is None:
        folder.make()
    engine = open_engine(database or default_url(folder.root))
    try:
        upgrade(engine, Table)
        yield engine
    finally:
        engine.dispose()


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
