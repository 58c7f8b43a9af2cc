"""Evaluation: judges whose numbers theory knows, groups that add up, settings that count."""

import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from labelled_songs import ALL, baselines_of, labelled, measured, predicted, true_values
from plaudit.benchmarks.evaluation.measure import evaluate, labels_of, length_bin
from plaudit.benchmarks.evaluation.predictions import Predictions
from plaudit.benchmarks.evaluation.record import (
    AxisResult,
    Evaluation,
    EvaluationSettings,
    evaluation_settings,
)
from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.cli.app import app
from plaudit.core.errors import InputError
from plaudit.datasets.inspect.recording import Recordings
from plaudit.metrics.error import mse
from plaudit.metrics.reliability import ceiling
from plaudit.model.training_songs import read_taught, song_file
from plaudit.reports.evaluation.page import evaluation_page
from plaudit.reports.evaluation.table import evaluation_text

MANIFEST = labelled()
TRUE = true_values(MANIFEST)
TEST = np.asarray(MANIFEST.column("split") == "test", bool)


def axis_of(result: Evaluation, name: str) -> AxisResult:
    return next(axis for axis in result.axes if axis.axis == name)


def test_the_truth_itself_is_perfect() -> None:
    result = measured(MANIFEST, predicted(MANIFEST, TRUE, half=0.1), level=0.8)
    assert [axis.axis for axis in result.axes] == [*ALL, "aesthetics"]
    for axis in result.axes:
        for name in ("mse", "mae"):
            estimate = getattr(axis.judge, name)
            assert (estimate.value, estimate.low, estimate.high) == (0, None, None)
        assert axis.judge.pearson.value == pytest.approx(1)
        # All resamples have one value, which says nothing about its uncertainty.
        assert axis.judge.spearman.low is None
        assert (
            axis.judge.spearman.reason
            == "it has one value in all resamples, so its uncertainty cannot be seen"
        )
        assert axis.slope == pytest.approx(1)
        assert axis.intercept == pytest.approx(0, abs=1e-9)
        assert all(bin_.predicted == pytest.approx(bin_.observed) for bin_ in axis.bins)
        if axis.axis != "aesthetics":
            assert axis.coverage is not None
            assert axis.coverage.coverage.value == 1
            assert axis.coverage.coverage.low is not None
            assert axis.coverage.coverage.low < 1  # Wilson: 80 songs do not prove a share of 1
            assert axis.coverage.stretch == 0


def test_songs_without_a_truth_are_left_out_and_counted() -> None:
    result = measured(MANIFEST, predicted(MANIFEST, TRUE))
    for axis in result.axes[:-1]:
        known = int(np.count_nonzero(~np.isnan(MANIFEST.column(axis.axis)[TEST])))
        assert (axis.n, axis.unlabelled) == (known, 80 - known)
        assert axis.unlabelled > 0
        assert axis.judge.mse is not None
        assert axis.judge.mse.n == known
    assert (result.songs, result.judged, result.dropped) == (80, 80, {})


def test_a_constant_judge_has_no_correlation_and_the_error_of_theory() -> None:
    result = measured(MANIFEST, predicted(MANIFEST, np.full(TRUE.shape, 3.0)))
    axis = axis_of(result, "coherence")
    truth = MANIFEST.column("coherence")[TEST]
    truth = truth[~np.isnan(truth)]
    assert axis.judge.mse is not None
    assert axis.judge.mse.value == pytest.approx(truth.var() + (truth.mean() - 3) ** 2)
    assert axis.judge.pearson.value is None
    assert axis.judge.spearman.low is None
    assert axis.slope is None
    assert len(axis.bins) == 1
    # Constant against constant: no measure of order, so no difference of one.
    assert {difference.measure for difference in axis.differences} == {
        "mse",
        "mae",
        "pearson",
        "spearman",
    }
    by = {difference.measure: difference for difference in axis.differences}
    assert by["pearson"].baseline == "system"
    assert by["pearson"].difference.value is None


def test_a_random_judge_has_order_by_chance_only() -> None:
    rng = np.random.default_rng(5)
    low = 0
    for _ in range(4):
        result = measured(MANIFEST, predicted(MANIFEST, rng.uniform(1, 5, size=TRUE.shape)), by=())
        for axis in result.axes[:-1]:
            estimate = axis.judge.spearman
            assert estimate.low is not None
            assert estimate.high is not None
            low += not estimate.low <= 0 <= estimate.high
    assert low <= 5  # of 28 intervals of 95 %


