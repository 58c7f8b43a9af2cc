"""Files and names that are no song are called what they are."""

from pathlib import Path

import pytest

from plaudit.audio.decode import Decoder
from plaudit.audio.errors import NotAudioError, UnreadableError
from plaudit.core.errors import MissingFileError


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><body>" + b"<p>Log in</p>" * 9000,
        b"\xef\xbb\xbf\n  <HTML lang=en>",
        b'<?xml version="1.0"?>\n<!-- saved -->\n<!DOCTYPE html>',
        "<html>".encode("utf-16"),
    ],
)
@pytest.mark.parametrize("name", ["page.mp3", "page.wav"])
def test_a_web_page(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotAudioError, match=rf"{name} is a web page \(HTML\).*download the song"):
        Decoder(path)


@pytest.mark.parametrize(
    "address", ["https://example.org/a/song.mp3?x=1", "HTTP://example.org/a.mp3", "s3://bucket/a"]
)
def test_an_address(address: str) -> None:
    scheme, _, rest = address.partition("://")
    with pytest.raises(MissingFileError) as caught:
        Decoder(Path(address))
    assert f"got the address {scheme.lower()}://{rest}; download the song" in str(caught.value)


def test_an_empty_path() -> None:
    with pytest.raises(UnreadableError, match=r"got an empty path \(or a folder\)"):
        Decoder(Path())


def test_the_address_of_a_file() -> None:
    with pytest.raises(MissingFileError, match=r"file:///music/a\.mp3; leave out file://"):
        Decoder(Path("file:///music/a.mp3"))


def test_a_file_whose_name_looks_like_an_address_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("take:").mkdir()
    Path("take:/a.mp3").write_bytes(b"la la la")
    with pytest.raises(NotAudioError, match=r"nothing in take:/a\.mp3"):
        Decoder(Path("take:/a.mp3"))
