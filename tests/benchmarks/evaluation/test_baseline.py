"""Baselines: what they say where they know something, and that they say so where they do not."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import soundfile
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

import plaudit.benchmarks.scores.acoustics as acoustic_file
from plaudit.benchmarks.evaluation.baseline import by_system, constant, ridge
from plaudit.benchmarks.evaluation.baseline_fit import fit_baselines
from plaudit.benchmarks.evaluation.record import EvaluationSettings
from plaudit.benchmarks.evaluation.ridge import PENALTIES, fit_ridge
from plaudit.benchmarks.scores.acoustics import ACOUSTICS, acoustics, measure_songs
from plaudit.core.errors import InputError
from plaudit.datasets.manifest.column import check_table
from plaudit.datasets.manifest.songs import Manifest
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.embeddings.store.writer import write_shard
from plaudit.encoders.spec import EncoderSpec

RATE = 24_000
Floats = NDArray[np.float64]


def test_constant_and_system_means() -> None:
    truth = np.array([[1.0, math.nan]] * 20 + [[5.0, math.nan]] * 20 + [[math.nan, 2.0]] * 3)
    system = np.array(["a"] * 20 + ["b"] * 20 + ["a", "c", None], object)
    train = np.arange(43) < 40
    plain = constant(truth, train)
    assert plain.values[:, 0].tolist() == [3.0] * 43
    assert np.isnan(plain.values[:, 1]).all()  # nobody labelled it in training
    named = by_system(truth, train, system)
    assert named.values[[0, 20, 40, 41, 42], 0].tolist() == [1, 5, 1, 3, 3]
    assert named.fallback[[0, 40, 41, 42], 0].tolist() == [False, False, True, True]
    assert np.isnan(named.values[:, 1]).all()


def test_a_test_label_never_teaches() -> None:
    rng = np.random.default_rng(0)
    truth, features = rng.normal(3, 1, size=(60, 1)), rng.normal(size=(60, 4))
    train = np.arange(60) < 40
    system = np.array([f"s{k % 3}" for k in range(60)], object)
    changed = np.where(train[:, None], truth, 99.0)
    for original, relabelled in (
        (constant(truth, train), constant(changed, train)),
        (by_system(truth, train, system), by_system(changed, train, system)),
        (
            ridge("acoustics", "x", features, truth, train),
            ridge("acoustics", "x", features, changed, train),
        ),
    ):
        np.testing.assert_array_equal(original.values, relabelled.values)


def test_ridge_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    for n, d, noise in ((80, 6, 0.1), (60, 30, 2.0), (40, 90, 1.0)):
        x = rng.normal(size=(n, d)) * rng.uniform(0.1, 50, size=d)
        y = x[:, 0] / x[:, 0].std() + noise * rng.normal(size=n)
        ours = fit_ridge(x, y)
        scale = StandardScaler().fit(x)
        theirs = RidgeCV(PENALTIES, scoring="neg_mean_squared_error").fit(scale.transform(x), y)
        new = rng.normal(size=(20, d))
        assert ours.penalty == theirs.alpha_
        np.testing.assert_allclose(
            ours.predict(new), theirs.predict(scale.transform(new)), rtol=1e-6, atol=1e-9
        )


def test_ridge_finds_a_planted_line_and_shrinks_on_noise() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 5))
    planted = 3 + 0.7 * x[:, 2]
    line = fit_ridge(x, planted + 0.01 * rng.normal(size=300))
    np.testing.assert_allclose(line.predict(x), planted, atol=0.01)
    noise = fit_ridge(x, rng.normal(size=300))
    assert noise.penalty > 100
    still = fit_ridge(np.ones((10, 2)), np.arange(10.0))
    assert still.predict(np.ones((1, 2)))[0] == pytest.approx(4.5)
    with pytest.raises(InputError, match="at least 3"):
        fit_ridge(np.ones((2, 1)), np.ones(2))


def test_a_song_without_features_falls_back_and_predictions_stay_inside() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(50, 2))
    truth = (3 + features[:, :1]).clip(1, 5)
    features[45], features[46] = math.nan, 1e6
    baseline = ridge("acoustics", "x", features, truth, np.arange(50) < 40)
    assert baseline.fallback[:, 0].tolist() == [k == 45 for k in range(50)]
    assert baseline.values[45, 0] == pytest.approx(truth[:40].mean())
    assert baseline.values[46, 0] == truth[:40].max()


def write(path: Path, x: Floats) -> Path:
    soundfile.write(path, x.astype(np.float32), RATE, subtype="FLOAT")
    return path


def named(path: Path) -> dict[str, float]:
    return dict(zip(ACOUSTICS, acoustics(path).tolist(), strict=True))


def test_acoustics_of_known_sounds(tmp_path: Path) -> None:
    t = np.arange(8 * RATE) / RATE
    tone = named(write(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * t)))
    assert tone["length"] == pytest.approx(math.log(8))
    assert tone["crest"] == pytest.approx(3.01, abs=0.02)
    assert tone["zero_crossings"] == pytest.approx(2000 / RATE, rel=0.01)
    assert tone["centroid"] == pytest.approx(math.log2(1000), abs=0.02)
    assert tone["rolloff"] == pytest.approx(math.log2(1000), abs=0.05)
    assert tone["level_spread"] < 0.1
    assert tone["flatness"] < -30
    noise = named(write(tmp_path / "noise.wav", 0.1 * np.random.default_rng(0).normal(size=len(t))))
    assert noise["flatness"] > -4
    assert noise["centroid"] == pytest.approx(math.log2(6000), abs=0.1)
    assert noise["treble"] == pytest.approx(10 * math.log10(7 / 12), abs=0.2)
    assert noise["flux"] > 5 * tone["flux"]
    low = named(write(tmp_path / "low.wav", 0.5 * np.sin(2 * np.pi * 100 * t)))
    assert low["bass"] == pytest.approx(0, abs=0.1)
    assert low["loudness"] < tone["loudness"]


def test_gain_moves_loudness_alone(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=5 * RATE) * np.linspace(0.02, 0.2, 5 * RATE)
    loud, quiet = named(write(tmp_path / "a.wav", x)), named(write(tmp_path / "b.wav", x / 4))
    assert loud["loudness"] - quiet["loudness"] == pytest.approx(20 * math.log10(4), abs=1e-3)
    for name in set(ACOUSTICS) - {"loudness"}:
        assert loud[name] == pytest.approx(quiet[name], abs=1e-3), name


def test_songs_are_measured_once_and_bad_ones_are_nan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = write(tmp_path / "good.wav", 0.1 * np.random.default_rng(0).normal(size=2 * RATE))
    silent = write(tmp_path / "silent.wav", np.zeros(2 * RATE))
    bad = tmp_path / "bad.wav"
    bad.write_text("no sound")
    paths = [good, None, tmp_path / "gone.wav", bad, silent]
    cache = tmp_path / "cache" / "known.jsonl"
    calls: list[tuple[int, int]] = []
    features = measure_songs(paths, cache, lambda done, n: calls.append((done, n)))
    assert np.isfinite(features[0]).all()
    assert np.isnan(features[1:]).all()
    assert calls == [(1, 3), (2, 3), (3, 3)]
    with cache.open("a") as file:
        file.write('{"key": "cut sh')
    monkeypatch.setattr(acoustic_file, "acoustics", lambda path: pytest.fail(str(path)))
    np.testing.assert_array_equal(measure_songs(paths, cache), features)
    monkeypatch.undo()
    write(good, 0.2 * np.random.default_rng(1).normal(size=2 * RATE))
    assert measure_songs(paths, cache)[0, 1] > features[0, 1] + 3  # the file changed: heard anew


def manifest_of(tmp_path: Path, n: int = 50) -> tuple[Manifest, Floats, NDArray[np.bool_]]:
    truth = 1 + 4 * np.random.default_rng(0).random(size=(n, 1))
    columns = {
        "song_id": [f"s{k}" for k in range(n)],
        "path": [None] * n,
        "split": ["train" if k < 40 else "test" for k in range(n)],
        "clarity": truth[:, 0],
    }
    manifest = Manifest(check_table(pa.table(columns), "sample"), tmp_path)
    return manifest, truth, np.arange(n) >= 40


def test_baselines_that_cannot_be_are_said(tmp_path: Path) -> None:
    manifest, truth, chosen = manifest_of(tmp_path)
    baselines, notes = fit_baselines(manifest, truth, chosen, EvaluationSettings())
    assert [baseline.summary.name for baseline in baselines] == ["constant", "system"]
    assert notes == [
        "There is no baseline 'acoustics': only 0 of 40 training songs could be read, and 20 are"
        " needed."
    ]
    none, notes = fit_baselines(manifest, np.where(chosen[:, None], truth, math.nan), chosen,
                                EvaluationSettings())  # fmt: skip
    assert none == []
    assert "0 labelled songs" in notes[0]
    with pytest.raises(InputError, match="--store"):
        fit_baselines(manifest, truth, chosen, EvaluationSettings(baselines=("embeddings",)))
    plain = EvaluationSettings(baselines=("constant",), split="all")
    _, notes = fit_baselines(manifest, truth, np.ones(50, bool), plain)
    assert "favours" in notes[0]


def test_embeddings_of_a_store_are_a_baseline(tmp_path: Path) -> None:
    manifest, truth, chosen = manifest_of(tmp_path)
    rng = np.random.default_rng(5)
    counts = rng.integers(1, 4, size=49)  # the last song is not in the store
    offsets = np.concatenate([[0], np.cumsum(counts)])
    owner = np.repeat(np.arange(49), counts)
    music = rng.uniform(5, 30, size=offsets[-1]).astype(np.float32)
    values = rng.normal(size=(offsets[-1], 2, 5))
    # The truth is in the music-weighted mean of one number; silent segments would blur it.
    share = np.bincount(owner, music)[owner]
    values[:, 1, 3] = truth[owner, 0] + rng.normal(size=len(owner)) * 0.0
    silent = np.append(np.diff(owner) != 0, True) & (counts[owner] > 1)
    values[silent, 1, 3], music[silent] = 40.0, 0.0
    del share
    spec = EncoderSpec(kind="measured", name="planted", hash="ab" * 32, sample_rate=RATE,
                       layers=(0, 3), dim=5, licence="Apache-2.0", config={})  # fmt: skip
    songs = SongEmbeddings(np.array([f"s{k}" for k in range(49)]), offsets.astype(np.int64),
                           values.astype(np.float16), np.full(len(music), 30, np.float32),
                           music)  # fmt: skip
    write_shard(tmp_path / "store", spec, songs)
    settings = EvaluationSettings(baselines=("embeddings",))
    baselines, notes = fit_baselines(manifest, truth, chosen, settings, store=tmp_path / "store")
    assert notes == []
    assert baselines[0].summary.text.startswith("ridge on mean embeddings")
    np.testing.assert_allclose(baselines[0].values[40:49, 0], truth[40:49, 0], atol=0.15)
    assert baselines[0].fallback[40:, 0].tolist() == [False] * 9 + [True]


def test_fewer_teachers_are_drawn_by_the_seed(tmp_path: Path) -> None:
    n = 60
    rng = np.random.default_rng(1)
    for k in range(n):
        write(tmp_path / f"{k}.wav", rng.uniform(0.01, 0.3) * rng.normal(size=RATE + 100 * k))
    truth = 1 + 4 * rng.random(size=(n, 1))
    columns = {
        "song_id": [f"s{k}" for k in range(n)],
        "path": [f"{k}.wav" for k in range(n)],
        "split": ["train"] * 50 + ["test"] * 10,
        "clarity": truth[:, 0],
    }
    manifest = Manifest(check_table(pa.table(columns), "sample"), tmp_path)
    cache = tmp_path / "cache.jsonl"

    def of(**settings: int) -> tuple[int, list[float]]:
        made = EvaluationSettings.model_validate({"baselines": ["acoustics"], **settings})
        chosen = np.arange(n) >= 50
        (baseline,), _ = fit_baselines(manifest, truth, chosen, made, cache=cache)
        return baseline.summary.songs, baseline.values[50:, 0].tolist()

    few = of(baseline_songs=30)
    assert few[0] == 30
    assert few == of(baseline_songs=30)
    assert few != of(baseline_songs=30, seed=2)
    assert of()[0] == 50
