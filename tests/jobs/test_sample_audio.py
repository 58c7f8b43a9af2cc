"""A suite's made-up sample with a judge that listens: its songs are composed, or it is an error."""

import io
from pathlib import Path

import pytest

from plaudit.core.errors import InputError
from plaudit.jobs.bench.run import BenchSettings, run_bench
from plaudit.jobs.output.streams import Streams


def test_a_judge_hears_songs_that_are_composed_for_the_sample() -> None:
    streams = Streams(io.StringIO(), io.StringIO())
    settings = BenchSettings(suite="songeval", made_up=True, judge="bundled", limit=2, draws=5)
    result = run_bench(settings, streams)
    assert (result.n_items, result.n_predicted) == (2, 2)
    assert isinstance(streams.err, io.StringIO)
    assert "Composing 2 songs of 10 s for the sample, whose scores are made up" in (
        streams.err.getvalue()
    )


def test_a_sample_without_names_of_files_is_an_error(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    settings = BenchSettings(suite="asae-track1", made_up=True, judge="bundled", out=out)
    with pytest.raises(InputError, match=r"bundled answered none of the 40 items of asae-track1: "
                       r"the audio file is missing \(40\)\. Give data with its audio"):  # fmt: skip
        run_bench(settings, Streams(io.StringIO(), io.StringIO()))
    assert not out.exists()


def test_without_a_judge_the_baselines_are_measured_as_before() -> None:
    streams = Streams(io.StringIO(), io.StringIO())
    result = run_bench(BenchSettings(suite="songeval", made_up=True, draws=5), streams)
    assert result.n_predicted == 0
    assert isinstance(streams.err, io.StringIO)
    assert streams.err.getvalue() == ""
