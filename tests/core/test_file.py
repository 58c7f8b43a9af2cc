"""Files are whole or absent."""

import hashlib
from pathlib import Path

import pytest

from plaudit.core.errors import InputError
from plaudit.core.file import atomic, is_file, sha256_of, write_atomic


def test_content_arrives_and_parents_are_made(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a" / "b.txt", "één")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "één"
    assert sha256_of(tmp_path / "a" / "b.txt") == hashlib.sha256("één".encode()).hexdigest()


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "b.txt"
    write_atomic(target, "old")

    def stopped_half_way() -> None:
        with atomic(target) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped_half_way()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_outputs_are_ordinary_files(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_atomic(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got the folder"):
        write_atomic(tmp_path, "x")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="choose another place"):
        write_atomic(tmp_path / "file" / "below", "x")


def test_a_name_that_no_disk_can_hold_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    names = ("a", "b", "9" * 5000, "a\0b", "\ud800", "a/b")
    assert [is_file(tmp_path / name) for name in names] == [True, *[False] * 5]
