"""The training set: pooling and weights by other means, unknown labels, what does not fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from planted_songs import ALL, SMALL, planted, write_files
from plaudit.core.errors import InputError
from plaudit.datasets.inspect.recording import Recordings
from plaudit.datasets.manifest.songs import read_manifest, write_manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.model.card import Pooling
from plaudit.model.pooling import segment_weights
from plaudit.training import data as module
from plaudit.training.batches import prepare
from plaudit.training.data import join
from plaudit.training.settings import TrainSettings

POOLINGS = ("mean", "duration", "music")


def settings(**changes: object) -> TrainSettings:
    paths = {"manifest": "songs.parquet", "store": "store", "out": "run"}
    return TrainSettings.model_validate({**paths, **SMALL, **changes})


@given(st.integers(0, 50), st.sampled_from(POOLINGS))
@examples(max_examples=20)
def test_pooling_is_that_of_the_judge_song_by_song(seed: int, pooling: Pooling) -> None:
    data = planted(9, n_layers=2, seed=seed)
    music_s = np.where(np.arange(len(data.values)) < 4, np.float32(0), data.music_s)
    silent = replace(data, music_s=music_s)
    weights = silent.weights(pooling)
    pooled = silent.pooled(weights)
    for song in range(len(data)):
        rows = slice(data.offsets[song], data.offsets[song + 1])
        expected = segment_weights(
            pooling, silent.duration_s[rows].tolist(), silent.music_s[rows].tolist()
        ).numpy()
        np.testing.assert_allclose(weights[rows], expected, rtol=1e-5)
        mean = (expected[:, None, None] * data.values[rows].astype(np.float32)).sum(axis=0)
        np.testing.assert_allclose(pooled.values[song], mean, atol=2e-3)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = planted(40, n_layers=2)
    whole = data.pooled(data.weights("music")).mixed(np.array([0.3, 0.7], dtype=np.float32), 0.1)
    monkeypatch.setattr(module, "_CHUNK_ROWS", 5)
    parts = data.pooled(data.weights("music")).mixed(np.array([0.3, 0.7], dtype=np.float32), 0.1)
    np.testing.assert_array_equal(whole.values, parts.values)


def test_files_come_back_as_the_training_set(tmp_path: Path) -> None:
    data = planted(20, n_layers=2, test=0.2)
    data.targets[3, 1] = np.nan
    manifest, store = write_files(data, tmp_path)
    joined = join(read_manifest(manifest), EmbeddingStore.open(store), ALL)
    for name in ("song_ids", "split", "targets", "offsets", "values", "music_s"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(data, name), err_msg=name)
    assert joined.spec == data.spec
    assert joined.left_out == 0


def test_songs_without_embedding_or_split_are_left_out_and_counted(tmp_path: Path) -> None:
    data = planted(20)
    _, store = write_files(data, tmp_path)
    split = [*data.split.tolist(), "train", None]
    ids = [*data.song_ids.tolist(), "absent", "unsplit"]
    table = pa.table(
        {"song_id": ids, "path": pa.nulls(22, pa.string()), "split": split, "likes": [50.0] * 22}
    )
    write_manifest(tmp_path / "more.parquet", table, {})
    joined = join(read_manifest(tmp_path / "more.parquet"), EmbeddingStore.open(store), ALL)
    assert joined.song_ids.tolist() == data.song_ids.tolist()
    assert joined.left_out == 1


def test_a_manifest_without_splits_is_refused(tmp_path: Path) -> None:
    data = planted(20, validation=0.0)
    manifest, store = write_files(data, tmp_path)
    with pytest.raises(InputError, match="splits train and validation"):
        join(read_manifest(manifest), EmbeddingStore.open(store), ALL)


def test_the_digest_covers_what_training_sees() -> None:
    data = planted(12)
    other = data.values.copy()
    other[0] += 1
    labels = data.targets.copy()
    labels[0, 0] = np.nan
    changed = [
        replace(data, values=other),
        replace(data, targets=labels),
        replace(data, split=data.split[::-1]),
        replace(data, music_s=data.music_s * np.float32(0.5)),
    ]
    assert len({songs.digest for songs in [data, *changed]}) == 5
    assert planted(12).digest == data.digest


def test_an_axis_without_labels_is_named_or_left_out() -> None:
    data = planted(40)
    data.targets[data.of_split("train"), 1] = np.nan
    with pytest.raises(InputError, match=r'has a label for likes.*set axes = "labelled"'):
        prepare(settings(), data)
    batches = prepare(settings(axes="labelled"), data)
    assert batches.data.axes == tuple(axis for axis in ALL if axis != "likes")
    np.testing.assert_array_equal(batches.data.targets[:, 0], data.targets[:, 0])
    data.targets[:] = np.nan
    with pytest.raises(InputError, match="has a label for any of"):
        prepare(settings(axes="labelled"), data)


def test_songs_for_intervals_are_kept_from_stopping() -> None:
    data = planted(80)
    plain, kept = prepare(settings(), data), prepare(settings(interval="constant"), data)
    assert not len(plain.calibrate)
    assert len(kept.calibrate) == len(kept.stop) == len(plain.stop) / 2
    assert set(kept.calibrate) | set(kept.stop) == set(plain.stop)


def test_the_published_mix_needs_its_four_layers() -> None:
    with pytest.raises(InputError, match="published mix is of 4 layers and the store holds 1"):
        prepare(settings(mix="published"), planted(20))
    batches = prepare(settings(mix="published"), planted(20, n_layers=4))
    assert batches.data.values.shape == (20, 1, 6)


def test_an_epoch_has_every_song_once_and_processes_share_it() -> None:
    data = planted(50)
    data.targets[:, 0] = np.linspace(1, 99, 50)  # tells songs apart
    for level in ("song", "segment"):
        batches = prepare(settings(condition=f"{level}-full-equal-2"), data)
        train = data.of_split("train")
        counts = np.diff(data.offsets)[train] if level == "segment" else np.ones(len(train), int)
        seen: list[float] = []
        sizes = []
        for part in range(2):
            rng = np.random.default_rng(0)
            for batch in batches.steps(rng, 16, part, 2):
                seen += batch.targets[:, 0].tolist()
                sizes.append(len(batch.targets))
        expected = np.repeat(data.targets[train, 0], counts)
        assert sorted(seen) == sorted(expected.tolist())
        assert max(sizes) <= 8


def test_a_recording_is_in_one_split(tmp_path: Path) -> None:
    """Copies in an earlier split are left out, and counted; copies in one split stay."""
    data = planted(12, validation=0.25, test=0.25)  # 6 training, 3 validation, 3 test songs
    path, store = write_files(data, tmp_path)
    manifest = read_manifest(path)
    digests = [f"{k:064x}" for k in range(12)]
    digests[0] = digests[1] = digests[6]  # two training songs and a validation song
    digests[7] = digests[11]  # a validation and a test song
    digests[2] = digests[3]  # two training songs
    table = manifest.table.append_column("sha256", pa.array(digests))
    near = pa.array([None] * 4 + ["s4", None] + [None] * 3 + ["s4", None, None], pa.string())
    manifest = replace(manifest, table=table.append_column("near_duplicate", near))
    joined = join(manifest, EmbeddingStore.open(store), ALL)
    assert joined.copies == 4
    left = set(data.song_ids) - set(joined.song_ids)
    assert left == {data.song_ids[k] for k in (0, 1, 4, 7)}
    assert joined.recording[0] == joined.recording[1]  # songs 2 and 3
    assert len(set(joined.recording.tolist())) == 7


def test_copies_go_to_one_side_of_the_validation_songs() -> None:
    data = planted(40, validation=0.5)
    digests = np.array([f"{k % 5:064x}" if k >= 20 else f"{k:064x}" for k in range(40)], object)
    known = Recordings(tuple(data.song_ids), (None,) * 40, digests)
    asked = settings(interval="constant")
    batches = prepare(asked, replace(data, recordings=known))
    sides = [set(digests[side].tolist()) for side in (batches.stop, batches.calibrate)]
    assert not sides[0] & sides[1]
    assert len(batches.stop) + len(batches.calibrate) == 20
    alone = prepare(asked, data)
    own = replace(known, sha256=np.array([f"{k:064x}" for k in range(40)], object))
    same = prepare(asked, replace(data, recordings=own))
    np.testing.assert_array_equal(same.calibrate, alone.calibrate)
