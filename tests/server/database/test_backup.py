"""A server that was backed up is the same after it was restored, on either kind of database."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from plaudit.core.database import default_url, open_engine, reading, upgrade
from plaudit.core.errors import InputError, MissingFileError
from plaudit.server.backup import back_up, restore
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.queue import claim, finish
from plaudit.server.database.schema import Result, Table, Worker
from plaudit.server.database.uploads import NewSong, take_in
from queued import add, answer, content


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect().execution_options(reading=True) as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
            for table in Table.metadata.sorted_tables
            if table.name != Worker.__tablename__
        }


def filled(engine: Engine, data: Path) -> DataFolder:
    folder = DataFolder(data)
    folder.make()
    add(engine, 3)
    claimed = claim(engine, "w")
    assert claimed is not None
    result = answer(claimed.sha256)._replace(embedding=b"\x00\xff\x01")
    assert finish(engine, "w", claimed.item, [result])
    song = folder.incoming / "x"
    song.write_bytes(b"bytes of a song")
    new = NewSong(content(0), "ein Lied.wav", 15, "audio/wav", incoming=song)
    take_in(engine, folder, "o", [new], 60)
    return folder


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_a_restored_server_is_the_same_and_counts_on(
    to: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data = tmp_path / "one"
    data.mkdir()
    engine = open_engine(default_url(data))
    upgrade(engine, Table)
    filled(engine, data)
    assert "3 songs, 1 results, 1 jobs" in back_up(data, None, tmp_path / "b.tar")
    (mine := tmp_path / "thesis.tar").write_text("my thesis")
    with pytest.raises(InputError, match=r"not written by Plaudit|does not say who wrote it"):
        back_up(data, None, mine)
    assert mine.read_text() == "my thesis"
    other = tmp_path / "two"
    url = default_url(other) if to == "sqlite" else request.getfixturevalue("empty_postgres")
    said = restore(tmp_path / "b.tar", other, None if to == "sqlite" else url)
    assert said.startswith("Restored 3 songs")
    copy = open_engine(url)
    assert everything(copy) == everything(engine)
    assert DataFolder(other).upload(content(0)).read_bytes() == b"bytes of a song"
    add(copy, 1, 50)  # its number is free
    with reading(copy) as session:
        assert session.scalars(select(Result.embedding)).one() == b"\x00\xff\x01"
    with pytest.raises(InputError, match="empty"):
        restore(tmp_path / "b.tar", other, None if to == "sqlite" else url)
    copy.dispose()
    engine.dispose()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no server"):
        back_up(tmp_path / "nowhere", None, tmp_path / "b.tar")
    with pytest.raises(MissingFileError, match="no file"):
        restore(tmp_path / "b.tar", tmp_path / "data", None)
    (tmp_path / "b.tar").write_text("words")
    with pytest.raises(InputError, match="Expected a backup"):
        restore(tmp_path / "b.tar", tmp_path / "data", None)
