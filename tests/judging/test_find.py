"""From arguments to songs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from plaudit.audio.decode import Decoder
from plaudit.audio.errors import UnreadableError
from plaudit.core.errors import InputError
from plaudit.judging.find import find_songs


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    names = "take 10.wav", "take 2.wav", "Cover.jpg", ".hidden.mp3", "sub/deep.FLAC", "[live].ogg"
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def find(paths: Sequence[str | Path], *, recursive: bool = False) -> list[Path]:
    return find_songs(paths, lambda _: None, recursive=recursive)


def test_a_folder_gives_its_audio_in_natural_order(tree: Path) -> None:
    assert names(find([tree])) == ["[live].ogg", "take 2.wav", "take 10.wav"]
    assert names(find([tree], recursive=True))[-1] == "deep.FLAC"


def test_a_named_file_is_taken_whatever_its_name_and_once(tree: Path) -> None:
    given: list[str | Path] = [str(tree / "Cover.jpg"), tree / "[live].ogg", tree]
    assert names(find(given)) == ["Cover.jpg", "[live].ogg", "take 2.wav", "take 10.wav"]


def test_patterns(tree: Path) -> None:
    assert names(find([f"{tree}/*.wav"])) == ["take 2.wav", "take 10.wav"]
    assert names(find([f"{tree}/**/*.FLAC"])) == ["deep.FLAC"]


def test_what_does_not_exist_is_kept_to_be_reported(tree: Path) -> None:
    assert names(find([tree / "gone.wav", f"{tree}/*.aiff"])) == ["gone.wav", "*.aiff"]


def test_nothing_to_judge_says_where_was_looked(tree: Path) -> None:
    (tree / "void").mkdir()
    (tree / "void" / "x.txt").touch()
    with pytest.raises(InputError, match=r"void \(looked for.*files of other kinds: 1 \(.*x.txt"):
        find([tree / "void"])


def notes(paths: Sequence[str | Path], *, recursive: bool = False) -> str:
    said: list[str] = []
    find_songs(paths, said.append, recursive=recursive)
    assert len(said) <= 1
    return "".join(said)


def test_what_a_folder_holds_besides_is_counted_and_named(tree: Path) -> None:
    for name in ("a.txt", "b.TXT", "c.pdf", "noext"):
        (tree / name).touch()
    (tree / ".git").mkdir()
    (tree / "linked").symlink_to(tree / "sub")
    assert notes([tree]) == (
        f"Left out of the search: hidden files and folders: 2 ({tree}/.git, {tree}/.hidden.mp3);"
        f" links to folders, not followed: 1 ({tree}/linked); subfolders, left out by"
        f" --no-recursive: 1 ({tree}/sub); files of other kinds: 5 ({tree}/a.txt, {tree}/b.TXT,"
        f" {tree}/c.pdf and 2 more; 2 .txt, 1 .pdf, 1 .jpg)."
    )
    assert "subfolders" not in notes([tree], recursive=True)
    assert f"links to folders, not followed: 1 ({tree}/linked)" in notes([tree], recursive=True)


def test_nothing_left_out_is_nothing_said(tree: Path) -> None:
    assert notes([tree / "sub", tree / "take 2.wav"]) == ""


def test_a_link_that_is_named_is_followed(tree: Path) -> None:
    (tree / "linked").symlink_to(tree / "sub")
    assert names(find([tree / "linked"])) == ["deep.FLAC"]


@pytest.fixture
def closed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make ``sub`` a folder that cannot be listed, also for root."""
    scandir = os.scandir

    def refusing(path: str | os.PathLike[str] = ".") -> "os._ScandirIterator[str]":
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return tree / "sub"


def test_a_folder_that_cannot_be_read_is_kept_to_be_reported(closed: Path) -> None:
    tree = closed.parent
    assert find([closed]) == [closed]
    assert find([tree], recursive=True)[-1] == closed
    assert closed not in find([tree])
    for pattern in ("sub/*.wav", "*/*.wav", "s*/*.wav", "**/*.ogg"):
        assert closed in find([f"{tree}/{pattern}"])
    assert closed not in find([f"{tree}/other*/*.wav", tree])
    with pytest.raises(UnreadableError, match=r"the folder .*sub, but .* \(Permission denied\)"):
        Decoder(closed)


def test_an_empty_path_is_named() -> None:
    with pytest.raises(InputError, match=r'got an empty one \(""\)'):
        find(["", "a.wav"])


_READ = """
import sys
from plaudit.audio.decode import Decoder
from plaudit.judging.find import find_songs
for song in find_songs(sys.argv[1:], print, recursive=True):
    try:
        Decoder(song)
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def locked(tree: Path) -> Iterator[Path]:
    (tree / "sub").chmod(0)
    yield tree
    (tree / "sub").chmod(0o755)


def test_a_folder_of_mode_000_is_named_by_a_reader_without_rights(locked: Path) -> None:
    # Root reads everything, so the reader gives up the two rights that let it.
    alone = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("needs setpriv (util-linux) to read without the rights of root")
    command = [*(alone if os.geteuid() == 0 else []), sys.executable, "-c", _READ]
    for path in (locked, locked / "sub", locked / "sub/deep.FLAC", locked / "sub/*.wav"):
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        assert "Permission denied" in done.stdout, (path, done)
        assert "Traceback" not in done.stderr
