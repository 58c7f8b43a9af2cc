"""One server for the tests that only ask it, and a server of PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres import postgres
from served import Served, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served") / "data", quick_apex) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url
