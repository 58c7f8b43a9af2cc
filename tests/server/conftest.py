"""One server for the tests that only ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from plaudit.core.database import open_engine
from plaudit.judging.published.bring import Brought, import_judge
from published_files import publish
from served import Served, made_key, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    """A server on SQLite that asks for no keys, and may be asked as often as tests like."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "limits.toml").write_text("requests_per_minute = 1000000")
    with served(folder / "data", quick_apex, "--limits", folder / "limits.toml") as running:
        yield running


@pytest.fixture(scope="session")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small judge that can use a prompt, lyrics and a reference."""
    folder = tmp_path_factory.mktemp("asking")
    parts = publish("cmi-rm", folder / "published")
    import_judge("cmi-rm", {n: Brought(p) for n, p in parts.items()}, folder / "cmi")
    return folder / "cmi"


@pytest.fixture(scope="session")
def keyed(
    tmp_path_factory: pytest.TempPathFactory, quick_apex: Path, asking: Path, postgres_url: str
) -> Iterator[Served]:
    """A server on PostgreSQL, of two judges, that asks for keys, with a folder of songs.

    Its `key` may do everything.
    """
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "songs").mkdir()
    maker = open_engine(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with maker.connect() as connection:
        connection.execute(text("CREATE DATABASE keyed"))
    maker.dispose()
    database = ("--database", postgres_url.replace("/postgres?", "/keyed?"))
    key = made_key(folder / "data", "first", "--per-minute", 1_000_000, *database)
    words = ("--keys", *database, "--songs", folder / "songs", "--judge", asking)
    with served(folder / "data", quick_apex, *words) as running:
        running.key = key
        yield running
