"""Names that act on a terminal: no command lets one through, in a result, a note or an error."""

import io
import json
import os
import re
import sys
import warnings
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plaudit.benchmarks.scores.file import read_scores
from plaudit.cli.app import main
from plaudit.core.printable import printable
from plaudit.core.progress import Progress
from plaudit.jobs.output.screen import Screen
from plaudit.jobs.output.streams import Streams
from plaudit.judging.ledger import Ledger
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores
from typed_command import Output, plaudit

EVIL = "a\x1b]0;title\x07\x1b[31m\r\u202eb\u2028c\x9b2J\u2066d"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def harmless(output: Output) -> str:
    """Check that nothing acts; return what was printed."""
    text = output.stdout + output.stderr
    assert not ACTING.search(text), repr(text)
    return text


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of songs, votes, scores and a board whose every name acts on a terminal."""
    folder = tmp_path_factory.mktemp("evil") / EVIL
    folder.mkdir()
    rng = np.random.default_rng(1)
    soundfile.write(folder / f"{EVIL}.wav", 0.1 * rng.normal(size=16_000), 8_000)
    (folder / f"{EVIL}2.wav").write_text("no song")
    battle = {"first": EVIL, "second": f"{EVIL}2", "outcome": "first", "voter": EVIL}
    battle |= {"first_system": EVIL, "second_system": f"{EVIL}2", "prompt": EVIL}
    other = battle | {"outcome": "second", "voter": "v", "prompt": "p"}
    rows = "".join(json.dumps(row) + "\n" for row in [battle, other] * 10)
    (folder / "votes.jsonl").write_text(rows)
    score = {"song_id": EVIL, "path": EVIL, "coherence": 3.0, "clarity": 4.0}
    scores = [score, score | {"song_id": f"{EVIL}2", "path": "b", "clarity": 2.0}]
    (folder / "scores.jsonl").write_text("".join(json.dumps(row) + "\n" for row in scores))
    (folder / "songs.jsonl").write_text(json.dumps(score | {"path": f"{EVIL}.wav"}) + "\n")
    board = [f"Model\tArena Score\n{json.dumps(EVIL)}\t1000\n", "x\t900\n"]
    (folder / "board_20250101.tsv").write_text("".join(board))
    (folder / "run.toml").write_text(f"{json.dumps(EVIL)} = 1\n")
    return folder


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_songs(evil: Path, form: str) -> None:
    text = harmless(plaudit("score", evil, "-f", form, status=1))
    assert "\\u001b" in text or "\\x1b" in text
    harmless(plaudit("rank", evil, "-f", form, status=1))
    harmless(plaudit("rank", "--scores", evil / "scores.jsonl", "-f", form, "--by", "clarity"))


COMMANDS: list[tuple[int, tuple[str, ...]]] = [
    (0, ("bench", "standings", "votes.jsonl", "--draws", "10")),
    (0, ("bench", "boards", "board_20250101.tsv")),
    (1, ("compare", f"{EVIL}.wav", f"{EVIL}2.wav")),
    (1, ("compare", "nobody", EVIL, "--scores", "scores.jsonl")),
    (1, ("embed", "songs.jsonl", "--out", f"{EVIL}/store", "--layers", EVIL)),
    (0, ("evaluate", "scores.jsonl", "songs.jsonl", "--split", "all")),
    (1, ("evaluate", EVIL, "songs.jsonl")),
    (1, ("data", "check", "songeval", "scores.jsonl")),
    (1, ("data", "prepare", EVIL, ".", "--out", "m.csv")),
    (1, ("train", "run.toml")),
    (1, ("train", EVIL)),
    (1, ("judges", "show", EVIL)),
    (1, ("score", EVIL)),
    (1, ("train-preference", "--battles", EVIL, "--scores", "scores.jsonl", "--out", EVIL)),
    (1, ("study", "preference", "--battles", "votes.jsonl", "--scores", EVIL, "--out", "o")),
    (2, ("score", f"--{EVIL}")),
    (2, ("score", "a", "--device", EVIL)),
    (2, (EVIL,)),
    (2, ("bench", EVIL)),
]


@pytest.mark.parametrize(("status", "words"), COMMANDS, ids=lambda value: printable(str(value)))
def test_any_command(
    evil: Path, status: int, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(evil)
    text = harmless(plaudit(*words, status=status))
    assert text


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_rows_and_lines_above_a_bar(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")  # the bar's own codes stay away
    out, err = Terminal(), Terminal()
    with Screen(Streams(out, err), form, ("clarity",), [Path("a")]) as screen:  # type: ignore[arg-type]
        screen.add(SongFailure(path=EVIL, error={"type": "E", "message": EVIL}))  # type: ignore[arg-type]
    with Progress("songs", 1, err=err) as progress:
        progress.print(EVIL)
    shown = out.getvalue() + err.getvalue()
    assert "title" in shown
    for bad in ("\x1b]0", "\x07", "\u202e", "\u2028", "\x9b"):
        assert bad not in shown, repr(shown)


def test_warnings_and_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_words: list[str]) -> None:
        # As warnings.showwarning does it, which pytest replaces.
        sys.stderr.write(warnings.formatwarning(EVIL, UserWarning, EVIL, 1))
        raise RuntimeError(EVIL)

    monkeypatch.setattr("plaudit.cli.app.app", fail)
    monkeypatch.setattr(sys, "excepthook", None)
    with redirect_stderr(io.StringIO()) as err:
        with pytest.raises(RuntimeError) as caught:
            main()
        sys.excepthook(caught.type, caught.value, caught.tb)
    harmless(Output(err.getvalue(), ""))
    assert err.getvalue().count("title") >= 2


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_a_name_that_is_no_utf8_is_kept_exactly(form: str, tmp_path: Path) -> None:
    names = ["a.wav", os.fsdecode(b"caf\xe9.wav"), "z.wav"]
    rng = np.random.default_rng(1)
    for name in names:
        with (tmp_path / name).open("wb") as file:
            soundfile.write(file, 0.1 * rng.normal(size=16_000), 8_000, format="WAV")
    rows = tmp_path / f"rows.{form}"
    words = ("score", tmp_path, "-f", form, "-o", rows)
    plaudit(*words)
    read = [row.names for row in read_scores(rows).rows]
    assert [Path(row[0]).name for row in read] == names
    harmless(plaudit("score", tmp_path, "-f", form))
    ranked = plaudit("rank", "--scores", rows, "--by", "clarity", "-f", "jsonl").stdout
    assert {Path(json.loads(line)["path"]).name for line in ranked.splitlines()} == set(names)


def test_a_stopped_job_finds_a_name_that_is_no_utf8_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.wav")
    row = SongScores(
        path=name, sha256="0" * 64, judge=JudgeId(name="a", version="1", hash="h"),
        precision="exact", duration_s=2.0, scores={"clarity": Score(value=2.0)},
    )  # fmt: skip
    for resume in (False, True):
        ledger = Ledger(tmp_path / "o.jsonl", row.judge, "exact", resume=resume, timeline=False)
        if not resume:
            ledger.add(row)
        assert ledger.n_known == resume
        ledger.close()
    ledger = Ledger(tmp_path / "o.jsonl", row.judge, "exact", resume=True, timeline=False)
    assert ledger.known("0" * 64) == row
    ledger.close()
