"""Predictions in every spelling are matched to items, and a bad row costs the others nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.benchmarks.suites.catalogue import SUITES
from plaudit.benchmarks.suites.contestant import ItemPredictions
from plaudit.benchmarks.suites.prediction import PredictionFile, scp_text
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import RunSettings, SuiteResult
from plaudit.benchmarks.suites.runner import run_suite
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, MissingFileError

ITEMS = {
    name: Item(name, names=(f"audio/{name}.wav", f"{name}.wav"), path=Path(f"audio/{name}.wav"))
    for name in ("a", "b", "c")
}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answered(path: Path) -> tuple[ItemPredictions, dict[str, tuple[str, ...]]]:
    losses = Losses()
    predictions = PredictionFile(path).predict(ITEMS, losses)
    return predictions, {drop.reason: drop.examples for drop in losses.dropped()}


@pytest.mark.parametrize("key", ["id", "song_id", "audio-path", "path", "file"])
def test_jsonl_by_any_name_of_its_id(tmp_path: Path, key: str) -> None:
    names = ("a", "audio/b.wav", "c.wav")
    rows = [{key: name, "musicality": k, "note": "words"} for k, name in enumerate(names)]
    predictions, dropped = answered(written(tmp_path / "p.jsonl", rows))
    assert predictions.scores == {name: {"musicality": float(k)} for k, name in enumerate("abc")}
    assert dropped == {}


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,score,duration_s\na,1.5,30\nb,2,31\nc,,32\n")
    (tmp_path / "p.json").write_text(json.dumps([
        {"id": "a", "score": 1.5}, {"id": "b", "score": 2}, {"id": "c", "score": None}
    ]))  # fmt: skip
    from_csv, why = answered(tmp_path / "p.csv")
    from_json, _ = answered(tmp_path / "p.json")
    assert from_csv.scores == from_json.scores == {"a": {"score": 1.5}, "b": {"score": 2.0}}
    assert why["no score in the row"] == ("line 4: c",)


def test_rows_of_plaudit_score(tmp_path: Path) -> None:
    rows = [
        {"path": "audio/a.wav", "status": "ok", "scores": {"musicality": {"value": 3.0}}},
        {"path": "audio/b.wav", "status": "error", "error": {"type": "silent", "message": "-"}},
    ]
    predictions, dropped = answered(written(tmp_path / "p.jsonl", rows))
    assert predictions.scores == {"a": {"musicality": 3.0}}
    assert dropped["not judged: silent"] == ("line 2: audio/b.wav",)


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=5, max_size=5))
def test_an_scp_list_comes_back_as_it_was(values: list[float]) -> None:
    import tempfile

    row = dict(zip(AESTHETICS, values, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        for n, expected in ((1, {"musicality": row["musicality"]}), (5, row)):
            path = Path(folder) / f"track{n}.scp"
            path.write_text(scp_text(ItemPredictions({"a": row}), ITEMS, n))
            assert PredictionFile(path).predict(ITEMS, Losses()).scores == {"a": expected}


def test_a_list_needs_all_its_axes() -> None:
    with pytest.raises(InputError, match="needs coherence, memorability, clarity, naturalness"):
        scp_text(ItemPredictions({"a": {"musicality": 3.0}}), ITEMS, 5)


def test_each_bad_row_is_named_and_costs_nothing(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "score": 1.0},
        {"id": "nobody", "score": 1.0},
        {"id": "b", "score": float("nan")},
        {"id": "c", "score": 1.0},
        {"id": "c", "score": 2.0},
    ]
    predictions, dropped = answered(written(tmp_path / "p.jsonl", rows))
    assert predictions.scores == {"a": {"score": 1.0}}
    assert dropped == {
        "prediction for an unknown id": ("line 2: nobody",),
        "a score is no finite number": ("line 3: b",),
        "two different predictions for one id": ("c",),
        "no prediction in the file": ("b",),
    }


def test_a_repeated_equal_row_is_no_fault(tmp_path: Path) -> None:
    predictions, dropped = answered(
        written(tmp_path / "p.jsonl", [{"id": name, "score": 1.0} for name in "aabc"])
    )
    assert set(predictions.scores) == set(ITEMS)
    assert dropped == {}


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="is not there"):
        PredictionFile(tmp_path / "nowhere.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InputError, match="holds no scores"):
        PredictionFile(tmp_path / "empty.jsonl")
    (tmp_path / "p.txt").write_text("a 1\n")
    with pytest.raises(InputError, match=r"Expected a file of scores as \.json, .* or \.scp"):
        PredictionFile(tmp_path / "p.txt")
    with pytest.raises(InputError, match=r"expected a column of ids .* got musicality"):
        PredictionFile(written(tmp_path / "no-id.jsonl", [{"musicality": 3.0}]))
    (tmp_path / "p.json").write_text("{}")
    with pytest.raises(InputError, match="as a list of rows"):
        PredictionFile(tmp_path / "p.json")
    other = PredictionFile(written(tmp_path / "other.jsonl", [{"id": "x", "score": 1.0}]))
    with pytest.raises(InputError, match=r"None of the 1 rows .* names an item of this suite"):
        other.predict(ITEMS, Losses())


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "a", "score": 1}\n{"id": "b", "sc\n{"id": "c", "score": 3}\n')
    predictions, dropped = answered(path)
    assert set(predictions.scores) == {"a", "c"}
    assert dropped == {
        "a broken row": ("line 2",),
        "no prediction in the file": ("b",),
    }


def cmi(tmp_path: Path, seed: int, **change: Any) -> tuple[Path, Path, list[dict[str, Any]]]:
    """Write the sample of CMI-RewardBench and its toolkit's results.jsonl."""
    folder = tmp_path / "data"
    SUITES["cmi-rewardbench"].sample(folder, np.random.default_rng(1))
    rng = np.random.default_rng(seed)
    source = (folder / "data" / "all_test.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in source]
    for row in rows:
        for end in ("", "_b") if "audio2" in row else ("",):
            row[f"predicted_musicality{end}"] = float(rng.integers(0, 3))
            row[f"predicted_text-music alignment{end}"] = float(rng.normal())
            row[f"inference_valid{end or '_a'}"] = True
        row.update(change)
    return folder, written(tmp_path / "results.jsonl", rows), rows


def run(folder: Path, path: Path, ties: str = "half") -> SuiteResult:
    settings = RunSettings.model_validate({"ties": ties, "draws": 20})
    return run_suite(SUITES["cmi-rewardbench"], folder, PredictionFile(path), settings)[0]


@pytest.mark.parametrize("ties", ["half", "drop", "toolkit"])
def test_results_of_the_toolkit_are_counted_as_it_counts(tmp_path: Path, ties: str) -> None:
    folder, path, rows = cmi(tmp_path, 4)
    result = run(folder, path, ties)
    own = [row for row in rows if row["source"] == "cmi-arena-annotation"]
    credit = []
    for row in own:
        first, second = row["predicted_musicality"], row["predicted_musicality_b"]
        vote = row["preference-musicality"]
        predicted = "model_a" if first > second else "model_b" if second > first else "both"
        if predicted == "both" and ties == "drop":
            continue
        if predicted == "both" and ties == "toolkit":
            predicted = "model_b"
        credit.append(1.0 if predicted == vote else 0.5 if "both" in (predicted, vote) else 0.0)
    got = next(
        m for m in result.measures
        if (m.task, m.slice, m.measure) == ("cmi-pref-musicality", "all", "accuracy")
    )  # fmt: skip
    assert got.value == pytest.approx(np.mean(credit))
    assert got.n == len(credit)
    assert got.baselines["people"] == 0.752
    assert got.score == "musicality"


def test_what_the_toolkit_could_not_judge_is_left_out(tmp_path: Path) -> None:
    folder, path, _ = cmi(tmp_path, 4, inference_valid_a=False)
    result = run(folder, path)
    assert any(drop.reason == "the toolkit could not judge it" for drop in result.dropped)
    accuracies = [m for m in result.measures if m.measure == "accuracy"]
    assert {m.value for m in accuracies} == {None}
    assert all(m.reason for m in accuracies)


def test_margins_and_probabilities_of_pairs(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    suite = SUITES["music-arena"]
    suite.sample(folder, np.random.default_rng(1))
    assert suite.load is not None
    (task,) = suite.load(folder, Losses()).tasks
    pairs = getattr(task, "pairs")  # noqa: B009
    for key, low, high in (("margin", -2.0, 0.5), ("probability", 0.2, 0.8)):
        rows = [{"battle_id": p.id, key: high if p.outcome == "first" else low} for p in pairs]
        path = written(tmp_path / f"{key}.jsonl", rows)
        result = run_suite(suite, folder, PredictionFile(path), RunSettings(draws=5))[0]
        got = next(m for m in result.measures if m.measure == "accuracy" and m.slice == "all")
        assert (got.value, got.n) == (1.0, len(pairs))

    path = written(tmp_path / "some.jsonl", [*rows[1:], {"battle_id": "nobody's", "margin": 1.0}])
    losses = run_suite(suite, folder, PredictionFile(path), RunSettings(draws=5))[0].dropped
    reasons = {drop.reason: drop.examples for drop in losses}
    assert reasons["prediction for an unknown or undecided pair"] == ("nobody's",)
    assert reasons["no prediction in the file"] == (pairs[0].id,)
    other = written(tmp_path / "other.jsonl", [{"battle_id": "x", "margin": 1.0}])
    with pytest.raises(InputError, match="None of the 1 pairs of the file is one of this suite"):
        run_suite(suite, folder, PredictionFile(other), RunSettings(draws=5))
