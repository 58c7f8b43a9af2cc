"""Uploads: kept once for all who sent them, gone when nobody keeps them; what was found stays."""

from pathlib import Path

from sqlalchemy import Engine, update

from plaudit.core.database import reading, writing
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.queue import claim, finish
from plaudit.server.database.schema import Result, StoredSong, Upload
from plaudit.server.database.uploads import (
    NewSong,
    own_song,
    remove_expired,
    remove_song,
    take_in,
    uploaded_bytes,
)
from queued import add, answer, content

SONG = content(0)


def send(engine: Engine, folder: DataFolder, owner: str, keep_s: float = 60) -> None:
    incoming = folder.incoming / owner
    incoming.write_bytes(b"a song")
    new = NewSong(SONG, f"of {owner}.wav", 6, "audio/wav", incoming=incoming)
    take_in(engine, folder, owner, [new], keep_s)


def made(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    return folder


def test_a_song_of_two_is_kept_once_and_shown_to_each_under_its_name(
    engine: Engine, tmp_path: Path
) -> None:
    folder = made(tmp_path)
    send(engine, folder, "a")
    send(engine, folder, "b")
    assert list(folder.incoming.iterdir()) == []
    assert uploaded_bytes(engine) == 6
    with reading(engine) as session:
        for owner in ("a", "b"):
            found = own_song(session, owner, SONG)
            assert found is not None
            assert found[1].name == f"of {owner}.wav"
        assert own_song(session, "c", SONG) is None


def test_the_last_who_removes_a_song_removes_all_of_it(engine: Engine, tmp_path: Path) -> None:
    folder = made(tmp_path)
    add(engine, 1)
    claimed = claim(engine, "w")
    assert claimed is not None
    assert finish(engine, "w", claimed.item, [answer(SONG)])
    send(engine, folder, "a")
    send(engine, folder, "b")
    assert not remove_song(engine, folder, "c", SONG)
    assert remove_song(engine, folder, "a", SONG)
    assert folder.upload(SONG).is_file()
    assert remove_song(engine, folder, "b", SONG)
    assert not folder.upload(SONG).exists()
    with reading(engine) as session:
        assert session.get(StoredSong, SONG) is None
        assert session.get(Result, (SONG, "0" * 64, "")) is None


def test_after_its_time_the_audio_goes_and_the_scores_stay(engine: Engine, tmp_path: Path) -> None:
    folder = made(tmp_path)
    send(engine, folder, "a", keep_s=-1)
    send(engine, folder, "b")
    assert remove_expired(engine, folder) == 0  # one keeps it
    with writing(engine) as session:
        session.execute(update(Upload).values(expires=1.0))
    assert remove_expired(engine, folder) == 1
    assert remove_expired(engine, folder) == 0
    assert not folder.upload(SONG).exists()
    assert uploaded_bytes(engine) == 0
    with reading(engine) as session:
        found = own_song(session, "a", SONG)
        assert found is not None
        assert not found[0].present
    send(engine, folder, "a")  # sent again, it is here again
    assert folder.upload(SONG).is_file()
    assert uploaded_bytes(engine) == 6


def test_a_song_that_is_removed_while_it_is_judged_is_an_error(
    engine: Engine, tmp_path: Path
) -> None:
    folder = made(tmp_path)
    add(engine, 1)
    send(engine, folder, "a")
    claimed = claim(engine, "w")
    assert claimed is not None
    assert remove_song(engine, folder, "a", SONG)
    assert finish(engine, "w", claimed.item, [answer(SONG)])
