"""``plaudit -v`` and ``plaudit -q``: more than usual, or results and errors alone."""

import logging
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plaudit.cli.terminal import set_verbosity
from typed_command import plaudit


@pytest.fixture
def song(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(1).normal(0, 0.1, 16_000), 8000)
    return tmp_path / "a.wav"


def test_quiet_leaves_rows_and_errors(song: Path) -> None:
    loud = plaudit("score", song, "-f", "jsonl")
    quiet = plaudit("-q", "score", song, "-f", "jsonl")
    assert quiet.stdout == loud.stdout
    assert "real time" in loud.stderr
    assert quiet.stderr == ""
    broken = plaudit("--quiet", "score", song, song.with_name("gone.wav"), "-f", "jsonl", status=1)
    assert broken.stderr.startswith("Not judged (1):\n  MissingFileError: ")
    assert "real time" not in broken.stderr
    assert plaudit("-q", "score", song.parent / "void*.wav", status=1).stderr
    assert "real time" in plaudit("score", song).stderr, "the next command is as usual"


def test_verbose_shows_what_loggers_say(song: Path) -> None:
    done = plaudit("--verbose", "score", song, "-f", "jsonl")
    assert "plaudit.judging.load: judge bundled" in done.stderr
    assert f"plaudit.jobs.score: {song}: ok after" in done.stderr
    assert "plaudit.judging.load" not in plaudit("score", song).stderr
    assert "give --verbose or --quiet" in plaudit("-v", "-q", "score", song, status=2).stderr


def test_a_name_in_a_log_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    set_verbosity(verbose=True, quiet=False)
    logging.getLogger("plaudit.any").debug("song %s", "a\x1b[31m.wav")
    set_verbosity(verbose=False, quiet=False)
    logging.getLogger("plaudit.any").debug("nobody hears this")
    assert capsys.readouterr().err == "plaudit.any: song a\\u001b[31m.wav\n"
