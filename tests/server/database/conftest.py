"""An empty database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from plaudit.core.database import default_url, open_engine, upgrade
from plaudit.server.database.schema import Table


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = default_url(tmp_path)
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgres")
    engine = open_engine(url)
    upgrade(engine, Table)
    yield engine
    engine.dispose()
