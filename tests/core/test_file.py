"""Files are whole or absent."""

import hashlib
import os
from pathlib import Path

import pytest

from full_disk import full_disk
from plaudit.core.errors import InputError, OutputError
from plaudit.core.file import atomic, is_file, is_stream, longer_name, sha256_of, write_atomic
from plaudit.core.lock import Lock, output_lock


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


def test_a_name_of_255_bytes_is_written_and_a_longer_one_is_one_sentence(tmp_path: Path) -> None:
    for name in ("n" * 255, "ö" * 127 + "n"):
        write_atomic(tmp_path / name, "x")
        assert (tmp_path / name).read_text() == "x"
    with pytest.raises(OutputError, match="name too long"):
        write_atomic(tmp_path / ("n" * 256), "x")
    assert len({longer_name("n" * 254 + end, ".tmp", ".") for end in "ab"}) == 2


def test_a_full_disk_names_the_file_and_leaves_the_old_one(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"write /dev/full.*No space left"):
        write_atomic(Path("/dev/full"), "x" * 100_000)

    write_atomic(tmp_path / "a", "old")
    with full_disk(), pytest.raises(OutputError, match=r"/a, but the system refuses it"):
        write_atomic(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_link_is_replaced_and_what_is_behind_it_stays(tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "thesis")
    write_atomic(tmp_path / "link", "ours")
    assert (tmp_path / "thesis").read_text() == "mine"
    assert not (tmp_path / "link").is_symlink()


def test_bytes_go_straight_into_a_pipe_and_an_open_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_atomic(tmp_path / "pipe", "rows")
    assert os.read(reader, 100) == b"rows"
    os.close(reader)
    with (tmp_path / "log").open("w+b", buffering=0) as log:
        log.write(b"before ")
        write_atomic(Path(f"/dev/fd/{log.fileno()}"), "rows")
        log.write(b" after")
    assert (tmp_path / "log").read_text() == "before rows after"
    assert is_stream(Path("/dev/stdout"))
    assert not is_stream(tmp_path / "log")


def test_only_one_process_holds_the_lock_of_an_output(tmp_path: Path) -> None:
    first, second = output_lock(tmp_path / "rows"), output_lock(tmp_path / "rows")
    first.take()
    with pytest.raises(InputError, match=r"process, started at 2\d{3}-.*, writes .*/rows; wait"):
        second.take()
    first.release()
    assert not list(tmp_path.iterdir())
    second.take()
    second.release()


def test_a_lock_writes_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "thesis")
    with pytest.raises(OutputError, match="lock"):
        Lock(tmp_path / "lock").take()
    assert (tmp_path / "thesis").read_text() == "mine"
