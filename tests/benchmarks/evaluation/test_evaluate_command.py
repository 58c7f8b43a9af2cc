"""``plaudit evaluate`` as a user types it: from songs on disk to numbers, a record and a page."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import soundfile

from plaudit.benchmarks.evaluation.record import Evaluation
from plaudit.core.axes import AESTHETICS, AXES
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.synth.song import make_song
from typed_command import plaudit


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six composed songs to test on, one file that is no song, twenty training labels."""
    folder = tmp_path_factory.mktemp("labelled")
    rows: list[dict[str, Any]] = [
        {"song_id": f"t{k}", "path": None, "split": "train", "system": "old", "style": "folk",
         **{axis.name: axis.low + (axis.high - axis.low) * k / 19 for axis in AXES}}
        for k in range(20)
    ]  # fmt: skip
    for k in range(6):
        knobs = dict.fromkeys(AESTHETICS, k / 5)
        song = make_song(40 + k, 10.0, knobs, "folk")
        soundfile.write(folder / f"{k}.wav", song.audio.T, song.sample_rate, subtype="PCM_16")
        rows.append({"song_id": f"s{k}", "path": f"{k}.wav", "split": "test", "system": "new",
                     "style": "folk", **dict.fromkeys(AESTHETICS, 1 + 4 * k / 5),
                     "streams": 20.0 * k, "likes": None})  # fmt: skip
    (folder / "bad.wav").write_text("no song")
    rows.append({"song_id": "bad", "path": "bad.wav", "split": "test", "clarity": 3.0})
    about = {"reliability": {"clarity": {"icc": 0.81, "raters": 4}}}
    write_manifest(folder / "songs.parquet", pa.Table.from_pylist(rows), about)
    return folder / "songs.parquet"


@pytest.fixture(scope="module")
def judged(manifest: Path) -> Path:
    """The folder after one evaluation of the bundled judge."""
    out = manifest.parent / "out"
    done = plaudit(
        "evaluate", "bundled", manifest, "--out", out / "result.json", "--report",
        out / "page.html", "--draws", 50,
    )  # fmt: skip
    assert "6 of 7 songs have a score" in done.stdout
    assert "Left out: NotAudioError (1)." in done.stdout
    assert "There is no baseline 'acoustics'" in done.stdout
    assert f"Wrote {out / 'page.html'}" in done.stderr
    return out


def test_a_judge_is_measured_from_files_to_a_page(judged: Path) -> None:
    result = Evaluation.model_validate_json((judged / "result.json").read_text())
    assert [axis.axis for axis in result.axes] == ["streams", *AESTHETICS, "aesthetics"]
    assert (result.songs, result.judged, result.dropped) == (7, 6, {"NotAudioError": 1})
    assert result.judge is not None
    assert result.judge.name == "bundled"
    card = json.loads(plaudit("judges", "show", "bundled", "--format", "json").stdout)
    assert result.settings.level == card["interval"]["coverage"]
    clarity = next(axis for axis in result.axes if axis.axis == "clarity")
    assert clarity.ceiling == pytest.approx(0.9)
    assert {baseline.name for baseline in clarity.baselines} == {"constant", "system"}
    assert clarity.baselines[1].fallback == 6  # training never met the system
    assert "measured</h1>" in (judged / "page.html").read_text()


def test_numbers_are_those_of_plaudit_score(judged: Path, manifest: Path) -> None:
    songs = [manifest.parent / f"{k}.wav" for k in range(2)]
    rows = json.loads(plaudit("score", *songs, "--format", "json").stdout)
    kept = [json.loads(line) for line in (judged / "result.scores.jsonl").read_text().splitlines()]
    assert [row["scores"] for row in kept[:2]] == [row["scores"] for row in rows]


def test_scores_in_a_file_give_the_same_measures(judged: Path, manifest: Path) -> None:
    scores = judged / "result.scores.jsonl"
    done = plaudit("evaluate", scores, manifest, "--draws", 50, "--format", "json")
    from_file = Evaluation.model_validate_json(done.stdout)
    result = Evaluation.model_validate_json((judged / "result.json").read_text())
    assert from_file.axes == result.axes  # also the level, which the judge's card knows
    assert from_file.source == str(scores)


def test_predictions_of_another_program(manifest: Path, tmp_path: Path) -> None:
    file = tmp_path / "said.csv"
    file.write_text("song_id,clarity\n" + "".join(f"s{k},{1 + 4 * k / 5}\n" for k in range(6)))
    done = plaudit("evaluate", manifest, "--predictions", file, "--draws", 20, "--by", "none",
                   "--baselines", "constant", "--format", "json")  # fmt: skip
    result = Evaluation.model_validate_json(done.stdout)
    (axis,) = result.axes
    assert axis.judge.mse is not None
    assert axis.judge.mse.value == pytest.approx(0)
    assert (result.judge, axis.slices) == (None, ())
    assert result.dropped == {"not in the file of scores": 1}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--split", "validation"], "no song in split 'validation'"),
        (["--cluster", "artist"], "knows no artist"),
        (["--baselines", "embeddings"], "--store"),
    ],
)
def test_what_is_wrong_with_the_call_is_said(
    words: list[str], message: str, manifest: Path, judged: Path
) -> None:
    scores = judged / "result.scores.jsonl"
    assert message in plaudit("evaluate", scores, manifest, *words, status=1).stderr


def test_a_manifest_must_be_named() -> None:
    assert "JUDGE MANIFEST" in plaudit("evaluate", "bundled", status=1).stderr
