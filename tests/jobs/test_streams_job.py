"""Jobs over songs, as a server calls them: an opened judge in, a record out, streams of its own."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from planted_judge import PlantedJudge
from plaudit.core.errors import InputError
from plaudit.jobs.compare import CompareSettings, compare_songs
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.rank import RankSettings, rank_songs
from plaudit.jobs.score import ScoreSettings, score_songs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k in (2, 9, 5):
        soundfile.write(tmp_path / f"{k}.wav", np.full(100, k / 20), 8000)
    (tmp_path / "bad.txt").write_text("x")
    return tmp_path


@pytest.fixture
def streams(capsys: pytest.CaptureFixture[str]) -> Iterator[Streams]:
    """Streams that are not the terminal's, which stays empty."""
    yield Streams(io.StringIO(), io.StringIO())
    assert capsys.readouterr() == ("", "")


def text(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def paths(folder: Path) -> tuple[str, ...]:
    return (str(folder), str(folder / "bad.txt"))


def test_songs_are_scored(folder: Path, streams: Streams) -> None:
    settings = ScoreSettings(paths=paths(folder), form="jsonl")
    scored = score_songs(settings, streams, judge=PlantedJudge())
    assert scored.n_songs == 4
    assert [row.error.type for row in scored.failures] == ["NotAudioError"]
    rows = [json.loads(line) for line in text(streams.out).splitlines()]
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "error"]
    assert "Judge planted 1 (cpu, exact): 3 of 4 songs" in text(streams.err)
    assert "Not judged (1):" in text(streams.err)


def test_a_stopped_job_names_what_it_keeps_and_goes_on(folder: Path, streams: Streams) -> None:
    settings = ScoreSettings(paths=(str(folder),), form="jsonl", output=folder / "rows.jsonl")
    with pytest.raises(KeyboardInterrupt):
        score_songs(settings, streams, judge=PlantedJudge(stop_at="9"))
    assert "rows.jsonl.partial.jsonl; add --resume." in text(streams.err)
    with pytest.raises(InputError, match="A stopped job left its rows"):
        score_songs(settings, streams, judge=PlantedJudge())
    again = PlantedJudge()
    score_songs(settings.model_copy(update={"resume": True}), streams, judge=again)
    assert again.judged == ["9"]
    assert len((folder / "rows.jsonl").read_text().splitlines()) == 3
    assert text(streams.out) == ""


def test_songs_are_ranked_and_those_left_out_returned_too(folder: Path, streams: Streams) -> None:
    settings = RankSettings(paths=paths(folder), by="clarity", keep=1, form="json")
    ranking = rank_songs(settings, streams, judge=PlantedJudge())
    assert [Path(str(song.path)).stem for song in ranking.songs] == ["9", "5", "2"]
    assert [song.kept for song in ranking.songs] == [True, False, False]
    assert len(ranking.failures) == 1
    assert [row["status"] for row in json.loads(text(streams.out))] == ["ok", "error"]


def test_two_songs_are_compared(folder: Path, streams: Streams) -> None:
    settings = CompareSettings(first=str(folder / "9.wav"), second=str(folder / "2.wav"))
    comparison = compare_songs(settings, streams, judge=PlantedJudge())
    assert comparison.probability is not None
    assert comparison.probability > 0.5
    assert "A" in text(streams.out)
    assert text(streams.err) == ""
