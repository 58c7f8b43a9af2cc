"""The damage benchmark counts right, whatever the judge, and one bad file costs nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from plaudit.audio.damage.kinds import DAMAGES
from plaudit.benchmarks.suites.catalogue import find_suite
from plaudit.benchmarks.suites.damage_record import make_result
from plaudit.benchmarks.suites.dose import NOT_MUSIC, DamageScores, SongDoses, read_excerpt
from plaudit.cli.app import app
from plaudit.jobs.bench.damage import DamageSettings
from plaudit.judging.record import JudgeId
from plaudit.model.folder import read_card
from plaudit.synth.song import make_song

JUDGE = JudgeId(name="made-up", version="1", hash="0" * 64)


def scores(rows: list[tuple[float, tuple[float, ...]]]) -> DamageScores:
    songs = [
        SongDoses(f"{k}.wav", {"clarity": clean}, clean, dict.fromkeys(DAMAGES, row),
                  {"quieter": 0.01 * k, "louder": 0.0, "mp3_128k": 0.0})
        for k, (clean, row) in enumerate(rows)
    ]  # fmt: skip
    return DamageScores(songs, [("bad.wav", "no audio")], dict.fromkeys(NOT_MUSIC, (1.1, 1.2)))


def test_a_judge_that_hears_everything_and_one_that_hears_nothing() -> None:
    perfect = make_result(scores([(4.0, (3.5, 3.0, 2.5, 2.0, 1.5))] * 6), JUDGE, seconds=30, seed=0)
    for kind in perfect.kinds.values():
        assert kind.lowered == 1.0
        assert kind.monotone == pytest.approx(-1.0)
    assert perfect.kinds["noise"].drop == pytest.approx(2.5)
    assert perfect.above_not_music == 1.0
    deaf = make_result(scores([(1.15, (1.15,) * 5)] * 6), JUDGE, seconds=30, seed=0)
    assert {(kind.lowered, kind.monotone) for kind in deaf.kinds.values()} == {(0.0, 0.0)}
    assert deaf.above_not_music == 0.0


def test_shares_medians_and_moves_are_those_of_the_songs() -> None:
    rows: list[tuple[float, tuple[float, ...]]] = [
        (3.0, (2.9, 2.8, 2.7, 2.6, 2.5)),
        (3.0, (2.9, 2.8, 2.6, 2.7, 2.5)),
        (3.0, (3.1, 3.2, 3.3, 3.4, 3.5)),
        (2.0, (1.9, 1.8, 1.7, 1.6, 1.5)),
    ]
    result = make_result(scores(rows), JUDGE, seconds=None, seed=0)
    assert result.kinds["noise"].lowered == 0.75
    assert (result.kinds["noise"].lowered_low or 1) < 0.75
    assert (result.kinds["noise"].lowered_high or 0) > 0.75
    assert result.kinds["noise"].monotone == pytest.approx(-0.95)
    assert result.max_change["quieter"] == pytest.approx(0.03)
    assert [failure.path for failure in result.failed] == ["bad.wav"]


def test_an_excerpt_comes_from_the_middle(tmp_path: Path) -> None:
    ramp = np.linspace(-0.5, 0.5, 80_000, dtype=np.float32)
    soundfile.write(tmp_path / "ramp.wav", ramp, 8000, subtype="FLOAT")
    part, rate = read_excerpt(tmp_path / "ramp.wav", 2.0)
    assert (rate, part.shape) == (8000, (1, 16_000))
    np.testing.assert_allclose(part[0], ramp[32_000:48_000], atol=1e-6)
    whole, _ = read_excerpt(tmp_path / "ramp.wav", None)
    assert whole.shape == (1, 80_000)


def here(work: Callable[[Path], Any], paths: Iterator[Path], workers: int) -> Iterator[Any]:
    """Stands for worker processes, where they were used before."""
    return ((path, work(path)) for path in paths)


def test_both_commands_give_the_same_numbers_and_name_what_is_no_song(
    tmp_path: Path, quick_apex: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plaudit.benchmarks.suites.dose.NOT_MUSIC_S", 3.0)
    song = make_song(5, 10.0)
    (tmp_path / "songs").mkdir()
    soundfile.write(tmp_path / "songs" / "song.wav", song.audio.T, song.sample_rate)
    (tmp_path / "songs" / "text.mp3").write_text("no audio at all")
    common = ["--judge", str(quick_apex), "--format", "json", "--seconds", "3", "--seed", "3"]

    def run(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["bench", *words, *common])
        assert done.exit_code == 0, (done.output, done.exception)
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    out = tmp_path / "result.json"
    alone = run("damage", str(tmp_path / "songs"), "--workers", "1", "--out", str(out))
    assert alone == json.loads(out.read_text())
    assert set(alone["kinds"]) == set(DAMAGES)
    assert alone["n_songs"] == 1
    assert alone["judge"]["name"] == read_card(quick_apex).name
    assert [Path(failure["path"]).name for failure in alone["failed"]] == ["text.mp3"]
    for kind in ("noise", "clipping", "band_limit"):
        assert set(alone["kinds"][kind]) >= {"lowered", "monotone"}
    monkeypatch.setattr("plaudit.core.pool.share_out", here)
    suite = run("run", "damage", "--data", str(tmp_path / "songs"))
    assert alone.pop("option_sources")["out"] == "command line"
    assert suite["detail"] == alone
    assert suite["settings"]["seed"] == alone["seed"] == 3
    # Where none is given.
    assert find_suite("damage").seed == DamageSettings(paths=()).seed == 0
    assert DamageSettings(paths=()).judge == "bundled"


def test_the_confidence_is_that_of_the_intervals() -> None:
    rng = np.random.default_rng(0)
    rows = [(3.0, tuple(rng.normal(3, 1, 5).tolist())) for _ in range(12)]

    def low(**changed: Any) -> float | None:
        return (
            make_result(scores(rows), JUDGE, seconds=3, seed=0, **changed)
            .kinds["noise"]
            .monotone_low
        )

    assert low() == low(confidence=0.95)
    assert low() != low(confidence=0.5)


def test_nothing_to_measure_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_text("no audio at all")
    done = CliRunner().invoke(app, ["bench", "damage", str(tmp_path), "--workers", "1"])
    assert done.exit_code == 1
    assert "at least one song" in str(done.exception)