def test_equal_predictions_differ_by_exactly_nothing() -> None:
    system = baselines_of(MANIFEST)[1].values
    result = measured(MANIFEST, predicted(MANIFEST, system))
    for axis in result.axes:
        assert axis.differences
        for difference in axis.differences:
            assert difference.baseline == "system"
            estimate = difference.difference
            assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)


def test_the_difference_is_to_the_best_baseline_of_each_measure() -> None:
    rng = np.random.default_rng(1)
    noisy = TRUE + rng.normal(size=TRUE.shape) * np.array([20.0] * 2 + [0.8] * 5)
    for axis in measured(MANIFEST, predicted(MANIFEST, noisy)).axes:
        assert axis.judge.mse is not None
        errors = {
            baseline.name: baseline.mse.value
            for baseline in axis.baselines
            if baseline.mse is not None
        }
        best = min(errors.items(), key=lambda item: item[1] or math.inf)
        own = next(difference for difference in axis.differences if difference.measure == "mse")
        assert own.baseline == best[0]
        expected = (axis.judge.mse.value or 0) - (best[1] or 0)
        assert own.difference.value == pytest.approx(expected)


@pytest.mark.parametrize("by", ["platform", "system", "style", "length"])
def test_slices_add_up(by: str) -> None:
    rng = np.random.default_rng(2)
    noisy = TRUE + rng.normal(size=TRUE.shape)
    for axis in measured(MANIFEST, predicted(MANIFEST, noisy), by=[by]).axes:
        assert {slice_.by for slice_ in axis.slices} == {by}
        assert sum(slice_.n for slice_ in axis.slices) == axis.n
        assert len({slice_.group for slice_ in axis.slices}) == len(axis.slices)
        total = sum(
            slice_.n * slice_.mse.value for slice_ in axis.slices if slice_.mse and slice_.mse.value
        )
        assert axis.judge.mse is not None
        assert total / axis.n == pytest.approx(axis.judge.mse.value)
        for slice_ in axis.slices:
            assert slice_.small == (slice_.n < 30)
            assert (slice_.spearman.value is None) == (slice_.n < 5)


def test_a_slice_is_what_its_songs_alone_would_give() -> None:
    rng = np.random.default_rng(3)
    noisy = TRUE + rng.normal(size=TRUE.shape)
    axis = axis_of(measured(MANIFEST, predicted(MANIFEST, noisy)), "clarity")
    own = next(slice_ for slice_ in axis.slices if slice_.group == "system-1")
    mine = TEST & np.asarray(MANIFEST.column("system") == "system-1", bool)
    mine &= ~np.isnan(MANIFEST.column("clarity"))
    k = ALL.index("clarity")
    assert own.n == mine.sum()
    assert own.mse is not None
    assert own.mse.value == mse(noisy[mine, k], TRUE[mine, k])
    assert own.bias == pytest.approx((noisy - TRUE)[mine, k].mean())


def test_intervals_of_known_width_cover_what_they_promise() -> None:
    manifest = labelled(40, 600, gaps=0.0)
    truth, rng = true_values(manifest), np.random.default_rng(4)
    unit = np.array([100.0] * 2 + [4.0] * 5)
    predictions = predicted(
        manifest, truth + 0.1 * unit * rng.normal(size=truth.shape), half=2 * 0.12816
    )
    for axis in measured(manifest, predictions, level=0.8).axes[:-1]:
        coverage = axis.coverage
        assert coverage is not None
        assert coverage.coverage.value == pytest.approx(0.8, abs=0.05)
        assert coverage.stretch == pytest.approx(1, abs=0.12)
        np.testing.assert_allclose(
            np.array(coverage.empirical), np.array(coverage.nominal), atol=0.06
        )
    unknown = axis_of(measured(manifest, predictions), "likes").coverage
    assert unknown is not None
    assert (unknown.level, unknown.stretch, unknown.nominal) == (None, None, None)


def test_the_mean_of_a_song_is_over_the_axes_that_are_known() -> None:
    rng = np.random.default_rng(11)
    values = TRUE + rng.normal(size=TRUE.shape)
    axis = axis_of(measured(MANIFEST, predicted(MANIFEST, values), by=[]), "aesthetics")
    labels = np.stack([MANIFEST.column(name) for name in ALL[2:]], axis=1)[TEST]
    known = ~np.isnan(labels)
    assert (known.sum(axis=1) < 5).any()
    off = np.where(known, values[TEST, 2:] - labels, 0.0).sum(axis=1) / known.sum(axis=1)
    assert axis.n == np.count_nonzero(known.sum(axis=1) >= 2)
    assert axis.judge.mse is not None
    assert axis.judge.mse.value == pytest.approx(np.square(off[known.sum(axis=1) >= 2]).mean())


