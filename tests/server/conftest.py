"""One server for the tests that only ask it, and a server of PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from plaudit.server.database.engine import open_engine
from postgres import postgres
from served import Served, made_key, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "songs").mkdir()
    with served(folder / "data", quick_apex, "--songs", folder / "songs") as running:
        yield running


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    """A server that asks for keys; its `key` may do everything."""
    data = tmp_path_factory.mktemp("keyed") / "data"
    key = made_key(data, "first")
    with served(data, quick_apex, "--keys") as running:
        running.key = key
        yield running


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    with (maker := open_engine(postgres_url)).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    maker.dispose()
    return postgres_url
