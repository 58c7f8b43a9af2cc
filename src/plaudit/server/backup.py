"""``plaudit backup`` and ``plaudit restore``: where a server is, and what is said at the end."""

from pathlib import Path

from plaudit.core.errors import MissingFileError
from plaudit.core.optional import require
from plaudit.jobs.output.overwrite import check_outputs


def back_up(data: Path, database: str | None, out: Path) -> str:
    """Write a server to a file; return a sentence.

    Raises
    ------
    InputError
        There is no server, or the file may not be written.
    """
    require("sqlalchemy", "serve", "plaudit backup")
    from plaudit.core.database import default_url, open_engine
    from plaudit.server.data_folder import DataFolder
    from plaudit.server.database.backup import write_backup

    check_outputs([out])
    folder = DataFolder(data)
    if database is None and not (folder.root / "plaudit.sqlite").is_file():
        raise MissingFileError(f"There is no server in {data}; give its folder with --data.")
    engine = open_engine(database or default_url(folder.root))
    counts = write_backup(engine, folder, out)
    engine.dispose()
    return f"Wrote {out}: {counts['song']} songs, {counts['result']} results, {counts['job']} jobs."


def restore(source: Path, data: Path, database: str | None) -> str:
    """Restore a server from a file; return a sentence.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        It is no backup, or there is a server already.
    """
    require("sqlalchemy", "serve", "plaudit restore")
    from plaudit.core.database import default_url, open_engine
    from plaudit.server.data_folder import DataFolder
    from plaudit.server.database.backup import read_backup

    if not source.is_file():
        raise MissingFileError(f"There is no file {source}.")
    folder = DataFolder(data)
    folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_engine(database or default_url(folder.root))
    counts = read_backup(engine, folder, source)
    engine.dispose()
    return (
        f"Restored {counts['song']} songs, {counts['result']} results, {counts['job']} jobs into"
        f" {data}."
    )
