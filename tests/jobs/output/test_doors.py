"""No option of the command line replaces what is read, what is not ours, or what a link hides."""

import errno
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import sklearn.ensemble  # noqa: F401 - joblib looks at the disk when it is imported

from full_disk import full_disk
from output_doors import DOORS, NO_PATH, NOT_TRIED, OPTIONS, READ, Door, battles_of
from plaudit.core.file import TEMPORARY
from typed_command import plaudit, typed

Key = tuple[str, str]
WHY = ("is what is read", "which is read", "not written by Plaudit", "does not say who wrote it")
THESIS = b"my thesis\n"
IN_FOLDERS = {
    "train-preference --out", "embed --out", "demo --out", "train --out", "sweep --out",
    "bench sample --out", "data check place", "data unpack place", "judges import-apex --out",
    "judges import --out", "judges ensemble --out", "judges export --out",
    "judges train-bundled --out", "study preference --out", "synth song --out",
    "synth corpus --out", "arena export --out",
}  # fmt: skip
FOLDERS = [key for key in DOORS if " ".join(key) in IN_FOLDERS]
FILES = [key for key in DOORS if key not in FOLDERS]


@pytest.fixture(autouse=True)
def one_short_demo_song(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plaudit.synth.demo._SONGS", (("one", 42, "ballad", {}),))
    monkeypatch.setattr("plaudit.synth.demo._DURATION_S", 10.0)


class Opened(NamedTuple):
    """A door on disk, and how to go through it."""

    door: Door
    option: str
    place: Path  #: What the option may name.

    def run(self, path: Path) -> tuple[int, str]:
        """Run the command with this path; return its status and what it said last."""
        flag = [self.option] if self.option.startswith("-") else []
        status, said = typed(*self.door.words, *flag, path)
        last = said.stderr.strip().rpartition("\n")[2]
        assert status in (0, 1), said.stderr
        if status:
            assert "Traceback" not in said.stderr
            assert last.startswith("plaudit: "), said.stderr
        return int(bool(status)), last


def opened(key: Key, folder: Path) -> Opened:
    door = DOORS[key](folder)
    return Opened(door, key[1], folder / "made" / f"out{door.suffix}")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def ids(keys: list[Key]) -> list[str]:
    return [" ".join(key) for key in keys]


def test_every_option_that_may_name_a_path_is_known() -> None:
    left = {
        (command, option)
        for command, option in OPTIONS
        if option not in READ | NO_PATH and f"{command} {option}" not in READ
    }
    assert left == set(DOORS) | set(NOT_TRIED)


@pytest.mark.parametrize("key", FILES, ids=ids(FILES))
def test_a_file_that_is_read_or_not_ours_stays(key: Key, tmp_path: Path) -> None:
    through = opened(key, tmp_path)
    mine = tmp_path / "thesis.txt"
    mine.write_bytes(THESIS)
    links = tmp_path / "links"
    links.mkdir()
    for number, path in enumerate((*through.door.inputs, mine)):
        before = snapshot(tmp_path)
        soft, hard = links / f"soft{number}", links / f"hard{number}"
        soft.symlink_to(path)
        hard.hardlink_to(path)
        for name in (path, soft, hard):
            status, said = through.run(name)
            # A hard link to a file inside a folder that is read loses its own name at most.
            assert status or name == hard
            assert not status or any(why in said for why in WHY), said
            assert path.read_bytes() == before[str(path)]
        shutil.rmtree(links)
        assert snapshot(tmp_path) == before
        links.mkdir()


@pytest.mark.parametrize("key", FILES, ids=ids(FILES))
def test_a_link_stays_and_the_older_output_behind_it_is_replaced(key: Key, tmp_path: Path) -> None:
    through = opened(key, tmp_path)
    if through.door.takes_long:
        return
    through.place.parent.mkdir()
    link = tmp_path / f"link{through.door.suffix}"
    link.symlink_to(through.place)
    assert through.run(link)[0] == 0
    assert link.is_symlink()
    assert through.place.stat().st_size
    if key[1] == "--scp":  # a list does not say who wrote it
        return
    assert through.run(link)[0] == 0
    assert link.is_symlink()


@pytest.mark.parametrize("key", FILES, ids=ids(FILES))
def test_files_beside_the_output_are_not_ours_by_their_names(key: Key, tmp_path: Path) -> None:
    through = opened(key, tmp_path)
    through.place.parent.mkdir()
    mine = tmp_path / "thesis.txt"
    for suffix in through.door.beside:
        other = through.place.with_suffix(suffix)
        other.write_bytes(THESIS)
        assert through.run(through.place)[0] == 1
        assert other.read_bytes() == THESIS
        mine.write_bytes(THESIS)
        other.unlink()
        other.symlink_to(mine)
        assert through.run(through.place)[0] == 1
        assert mine.read_bytes() == THESIS
        other.unlink()


@pytest.mark.parametrize("key", FOLDERS, ids=ids(FOLDERS))
def test_what_is_not_ours_in_a_folder_stays(key: Key, tmp_path: Path) -> None:
    through = opened(key, tmp_path)
    place = through.place
    mine, outside = tmp_path / "thesis.txt", tmp_path / "outside"
    outside.mkdir()
    where = place / "x" if key == ("synth song", "--out") else place
    for name in through.door.inside:
        folder = name.endswith("/")
        for linked in (True,) if folder else (False, True):
            place.parent.mkdir()
            if through.door.fill is not None:
                through.door.fill(place)
            mine.write_bytes(THESIS)
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if linked:
                target.symlink_to(outside if folder else mine)
            else:
                target.write_bytes(THESIS)
            status, said = through.run(where)
            assert mine.read_bytes() == THESIS
            assert linked or target.read_bytes() == THESIS
            assert not list(outside.iterdir())
            assert not folder or status, said
            shutil.rmtree(place.parent)


@pytest.mark.parametrize("key", FOLDERS, ids=ids(FOLDERS))
def test_a_folder_that_is_a_file_or_holds_other_things_is_refused(key: Key, tmp_path: Path) -> None:
    through = opened(key, tmp_path)
    if through.door.fill is not None or key[0] in ("synth song", "study preference", "demo"):
        return  # their files stand beside others
    through.place.parent.mkdir()
    through.place.write_bytes(THESIS)
    status, said = through.run(through.place)
    assert status == 1
    assert str(through.place) in said
    assert through.place.read_bytes() == THESIS
    if key[0] == "sweep":
        return
    through.place.unlink()
    through.place.mkdir()
    (through.place / "thesis.txt").write_bytes(THESIS)
    status, said = through.run(through.place)
    assert status == 1
    assert str(through.place) in said
    assert snapshot(through.place) == {str(through.place / "thesis.txt"): THESIS}


@pytest.mark.parametrize("key", DOORS, ids=ids([*DOORS]))
def test_a_full_disk_is_one_sentence_and_changes_nothing(key: Key, tmp_path: Path) -> None:
    through = opened(key, tmp_path)
    if through.door.takes_long:
        return
    for again in (False, True):
        place = through.place.with_stem("older" if again else "new")
        place.parent.mkdir(exist_ok=True)
        if through.door.fill is not None:
            through.door.fill(place)
        where = place / "x" if key == ("synth song", "--out") else place
        if again:
            assert through.run(where)[0] == 0
        before = snapshot(tmp_path)
        with full_disk():
            status, said = through.run(where)
        assert again or status == 1
        # The pool of a sweep cannot even begin: the system keeps its locks in files.
        names = str(place.with_suffix("")) in said or key[0] == "sweep"
        assert not status or names or "is not an empty folder" in said, said
        after = snapshot(tmp_path)
        assert all(after[path] == content for path, content in before.items())
        assert not [path for path in after if path.endswith(TEMPORARY)]


@pytest.mark.parametrize("key", FILES, ids=ids(FILES))
def test_a_parent_that_is_a_file_is_one_sentence_before_any_work(
    key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = opened(key, tmp_path)
    (tmp_path / "file").write_bytes(THESIS)
    monkeypatch.setattr("plaudit.judging.load.load_judge", lambda *_, **__: 1 / 0)
    for path in (tmp_path / "file" / "deeper" / "out", tmp_path / ("n" * 256)):
        status, said = through.run(path)
        assert status == 1
        assert str(path) in said


def test_what_a_killed_run_left_is_swept_unless_its_process_lives(tmp_path: Path) -> None:
    battles = battles_of(tmp_path)
    dead, alive = tmp_path / f".dead.abc{TEMPORARY}", tmp_path / f".alive.abc{TEMPORARY}"
    folder = tmp_path / f".folder.abc{TEMPORARY}"
    for path in (dead, alive):
        path.write_bytes(b"half")
    folder.mkdir()
    (folder / "half").touch()
    import fcntl

    handle = os.open(alive, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    plaudit("bench", "standings", battles, "--draws", 5, "--out", tmp_path / "board.json")
    assert not dead.exists()
    assert not folder.exists()
    assert alive.read_bytes() == b"half"
    os.close(handle)


def test_whatever_else_the_system_refuses_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "x.csv")

    monkeypatch.setattr("plaudit.jobs.data.show_corpora", refused)
    assert plaudit("data", "list", status=1).stderr == "plaudit: x.csv: Input/output error.\n"