def test_the_ceiling_stands_beside_rated_axes() -> None:
    result = measured(MANIFEST, predicted(MANIFEST, TRUE))
    assert axis_of(result, "coherence").ceiling == pytest.approx(ceiling(0.64))
    assert axis_of(result, "musicality").ceiling is None
    other = labelled(expected_coherence=TRUE[:, 2].tolist())
    wished = _truth_alone(other, predicted(other, TRUE), truth_columns="expected", draws=10).axes[0]
    assert wished.ceiling is None  # ratings' reliability is no ceiling for what they try to say


def test_songs_far_off_and_close_are_named() -> None:
    values = TRUE.copy()
    place, k = int(np.flatnonzero(TEST & ~np.isnan(MANIFEST.column("clarity")))[3]), 5
    values[:, k] += 0.1
    values[place, k] = TRUE[place, k] + 2.5
    axis = axis_of(measured(MANIFEST, predicted(MANIFEST, values), extremes=2), "clarity")
    assert len(axis.farthest) == len(axis.closest) == 2
    assert axis.farthest[0].song_id == f"song-{place:03}"
    assert axis.farthest[0].predicted - axis.farthest[0].observed == pytest.approx(2.5)


def test_songs_of_one_group_are_drawn_together() -> None:
    rng = np.random.default_rng(6)
    shift = rng.normal(size=40)[np.arange(len(MANIFEST)) // 4]
    predictions = predicted(MANIFEST, TRUE + shift[:, None])
    alone = axis_of(measured(MANIFEST, predictions), "coherence").judge.mae
    together = axis_of(measured(MANIFEST, predictions, cluster="prompt_id"), "coherence").judge.mae
    assert alone is not None
    assert together is not None
    assert together.value == alone.value
    assert together.n == 20 < alone.n
    assert together.high - together.low > 1.3 * (alone.high - alone.low)  # type: ignore[operator]
    with pytest.raises(InputError, match="knows no artist"):
        measured(MANIFEST, predictions, cluster="artist")


def test_another_truth_on_another_scale_has_order_but_no_errors() -> None:
    knobs = np.round((np.nan_to_num(MANIFEST.column("clarity"), nan=3.0) - 1) / 4, 3)
    manifest = labelled(knob_clarity=knobs.tolist(), expected_clarity=(1 + 4 * knobs).tolist())
    predictions = predicted(manifest, true_values(manifest), half=0.1)
    settings: dict[str, Any] = {"draws": 50, "level": 0.8}
    knob = _truth_alone(manifest, predictions, truth_columns="knob", **settings).axes
    assert [axis.axis for axis in knob] == ["clarity"]
    assert not knob[0].on_scale
    assert (knob[0].judge.mse, knob[0].coverage, knob[0].bins) == (None, None, ())
    assert knob[0].judge.pearson.value is not None
    assert knob[0].judge.pearson.value > 0.95
    expected = _truth_alone(manifest, predictions, truth_columns="expected", **settings).axes[0]
    assert expected.on_scale
    assert expected.judge.pearson.value == pytest.approx(knob[0].judge.pearson.value)
    with pytest.raises(InputError, match="expected wish_streams"):
        labels_of(manifest, "wish")


def _truth_alone(manifest: Any, predictions: Any, **settings: Any) -> Evaluation:
    from plaudit.benchmarks.evaluation.measure import evaluate

    made = EvaluationSettings.model_validate(settings)
    return evaluate(manifest, predictions, made, source="p", where="m", sha256="0" * 64)


def test_dropped_songs_are_counted_with_the_reason() -> None:
    predictions = predicted(MANIFEST, TRUE)
    predictions.reason[60:63] = "NotAudioError"
    predictions.reason[63] = "no audio named"
    predictions.reason[0] = "of no matter: a training song"
    result = measured(MANIFEST, predictions)
    assert result.dropped == {"NotAudioError": 3, "no audio named": 1}
    assert (result.songs, result.judged) == (80, 76)
    predictions.reason[60:] = "gone"
    with pytest.raises(InputError, match="None of the 80 songs"):
        measured(MANIFEST, predictions)


def test_the_record_is_json_that_reads_back() -> None:
    result = measured(MANIFEST, predicted(MANIFEST, np.full(TRUE.shape, 3.0), half=0.3), level=0.9)
    text = result.model_dump_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert Evaluation.model_validate_json(text) == result
    assert json.loads(text)["schema_version"] == 3


def test_the_same_seed_gives_the_same_record_and_every_setting_counts() -> None:
    rng = np.random.default_rng(8)
    predictions = predicted(MANIFEST, TRUE + rng.normal(size=TRUE.shape), half=0.2)

    def of(**settings: Any) -> str:
        return measured(MANIFEST, predictions, **settings).model_copy(
            update={"settings": EvaluationSettings()}
        ).model_dump_json()  # fmt: skip

    plain = of()
    assert plain == of()
    changes: list[dict[str, Any]] = [
        {"split": "train"}, {"split": "all"}, {"by": ["style"]}, {"cluster": "system"},
        {"level": 0.5}, {"draws": 101}, {"confidence": 0.5}, {"seed": 2}, {"small": 2},
        {"extremes": 1},
    ]  # fmt: skip
    for change in changes:
        assert of(**change) != plain, change


def test_axes_do_not_change_each_other() -> None:
    rng = np.random.default_rng(9)
    values = TRUE + rng.normal(size=TRUE.shape)
    whole = measured(MANIFEST, predicted(MANIFEST, values))
    some = measured(MANIFEST, predicted(MANIFEST, values[:, 3:5], axes=ALL[3:5]))
    assert axis_of(some, "musicality") == axis_of(whole, "musicality")


def test_an_empty_split_says_what_there_is() -> None:
    with pytest.raises(InputError, match=r"'validation' \(it has: test 80, train 60\)"):
        measured(MANIFEST, predicted(MANIFEST, TRUE), split="validation")


def test_words_of_the_command_line_become_settings() -> None:
    made = evaluation_settings(by="style, platform", baselines="none", draws=5)
    assert (made.by, made.baselines, made.draws) == (("style", "platform"), (), 5)
    with pytest.raises(InputError, match="did you mean 'system'"):
        evaluation_settings(by="sytem", baselines="none")
    with pytest.raises(InputError, match="--baselines has an unknown name"):
        evaluation_settings(by="none", baselines="xgboost")
    with pytest.raises(InputError, match=r"--level: .* got 80"):
        evaluation_settings(by="none", baselines="none", level=80)


def test_lengths_fall_into_bins_by_their_start() -> None:
    lengths = (12, 30, 59.9, 60, 1000, math.nan)
    assert [length_bin(length) for length in lengths] == [
        "under 30 s", "30-60 s", "30-60 s", "60-120 s", "240 s and more", None,
    ]  # fmt: skip


def list_of(rows: NDArray[np.int_]) -> tuple[Recordings, TrainingList, NDArray[np.int_]]:
    """Recordings of the measured songs, of which a judge has some on its list."""
    used = np.flatnonzero(TEST & ~np.isnan(labels_of(MANIFEST, None).values).all(axis=1))
    names = tuple(f"sample\0{k}" for k in used)
    digests = np.array([f"{k:02x}" * 32 for k in used], object)
    songs = Recordings(names, (None,) * len(used), digests)
    taught = Recordings(
        tuple(f"other\0{k}" for k in rows), (None,) * len(rows),
        np.array([f"{k:02x}" * 32 for k in rows], object),
    )  # fmt: skip
    stated, data = song_file(taught, ["train"] * len(rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.npz"
        path.write_bytes(data)
        return songs, TrainingList(read_taught(path, stated), "compared"), used


def evaluated(predictions: Predictions, **more: Any) -> Evaluation:
    return evaluate(
        MANIFEST, predictions, EvaluationSettings(draws=50, baselines=()), source="planted",
        where="songs.parquet", sha256="0" * 64, **more,
    )  # fmt: skip


def test_songs_that_taught_the_judge_are_counted_and_the_others_measured_apart() -> None:
    scores = predicted(MANIFEST, TRUE + np.random.default_rng(0).normal(size=TRUE.shape))
    taught = np.flatnonzero(TEST)[:50]
    songs, training, used = list_of(taught)
    result = evaluated(scores, recordings=songs, training=training)
    assert result.contamination is not None
    assert result.contamination.taught == np.isin(used, taught).sum()
    reason = scores.reason.copy()
    reason[taught] = "taught"
    others = replace(scores, reason=reason)
    assert result.clean == evaluated(others).axes
    assert result.axes == evaluated(scores).axes
    text = evaluation_text(result)
    assert text.startswith(f"{result.contamination.taught} of {len(used)} songs are training")
    assert f"(n = {result.clean[0].n:,})" in text
    page = evaluation_page(result)
    assert 'class="deck">' + str(result.contamination) in page
    assert "new songs" in page
    assert "Spearman of clarity of new songs" in page or "of new songs" in page


def test_a_judge_without_a_list_is_not_called_clean() -> None:
    songs, _, _ = list_of(np.flatnonzero(TEST)[:1])
    result = evaluated(predicted(MANIFEST, TRUE), recordings=songs, training=TrainingList())
    assert result.clean == ()
    assert evaluation_text(result).splitlines()[1].startswith("Unknown how many of the")


def test_copies_of_a_recording_are_one_unit_of_the_resamples() -> None:
    songs, _, used = list_of(np.flatnonzero(TEST)[:1])
    twins = replace(songs, sha256=np.array([f"{k // 2:02x}" * 32 for k in used], object))
    n = len(np.unique(used // 2))
    for cluster in ("song", "prompt_id"):
        settings = EvaluationSettings(draws=50, baselines=(), cluster=cluster)
        result = evaluate(
            MANIFEST, predicted(MANIFEST, TRUE), settings, source="planted", where="x",
            sha256="0" * 64, recordings=twins, training=TrainingList(),
        )  # fmt: skip
        labelled_on = ~np.isnan(labels_of(MANIFEST, None).values[used, 0])
        units = used[labelled_on] // (2 if cluster == "song" else 4)
        assert result.axes[0].judge.pearson.n == len(np.unique(units))
        assert any("are copies of a recording among the others" in note for note in result.notes)
    assert n < len(used)


@pytest.mark.parametrize(("n_test", "without"), [(2, 4), (4, 4), (5, 3), (8, 1), (10, 0)])
def test_few_songs_have_measures_without_intervals(n_test: int, without: int) -> None:
    manifest = labelled(30, n_test, gaps=0.0)
    rng = np.random.default_rng(3)
    values = np.clip(true_values(manifest) + rng.normal(size=(30 + n_test, 7)), 1, 5)
    result = measured(manifest, predicted(manifest, values))
    judge = axis_of(result, "clarity").judge
    measures = [judge.mse, judge.mae, judge.pearson, judge.spearman]
    assert all(each is not None and each.value is not None for each in measures)
    bare = [each for each in measures if each is not None and each.low is None]
    assert len(bare) == without
    assert all(f"there are {n_test}" in str(each.reason) for each in bare)
    text = evaluation_text(result)
    assert ("no interval of MSE: an interval needs 10 songs or groups" in text) == (without > 0)


def test_few_groups_have_no_interval_however_many_songs_they_hold() -> None:
    rng = np.random.default_rng(3)
    values = np.clip(true_values(MANIFEST) + rng.normal(size=(140, 7)), 1, 5)
    prompts = [f"prompt-{k % 3}" for k in range(140)]
    result = measured(labelled(prompt_id=prompts), predicted(MANIFEST, values), cluster="prompt_id")
    judge = axis_of(result, "clarity").judge
    assert judge.spearman.n == 3
    assert judge.spearman.low is None
    assert judge.mae is not None
    assert judge.mae.low is None


def test_the_order_of_songs_changes_no_digit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    label, score = rng.uniform(1, 5, (2, 80)).round(3)
    lines = [
        f"song-{k},{k}.wav,s{k % 3},{('train', 'test')[k % 2]},{label[k]},{score[k]}"
        for k in range(80)
    ]
    results = []
    for name, order in (("first", range(80)), ("second", rng.permutation(80))):
        rows = [lines[k].split(",") for k in order]
        manifest, scores = tmp_path / f"{name}.csv", tmp_path / f"{name}-scores.csv"
        head = "song_id,path,system,split,clarity\n"
        manifest.write_text(head + "".join(",".join(row[:5]) + "\n" for row in rows))
        scores.write_text(
            "song_id,clarity\n" + "".join(f"{row[0]},{row[5]}\n" for row in reversed(rows))
        )
        out = tmp_path / f"{name}.json"
        done = CliRunner().invoke(
            app, ["evaluate", str(manifest), "--predictions", str(scores), "--out", str(out)]
        )
        assert done.exit_code == 0, done.output
        results.append(json.loads(out.read_text()))
    assert results[0]["axes"] == results[1]["axes"]
    assert results[0]["axes"][0]["differences"]
