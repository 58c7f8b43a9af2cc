"""The study `server_chaos` in small: the server and its workers are killed, and no song is lost."""

from pathlib import Path

import pytest

from plaudit.core.database import default_url
from served import Served
from server_chaos import run, verdict


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_acknowledged_song_ends_once_whoever_is_killed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, quick_apex: Path
) -> None:
    data, songs = tmp_path / "data", tmp_path / "songs"
    songs.mkdir()
    database = default_url(data)
    words: tuple[object, ...] = ()
    if kind == "postgresql":
        database = request.getfixturevalue("empty_postgres")
        words = ("--database", database)
    server = Served(data, quick_apex, words).start().until_ready()
    try:
        seen = run(server, database, songs, songs=20, clients=4, kills=1, seconds=1.5)
        ends = verdict(server.url, database, seen)
    finally:
        assert server.stop() == 0
    assert len(seen.jobs) == 4
    assert seen.refused == []
    assert ends["done"] == 20, ends
