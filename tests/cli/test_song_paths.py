"""How songs are named: folders searched whole, lists of paths, and the first few."""

import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plaudit.cli.terminal import typed_paths
from plaudit.core.errors import InputError
from plaudit.embeddings.extract.job import EmbedSummary
from plaudit.embeddings.extract.listing import ListedSong
from plaudit.jobs.bench.run import BenchSettings, run_bench
from plaudit.jobs.output.streams import Streams
from typed_command import plaudit


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three songs, two of them deeper, and a text; the working folder is theirs."""
    for name in ("a.wav", "sub/b.wav", "sub/deeper/c d.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        samples = np.random.default_rng(len(name)).normal(0, 0.1, 16_000)
        soundfile.write(path, samples, 8000)
    (tmp_path / "notes.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    """Let standard input hold this text."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_a_folder_is_searched_whole_and_the_end_counts_what_is_no_song(tree: Path) -> None:
    del tree
    done = plaudit("score", ".", "-f", "jsonl")
    paths = [json.loads(line)["path"] for line in done.stdout.splitlines()]
    assert paths == ["a.wav", "sub/b.wav", "sub/deeper/c d.wav"]
    end = done.stderr.splitlines()[-1]
    assert end == "Left out of the search: files of other kinds: 1 (notes.txt; 1 .txt)."
    done = plaudit("score", ".", "--no-recursive", "-f", "jsonl")
    assert len(done.stdout.splitlines()) == 1
    assert "subfolders, left out by --no-recursive: 1 (sub)" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["rank", "."],
        ["embed", ".", "--out", "store", "--workers", 1],
        ["bench", "damage", ".", "--workers", 1, "--limit", 1],
        ["demo", "."],
        ["judges", "agree", "."],
        ["judges", "ensemble", "mine", "--of", "bundled", "--songs", "."],
    ],
    ids=lambda words: " ".join(map(str, words[:2])),
)
def test_every_command_that_takes_folders_can_stop_at_the_first(words: list[object]) -> None:
    shown = " ".join(plaudit(*words[:2], "--help").stdout.split())
    for option in ("--recursive", "--no-recursive", "--from-file LIST"):
        assert option in shown


def test_paths_come_through_a_pipe_and_from_a_file(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, b"sub/b.wav\r\n\nsub/deeper/c d.wav\n")
    (tree / "list.txt").write_text("sub/b.wav\n")
    assert typed_paths(["a.wav", "-", "z.wav"], Path("list.txt")) == (
        "a.wav", "sub/b.wav", "sub/deeper/c d.wav", "z.wav", "sub/b.wav",
    )  # fmt: skip
    typed(monkeypatch, b"sub/deeper/c d.wav\n")
    rows = plaudit("score", "-", "--from-file", "list.txt", "-f", "jsonl").stdout.splitlines()
    assert [json.loads(row)["path"] for row in rows] == ["sub/deeper/c d.wav", "sub/b.wav"]
    ranked = plaudit("rank", "--from-file", "list.txt", "-f", "jsonl").stdout.splitlines()
    assert [json.loads(row)["path"] for row in ranked] == ["sub/b.wav"]


def test_bytes_that_are_no_text_name_their_file(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"\xff.wav\n")
    assert typed_paths(["-"], None) == ("\udcff.wav",)


def test_a_list_without_a_path_is_an_error(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"\n")
    with pytest.raises(InputError, match="paths of songs in standard input, one a line, got none"):
        typed_paths(["-"], None)
    (tree / "list.txt").write_text("")
    with pytest.raises(InputError, match=r"songs in list\.txt"):
        typed_paths(None, Path("list.txt"))


