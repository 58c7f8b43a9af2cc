"""An empty database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from plaudit.server.database.engine import default_url, open_engine
from plaudit.server.database.upgrade import upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = default_url(tmp_path)
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgres")
    engine = open_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()
