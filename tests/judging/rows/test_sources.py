"""A judge takes what a program has in its hands: a folder, an open file, a pipe, bytes."""

import io
import os
import shutil
import threading
from pathlib import Path

import pytest

from own_judge import own_judge
from plaudit.audio.errors import NotAudioError
from plaudit.core.errors import InputError
from plaudit.judging.judge import Judge
from plaudit.judging.rows.sequence import Rows


@pytest.fixture(scope="module")
def tiny(quick_apex: Path) -> Judge:
    return own_judge(quick_apex)


@pytest.fixture
def wav(songs: Path) -> Path:
    return min(songs.glob("*.wav"))


def test_an_open_file_is_the_file(tiny: Judge, wav: Path) -> None:
    expected = tiny.score(wav)
    with wav.open("rb") as file:
        assert tiny.score(file) == expected
    nameless = expected.model_copy(update={"path": None})
    assert tiny.score(wav.read_bytes()) == nameless
    assert tiny.score(io.BytesIO(wav.read_bytes())) == nameless


def test_a_pipe_is_read_to_its_end(tiny: Judge, wav: Path) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(wav.read_bytes())

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as file:
        row = tiny.score(file)
    thread.join()
    assert row == tiny.score(wav).model_copy(update={"path": None})


def test_what_is_no_song_is_named_as_the_user_named_it(tiny: Judge, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp3"
    letter.write_text("this is a letter, not a song\n" * 50)
    with letter.open("rb") as file, pytest.raises(NotAudioError, match=r"letter\.mp3"):
        tiny.score(file)
    with pytest.raises(NotAudioError, match="but nothing in the open file can"):
        tiny.score(letter.read_bytes())
    with letter.open() as text, pytest.raises(InputError, match='open it with "rb"'):
        tiny.score(text)  # type: ignore[call-overload]
    with letter.open("rb") as file, pytest.raises(InputError, match="leave out sample_rate"):
        tiny.score(file, 44_100)  # type: ignore[call-overload]


def test_a_folder_is_searched_whole(tiny: Judge, wav: Path, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    first, second = tmp_path / "a.wav", tmp_path / "deeper" / "b.wav"
    for target in (first, second):
        shutil.copy(wav, target)
    (tmp_path / "notes.txt").write_text("no song")
    rows = tiny.score([tmp_path])
    assert isinstance(rows, Rows)
    assert {row.path for row in rows} == {str(first), str(second)}
    for folder in (tmp_path, str(tmp_path)):
        alone: object = tiny.score(folder)
        assert alone == rows
    missing = tmp_path / "missing.wav"
    mixed = tiny.score([missing, tmp_path / "deeper", wav])
    assert [row.path for row in mixed] == [str(missing), str(second), str(wav)]
    assert mixed.failures == mixed[:1]
    with pytest.raises(InputError, match="leave out sample_rate"):
        tiny.score(tmp_path, 44_100)  # type: ignore[call-overload]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="Found no audio files"):
        tiny.score(empty)
