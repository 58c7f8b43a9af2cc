"""Files named by a URL: what is shown of it, and that it stays itself on the way to a worker."""

import pickle
from pathlib import Path

import pytest

from plaudit.core import remote
from plaudit.core.optional import MissingPackageError
from plaudit.core.remote import fetched, is_url, located, remote_file


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://me:hush@host:8000/a/b.mp3?sig=hush#hush", "https://host:8000/a/b.mp3"),
        ("https://me:hu@sh@host/a@b.mp3", "https://host/a@b.mp3"),
        ("https://host?token=hush", "https://host"),
        ("s3://bucket/a//b c.wav", "s3://bucket/a//b c.wav"),
    ],
)
def test_no_text_of_it_holds_credentials(url: str, text: str) -> None:
    file = remote_file(url)
    assert (str(file), f"{file}") == (text, text)
    assert "hush" not in repr(file)
    sent = pickle.loads(pickle.dumps(file))  # noqa: S301 - as to a worker
    assert (sent, sent.url, hash(sent)) == (file, url, hash(file))


def test_two_signatures_are_two_files() -> None:
    assert remote_file("https://h/a.wav?v=1") != remote_file("https://h/a.wav?v=2")


def test_what_is_a_url() -> None:
    assert is_url("S3://bucket/a.wav")
    assert not any(
        map(is_url, ("a.wav", "/s3:/a.wav", "C://a.wav", "file:///a.wav", Path("s3://b")))
    )


def test_a_table_names_files_beside_it_or_anywhere(tmp_path: Path) -> None:
    table = remote_file("s3://bucket/corpus/songs.csv")
    assert str(located(table.parent, "audio/a.wav")) == "s3://bucket/corpus/audio/a.wav"
    assert str(located(tmp_path, "https://h/a.wav")) == "https://h/a.wav"
    assert located(tmp_path, "a.wav") == tmp_path / "a.wav"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(remote.__dict__, "require", _absent)
    with pytest.raises(MissingPackageError), fetched(remote_file("https://127.0.0.1:9/a.wav")):
        pass


def _absent(package: str, extra: str, purpose: str) -> None:
    assert extra == "cloud"
    raise MissingPackageError(f"{purpose} needs {package}")
