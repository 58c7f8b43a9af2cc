"""Where a test's database is: SQLite in its folder, and PostgreSQL."""

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("empty_postgres") if request.param == "postgresql" else None
