"""Running an evaluation: songs judged once, also after a stop; who is left out, and why."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import soundfile

from planted_judge import PlantedJudge
from plaudit.benchmarks.evaluation.record import Evaluation, EvaluationSettings
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.jobs.evaluate import EvaluateSettings, evaluate_judge
from plaudit.jobs.output.streams import Streams

SETTINGS = EvaluationSettings(draws=20, baselines=("constant",))


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = []
    for k in range(11):
        soundfile.write(tmp_path / f"{k}.wav", np.full(100, k / 20), 8000)
        clarity = None if k == 10 else 1 + 4 * k / 10
        rows.append({"song_id": f"s{k}", "path": f"{k}.wav", "split": "test", "clarity": clarity})
    (tmp_path / "bad.txt").write_text("x")
    for name, path in (("bad", "bad.txt"), ("gone", "gone.wav"), ("none", None)):
        rows.append({"song_id": name, "path": path, "split": "test", "clarity": 2.0})
    write_manifest(tmp_path / "songs.parquet", pa.Table.from_pylist(rows), {})
    return tmp_path / "songs.parquet"


def run(
    manifest: Path,
    judge: PlantedJudge | None = None,
    out: Path | None = None,
    shown: io.StringIO | None = None,
    **more: Any,
) -> Evaluation:
    settings = EvaluateSettings(
        manifest=manifest, judge="planted", out=out, **{"measuring": SETTINGS, **more}
    )
    return evaluate_judge(settings, Streams(shown or io.StringIO(), io.StringIO()), judge=judge)


def test_songs_are_judged_and_the_others_named_with_a_reason(manifest: Path) -> None:
    judge, out = PlantedJudge(), io.StringIO()
    result = run(manifest, judge, shown=out)
    assert judge.judged == [*map(str, range(10)), "bad"]  # song 10 has no observed score
    assert result.dropped == {
        "NotAudioError": 1, "audio file not there": 1, "no audio named": 1,
        "no truth on any axis": 1,
    }  # fmt: skip
    assert (result.songs, result.judged) == (14, 10)
    (axis,) = result.axes
    assert axis.n == 10
    assert axis.judge.mse is not None
    assert axis.judge.mse.value == pytest.approx(0, abs=1e-12)
    assert result.settings.level == 0.8
    assert result.manifest_sha256 == sha256_of(manifest)
    shown = out.getvalue()
    assert "10 of 14 songs have a score" in shown
    assert "Left out: NotAudioError (1)" in shown
    assert "There are no baselines" in shown


def test_a_stopped_evaluation_goes_on_and_ends_the_same(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "result.json"
    with pytest.raises(KeyboardInterrupt):
        run(manifest, PlantedJudge(stop_at="6"), out)
    assert not out.exists()
    second = PlantedJudge()
    result = run(manifest, second, out)
    assert second.judged == ["6", "7", "8", "9", "bad"]
    fresh = run(manifest, PlantedJudge(), tmp_path / "fresh.json")
    assert result == fresh
    assert Evaluation.model_validate_json(out.read_text()) == result
    again = PlantedJudge()
    assert run(manifest, again, out) == result
    assert again.judged == ["bad"]  # what failed may have been mended
    other = PlantedJudge(name="other")
    run(manifest, other, out)
    assert len(other.judged) == 11


def test_scores_beside_the_result_can_be_evaluated_themselves(
    manifest: Path, tmp_path: Path
) -> None:
    result = run(manifest, PlantedJudge(), tmp_path / "result.json")
    again = run(
        manifest,
        scores=tmp_path / "result.scores.jsonl",
        measuring=SETTINGS.model_copy(update={"level": 0.8}),
    )
    assert again.axes == result.axes
    assert again.judge == result.judge


def test_the_level_asked_for_goes_before_the_cards(manifest: Path) -> None:
    settings = SETTINGS.model_copy(update={"level": 0.5})
    result = run(manifest, PlantedJudge(), measuring=settings)
    assert result.settings.level == 0.5


def test_json_is_the_record(manifest: Path) -> None:
    shown = io.StringIO()
    result = run(manifest, PlantedJudge(), shown=shown, form="json")
    assert shown.getvalue() == result.model_dump_json() + "\n"


def test_files_of_others_are_left_alone(manifest: Path, tmp_path: Path) -> None:
    mine = tmp_path / "notes.json"
    mine.write_text("my notes")
    with pytest.raises(InputError, match="not written by Plaudit"):
        run(manifest, PlantedJudge(), mine)
    with pytest.raises(InputError, match="is what is read"):
        run(manifest, PlantedJudge(), report=tmp_path / "3.wav")
    out = tmp_path / "result.json"
    run(manifest, PlantedJudge(), out)
    run(manifest, PlantedJudge(), out)  # our own are replaced


def test_nothing_to_judge_is_an_error(tmp_path: Path) -> None:
    table = pa.table({"song_id": ["a"], "path": ["gone.wav"], "clarity": [2.0]})
    write_manifest(tmp_path / "m.parquet", table, {})
    settings = SETTINGS.model_copy(update={"split": "all"})
    with pytest.raises(InputError, match="audio file not there"):
        run(tmp_path / "m.parquet", PlantedJudge(), measuring=settings)
