"""One server for the tests that only ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from served import Served, made_key, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served") / "data", quick_apex) as running:
        yield running


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    """A server that asks for keys, with a folder of songs; its `key` may do everything."""
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "songs").mkdir()
    key = made_key(folder / "data", "first", "--per-minute", 1_000_000)
    with served(folder / "data", quick_apex, "--keys", "--songs", folder / "songs") as running:
        running.key = key
        yield running