def test_a_list_is_embedded_by_its_paths(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job itself is not run: it would start processes."""

    def songs_of_job(songs: list[ListedSong], *_: object, **__: object) -> None:
        raise InputError(f"{[song.song_id for song in songs]}")

    monkeypatch.setattr("plaudit.embeddings.extract.job.EmbedJob", songs_of_job)
    (tree / "list.txt").write_text("a.wav\nsub/b.wav\nsub/deeper/c d.wav\n")
    words = ["embed", "--out", "store"]
    ids = plaudit(*words, "--from-file", "list.txt", "--limit", 2, status=1).stderr
    assert "['a.wav', 'sub/b.wav']" in ids
    typed(monkeypatch, b"sub\n")
    ids = plaudit(*words, "-", status=1).stderr
    assert "['sub/b.wav', 'sub/deeper/c d.wav']" in ids
    assert "['b.wav', 'deeper/c d.wav']" in plaudit(*words, "sub", status=1).stderr
    assert "['b.wav']" in plaudit(*words, "sub", "--no-recursive", status=1).stderr


def test_a_limit_takes_the_first_songs_and_is_noted(tree: Path) -> None:
    done = plaudit("score", tree, "--limit", 1, "-f", "jsonl")
    assert [json.loads(row)["path"] for row in done.stdout.splitlines()] == [str(tree / "a.wav")]
    assert "Only the first 1 of 3 songs (--limit)." in done.stderr
    (tree / "songs.csv").write_text("path,prompt\na.wav,x\nsub/b.wav,y\n")
    done = plaudit("score", "--manifest", "songs.csv", "--limit", 1, "-f", "jsonl")
    assert len(done.stdout.splitlines()) == 1
    assert "--limit" not in plaudit("score", tree, "--limit", 3).stderr
    (tree / "scores.csv").write_text("path,clarity\na.wav,3\n")
    with_rows = ["rank", "--scores", "scores.csv", "--limit", 1]
    assert "leave it out with --scores" in plaudit(*with_rows, status=1).stderr


@pytest.mark.parametrize("suite", ["musicprefs", "songeval"])
def test_a_suite_is_measured_on_the_first_and_its_record_says_so(suite: str) -> None:
    streams = Streams(io.StringIO(), io.StringIO())
    given = BenchSettings(suite=suite, made_up=True, draws=5)
    whole = run_bench(given, streams)
    result = run_bench(given.model_copy(update={"limit": 3}), streams)
    assert result.settings.limit == 3
    assert max(own.n for own in result.measures) <= 3 < max(own.n for own in whole.measures)
    assert result.n_items < whole.n_items
    assert isinstance(streams.err, io.StringIO)
    assert "the first 3 songs or pairs of each task" in streams.err.getvalue()


def test_a_resumed_run_states_the_speed_of_what_it_did(tree: Path) -> None:
    words = ["score", "--output", "rows.jsonl", "--resume"]
    assert "real time" in plaudit(*words, "a.wav").stderr
    second = plaudit(*words, "a.wav", "sub/b.wav").stderr
    assert re.search(r"2 of 2 songs in .* s, 1 of them by an earlier run, \d+x real time", second)
    third = plaudit(*words, "a.wav", "sub/b.wav").stderr
    assert "2 of 2 songs in" in third
    assert "2 of them by an earlier run\n" in third
    del tree


def test_a_list_is_never_written_over(tree: Path) -> None:
    (tree / "list.txt").write_text("sub/b.wav\n")
    words = ("--from-file", "list.txt")
    for command in (("score", "-o"), ("rank", "-o"), ("bench", "damage", "--out")):
        ended = plaudit(*command[:-1], *words, command[-1], "list.txt", status=1)
        assert "list.txt is what is read" in ended.stderr
    assert (tree / "list.txt").read_text() == "sub/b.wav\n"


def test_the_summary_of_embed_keeps_a_limit_that_left_songs_out(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Job:
        precision = "exact"

        def __init__(self, songs: list[ListedSong], *_: object, **__: object) -> None:
            self.n = len(songs)

        def run(self) -> EmbedSummary:
            return EmbedSummary(songs=self.n)

    monkeypatch.setattr("plaudit.embeddings.extract.job.EmbedJob", Job)
    (tree / "list.txt").write_text("a.wav\nsub/b.wav\n")
    words = ("embed", "--from-file", "list.txt", "--out", "store", "--format", "json", "--limit")
    one, both = (json.loads(plaudit(*words, n).stdout) for n in (1, 2))
    assert (one["songs"], one["limit"]) == (1, 1)
    assert "limit" not in both
    assert one["option_sources"]["limit"] == "command line"
