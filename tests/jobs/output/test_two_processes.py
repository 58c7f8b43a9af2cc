"""Two processes on one output: the second is refused while the first lives, whatever writes it."""

from pathlib import Path

import pytest

from other_process import held_by_another
from plaudit.core.errors import PlauditError
from plaudit.core.folder import check_folder
from plaudit.core.lock import give_back, hold
from plaudit.jobs.output.overwrite import check_inside, check_outputs
from typed_command import plaudit, typed

SCORES = "song_id,path,streams,clarity\na,a,10,2\nb,b,20,3\n"
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "rank": (("rank", "--scores", "s.csv", "--by", "clarity", "-o", "out"), "out"),
    "score": (("score", "a.wav", "-f", "jsonl", "-o", "out"), "out"),
    "report": (("score", "a.wav", "--report", "out"), "out"),
    "evaluate": (("evaluate", "s.csv", "s.csv", "--split", "all", "--out", "out"), "out"),
    "standings": (("bench", "standings", "v.csv", "--draws", "10", "--out", "out"), "out"),
    "study": (
        ("study", "preference", "--battles", "v.csv", "--scores", "s.csv", "--out", "o"),
        "o/study.json",
    ),
    "train-preference": (
        ("train-preference", "--battles", "v.csv", "--scores", "s.csv", "--out", "o"), "o",
    ),
    "synth": (("synth", "song", "--seconds", "10", "--out", "o/song"), "o/song.wav"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_the_second_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, output = COMMANDS[name]
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text(SCORES)
    Path("a.wav").write_bytes(b"RIFF")
    Path("v.csv").write_text("first,second,outcome,first_system,second_system\na,b,first,x,y\n")
    with held_by_another(tmp_path / output):
        refused = plaudit(*words, status=1).stderr
        assert "Another process, started at 2" in refused
        assert f"writes {tmp_path / output}" in refused
    # The lock of a killed process stops nobody.
    assert "Another process" not in typed(*words)[1].stderr
    assert not [path for path in tmp_path.iterdir() if "lock" in path.name]


def test_one_process_may_write_again_and_gives_back(tmp_path: Path) -> None:
    hold(tmp_path / "a" / "out")
    hold(tmp_path / "a" / "out")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    hold(tmp_path / "b" / "out")
    assert len(list((tmp_path / "a").iterdir())) == 1
    give_back()
    assert not list((tmp_path / "a").iterdir())


def test_a_refused_job_holds_nothing(tmp_path: Path) -> None:
    """In a process that lives on, such as a notebook, others may write what this one did not."""
    (tmp_path / "mine.txt").write_text("not Plaudit's")
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "mine.txt").write_text("not Plaudit's")
    new, taken = tmp_path / "new.json", tmp_path / "mine.txt"
    for refuse in (
        lambda: check_outputs([new, taken]),
        lambda: check_outputs([new, new]),
        lambda: check_inside(tmp_path, [new.name, taken.name]),
        lambda: check_folder(tmp_path / "judge", ["card.json"], ("card.json", b""), "a judge"),
    ):
        with pytest.raises(PlauditError):
            refuse()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["judge", "mine.txt"]


def test_other_files_of_a_folder_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run side by side in one folder, and nothing is written beside that folder."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    Path("s.csv").write_text(SCORES)
    Path("a.wav").write_bytes(b"RIFF")
    with held_by_another(place / "other"):
        for words in (("score", "a.wav", "-f", "jsonl", "-o", "mine"),
                      ("evaluate", "s.csv", "s.csv", "--split", "all", "--out", "r")):  # fmt: skip
            assert "Another process" not in typed(*words)[1].stderr
    beside: list[Path] = []
    monkeypatch.setattr("plaudit.core.lock.Lock.take", lambda lock: beside.append(lock._path))
    for words in (("score", "a.wav", "-f", "jsonl", "-o", "mine"),
                  ("synth", "song", "--seconds", "10", "--out", "song")):  # fmt: skip
        typed(*words)
    assert beside
    assert {path.parent for path in beside} == {place}
