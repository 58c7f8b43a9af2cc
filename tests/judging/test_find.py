"""From arguments to songs."""

from pathlib import Path

import pytest

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


def test_a_folder_gives_its_audio_in_natural_order(tree: Path) -> None:
    assert names(find_songs([tree])) == ["[live].ogg", "take 2.wav", "take 10.wav"]
    assert names(find_songs([tree], recursive=True))[-1] == "deep.FLAC"


def test_a_named_file_is_taken_whatever_its_name_and_once(tree: Path) -> None:
    given: list[str | Path] = [str(tree / "Cover.jpg"), tree / "[live].ogg", tree]
    assert names(find_songs(given)) == ["Cover.jpg", "[live].ogg", "take 2.wav", "take 10.wav"]


def test_patterns(tree: Path) -> None:
    assert names(find_songs([f"{tree}/*.wav"])) == ["take 2.wav", "take 10.wav"]
    assert names(find_songs([f"{tree}/**/*.FLAC"])) == ["deep.FLAC"]


def test_what_does_not_exist_is_kept_to_be_reported(tree: Path) -> None:
    assert names(find_songs([tree / "gone.wav", f"{tree}/*.aiff"])) == ["gone.wav", "*.aiff"]


def test_nothing_to_judge_says_where_was_looked(tree: Path) -> None:
    (tree / "void").mkdir()
    with pytest.raises(InputError, match=r"void.*--recursive"):
        find_songs([tree / "void"])
