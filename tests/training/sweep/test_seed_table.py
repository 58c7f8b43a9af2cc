"""The table of a sweep against sums by other means, and what it leaves out."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from planted_songs import ALL, SMALL
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.errors import InputError
from plaudit.reports.training.run_table import result_text
from plaudit.reports.training.sweep_plot import draw_sweep
from plaudit.reports.training.sweep_table import sweep_csv, sweep_text
from plaudit.training.preset import PRESETS
from plaudit.training.result import MEASURES, RunResult, averaged, measure
from plaudit.training.sweep.execution import IMPROVEMENTS, PUBLISHED, TOGETHER, improvement_plans
from plaudit.training.sweep.seed_table import make_table, mean_interval

PATHS = {"manifest": "songs.parquet", "store": "store", "out": "run"}
SEEDS = 4


def run(seed: int, axes: tuple[str, ...], error: float, noise: int = 0) -> RunResult:
    """A run that says the truth plus noise; runs of one seed share half of it."""
    rng = np.random.default_rng(0)
    true = 3 + rng.uniform(-1, 1, (80, len(ALL)))
    true[:5, 3] = np.nan
    shared = np.random.default_rng(seed).normal(size=true.shape)
    own = np.random.default_rng([seed, len(axes), round(100 * error)]).normal(size=true.shape)
    places = [ALL.index(axis) for axis in axes]
    predicted = (true + error * (shared + own))[:, places].astype(np.float32)
    predicted[np.isnan(predicted)] = 3
    metrics = measure("test", predicted, true[:, places].astype(np.float32), axes)
    return RunResult(
        settings={"seed": seed, "noise": noise}, data="d" * 64, axes=axes, epochs=(3,),
        best_epochs=(2,), validation_losses=(1.0,), weights_hash="w" * 64, device="cpu",
        precision="full", n_train=10, n_validation=5, n_test=80, left_out=0,
        measures=tuple(metrics),
    )  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[str, list[RunResult]]:
    return {
        "published": [run(k, ALL, 0.4) for k in range(SEEDS)],
        "noisy": [run(k, ALL, 0.9, noise=1) for k in range(SEEDS)],
        "two": [run(k, POPULARITY, 0.3) for k in range(SEEDS)],
    }


def test_means_of_families_are_over_their_axes(results: dict[str, list[RunResult]]) -> None:
    result = results["noisy"][0]
    for name in MEASURES:
        for family, axes in (("popularity", POPULARITY), ("aesthetics", AESTHETICS)):
            each = [result.value("test", name, axis) for axis in axes]
            assert result.value("test", name, family) == pytest.approx(sum(each) / len(each))
    for name in ("Spearman", "Pearson"):
        each = [result.value("test", name, axis) for axis in ALL]
        assert result.value("test", name, "mean") == pytest.approx(sum(each) / 7)
    assert np.isnan(result.value("test", "MAE", "mean"))  # of 0 to 100 and of 1 to 5
    assert np.isnan(results["two"][0].value("test", "MAE", "aesthetics"))
    counts = {metric.axis: metric.n for metric in result.measures}
    assert (counts[ALL[3]], counts["aesthetics"], counts["mean"]) == (75, 80, 80)
    assert averaged("popularity", ALL) == averaged("mean", POPULARITY) == POPULARITY
    assert averaged("likes", ALL) == ("likes",)


def test_intervals_are_those_of_students_t(results: dict[str, list[RunResult]]) -> None:
    table = make_table(results, "published")
    assert table.seeds == (0, 1, 2, 3)
    for name in MEASURES:
        for axis in (*ALL, "popularity", "aesthetics"):
            row = table.row("noisy", "test", name, axis)
            assert row is not None
            values = [result.value("test", name, axis) for result in results["noisy"]]
            base = [result.value("test", name, axis) for result in results["published"]]
            low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
            assert (row.mean, row.low, row.high) == pytest.approx((np.mean(values), low, high))
            low, high = stats.ttest_rel(values, base).confidence_interval(0.95)
            assert (row.difference_low, row.difference_high) == pytest.approx((low, high))
            assert row.difference == pytest.approx(np.mean(values) - np.mean(base))
    alone = mean_interval([0.5])
    assert alone.mean == 0.5
    assert np.isnan(alone.low)
    assert np.isnan(mean_interval([]).mean)


def test_only_what_is_alike_is_compared(results: dict[str, list[RunResult]]) -> None:
    table = make_table(results, "published")
    family, whole = (table.row("two", "test", "Spearman", axis) for axis in ("popularity", "mean"))
    assert family is not None
    assert whole is not None
    assert family.difference is not None  # the same two axes
    assert whole.difference is None  # of two axes, of seven
    assert table.row("two", "test", "Spearman", "aesthetics") is None
    own = table.row("published", "test", "Spearman", "mean")
    assert own is not None
    assert own.difference is None
    assert table.changes == {"published": {}, "noisy": {"noise": 1}, "two": {}}


def test_text_csv_and_picture(results: dict[str, list[RunResult]], tmp_path: Path) -> None:
    table = make_table(results, "published")
    rows = list(csv.DictReader(io.StringIO(sweep_csv(table))))
    assert len(rows) == len(table.rows)
    assert float(rows[0]["mean"]) == table.rows[0].mean
    assert rows[0]["difference"] == ""
    lines = sweep_text(table).splitlines()
    assert lines[0].startswith("Spearman on test songs, mean over 4 seeds")
    assert [line.split()[0] for line in lines[2:]] == ["published", "noisy", "two"]
    row = table.row("noisy", "test", "Spearman", "mean")
    assert row is not None
    assert f"{row.difference:+.3f} ({row.difference_low:+.3f}" in lines[3]
    assert lines[3].endswith("*")  # far worse
    assert "aesth" in lines[1]
    assert "difference of aesth" in sweep_text(table, "MAE").splitlines()[1]
    draw_sweep(table, tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
    run_lines = result_text(results["two"][0]).splitlines()
    assert [line.split()[1] for line in run_lines[1:]] == [*POPULARITY, "popularity", "mean"]


def test_large_errors_keep_their_columns_apart() -> None:
    wild = {"published": [run(k, ALL, 40.0) for k in range(2)]}
    line = sweep_text(make_table(wild, "published"), "MSE").splitlines()[2]
    cells = [float(cell) for cell in line.split()[1:10]]  # seven axes and two families
    exact = [
        np.mean([result.value("test", "MSE", axis) for result in wild["published"]])
        for axis in (*ALL, "popularity", "aesthetics")
    ]
    assert min(exact) > 1000
    assert cells == pytest.approx(exact, abs=0.06)


def test_improvements_are_the_preset_taken_apart() -> None:
    keys = [key for names in IMPROVEMENTS.values() for key in names]
    assert len(keys) == len(set(keys))
    # The interval changes no score, and cannot be compared by scores.
    assert set(keys) == set(PRESETS["plaudit"]) - {"interval"}
    shared = {**PATHS, **SMALL}
    plans = improvement_plans(shared, 4, "here")
    assert list(plans) == [PUBLISHED, *IMPROVEMENTS, TOGETHER]
    base = plans[PUBLISHED].model_dump()
    for name, names in IMPROVEMENTS.items():
        plan = plans[name].model_dump()
        changed = {key for key in plan if plan[key] != base[key]}
        assert changed == set(names) - {k for k in names if base[k] == PRESETS["plaudit"][k]}
        assert changed, name
    together = plans[TOGETHER].model_dump()
    assert all(together[key] == PRESETS["plaudit"][key] for key in keys)
    assert "learned mix" not in improvement_plans(shared, 1, "here")


def test_a_sweep_of_unknown_conditions_names_the_nearest() -> None:
    from plaudit.training.condition import read_conditions

    with pytest.raises(InputError, match="did you mean 'song-full-equal-2'"):
        read_conditions("song-full-uncertainty-2, song-full-eqal-2")
    with pytest.raises(InputError, match="got none"):
        read_conditions(" , ")
