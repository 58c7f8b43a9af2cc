"""A folder is replaced whole: a job killed at any step leaves the old one or the new one."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plaudit.core.errors import OutputError
from plaudit.core.file import TEMPORARY
from plaudit.core.folder import check_folder, check_links, standing, whole_folder

MARK = ("a", b"ours")
# Replaces a folder, dies at one of the steps, and does without the exchange of names if told so.
KILLED = """
import os, signal, sys
from pathlib import Path
from plaudit.core import folder

step, exchange, place = int(sys.argv[1]), sys.argv[2] == "exchange", Path(sys.argv[3])
if not exchange:
    folder.sys = type(sys)("sys")
    folder.sys.platform = "elsewhere"
calls = []

def dying(function):
    def call(*arguments, **options):
        calls.append(function)
        if len(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

Path.rename = dying(Path.rename)
folder._to_disk = dying(folder._to_disk)
folder.shutil.rmtree = dying(folder.shutil.rmtree)
folder._exchange = dying(folder._exchange)
with folder.whole_folder(place) as new:
    for name in "ab":
        (new / name).write_text("new ours")
"""


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def replace(folder: Path, text: str) -> None:
    with whole_folder(folder) as new:
        for name in "ab":
            (new / name).write_text(text)


@pytest.mark.parametrize("way", ["exchange", "rename"])
@pytest.mark.parametrize("step", range(1, 10))
def test_a_kill_between_any_two_steps_leaves_one_of_both(
    way: str, step: int, tmp_path: Path
) -> None:
    place = tmp_path / "m"
    replace(place, "old ours")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(step), way, str(place)], check=False, timeout=60
    )
    assert done.returncode in (0, -signal.SIGKILL)
    assert content(standing(place)) in (
        dict.fromkeys("ab", "old ours"),
        dict.fromkeys("ab", "new ours"),
    )
    replace(place, "next ours")
    assert content(place) == dict.fromkeys("ab", "next ours")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_the_steps_of_that_test_are_reached(tmp_path: Path) -> None:
    place = tmp_path / "m"
    for way in ("exchange", "rename"):
        replace(place, "old ours")
        command = [sys.executable, "-c", KILLED, "4", way, str(place)]
        assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL


def test_an_error_leaves_the_old_folder_and_no_other(tmp_path: Path) -> None:
    place = tmp_path / "m"
    replace(place, "old")

    def stopped() -> None:
        with whole_folder(place) as new:
            (new / "a").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped()
    assert content(place) == dict.fromkeys("ab", "old")
    assert list(tmp_path.iterdir()) == [place]


def test_the_folder_behind_a_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "m")
    for text in ("old", "new"):
        replace(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink()
        assert content(tmp_path / "m") == dict.fromkeys("ab", text)


def test_permissions_are_those_of_an_ordinary_folder(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    replace(tmp_path / "m", "x")
    assert (tmp_path / "m").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_only_a_folder_of_ours_may_be_replaced(tmp_path: Path) -> None:
    place = tmp_path / "m"
    assert not check_folder(place, "ab", MARK, "a thing")
    replace(place, "ours")
    assert check_folder(place, "ab", MARK, "a thing", [tmp_path / "votes.csv", None])
    with pytest.raises(OutputError, match="which is read"):
        check_folder(place, "ab", MARK, "a thing", [place / "b"])
    (place / "thesis").touch()
    with pytest.raises(OutputError, match=r"other files \(thesis\) than a thing"):
        check_folder(place, "ab", MARK, "a thing")
    (place / "thesis").unlink()
    (place / "a").write_text("mine")
    with pytest.raises(OutputError, match=r"other files \(a\)"):
        check_folder(place, "ab", MARK, "a thing")
    with pytest.raises(OutputError, match="is a file"):
        check_folder(place / "a", "ab", MARK, "a thing")


def test_nothing_is_written_through_a_link_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "deep").symlink_to(tmp_path)
    check_links(tmp_path / "m", ["a", "a/b"])
    with pytest.raises(OutputError, match="deep is a link"):
        check_links(tmp_path / "m", ["a", "deep/b"])


def test_what_another_living_job_makes_beside_it_stays(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "m") as new:
        replace(tmp_path / "other", "x")
        assert new.is_dir()
        assert new.name.endswith(TEMPORARY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "other"]
